package dev.quarry.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quarry.MemoryPressure;
import dev.quarry.StorageException;
import dev.quarry.internal.memory.MemoryGovernor.Bounds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The governor's policy, over parts that are only numbers. */
class MemoryGovernorTest {
  private static final long MB = 1 << 20;
  private static final Bounds FULL = new Bounds(32 * MB, 64 * MB, 16 * MB);

  /** Parts that want what they want and hold what they may. */
  private static final class Parts implements Governed {
    private final List<String> calls = new ArrayList<>();
    private long records;
    private long blocks;
    private long mostRecords = FULL.records();
    private long mostBlocks = FULL.blocks();
    private long index;
    private long memtables;
    private boolean diskIsFull;

    @Override
    public MemoryUse use() {
      return new MemoryUse(
          Math.min(records, mostRecords), index, Math.min(blocks, mostBlocks), 0, memtables, 0);
    }

    @Override
    public long evictions() {
      return 0;
    }

    @Override
    public void limitRecords(long bytes) {
      calls.add("records");
      mostRecords = bytes;
    }

    @Override
    public void limitBlocks(long bytes) {
      calls.add("blocks");
      mostBlocks = bytes;
    }

    @Override
    public void flush() {
      calls.add("flush");
      if (diskIsFull) {
        throw new StorageException("the device is full", Map.of());
      }
      memtables = 0;
    }
  }

  private final Parts parts = new Parts();
  private final List<MemoryPressure> told = new ArrayList<>();

  private MemoryGovernor governor(long limit) {
    return new MemoryGovernor(parts, FULL, limit, told::add);
  }

  @Test
  void belowTheLimitNothingIsDone() {
    parts.records = 32 * MB;
    parts.blocks = 30 * MB;
    parts.index = 10 * MB;
    MemoryGovernor governor = governor(80 * MB); // less than all could take, more than they do
    governor.look();
    assertThat(parts.calls).isEmpty();
    assertThat(told).isEmpty();
    assertThat(governor.stats(parts.use()).pressures()).isZero();
    assertThat(governor.stats(parts.use()).limitBytes()).isEqualTo(80 * MB);
  }

  @Test
  void oneLookIsEnoughAndTheNextHasNothingToDo() {
    parts.records = 100 * MB;
    parts.blocks = 100 * MB;
    parts.index = 16 * MB;
    parts.memtables = 4 * MB;
    MemoryGovernor governor = governor(80 * MB);
    governor.look();
    // what is left beside index, memtables at their bound and a sixteenth, as 1 to 2
    assertThat(parts.mostRecords).isCloseTo(43 * MB / 3, within(16L));
    assertThat(parts.mostBlocks).isCloseTo(43 * MB * 2 / 3, within(16L));
    assertThat(parts.calls).containsExactly("records", "blocks");
    assertThat(parts.use().sum()).isLessThanOrEqualTo(75 * MB);
    assertThat(told).hasSize(1);
    assertThat(told.get(0).before().sumBytes()).isEqualTo(116 * MB);
    assertThat(told.get(0).after().sumBytes()).isEqualTo(parts.use().sum());
    assertThat(told.get(0).after().fits()).isTrue();
    parts.memtables = 16 * MB; // their bound
    governor.look();
    assertThat(parts.calls).hasSize(2);
    assertThat(governor.stats(parts.use()).pressures()).isEqualTo(1);
  }

  @Test
  void memtablesAreFlushedWhereCachesAreNotEnough() {
    parts.records = 10 * MB;
    parts.index = 30 * MB;
    parts.memtables = 16 * MB;
    governor(40 * MB).look();
    assertThat(parts.calls).containsExactly("records", "blocks", "flush");
    assertThat(parts.use().sum()).isLessThanOrEqualTo(40 * MB);
  }

  @Test
  void boundsRiseAgainWithTheRoom() {
    parts.records = 100 * MB;
    parts.blocks = 100 * MB;
    parts.index = 60 * MB;
    MemoryGovernor governor = governor(128 * MB);
    governor.look();
    assertThat(parts.mostRecords).isLessThan(20 * MB);
    parts.index = 58 * MB; // too little to be worth it
    int before = parts.calls.size();
    governor.look();
    assertThat(parts.calls).hasSize(before);
    parts.index = 30 * MB;
    governor.look();
    assertThat(parts.mostRecords).isBetween(20 * MB, 31 * MB);
    assertThat(parts.use().sum()).isLessThanOrEqualTo(128 * MB);
    parts.index = 0;
    governor.look();
    assertThat(parts.mostRecords).isEqualTo(FULL.records());
    assertThat(parts.mostBlocks).isEqualTo(FULL.blocks());
    assertThat(governor.stats(parts.use()).pressures()).isEqualTo(1);
  }

  @Test
  void aLimitBelowWhatCannotShrinkIsSaidOnceAndLeft() {
    parts.records = 100 * MB;
    parts.blocks = 100 * MB;
    parts.index = 50 * MB;
    MemoryGovernor governor = governor(40 * MB);
    for (int i = 0; i < 10; i++) {
      governor.look();
    }
    assertThat(parts.calls).containsExactly("records", "blocks", "flush");
    assertThat(parts.mostRecords).isEqualTo(FULL.records() / 16);
    assertThat(parts.mostBlocks).isEqualTo(FULL.blocks() / 16);
    assertThat(told).hasSize(1);
    assertThat(told.get(0).after().fits()).isFalse();
    assertThat(governor.stats(parts.use()).fits()).isFalse();
    parts.index = 10 * MB; // it was built anew
    governor.look();
    assertThat(governor.stats(parts.use()).fits()).isTrue();
    assertThat(parts.use().sum()).isLessThanOrEqualTo(40 * MB);
  }

  /** An index that grows takes the caches' room, but for a sixteenth. */
  @Test
  void nearTheLimitCachesKeepASixteenth() {
    parts.records = 100 * MB;
    parts.blocks = 100 * MB;
    parts.index = 26 * MB;
    parts.memtables = 10 * MB;
    MemoryGovernor governor = governor(40 * MB);
    governor.look();
    assertThat(parts.mostRecords).isEqualTo(FULL.records() / 16);
    assertThat(parts.mostBlocks).isEqualTo(FULL.blocks() / 16);
    assertThat(parts.calls).containsExactly("records", "blocks", "flush");
    assertThat(parts.use().sum()).isLessThanOrEqualTo(40 * MB);
    parts.index = 50 * MB;
    governor.look();
    governor.look();
    assertThat(parts.mostRecords).isEqualTo(FULL.records() / 16);
    assertThat(told).extracting(pressure -> pressure.after().fits()).containsExactly(true, false);
  }

  @Test
  void aFlushThatFailsIsNotTheEnd() {
    parts.memtables = 24 * MB;
    parts.index = 20 * MB;
    parts.diskIsFull = true;
    MemoryGovernor governor = governor(40 * MB);
    governor.look();
    assertThat(told).hasSize(1);
    parts.diskIsFull = false;
    governor.look();
    assertThat(parts.use().sum()).isLessThanOrEqualTo(40 * MB);
    assertThat(told).hasSize(2);
  }

  /** Blocks that came to lie beside a bound are brought back to it. */
  @Test
  void aBoundThatDoesNotHoldIsSetAgain() {
    parts.blocks = 100 * MB;
    MemoryGovernor governor = governor(40 * MB);
    governor.look();
    long bound = parts.mostBlocks;
    parts.mostBlocks = 2 * bound + 20 * MB;
    governor.look();
    assertThat(parts.mostBlocks).isEqualTo(bound);
  }
}
