package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * A damaged byte is found or does no harm, whichever file it is in, and salvage and repair save
 * what lies outside. In a process of its own: a crash of the native library counts as a failure.
 * The long form: {@code -Dquarry.damages=10000}; a case alone: {@code -Dquarry.damage=17}.
 */
@Timeout(36_000)
class DamageTest {
  private static final int CASES = Integer.getInteger("quarry.damages", 50);
  private static final int ONE = Integer.getInteger("quarry.damage", -1);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  @Seeds({701})
  void isFoundOrHarmless(long seed) throws Exception {
    for (String state : List.of("closed", "killed")) {
      try (ChildJvm child = new ChildJvm(DamageProgram.class, "build", directory, seed, state)) {
        assertThat(child.line()).isEqualTo("built");
        assertThat(child.exit()).isZero();
      }
    }
    int from = ONE < 0 ? 0 : ONE;
    int to = ONE < 0 ? CASES : ONE + 1;
    List<String> faults = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    try (ChildJvm child = new ChildJvm(DamageProgram.class, "run", directory, seed, from, to)) {
      String last = "";
      for (String line = child.line(); line != null; line = child.line()) {
        if (line.contains("WRONG")) {
          faults.add(last + ": " + line);
        }
        last = line;
        lines.add(line);
      }
      assertThat(last).as("seed %s: the process died in", seed).isEqualTo("end");
    }
    assertThat(faults).as("seed %s", seed).isEmpty();
    assertThat(lines).anyMatch(line -> line.contains("refused"));
    if (ONE < 0) {
      assertThat(lines).anyMatch(line -> line.contains(" whole"));
      assertThat(lines).anyMatch(line -> line.contains("lost 0"));
    }
    System.getProperties()
        .computeIfPresent(
            "quarry.damages.print",
            (k, v) -> {
              print(lines);
              return v;
            });
  }

  private static void print(List<String> lines) {
    try {
      java.nio.file.Files.write(Path.of(System.getProperty("quarry.damages.print")), lines);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
