package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.internal.write.Action;
import dev.quarry.internal.write.Commit;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nobody sleeps over a commit, at whichever step of his falling asleep it comes; and a slot. */
class CommitRingTest {
  private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final CommitRing ring = new CommitRing(0);

  private static Commit commit(long sequence) {
    return new Commit(sequence, Instant.EPOCH, Action.WRITE, null, List.of());
  }

  @BeforeEach
  void isTheReader() {
    ring.activate(Thread.currentThread());
    LockSupport.parkNanos(1); // takes a permit that somebody may have left
  }

  private void checkAwake(Runnable beforeTheSleep) {
    long begin = System.nanoTime();
    ring.park(
        0,
        LONG_NANOS,
        () -> {
          beforeTheSleep.run();
          return false;
        });
    assertThat(System.nanoTime() - begin).isLessThan(LONG_NANOS / 2);
    assertThat(ring.isReaderParked()).isFalse();
  }

  @Test
  void aCommitBeforeTheLookIsSeen() {
    ring.committed(commit(1));
    checkAwake(() -> {});
  }

  @Test
  void aCommitBehindTheLookWakes() {
    checkAwake(() -> ring.committed(commit(1)));
    assertThat(ring.last()).isEqualTo(1);
  }

  @Test
  void otherWorkBehindTheLookWakes() {
    checkAwake(
        () -> {
          if (ring.isReaderParked()) { // as those do who have work for the dispatcher
            ring.wake();
          }
        });
  }

  @Test
  void aSlotHasTheNewestOfItsCommits() {
    CommitRing ring = new CommitRing(4_095);
    ring.activate(Thread.currentThread());
    ring.committed(commit(4_096));
    ring.committed(commit(8_192));
    assertThat(ring.get(4_096)).as("of the same slot").isNull();
    assertThat(ring.get(8_192)).isEqualTo(commit(8_192));
  }
}
