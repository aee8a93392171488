package dev.quarry.tools.exporting;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.ProgressListener;
import dev.quarry.Task;
import dev.quarry.tools.format.TaskJson;
import dev.quarry.tools.importing.Format;
import dev.quarry.tools.importing.ImportOptions;
import dev.quarry.tools.importing.ImportReport;
import dev.quarry.tools.importing.ImportSource;
import dev.quarry.tools.importing.Importer;
import dev.quarry.tools.importing.MemoryTarget;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every task that is exported comes back equal, and is exported again to the same bytes. */
class RoundTripTest {
  private static final int TASKS = 300;

  static Stream<Arguments> formatsAndSeeds() {
    return Stream.of(
            List.of(ExportFormat.JSONL, Format.JSONL),
            List.of(ExportFormat.JSON, Format.JSON),
            List.of(ExportFormat.CSV, Format.CSV),
            List.of(ExportFormat.MARKDOWN, Format.MARKDOWN))
        .flatMap(
            pair -> IntStream.range(1, 7).mapToObj(s -> Arguments.of(pair.get(0), pair.get(1), s)));
  }

  @ParameterizedTest(name = "{0}, seed {2}")
  @MethodSource("formatsAndSeeds")
  void exportComesBackEqual(ExportFormat out, Format in, int seed) {
    List<Task> tasks = new RandomTasks(seed, seed % 2 == 0).list(TASKS);
    byte[] first = export(tasks, out);
    MemoryTarget target = new MemoryTarget();
    ImportReport report =
        Importer.run(
            ImportSource.of("export", new ByteArrayInputStream(first)),
            ImportOptions.defaults().withFormat(in),
            target,
            ProgressListener.NONE);
    assertThat(report.errors()).isEmpty();
    assertThat(report.created()).isEqualTo(TASKS);
    for (Task task : tasks) {
      assertSame(target.get(task.id()), task);
    }
    assertThat(export(target.all(), out)).isEqualTo(first);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void folderComesBackEqual(int seed, @TempDir Path folder) {
    List<Task> tasks = new RandomTasks(seed, seed % 2 == 0).list(TASKS);
    assertThat(Exporter.exportFolder(tasks.iterator(), folder, ExportOptions.defaults()))
        .isEqualTo(TASKS);
    MemoryTarget target = new MemoryTarget();
    ImportReport report = Importer.run(folder, target);
    assertThat(report.errors()).isEmpty();
    assertThat(report.created()).isEqualTo(TASKS);
    for (Task task : tasks) {
      assertSame(target.get(task.id()), task);
    }
    int writes = target.writes();
    assertThat(Importer.run(folder, target).unchanged()).isEqualTo(TASKS);
    assertThat(target.writes()).isEqualTo(writes);
  }

  static IntStream seeds() {
    return IntStream.range(1, 4);
  }

  @Test
  void emptyExportsAreValid() {
    for (ExportFormat format : ExportFormat.values()) {
      byte[] bytes = export(List.of(), format);
      if (format != ExportFormat.MARKDOWN && format != ExportFormat.JSONL) {
        Format in = format == ExportFormat.CSV ? Format.CSV : Format.JSON;
        MemoryTarget target = new MemoryTarget();
        ImportReport report =
            Importer.run(
                ImportSource.of("export", new ByteArrayInputStream(bytes)),
                ImportOptions.defaults().withFormat(in),
                target,
                ProgressListener.NONE);
        assertThat(report.errors()).isEmpty();
        assertThat(report.records()).isZero();
      }
    }
  }

  /** Compares field by field, so that a difference is seen in the message. */
  private static void assertSame(Task actual, Task expected) {
    Map<String, Object> fields = TaskJson.fields(actual);
    TaskJson.fields(expected)
        .forEach((name, value) -> assertThat(fields.get(name)).as(name).isEqualTo(value));
    assertThat(actual).isEqualTo(expected);
  }

  static byte[] export(List<Task> tasks, ExportFormat format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(Exporter.export(tasks.iterator(), format, out)).isEqualTo(tasks.size());
    return out.toByteArray();
  }
}
