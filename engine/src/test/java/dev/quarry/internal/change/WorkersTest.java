package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

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
  private final AtomicReference<Runnable> asOneLeaves = new AtomicReference<>();
  private final Workers workers =
      new Workers(
          woken::release,
          Thread::start,
          new LinkedBlockingQueue<>() {
            @Override
            public FeedSubscription poll(long time, TimeUnit unit) throws InterruptedException {
              FeedSubscription next = super.poll(time, unit);
              Runnable work = next == null ? asOneLeaves.getAndSet(null) : null;
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
    relieveUntil(stuck, MOST_CORE);
    FeedSubscription late = subscription(change -> served.release());
    asOneLeaves.set(
        () -> {
          woken.drainPermits();
          workers.submit(late);
        });
    workers.submit(subscription(change -> served.release())); // by one more, which then leaves
    relieveUntil(served, 1);
    assertThat(woken.tryAcquire(20, TimeUnit.SECONDS)).as("the dispatcher is told").isTrue();
    relieveUntil(served, 1);
    stay.countDown();
  }

  /** As the dispatcher does while somebody waits. */
  private void relieveUntil(Semaphore reached, int times) throws InterruptedException {
    while (!reached.tryAcquire(times, 5, TimeUnit.MILLISECONDS)) {
      workers.relieve();
    }
  }

  private static void awaitOpen(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
