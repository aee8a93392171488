package dev.quarry.internal.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.LimitExceededException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How much a commit is held to write. */
class StagedCommitTest {
  private static StagedCommit purge(byte[] record, int times) {
    SideWrites sides = new SideWrites();
    for (int i = 0; i < times; i++) {
      sides.setArchived(new byte[] {(byte) i}, record, null);
    }
    return new StagedCommit(1, Instant.EPOCH, Action.PURGE, null, List.of(), List.of(), sides);
  }

  @Test
  void whatIsKeptOfPurgedRecordsCounts() {
    assertThat(purge(new byte[1_000], 3).bytes()).isBetween(3_000L, 3_100L);
    byte[] large = new byte[16 << 20];
    assertThat(purge(large, 31).checkedBytes(StagedCommit.MAX_BYTES))
        .isLessThan(StagedCommit.MAX_BYTES);
    StagedCommit tooLarge = purge(large, 33);
    assertThatThrownBy(() -> tooLarge.checkedBytes(StagedCommit.MAX_BYTES))
        .isInstanceOf(LimitExceededException.class);
  }
}
