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
    saver.delivered(300);
    saver.stored(5, NOW);
    saver.delivered(0); // the rest of it is nothing
    Until.holds("a second has passed", () -> saver.isDue(6, NOW));
    saver.stored(6, NOW);
    assertThat(saver.delivered(999)).as("none of those before counts").isFalse();
    assertThat(saver.delivered(1)).isTrue();
  }
}
