package dev.quarry.tools.importing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.OpenMode;
import dev.quarry.ProgressListener;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.tools.Quarry;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Imports of many files and of large ones. {@code -Dquarry.long=true} has the sizes that are
 * promised; without it they are smaller, and so is the heap.
 */
class ImportSizesTest {
  private static final boolean LONG = Boolean.getBoolean("quarry.long");

  @TempDir private Path directory;

  @Test
  void manyFilesAreWrittenInFewBatches() throws Exception {
    int files = LONG ? 10_000 : 1_000;
    Path folder = Files.createDirectory(directory.resolve("tasks"));
    for (int i = 0; i < files; i++) {
      Files.writeString(
          folder.resolve("t" + i + ".md"),
          "---\nid: T-" + i + "\ntitle: Task " + i + "\n---\n" + "text ".repeat(200) + "\n");
    }
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      ImportOptions options = ImportOptions.defaults().withBatchSize(100);
      ImportReport report =
          Importer.run(
              ImportSource.of(folder), options, ImportTarget.of(store), ProgressListener.NONE);
      assertThat(report.created()).isEqualTo(files);
      assertThat(store.sequence()).isLessThanOrEqualTo(files / 100);
      // changes, too
      for (int i = 0; i < files; i++) {
        Files.writeString(
            folder.resolve("t" + i + ".md"), "---\nid: T-" + i + "\ntitle: Changed " + i + "\n---");
      }
      Importer.run(ImportSource.of(folder), options, ImportTarget.of(store), ProgressListener.NONE);
      assertThat(store.get("T-7").orElseThrow().title()).isEqualTo("Changed 7");
      assertThat(store.sequence()).isLessThanOrEqualTo(2L * files / 100);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jsonl", "yaml"})
  void aLargeFileFitsIntoASmallHeap(String format) throws Exception {
    boolean isYaml = format.equals("yaml");
    long bytes = (isYaml ? LONG ? 200L : 32 : LONG ? 1_024L : 60) << 20;
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    Path log = directory.resolve("log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                LONG ? "-Xmx128m" : "-Xmx56m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                classPath,
                Quarry.class.getName(),
                "--db",
                "store",
                "import",
                "-",
                "--format",
                format)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    long tasks;
    try (OutputStream out = new BufferedOutputStream(process.getOutputStream(), 1 << 16)) {
      tasks = generate(out, bytes, isYaml);
    } finally {
      process.getOutputStream().close();
    }
    assertThat(process.waitFor()).as(Files.readString(log)).isZero();
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("store")).mode(OpenMode.OPEN).build();
    try (TaskStore store = TaskStore.open(options)) {
      assertThat(store.stats().tasks()).isEqualTo(tasks);
      assertThat(store.get("T-" + (tasks - 1)).orElseThrow().tags()).containsExactly("t6");
    }
  }

  /** Writes so many bytes of tasks of about 2 KB; how many there are. */
  private static long generate(OutputStream out, long bytes, boolean isYaml) throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    long written = 0;
    long tasks = 0;
    while (written < bytes) {
      StringBuilder text = new StringBuilder();
      while (text.length() < 1_800) {
        text.append(Long.toString(random.nextLong(1L << 40), 36)).append(' ');
      }
      String list = tasks == 0 ? "[]" : "[\"T-" + (tasks - 1) + "\"]";
      String record =
          isYaml
              ? "---\nid: T-%d\ntitle: Task %d\ntags: [t6]\ndependencies: %s\ndescription: >\n  %s\n"
              : "{\"id\":\"T-%d\",\"title\":\"Task %d\",\"tags\":[\"t6\"],"
                  + "\"dependencies\":%s,\"description\":\"%s\"}\n";
      byte[] line =
          String.format(record, tasks, tasks, list, text).getBytes(StandardCharsets.UTF_8);
      out.write(line);
      written += line.length;
      tasks++;
    }
    return tasks;
  }
}
