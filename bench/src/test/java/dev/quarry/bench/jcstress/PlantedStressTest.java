package dev.quarry.bench.jcstress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jcstress.Main;

/**
 * jcstress, run as the build runs it over the index, finds a reader of the off-heap protocol that
 * does not look at the stamp again, and nothing where it does. What is planted is no part of the
 * index; the list of tests that the processor writes beside the test classes has these two alone.
 */
@Timeout(300)
class PlantedStressTest {
  @TempDir Path directory;

  @Test
  void aReaderThatDoesNotLookAgainIsFoundAndNoOther() throws Exception {
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(command())
            .directory(directory.toFile()) // where it leaves its results
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(200, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    String said = Files.readString(output);
    assertThat(said)
        .contains("Failed tests: 1 matching", "All remaining tests: 1 matching")
        .containsPattern("LooksOnce \\[.*\\]: Observed forbidden state: -1 \\(Torn.\\)")
        .doesNotContainPattern("LooksTwice \\[.*\\]: Observed");
    assertThat(process.exitValue()).isPositive();
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(Main.class.getName());
    command.addAll(List.of("-m", "quick", "-time", "100", "-iters", "2", "-f", "1"));
    command.addAll(List.of("-sc", "false", "-c", "2", "-jvmArgs", "-Xmx256m", "-af", "NONE"));
    command.addAll(List.of("-r", directory.resolve("report").toString()));
    command.addAll(List.of("-t", LooksOnce.class.getPackageName() + ".Looks"));
    return command;
  }
}
