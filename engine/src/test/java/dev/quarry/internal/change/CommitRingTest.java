package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Link;
import dev.quarry.Task;
import dev.quarry.internal.write.Action;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.TaskChange;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** Short texts take more than their characters: an object each, and a place in a list. */
  @ParameterizedTest
  @ValueSource(strings = {"dependency", "tag", "link", "attribute"})
  void shortTextsCountWithWhatTheyTake(String what) {
    int texts = 500;
    Task.Builder task = Task.builder("T", "t");
    for (int i = 0; i < texts; i++) {
      String text = "%06d".formatted(i);
      switch (what) {
        case "dependency" -> task.dependency(text);
        case "tag" -> task.tag(text);
        case "link" -> task.link(Link.Type.RELATED, text);
        default -> task.attribute(text, text);
      }
    }
    List<TaskChange> changes = List.of(new TaskChange(0, null, task.build()));
    int commits = 2_000;
    for (int i = 1; i <= commits; i++) {
      ring.committed(new Commit(i, Instant.EPOCH, Action.WRITE, null, changes));
    }
    long held = IntStream.rangeClosed(1, commits).filter(i -> ring.get(i) != null).count();
    // a String of six Latin letters takes 24 bytes, its array 24, the reference 4 to 8
    long each = texts * 52L * (what.equals("attribute") ? 2 : 1);
    assertThat(held).isPositive();
    assertThat(held * each).isLessThanOrEqualTo(32L << 20);
  }
}
