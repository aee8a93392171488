package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.change.Change;
import dev.quarry.change.ChangeListener;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Heartbeats, over made-up commits and a clock that stands still. */
@Timeout(120)
class HeartbeatTest {
  private static final Duration LONG = Duration.ofSeconds(60);

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
    WatchOptions options = WatchOptions.builder().heartbeat(Duration.ofSeconds(10)).build();
    return (FeedSubscription) harness.feed.watch(options, listener);
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
}
