package dev.quarry.bench.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that dies amid a mix of writing verbs loses nothing that it was told. {@code
 * -Dquarry.torture=1000} is the long form, {@code -Dquarry.seed} and {@code -Dquarry.torture.first}
 * repeat a failure.
 */
@Timeout(7_200)
class TortureTest {
  private static final long CYCLES = Long.getLong("quarry.torture", 25);
  private static final long FIRST = Long.getLong("quarry.torture.first", 1);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  @Test
  void aKilledProcessLosesNothing() {
    Torture torture =
        new Torture(directory.resolve("store"), Long.getLong("quarry.seed", 901), false);
    assertThat(torture.run(FIRST, CYCLES, cycle -> {})).isPositive();
    assertThat(torture.deepVerified()).isEqualTo(deep(CYCLES));
    assertThat(torture.diedOpening()).isGreaterThanOrEqualTo(CYCLES < 25 ? 0 : 1);
  }

  @Test
  void theLossOfUnsyncedPagesTakesNothingThatWasSynced() {
    Torture torture =
        new Torture(directory.resolve("store"), Long.getLong("quarry.seed", 902), true);
    long cycles = Math.max(1, CYCLES * 2 / 5);
    assertThat(torture.run(FIRST, cycles, cycle -> {})).isPositive();
    assertThat(torture.deepVerified()).isEqualTo(deep(cycles));
  }

  /** Of so many cycles: each fifth, and the last. */
  private static long deep(long cycles) {
    long last = FIRST + cycles - 1;
    return last / 5 - Math.floorDiv(FIRST - 1, 5) + (last % 5 == 0 ? 0 : 1);
  }
}
