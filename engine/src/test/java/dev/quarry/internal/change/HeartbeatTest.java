package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.change.Change;
import dev.quarry.change.ChangeListener;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Heartbeats, over made-up commits and a clock that stands still. */
@Timeout(120)
class HeartbeatTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private static final WatchOptions TENS =
      WatchOptions.builder().heartbeat(Duration.ofSeconds(10)).build();

  private final FeedHarness harness = new FeedHarness();
  private final LinkedBlockingQueue<Long> beats = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<Instant> times = new LinkedBlockingQueue<>();

  @AfterEach
  void close() {
    harness.close();
  }

  private FeedSubscription watch() {
    ChangeListener listener =
        new ChangeListener() {
          @Override
          public void accept(Change change) {}

          @Override
          public void heartbeat(long position, Instant at) {
            times.add(at);
            beats.add(position);
          }
        };
    return (FeedSubscription) harness.feed.watch(TENS, listener);
  }

  private static void reach(Subscription subscription, long sequence) throws InterruptedException {
    assertThat(subscription.await(sequence, LONG)).isTrue();
  }

  private static <T> T take(LinkedBlockingQueue<T> queue) throws InterruptedException {
    return queue.poll(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void theyComeByTheClockWhileNothingElseDoes() throws Exception {
    try (FeedSubscription subscription = watch()) {
      harness.create(FeedHarness.task("A"));
      reach(subscription, 1);
      assertThat(beats).isEmpty();
      for (int i = 1; i <= 3; i++) {
        harness.clock.set(FeedHarness.START.plusSeconds(10L * i));
        assertThat(take(beats)).isEqualTo(1);
        assertThat(take(times)).isEqualTo(FeedHarness.START.plusSeconds(10L * i));
      }
      harness.clock.set(FeedHarness.START.plusSeconds(39));
      subscription.tick(harness.feed.now()); // too early
      harness.create(FeedHarness.task("B")); // instead of the one at 40
      reach(subscription, 2);
      assertThat(beats).isEmpty();
      harness.clock.set(FeedHarness.START.plusSeconds(49));
      assertThat(take(beats)).isEqualTo(2);
      assertThat(take(times)).isEqualTo(FeedHarness.START.plusSeconds(49));
      assertThat(beats).isEmpty();
    }
  }

  /** The dispatcher looks again while a worker is about to make the one that is due. */
  @Test
  void oneThatIsUnderWayIsNotDueAgain() throws Exception {
    try (FeedSubscription subscription = watch()) {
      harness.create(FeedHarness.task("A"));
      reach(subscription, 1);
      Instant due = FeedHarness.START.plusSeconds(10);
      AtomicInteger looks = new AtomicInteger();
      harness.atEachTime.set(
          () -> {
            boolean worker = Thread.currentThread().getName().matches("quarry-feed-[1-9]");
            if (worker && looks.getAndIncrement() == 0) {
              subscription.tick(due);
            }
          });
      harness.clock.set(due);
      assertThat(take(beats)).isEqualTo(1);
      assertThat(looks.get()).isPositive();
      harness.create(FeedHarness.task("B"));
      reach(subscription, 2); // a second one would have come before the change
      assertThat(beats).isEmpty();
    }
  }

  @Test
  void anIntervalWithoutEndIsNeverOver() throws Exception {
    WatchOptions never = WatchOptions.builder().heartbeat(ChronoUnit.FOREVER.getDuration()).build();
    try (FeedSubscription other = watch();
        Subscription subscription = harness.feed.watch(never, beating(at -> beats.add(-1L)))) {
      for (int i = 1; i <= 3; i++) { // so the dispatcher has looked at both
        harness.clock.set(FeedHarness.START.plusSeconds(10L * i));
        assertThat(take(beats)).as("%s", other.failure()).isZero();
      }
      harness.create(FeedHarness.task("A"));
      reach(other, 1);
      reach(subscription, 1);
    }
  }

  private static ChangeListener beating(Consumer<Instant> beat) {
    return new ChangeListener() {
      @Override
      public void accept(Change change) {}

      @Override
      public void heartbeat(long position, Instant at) {
        beat.accept(at);
      }
    };
  }

  /** The hold is longer than the test: one that falls due as it begins does not wait for it. */
  @Test
  void oneThatFallsDueAsARateBeginsToHoldComes() throws Exception {
    harness.create(FeedHarness.task("A"));
    harness.create(FeedHarness.task("B"));
    Instant due = FeedHarness.START.plusSeconds(10);
    AtomicReference<FeedSubscription> self = new AtomicReference<>();
    AtomicInteger reads = new AtomicInteger();
    harness.atEachRead.set(
        () -> {
          if (reads.incrementAndGet() == 2) { // B's, which is held back in the same step
            harness.clock.set(due);
            self.get().tick(due);
          }
        });
    WatchOptions slow =
        WatchOptions.builder()
            .fromSequence(0)
            .queueCapacity(1)
            .ratePerSecond(0.001)
            .heartbeat(Duration.ofSeconds(10))
            .build();
    FeedSubscription subscription =
        harness.feed.prepare(slow, Sink.of(beating(at -> times.add(at))), null);
    self.set(subscription);
    harness.feed.start(subscription);
    assertThat(take(times)).isEqualTo(due);
    assertThat(subscription.delivered()).isEqualTo(1);
    assertThat(reads).hasValue(2);
    subscription.close();
  }

  /** Heartbeats come between the attempts. */
  @Test
  void aListenerThatHearsThemIsTriedNoMoreOften() throws Exception {
    AtomicReference<FeedSubscription> self = new AtomicReference<>();
    AtomicInteger calls = new AtomicInteger();
    RuntimeException bad = new IllegalStateException("bad");
    ChangeListener listener =
        new ChangeListener() {
          @Override
          public void accept(Change change) {
            calls.incrementAndGet();
            self.get().tick(FeedHarness.START.plusSeconds(10)); // one is due behind this
            throw bad;
          }

          @Override
          public void heartbeat(long position, Instant at) {
            beats.add(position);
          }
        };
    FeedSubscription subscription = (FeedSubscription) harness.feed.watch(TENS, listener);
    self.set(subscription);
    harness.create(FeedHarness.task("A"));
    assertThat(subscription.await(1, LONG)).isFalse();
    assertThat(subscription.state()).isEqualTo(Subscription.State.FAILED);
    assertThat(subscription.failure()).isSameAs(bad);
    assertThat(calls.get()).isEqualTo(4);
    assertThat(beats).containsExactly(0L, 0L, 0L);
  }

  /** A change waits for its next attempt when a heartbeat ends the subscription. */
  @Test
  void nothingComesBehindOneThatFails() throws Exception {
    AtomicReference<FeedSubscription> self = new AtomicReference<>();
    AtomicInteger calls = new AtomicInteger();
    AssertionError error = new AssertionError("an error");
    ChangeListener listener =
        new ChangeListener() {
          @Override
          public void accept(Change change) {
            calls.incrementAndGet();
            self.get().tick(FeedHarness.START.plusSeconds(10)); // one is due behind this
            throw new IllegalStateException("bad");
          }

          @Override
          public void heartbeat(long position, Instant at) {
            throw error;
          }
        };
    FeedSubscription subscription = (FeedSubscription) harness.feed.watch(TENS, listener);
    self.set(subscription);
    harness.create(FeedHarness.task("A"));
    assertThat(subscription.await(1, LONG)).isFalse();
    subscription.close(); // behind the slice that has failed it
    harness.close();
    assertThat(subscription.failure()).isSameAs(error);
    assertThat(calls.get()).isEqualTo(1);
  }

  @Test
  void whoThrowsAtFourInARowFails() throws Exception {
    RuntimeException bad = new IllegalStateException("bad");
    AtomicInteger calls = new AtomicInteger();
    Subscription subscription =
        harness.feed.watch(
            TENS,
            beating(
                at -> {
                  times.add(at);
                  if (calls.incrementAndGet() != 4) { // three in a row harm nothing
                    throw bad;
                  }
                }));
    for (int i = 1; i <= 8; i++) {
      assertThat(subscription.failure()).isNull();
      harness.clock.set(FeedHarness.START.plusSeconds(10L * i));
      assertThat(take(times)).isNotNull();
    }
    assertThat(subscription.await(1, LONG)).isFalse();
    assertThat(subscription.failure()).isSameAs(bad);
  }
}
