package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Until;
import dev.quarry.change.WatchOptions;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PositionSaverTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);

  private final PositionSaver saver =
      new PositionSaver(WatchOptions.builder().name("n").build(), 5, NOW);

  @Test
  void whatIsStoredAmidACommitCoversNoneOfIt() throws Exception {
    saver.delivered(300, true);
    saver.stored(5, NOW);
    saver.delivered(0, false); // the rest of it is nothing
    Until.holds("a second has passed", () -> saver.isDue(6, NOW));
    saver.stored(6, NOW);
    assertThat(saver.delivered(999, false)).as("none of those before counts").isFalse();
    assertThat(saver.delivered(1, false)).isTrue();
  }

  @Test
  void aPositionThatMovesAmidACommitCoversNoneOfItEither() throws Exception {
    saver.delivered(1, false);
    saver.delivered(200, true);
    saver.delivered(56, true);
    saver.stored(6, NOW);
    saver.delivered(0, false);
    Until.holds("a second has passed", () -> saver.isDue(7, NOW));
  }

  /** To store it is a commit, and so many of them push the place out of the change log. */
  @Test
  void whereThePositionDoesNotMoveItIsNotStoredAgain() throws Exception {
    saver.delivered(300, true);
    Until.holds("a second has passed", () -> saver.isDue(6, NOW));
    assertThat(saver.isDue(5, NOW)).isFalse();
    assertThat(saver.delivered(1_000, true)).as("nothing to store yet").isFalse();
    assertThat(saver.delivered(0, false)).isTrue();
  }
}
