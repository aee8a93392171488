package dev.quarry.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.StoreClosedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Leases, handles and interrupts, one step at a time. */
@Timeout(60)
class GuardTest {
  private final Guard guard = new Guard("here");

  @Test
  void leasesAreCounted() {
    assertThat(guard.leases()).isZero();
    int first = guard.enter();
    int second = guard.tryEnter();
    assertThat(second).isNotNegative();
    assertThat(guard.leases()).isEqualTo(2);
    guard.exit(first);
    assertThat(guard.leases()).isEqualTo(1);
    guard.exit(second);
    assertThat(guard.leases()).isZero();
    assertThat(guard.isClosed()).isFalse();
  }

  @Test
  void leasesOfManyThreadsAreAllSeen() throws InterruptedException {
    int count = 64; // more than there are stripes
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Thread thread = new Thread(guard::enter);
      threads.add(thread);
      thread.start();
      thread.join();
      assertThat(guard.leases()).isEqualTo(i + 1);
    }
    assertThat(threads).hasSize(count);
  }

  @Test
  void aClosedGuardRefusesByName() {
    assertThat(guard.close()).isTrue();
    assertThat(guard.close()).isFalse();
    assertThat(guard.isClosed()).isTrue();
    assertThat(guard.tryEnter()).isNegative();
    assertThatThrownBy(guard::enter)
        .isInstanceOf(StoreClosedException.class)
        .hasMessageContaining("what=here");
    assertThat(guard.leases()).isZero();
    guard.awaitIdle();
  }

  @Test
  void closeWaitsForEveryLeaseAndKeepsAnInterrupt() throws Exception {
    int lease = guard.enter();
    guard.close();
    FutureTask<Boolean> closer =
        new FutureTask<>(
            () -> {
              Thread.currentThread().interrupt();
              guard.awaitIdle();
              return Thread.currentThread().isInterrupted();
            });
    Thread thread = new Thread(closer);
    thread.start();
    while (thread.getState() == Thread.State.NEW || thread.getState() == Thread.State.RUNNABLE) {
      Thread.onSpinWait();
    }
    assertThat(closer.isDone()).isFalse();
    guard.exit(lease);
    assertThat(closer.get(30, TimeUnit.SECONDS)).as("interrupted").isTrue();
    FutureTask<Boolean> calm =
        new FutureTask<>(
            () -> {
              guard.awaitIdle();
              return Thread.currentThread().isInterrupted();
            });
    new Thread(calm).start();
    assertThat(calm.get(30, TimeUnit.SECONDS)).as("interrupted").isFalse();
  }

  private FutureTask<Boolean> passing(BooleanSupplier goOn) {
    FutureTask<Boolean> passed = new FutureTask<>(() -> guard.awaitPassed(goOn));
    new Thread(passed).start();
    return passed;
  }

  /** Whether the wait looks again and again and does not end. */
  private static void assertWaits(FutureTask<Boolean> passed, AtomicInteger looks) {
    int seen = looks.get();
    while (looks.get() < seen + 3) {
      assertThat(passed.isDone()).isFalse();
      Thread.onSpinWait();
    }
  }

  @Test
  void thoseWhoAreInsideAreWaitedFor() throws Exception {
    assertThat(guard.awaitPassed(() -> true)).isTrue();
    for (int round = 0; round < 4; round++) { // from either set of counters
      boolean within = round % 2 == 1;
      int inside = within ? guard.enterWithin() : guard.enter();
      AtomicInteger looks = new AtomicInteger();
      FutureTask<Boolean> passed = passing(() -> looks.incrementAndGet() > 0);
      assertWaits(passed, looks);
      int later = guard.enter();
      assertWaits(passed, looks);
      assertThat(guard.leases()).isEqualTo(within ? 1 : 2);
      guard.exit(inside);
      guard.exit(later);
      assertThat(passed.get(30, TimeUnit.SECONDS)).isTrue();
      assertThat(guard.leases()).isZero();
    }
  }

  /** Somebody is always inside, and nobody for long. */
  @Test
  void readersThatNeverPauseDoNotHoldItBack() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    List<FutureTask<Boolean>> relays = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      FutureTask<Boolean> relay =
          new FutureTask<>(
              () -> {
                int lease = guard.enter();
                while (!stop.get()) {
                  int next = guard.enter();
                  guard.exit(lease);
                  lease = next;
                }
                guard.exit(lease);
                return true;
              });
      relays.add(relay);
      new Thread(relay).start();
    }
    while (guard.leases() < 2) {
      Thread.onSpinWait();
    }
    for (int i = 0; i < 100; i++) {
      assertThat(passing(() -> true).get(30, TimeUnit.SECONDS)).isTrue();
    }
    stop.set(true);
    for (FutureTask<Boolean> relay : relays) {
      assertThat(relay.get(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(guard.leases()).isZero();
  }

  @Test
  void theWaitEndsWhenItIsToldTo() throws Exception {
    int inside = guard.enter();
    assertThat(guard.awaitPassed(() -> false)).isFalse();
    AtomicInteger looks = new AtomicInteger();
    FutureTask<Boolean> passed = passing(() -> looks.incrementAndGet() > 0);
    assertWaits(passed, looks); // what was given up before counts for nothing
    guard.exit(inside);
    assertThat(passed.get(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void workWithinIsNeverRefusedNorWaitedForByClose() {
    int before = guard.enterWithin();
    assertThat(guard.close()).isTrue();
    guard.awaitIdle();
    int after = guard.enterWithin();
    assertThat(guard.awaitPassed(() -> false)).isFalse();
    guard.exit(before);
    guard.exit(after);
    assertThat(guard.awaitPassed(() -> true)).isTrue();
  }

  @Test
  void aHandleIsFreedOnceByTheLastToLeave() {
    AtomicInteger frees = new AtomicInteger();
    Throwable here = new Throwable("here");
    Handle handle = new Handle("cursor", here, frees::incrementAndGet);
    assertThat(handle.isClosed()).isFalse();
    assertThat(handle.what()).isEqualTo("cursor");
    assertThat(handle.creation()).isSameAs(here);
    handle.enter();
    handle.enter();
    handle.exit();
    assertThat(handle.isClosed()).isFalse();
    assertThat(frees).hasValue(0);
    handle.close();
    assertThat(handle.isClosed()).isTrue();
    assertThat(frees).hasValue(0);
    assertThatThrownBy(handle::enter)
        .isInstanceOf(StoreClosedException.class)
        .hasMessageContaining("what=cursor");
    handle.exit();
    assertThat(frees).hasValue(1);
    handle.close();
    assertThat(frees).hasValue(1);
    Handle idle = new Handle("snapshot", null, frees::incrementAndGet);
    idle.close();
    idle.close();
    assertThat(frees).hasValue(2);
  }

  @Test
  void workApartIsNotInterrupted() {
    IllegalStateException planned = new IllegalStateException("planned");
    AssertionError error = new AssertionError("planned");
    AtomicInteger runs = new AtomicInteger();
    Thread caller = Thread.currentThread();
    boolean calm = Interrupts.apart("apart", () -> Thread.currentThread().isDaemon());
    assertThat(calm).as("daemon").isTrue();
    assertThat(caller.isInterrupted()).isFalse();
    caller.interrupt();
    try {
      boolean seen =
          Interrupts.apart(
              "apart",
              () -> {
                while (caller.isInterrupted()) {
                  Thread.onSpinWait(); // until the caller has noticed, and waits again
                }
                return Thread.currentThread().isInterrupted();
              });
      assertThat(seen).isFalse();
      assertThat(caller.isInterrupted()).isTrue();
      assertThat(Interrupts.<String>apart("apart", () -> Thread.currentThread().getName()))
          .isEqualTo("apart");
      assertThatThrownBy(() -> Interrupts.apart("apart", () -> fail(planned))).isSameAs(planned);
      assertThatThrownBy(() -> Interrupts.apart("apart", () -> fail(error))).isSameAs(error);
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
      Interrupts.deferred(
          () -> {
            assertThat(caller.isInterrupted()).isFalse();
            runs.incrementAndGet();
          });
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    } finally {
      Thread.interrupted();
    }
    Interrupts.deferred(
        () -> {
          assertThat(caller.isInterrupted()).isFalse();
          runs.incrementAndGet();
        });
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(runs).hasValue(2);
  }

  private static String fail(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) e;
  }
}
