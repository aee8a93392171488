package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Until;
import dev.quarry.change.Change;
import dev.quarry.change.WatchOptions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkersTest {
  private static final int MOST_CORE = 4;

  private final FeedHarness harness = new FeedHarness();
  private final Semaphore woken = new Semaphore(0);
  private final Semaphore idle = new Semaphore(0);
  private final AtomicReference<Runnable> asOneLeaves = new AtomicReference<>();
  private final AtomicReference<Runnable> asOneTakes = new AtomicReference<>();
  private final Workers workers =
      new Workers(
          woken::release,
          Thread::start,
          new LinkedBlockingQueue<>() {
            @Override
            public FeedSubscription poll(long time, TimeUnit unit) throws InterruptedException {
              idle.release();
              // one that waits at all must not leave while the test stands still
              FeedSubscription next = super.poll(time > 0 ? 1 : 0, TimeUnit.MINUTES);
              Runnable work = (next == null ? asOneLeaves : asOneTakes).getAndSet(null);
              if (work != null) {
                work.run();
              }
              return next;
            }
          });

  @AfterEach
  void close() {
    workers.stop();
    harness.close();
  }

  private FeedSubscription subscription(Consumer<Change> listener) {
    return harness.feed.prepare(
        WatchOptions.builder().fromSequence(0).build(), Sink.of(listener), null);
  }

  /** It is counted as idle until it is gone, so whoever comes then starts nobody. */
  @Test
  void whoComesWhileTheLastIdleWorkerLeavesIsServed() throws Exception {
    harness.create(FeedHarness.task("A"));
    CountDownLatch submitted = new CountDownLatch(1);
    CountDownLatch came = new CountDownLatch(1);
    CountDownLatch stay = new CountDownLatch(1);
    Semaphore stuck = new Semaphore(0);
    Semaphore served = new Semaphore(0);
    for (int i = 0; i < MOST_CORE; i++) {
      workers.submit(
          subscription(
              change -> {
                stuck.release();
                awaitOpen(stay);
              }));
    }
    while (!stuck.tryAcquire(MOST_CORE, 5, TimeUnit.MILLISECONDS)) {
      workers.relieve();
    }
    Until.holds("one too many has left again", () -> workers.count() == MOST_CORE);
    FeedSubscription late = subscription(change -> served.release());
    Runnable lateComes =
        () -> {
          woken.drainPermits();
          workers.submit(late);
          came.countDown();
        };
    workers.submit(
        subscription(
            change -> {
              awaitOpen(submitted); // which tells the dispatcher, too
              asOneLeaves.set(lateComes);
              served.release();
            }));
    submitted.countDown();
    while (!served.tryAcquire(5, TimeUnit.MILLISECONDS)) {
      if (workers.count() == MOST_CORE) { // only one to help, who then is the one that leaves
        workers.relieve();
      }
    }
    awaitOpen(came);
    assertThat(woken.tryAcquire(10, TimeUnit.SECONDS)).as("the dispatcher is told").isTrue();
    while (!served.tryAcquire(5, TimeUnit.MILLISECONDS)) {
      workers.relieve();
    }
    stay.countDown();
  }

  /** It is counted as idle until it has come back with what it took. */
  @Test
  void whoComesWhileTheIdleWorkerTakesAnotherIsServed() throws Exception {
    harness.create(FeedHarness.task("A"));
    CountDownLatch stay = new CountDownLatch(1);
    CountDownLatch late = new CountDownLatch(1);
    FeedSubscription comesLate = subscription(change -> late.countDown());
    workers.submit(subscription(change -> {}));
    idle.acquire();
    CountDownLatch submitted = new CountDownLatch(1);
    asOneTakes.set(
        () -> {
          awaitOpen(submitted); // else who submits that one may see to this one, too
          workers.submit(comesLate);
        });
    workers.submit(subscription(change -> awaitOpen(stay)));
    submitted.countDown();
    assertThat(late.await(30, TimeUnit.SECONDS)).as("served beside the one that is stuck").isTrue();
    stay.countDown();
  }

  private static void awaitOpen(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
