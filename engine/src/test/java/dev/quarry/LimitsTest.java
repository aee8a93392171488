package dev.quarry;

import static java.util.Comparator.naturalOrder;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A small heap and few open files: right answers or a named exception, never an error. */
@Timeout(1_200)
class LimitsTest {
  private static final int TASKS =
      Integer.getInteger("quarry.limit.tasks", Boolean.getBoolean("quarry.long") ? 100_000 : 8_000);

  @TempDir Path directory;

  private record Ended(int exit, String output) {}

  /** Runs a program under a shell, which sets a limit first. */
  private static Ended run(String limit, List<String> options, Class<?> main, Object... arguments)
      throws Exception {
    List<String> command =
        new ArrayList<>(List.of("/bin/sh", "-c", limit + " && exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    for (Object argument : arguments) {
      command.add(String.valueOf(argument));
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(output).isTrue();
    return new Ended(process.exitValue(), output);
  }

  private static void assumeShell() {
    Assumptions.assumeTrue(new File("/bin/sh").canExecute(), "there is no shell here");
  }

  @ParameterizedTest
  @ValueSource(classes = {LimitPrograms.LittleHeap.class, LimitPrograms.LittleMemory.class})
  void aHeapOf64MegabytesIsEnough(Class<?> program) throws Exception {
    assumeShell();
    Ended ended =
        run(
            "true",
            List.of("-Xmx64m", "-XX:+UseSerialGC"),
            program,
            directory.resolve("store"),
            TASKS);
    assertThat(ended.output()).isEqualTo("ok " + TASKS + "\n");
    assertThat(ended.exit()).isZero();
  }

  @Test
  void fewOpenFilesAreEnoughOrRefusedByName() throws Exception {
    assumeShell();
    List<String> seen = new ArrayList<>();
    for (int files : new int[] {48, 64, 72, 80, 96, 256}) {
      Path path = directory.resolve("store-" + files);
      Ended ended =
          run(
              "ulimit -n " + files,
              List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
              LimitPrograms.FewFiles.class,
              path);
      String text = files + " files: " + ended.output();
      assertThat(ended.exit()).as(text).isZero();
      assertThat(ended.output())
          .as(text)
          .matches(
              "works\n|refused LimitExceededException this process may open too few more .*\n");
      seen.add(ended.output().strip());
      if (Files.exists(path)) {
        assertThat(mostOpenTables(path)).as(text).isBetween(20, files / 2);
        try (TaskStore store = TaskStore.open(path)) {
          assertThat(store.verify().problems()).as(text).isEmpty();
        }
      }
    }
    assertThat(seen.get(0)).contains("left=", "needed=80", "ulimit -n");
    assertThat(seen.get(5)).isEqualTo("works");
  }

  /** RocksDB's own record of its settings. */
  private static int mostOpenTables(Path store) throws IOException {
    try (Stream<Path> files = Files.list(store.resolve("data"))) {
      Path options =
          files
              .filter(f -> f.getFileName().toString().startsWith("OPTIONS-"))
              .max(naturalOrder())
              .get();
      String key = "max_open_files=";
      return Files.readAllLines(options).stream()
          .map(String::strip)
          .filter(line -> line.startsWith(key))
          .mapToInt(line -> Integer.parseInt(line.substring(key.length())))
          .findFirst()
          .getAsInt();
    }
  }
}
