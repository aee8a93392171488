package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.Until;
import dev.quarry.change.Change;
import dev.quarry.change.ChangeListener;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.TaskChange;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of subscriptions when the dispatcher is disturbed, over made-up commits. */
@Timeout(120)
class FeedFailureTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final FeedHarness harness = new FeedHarness();
  private final ChangeFeed feed = harness.feed;

  @AfterEach
  void close() {
    harness.close();
  }

  private static WatchOptions.Builder from(long sequence) {
    return WatchOptions.builder().fromSequence(sequence);
  }

  private static void reach(Subscription subscription, long sequence) throws InterruptedException {
    assertThat(subscription.await(sequence, LONG)).isTrue();
  }

  private static void awaitLive(Subscription subscription) throws Exception {
    Until.holds("it is live", () -> subscription.state() == Subscription.State.LIVE);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Larger than all that the ring keeps, so that it is in the log only. */
  private void createLarge() {
    String text = "x".repeat(12 << 20);
    harness.create(
        Task.builder("L1", "large").notes(text).build(),
        Task.builder("L2", "large").notes(text).build(),
        Task.builder("L3", "large").notes(text).build());
  }

  private static void awaitFailed(Subscription subscription, Throwable cause)
      throws InterruptedException {
    assertThat(subscription.await(Long.MAX_VALUE, LONG)).isFalse();
    assertThat(subscription.state()).isEqualTo(Subscription.State.FAILED);
    assertThat(subscription.failure()).isSameAs(cause);
  }

  @Test
  void whoFailsWithTheLogHasThePositionItHadReached() throws Exception {
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    ChangeListener listener =
        new ChangeListener() {
          @Override
          public void accept(Change change) {
            got.add(change);
          }

          @Override
          public void heartbeat(long position, Instant at) {
            entered.countDown();
            awaitQuietly(release);
          }
        };
    FeedSubscription all =
        (FeedSubscription) feed.watch(from(0).heartbeat(Duration.ofSeconds(10)).build(), listener);
    Subscription other =
        feed.watch(from(0).filter(TaskFields.ID.is("other")).build(), change -> {});
    awaitLive(all);
    awaitLive(other);
    harness.create(FeedHarness.task("A"));
    reach(all, 1);
    all.tick(FeedHarness.START.plusSeconds(10));
    entered.await(); // so its worker looks at the failure only when the dispatcher has gone on
    StorageException fails = new StorageException("the log cannot be read", Map.of());
    harness.logFails.set(fails);
    createLarge();
    Until.holds("the dispatcher is through", () -> feed.dispatched() >= 2);
    release.countDown();
    awaitFailed(all, fails);
    awaitFailed(other, fails);
    assertThat(got).extracting(Change::sequence).containsExactly(1L);
    assertThat(all.position()).isEqualTo(1);
    assertThat(other.position()).as("that of who was passed over").isEqualTo(1);
    harness.logFails.set(null);
    try (Subscription again = feed.watch(from(all.position()).build(), got::add)) {
      reach(again, 2);
    }
    assertThat(got).extracting(Change::sequence).containsExactly(1L, 2L, 2L, 2L);
  }

  /** The dispatcher has to catch up with one that joins, for the sake of the others, and fails. */
  @Test
  void whoJoinsWhileTheLogFailsFailsToo() throws Exception {
    FeedSubscription live = (FeedSubscription) feed.watch(from(0).build(), change -> {});
    awaitLive(live);
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    harness.atEachTime.set(
        () -> {
          if (Thread.currentThread().getName().equals("quarry-feed-0")) {
            held.countDown();
            awaitQuietly(release);
          }
        });
    feed.later(live, System.nanoTime());
    assertThat(held.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    createLarge();
    StorageException fails = new StorageException("the log cannot be read", Map.of());
    harness.logFails.set(fails);
    FeedSubscription joining = feed.prepare(from(1).build(), Sink.of(change -> {}), null);
    joining.join();
    feed.start(joining);
    release.countDown();
    awaitFailed(joining, fails);
    awaitFailed(live, fails);
    assertThat(joining.position()).isEqualTo(1);
    assertThat(live.position()).isZero();
  }

  /**
   * One waits for a commit that is not complete; it becomes so while the dispatcher takes others
   * over, and does not sleep, so that nobody wakes it.
   */
  @Test
  void whoWaitsForACommitIsTakenWhenItCame() throws Exception {
    FeedSubscription live = feed.prepare(from(0).build(), Sink.of(change -> {}), null);
    live.join();
    awaitLive(live);
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    harness.atEachTime.set(
        () -> {
          if (isDispatcher()) {
            held.countDown();
            awaitQuietly(release);
          }
        });
    feed.later(live, System.nanoTime());
    assertThat(held.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    AtomicReference<Runnable> atALook = new AtomicReference<>(() -> {});
    TaskChange change = new TaskChange(0, null, FeedHarness.task("A"));
    List<TaskChange> looked =
        new AbstractList<>() {
          @Override
          public TaskChange get(int index) {
            return change;
          }

          @Override
          public int size() {
            if (isDispatcher()) {
              atALook.getAndSet(() -> {}).run();
            }
            return 1;
          }
        };
    harness.commit(looked);
    harness.isPolled = true; // so it is not told of this one
    Commit late = harness.create(FeedHarness.task("B"));
    atALook.set(() -> feed.committed(late));
    FeedSubscription early = feed.prepare(from(2).build(), Sink.of(c -> {}), null);
    early.join();
    FeedSubscription other = feed.prepare(from(1).build(), Sink.of(c -> {}), null);
    other.join(); // behind the other: to take it over the dispatcher looks at the first commit
    release.countDown();
    awaitLive(other);
    awaitLive(early);
  }

  private static boolean isDispatcher() {
    return Thread.currentThread().getName().equals("quarry-feed-0");
  }

  /** How often a listener that always throws {@code cause} is called until it fails with it. */
  private int callsUntilFailed(Throwable cause) throws InterruptedException {
    AtomicInteger calls = new AtomicInteger();
    Subscription subscription =
        feed.watch(
            from(0).build(),
            change -> {
              calls.incrementAndGet();
              FeedFailureTest.<RuntimeException>throwAny(cause);
            });
    harness.create(FeedHarness.task("A"));
    awaitFailed(subscription, cause);
    return calls.get();
  }

  @Test
  void aCheckedExceptionByStealthIsOneAsAnyOther() throws Exception {
    assertThat(callsUntilFailed(new IOException("no"))).isEqualTo(4);
  }

  @Test
  void whatIsNoExceptionFailsAtOnce() throws Exception {
    assertThat(callsUntilFailed(new Throwable("neither nor"))).isEqualTo(1);
  }

  /** A subscriber that throws when it is told of the end does not end the worker. */
  @Test
  void theEndIsToldToOneThatThrowsByStealth() throws Exception {
    Queue<Thread> threads = new ConcurrentLinkedQueue<>();
    Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
    Consumer<Thread> starter =
        thread -> {
          threads.add(thread);
          thread.setUncaughtExceptionHandler((t, e) -> uncaught.add(e));
          thread.start();
        };
    Sink sink =
        new Sink() {
          @Override
          public void accept(Change change) {
            throw new IllegalStateException("no");
          }

          @Override
          public void ended(Throwable failure) {
            FeedFailureTest.<RuntimeException>throwAny(new IOException("at the end"));
          }
        };
    try (FeedHarness watched = new FeedHarness(starter)) {
      FeedSubscription failing = watched.feed.prepare(from(0).build(), sink, null);
      watched.feed.start(failing);
      watched.create(FeedHarness.task("A"));
      assertThat(failing.await(Long.MAX_VALUE, LONG)).isFalse();
      failing.close(); // returns when it has ended wholly
      assertThat(failing.failure()).hasMessage("no");
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(uncaught).isEmpty();
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> void throwAny(Throwable cause) throws X {
    throw (X) cause;
  }

  /** Where no thread can be had, what waits goes on as soon as there is one. */
  @Test
  void threadsThatCannotBeHadAreTriedForAgain() throws Exception {
    AtomicInteger refusals = new AtomicInteger(1); // still to come
    AtomicInteger refused = new AtomicInteger();
    Consumer<Thread> starter =
        thread -> {
          if (refusals.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            refused.incrementAndGet();
            throw new OutOfMemoryError("unable to create native thread");
          }
          thread.start();
          if (thread.getName().equals("quarry-feed-0")) {
            refusals.set(10); // so that all workers there may be are refused
          }
        };
    try (FeedHarness poor = new FeedHarness(starter)) {
      Queue<Change> got = new ConcurrentLinkedQueue<>();
      assertThatThrownBy(() -> poor.feed.watch(from(0).build(), got::add))
          .isInstanceOf(OutOfMemoryError.class); // there is no dispatcher
      poor.create(FeedHarness.task("A"));
      try (Subscription subscription = poor.feed.watch(from(0).build(), got::add)) {
        awaitLive(subscription); // so both a worker and the dispatcher have begun
        reach(subscription, 1);
        assertThat(refused).hasValue(11);
        assertThat(got).hasSize(1);
      }
    }
  }

  @Test
  void anInterruptOfTheDispatcherCostsOneRound() throws Exception {
    try (Subscription subscription = feed.watch(WatchOptions.builder().build(), change -> {})) {
      awaitLive(subscription);
      Thread dispatcher = dispatcher();
      AtomicInteger rounds = new AtomicInteger();
      harness.atEachTime.set(
          () -> {
            if (Thread.currentThread() == dispatcher) {
              rounds.incrementAndGet();
            }
          });
      dispatcher.interrupt();
      // with an interrupt left every park would return at once
      while (dispatcher.isInterrupted() || !isParked(dispatcher)) {
        assertThat(Thread.currentThread().isInterrupted()).as("the time-out").isFalse();
      }
      harness.create(FeedHarness.task("A"));
      reach(subscription, 2);
      assertThat(rounds.get()).as("looks at the time").isBetween(1, 20);
    }
  }

  private static boolean isParked(Thread thread) {
    Thread.State state = thread.getState();
    return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
  }

  /** That of the feed under test: it is the one that looks at its time. */
  private Thread dispatcher() throws InterruptedException {
    AtomicReference<Thread> dispatcher = new AtomicReference<>();
    CountDownLatch seen = new CountDownLatch(1);
    harness.atEachTime.set(
        () -> {
          if (Thread.currentThread().getName().equals("quarry-feed-0")) {
            dispatcher.set(Thread.currentThread());
            seen.countDown();
          }
        });
    harness.create(FeedHarness.task("seen"));
    assertThat(seen.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    harness.atEachTime.set(() -> {});
    return dispatcher.get();
  }
}
