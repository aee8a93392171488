package dev.quarry.internal.write;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is held of the tasks of the last commits. */
class CommitStateTest {
  private static final int RING = 4_096;

  private static StagedCommit commit(long sequence, int tasks) {
    WaitChange wait = new WaitChange(sequence, null, false);
    return new StagedCommit(
        sequence,
        Instant.EPOCH,
        Action.CLAIM,
        null,
        List.of(),
        Collections.nCopies(tasks, wait),
        null);
  }

  private static long held(CommitState state, long from, long to) {
    long sum = 0;
    for (long sequence = from; sequence <= to; sequence++) {
      long[] ordinals = state.ordinals(sequence);
      sum += ordinals == null ? 0 : ordinals.length;
    }
    return sum;
  }

  @Test
  void smallCommitsAreHeldForTheWholeRing() {
    CommitState state = new CommitState(7);
    for (long sequence = 8; sequence <= 10_007; sequence++) {
      state.announce(List.of(commit(sequence, 3)), 0);
      state.complete(sequence);
    }
    assertThat(held(state, 8, 10_007)).isEqualTo(3L * RING);
    assertThat(state.ordinals(10_007)).containsExactly(10_007, 10_007, 10_007);
    assertThat(state.ordinals(10_007 - RING)).isNull();
    assertThat(state.ordinals(10_008 - RING)).hasSize(3);
  }

  @Test
  void ofLargeCommitsTheLastAreHeld() {
    CommitState state = new CommitState(0);
    for (long sequence = 1; sequence <= 200; sequence++) {
      state.announce(List.of(commit(sequence, 100_000)), 0);
      state.complete(sequence);
      assertThat(state.ordinals(sequence)).hasSize(100_000);
      assertThat(held(state, 1, sequence)).isLessThanOrEqualTo(1_000_000);
    }
    assertThat(held(state, 1, 200)).isEqualTo(1_000_000);
    for (long sequence = 201; sequence <= 201 + 2 * RING; sequence++) {
      state.announce(List.of(commit(sequence, sequence % 2 == 0 ? 1 : 0)), 0);
      state.complete(sequence);
    }
    assertThat(held(state, 1, 201 + 2 * RING)).isEqualTo(RING / 2);
  }

  /** A reader asks for these, and the change log may not have them yet. */
  @Test
  void whatIsNotCompleteIsHeld() {
    CommitState state = new CommitState(0);
    for (long sequence = 1; sequence <= 30; sequence++) {
      state.announce(List.of(commit(sequence, 100_000)), 0);
    }
    assertThat(held(state, 1, 30)).isEqualTo(3_000_000);
    state.complete(30);
    state.announce(List.of(commit(31, 1)), 0);
    assertThat(held(state, 1, 31)).isLessThanOrEqualTo(1_000_000);
    assertThat(state.ordinals(31)).hasSize(1);
  }
}
