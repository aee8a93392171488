package dev.quarry.tools.importing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.ProgressListener;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imports into a store: its archive, its times, its refusal of circles. */
class StoreImportTest {
  private static final ImportOptions OPTIONS = ImportOptions.defaults();

  @TempDir Path directory;

  private Instant now = Instant.parse("2026-11-21T10:00:00Z");
  private TaskStore store;

  @BeforeEach
  void open() {
    store =
        TaskStore.open(
            TaskStoreOptions.builder(directory.resolve("store")).clock(() -> now).build());
  }

  @AfterEach
  void close() {
    store.close();
  }

  private ImportReport run(String text, ImportOptions options) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Path file = directory.resolve("x.jsonl");
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    ImportReport report =
        Importer.run(ImportSource.of(file), options, ImportTarget.of(store), ProgressListener.NONE);
    assertThat(
            report.created()
                + report.updated()
                + report.unchanged()
                + report.skipped()
                + report.failed())
        .isEqualTo(report.records());
    return report;
  }

  private ImportReport run(String... lines) {
    return run(String.join("\n", lines), OPTIONS);
  }

  private static String line(String id, String... dependencies) {
    String names = dependencies.length == 0 ? "" : "\"" + String.join("\",\"", dependencies) + "\"";
    return "{\"id\":\"" + id + "\",\"title\":\"t\",\"dependencies\":[" + names + "]}";
  }

  private Task task(String id) {
    return store.get(id).orElseThrow();
  }

  @Test
  void whatIsInTheArchiveStaysThereAndTheRestIsImported() {
    run(line("A"));
    store.archive(List.of("A"));
    String text = line("A") + "\n" + line("B", "A") + "\n" + line("A") + "\n";
    ImportReport planned = run(text, OPTIONS.withDryRun(true));
    assertThat(planned.created()).isEqualTo(1);
    assertThat(planned.skipped()).isEqualTo(2);
    ImportReport report = run(text, OPTIONS);
    assertThat(report.isClean()).isTrue();
    assertThat(report.created()).isEqualTo(1);
    assertThat(report.skipped()).isEqualTo(2);
    assertThat(report.warnings())
        .extracting(ImportProblem::message)
        .contains("its id A is in the archive; left there");
    assertThat(task("B").dependencies()).containsExactly("A");
    assertThat(store.get("A")).isEmpty();
    assertThat(store.getArchived("A")).isPresent();
  }

  @Test
  void aCopyAsideTakesNoIdOfTheArchive() {
    run("{\"id\":\"A\",\"title\":\"old\"}", line("A-2"));
    store.archive(List.of("A-2"));
    ImportReport report = run(line("A"), OPTIONS.withDuplicates(DuplicatePolicy.NEW_ID));
    assertThat(report.mappedIds()).containsEntry("A", "A-3");
    assertThat(task("A-3").title()).isEqualTo("t");
  }

  @Test
  void whatIsInTheArchiveDoesNotDangle() {
    run(line("A"));
    store.archive(List.of("A"));
    for (DanglingPolicy policy : DanglingPolicy.values()) {
      String id = "B-" + policy;
      ImportReport report = run(line(id, "A"), OPTIONS.withDangling(policy));
      assertThat(report.created()).as(id).isEqualTo(1);
      assertThat(report.danglingCount()).as(id).isZero();
      assertThat(report.stubs()).as(id).isZero();
      assertThat(task(id).dependencies()).as(id).containsExactly("A");
    }
  }

  @Test
  void aChangeIsOfNowWhereTheSourceNamesNoTime() {
    Instant created = now;
    run(line("A"), "{\"id\":\"B\",\"created\":\"2026-01-01T00:00:00Z\"}");
    now = now.plusSeconds(3_600);
    run("{\"id\":\"A\",\"title\":\"new\"}", "{\"id\":\"B\",\"title\":\"new\"}");
    assertThat(task("A").title()).isEqualTo("new");
    assertThat(task("A").createdAt()).isEqualTo(created);
    assertThat(task("A").updatedAt()).isEqualTo(now);
    assertThat(task("B").createdAt()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
    assertThat(task("B").updatedAt()).isEqualTo(now);
  }
}
