package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Nothing that a caller does crashes the JVM, hangs it, or loses an acknowledged write. */
@Timeout(7_200)
class MisuseTest {
  private static final int ROUNDS =
      Integer.getInteger("quarry.misuse", Boolean.getBoolean("quarry.long") ? 1_000 : 25);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  @Test
  void misuseHarmsNothing() throws Exception {
    long seed = Campaign.seed(91);
    List<String> options =
        List.of("-XX:ErrorFile=" + directory.resolve("hs_err.log"), "-XX:-CreateCoredumpOnCrash");
    List<String> lines = new ArrayList<>();
    try (ChildJvm child =
        new ChildJvm(options, MisuseProgram.class, directory.resolve("store"), seed, ROUNDS)) {
      for (String line = child.line(); line != null; line = child.line()) {
        lines.add(line);
      }
      String told = "seed " + seed + "\n" + String.join("\n", lines);
      assertThat(child.exit()).as(told).isZero();
      assertThat(lines).as(told).last().isEqualTo("done");
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.filter(f -> f.getFileName().toString().startsWith("hs_err"))).isEmpty();
    }
    assertThat(lines).hasSize(ROUNDS + 1);
  }
}
