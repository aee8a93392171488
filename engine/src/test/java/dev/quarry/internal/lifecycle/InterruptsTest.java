package dev.quarry.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waits that outlast interrupts, and what is thrown behind them. */
@Timeout(60)
class InterruptsTest {
  private final List<Boolean> flags = new ArrayList<>();

  @AfterEach
  void calm() {
    Thread.interrupted();
  }

  /** Notes whether the flag was set as the wait began; the first two are interrupted. */
  private String waited() throws InterruptedException {
    flags.add(Thread.currentThread().isInterrupted());
    if (flags.size() <= 2) {
      throw new InterruptedException();
    }
    return "done";
  }

  @Test
  void aWaitIsBegunAgainAfterEachInterruptAndTheFlagIsSetBehindIt() {
    assertThat(Interrupts.outlast(this::waited)).isEqualTo("done");
    assertThat(flags).as("seen by each wait").containsExactly(false, false, false);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(Interrupts.outlast(this::waited)).isEqualTo("done");
    assertThat(Thread.interrupted()).as("without an interrupt").isFalse();
  }

  @Test
  void theFlagIsSetAlsoWhereTheWaitThrows() {
    IOException planned = new IOException("planned");
    assertThatThrownBy(
            () ->
                Interrupts.outlast(
                    () -> {
                      waited();
                      throw planned;
                    }))
        .isSameAs(planned);
    assertThat(flags).hasSize(3);
    assertThat(Thread.interrupted()).isTrue();
  }

  /** The other thread ends only when the interrupt has been taken, so the wait was begun again. */
  @Test
  void theEndOfAThreadAndALatchAreWaitedForThroughAnInterrupt() {
    Thread caller = Thread.currentThread();
    CountDownLatch latch = new CountDownLatch(1);
    Thread other =
        new Thread(
            () -> {
              while (caller.isInterrupted()) {
                Thread.onSpinWait();
              }
              latch.countDown();
            });
    caller.interrupt();
    other.start();
    Interrupts.await(latch);
    assertThat(latch.getCount()).isZero();
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    Interrupts.join(other);
    assertThat(other.isAlive()).isFalse();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void whatIsThrownAgainIsTheSame() {
    Failures.throwIfAny(null);
    for (Throwable cause : List.of(new IOException("a"), new AssertionError("b"))) {
      assertThatThrownBy(() -> Failures.throwIfAny(cause)).isSameAs(cause);
    }
  }
}
