package dev.quarry.tools.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.quarry.Priority;
import dev.quarry.ProgressListener;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.tools.exporting.ExportFormat;
import dev.quarry.tools.exporting.Exporter;
import dev.quarry.tools.format.ChecklistItems;
import dev.quarry.tools.format.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Imports the real task files that lie beside the repository. Where they do not, the tests are
 * reported as skipped.
 */
class RealDataTest {
  private static final List<String> ALL =
      List.of(
          "add-performance-optimization.md",
          "backlog-md",
          "beads-issues.jsonl",
          "jira-storypoints-mesos.csv",
          "jira-storypoints-springxd.csv",
          "taskwarrior-export.json",
          "todo.txt");

  private final MemoryTarget target = new MemoryTarget();

  private static Path data(String name) {
    Path folder = Path.of(System.getProperty("quarry.data", "../../shared/data"));
    assumeTrue(
        Files.isDirectory(folder),
        "the folder of real task data is not there: " + folder + " (-Dquarry.data=DIR)");
    return folder.resolve(name);
  }

  private ImportReport load(String name) {
    return Importer.run(data(name), target);
  }

  private ImportReport load(String name, ImportOptions options) {
    return Importer.run(ImportSource.of(data(name)), options, target, ProgressListener.NONE);
  }

  @Test
  void seedTaskFileKeepsAllFifteenFields() throws IOException {
    ImportReport report = load("add-performance-optimization.md");
    assertThat(report.lines().get(0))
        .isEqualTo(
            "md: 1 task (add-performance-optimization), 55 checklist items, 2 dangling"
                + " dependencies kept (fix-import-dependencies, create-comprehensive-test-suite);"
                + " 0 fields lost");
    Task t = target.get("add-performance-optimization");
    assertThat(t.title()).isEqualTo("Add Performance Optimization and Scalability Features");
    assertThat(t.description())
        .isEqualTo(
            "Implement performance optimizations, caching strategies, and scalability enhancements"
                + " to handle large task sets efficiently and demonstrate system design skills.\n");
    assertThat(t.agent()).isEqualTo("CODEFORGE");
    assertThat(t.status()).isEqualTo(Status.TODO);
    assertThat(t.priority()).isEqualTo(Priority.MEDIUM);
    assertThat(t.createdAt()).isEqualTo(Instant.parse("2025-07-23T04:14:55.836795Z"));
    assertThat(t.updatedAt()).isEqualTo(t.createdAt());
    assertThat(t.dueAt()).isNull();
    assertThat(t.dependencies())
        .containsExactly("fix-import-dependencies", "create-comprehensive-test-suite");
    assertThat(t.tags())
        .containsExactly(
            "performance", "optimization", "scalability", "caching", "portfolio-enhancement");
    assertThat(t.notes())
        .isEqualTo(
            "Performance optimization demonstrates advanced system design skills and consideration"
                + " for real-world usage scenarios.\n");
    assertThat(t.estimatedHours()).isEqualTo(5.0);
    assertThat(t.actualHours()).isNull();
    assertThat(t.assignee()).isNull();
    String file = Files.readString(data("add-performance-optimization.md"));
    String body = file.substring(file.indexOf("\n---\n") + 5);
    assertThat(body).startsWith("\n".repeat(26) + "## Task Description");
    assertThat(ChecklistItems.body(t)).isEqualTo(body);
    assertThat(ChecklistItems.of(t).total()).isEqualTo(55);
    assertThat(ChecklistItems.of(t).done()).isZero();
  }

  @Test
  void seedTaskFileComesBackEqualFromAnExport(@TempDir Path folder) throws IOException {
    load("add-performance-optimization.md");
    Task task = target.get("add-performance-optimization");
    Path file = folder.resolve("again.md");
    try (var out = Files.newOutputStream(file)) {
      Exporter.export(List.of(task).iterator(), ExportFormat.MARKDOWN, out);
    }
    MemoryTarget again = new MemoryTarget();
    Importer.run(file, again);
    assertThat(again.all()).containsExactly(task);
  }

  @Test
  void backlogFolder() {
    ImportReport report = load("backlog-md");
    assertThat(report.errors()).isEmpty();
    assertThat(report.files()).isEqualTo(204);
    assertThat(report.created()).isEqualTo(204);
    assertThat(report.statuses())
        .extracting(Object::toString)
        .containsExactly("\"To Do\"\u2192TODO 13", "Done\u2192DONE 191");
    assertThat(report.attributes()).containsEntry("references", 44L);
    assertThat(report.attributes()).containsEntry("parent_task_id", 42L);
    assertThat(report.danglingCount()).isPositive();
    assertThat(report.lost()).isEmpty();
    assertThat(target.get("BACK-100.4").createdAt())
        .isEqualTo(Instant.parse("2025-06-22T00:00:00Z"));
    assertThat(target.get("BACK-100.4").dependencies()).containsExactly("task-100.1", "task-100.3");
    assertThat(target.get("BACK-100.4").attributes()).containsEntry("parent_task_id", "task-100");
    assertThat(target.get("BACK-307").assignee()).isEqualTo("@codex");
    // not YAML: a plain value must not begin with @
    assertThat(target.all().stream().map(t -> t.attributes().get("reporter"))).contains("@MrLesk");
  }

  @Test
  void beadsLinesAreAllAccountedFor() {
    ImportReport report = load("beads-issues.jsonl");
    assertThat(report.format()).isEqualTo(Format.BEADS);
    assertThat(report.records()).isEqualTo(5_722);
    assertThat(report.created()).isEqualTo(2_403);
    assertThat(report.skipped()).isEqualTo(3_319);
    assertThat(report.details()).containsEntry(ImportReport.TOMBSTONES, 3_319L);
    assertThat(report.details()).containsEntry(ImportReport.LINKS, 1_024L);
    assertThat(report.statuses())
        .extracting(Object::toString)
        .containsExactly(
            "open\u2192TODO 131", "hooked\u2192IN_PROGRESS 13", "closed\u2192DONE 2,259");
    assertThat(target.get("bd-077e").attributes())
        .containsEntry("beads.status", "hooked")
        .containsEntry("beads.priority", "3");
    assertThat(target.get("bd-077e").priority()).isEqualTo(Priority.LOW);
  }

  @Test
  void beadsTombstonesCanBeKept() {
    ImportReport report = load("beads-issues.jsonl", ImportOptions.defaults().withTombstones(true));
    assertThat(report.created()).isEqualTo(5_722);
    assertThat(target.get("bd-3ggb").status()).isEqualTo(Status.CANCELLED);
    assertThat(target.get("bd-3ggb").attributes()).containsEntry("beads.status", "tombstone");
    assertThat(target.get("bd-3ggb").dependencies()).containsExactly("bd-4y4g");
  }

  @Test
  void jiraTables() {
    assertThat(load("jira-storypoints-mesos.csv").created()).isEqualTo(1_680);
    assertThat(load("jira-storypoints-springxd.csv").created()).isEqualTo(3_526);
    assertThat(target.all()).hasSize(5_206);
    assertThat(target.get("MESOS-313").attributes()).containsEntry("storypoint", "2");
    assertThat(target.get("MESOS-313").description()).startsWith("The Scheduler interface");
  }

  @Test
  void todoTxtAndTaskwarrior() {
    assertThat(load("todo.txt").created()).isEqualTo(5);
    assertThat(target.all().stream().filter(t -> t.status() == Status.DONE)).hasSize(1);
    assertThat(load("taskwarrior-export.json").created()).isEqualTo(1);
    assertThat(target.get("a360fc44-315c-4366-b70c-ea7e7520b749").createdAt())
        .isEqualTo(Instant.parse("2014-10-18T05:02:31Z"));
  }

  @Test
  void secondImportWritesNothing() {
    ALL.forEach(this::load);
    int writes = target.writes();
    for (String name : ALL) {
      ImportReport report = load(name);
      assertThat(report.created() + report.updated()).as(name).isZero();
    }
    assertThat(target.writes()).isEqualTo(writes);
  }

  @Test
  void everyLeafOfTheBacklogIsFoundAgain() throws IOException {
    load("backlog-md");
    try (Stream<Path> files = Files.list(data("backlog-md"))) {
      for (Path file : files.toList()) {
        String text = Files.readString(file);
        FrontMatter block = FrontMatter.parse(text, 0);
        List<String> leaves = new ArrayList<>(Leaves.of(block.fields()));
        leaves.add(text.substring(block.bodyStart()));
        Task task = target.get(block.fields().get("id").toString());
        assertThat(Leaves.missing(task, leaves)).as(file.toString()).isEmpty();
      }
    }
  }

  @Test
  void everyLeafOfTheBeadsIsFoundAgain() throws IOException {
    load("beads-issues.jsonl", ImportOptions.defaults().withTombstones(true));
    for (String line : Files.readAllLines(data("beads-issues.jsonl"))) {
      Map<?, ?> record = (Map<?, ?>) Json.parse(line);
      Task task = target.get((String) record.get("id"));
      assertThat(Leaves.missing(task, Leaves.of(record))).as(line).isEmpty();
    }
  }

  @Test
  void everyCellOfTheTablesIsFoundAgain() throws IOException {
    for (String name : List.of("jira-storypoints-mesos.csv", "jira-storypoints-springxd.csv")) {
      load(name);
      try (var rows = de.siegmar.fastcsv.reader.CsvReader.builder().ofNamedCsvRecord(data(name))) {
        for (NamedCsvRecord row : rows) {
          Task task = target.get(row.getField("issuekey"));
          List<String> leaves = row.getFields().stream().filter(c -> !c.isEmpty()).toList();
          assertThat(Leaves.missing(task, leaves)).as(row.toString()).isEmpty();
        }
      }
    }
  }

  @Test
  void aRealStoreTakesItAllAndGivesItBack(@TempDir Path folder) throws IOException {
    data("todo.txt");
    ByteArrayOutputStream first = new ByteArrayOutputStream();
    try (TaskStore store = TaskStore.open(folder.resolve("one"))) {
      ImportTarget real = ImportTarget.of(store);
      long created = 0;
      for (String name : ALL) {
        ImportReport report = Importer.run(data(name), real);
        assertThat(report.errors()).as(name).isEmpty();
        created += report.created();
      }
      assertThat(created).isEqualTo(1 + 204 + 2_403 + 5_206 + 1 + 5);
      assertThat(store.stats().tasks()).isEqualTo(created);
      long sequence = store.sequence();
      for (String name : ALL) {
        assertThat(Importer.run(data(name), real).updated()).as(name).isZero();
      }
      assertThat(store.sequence()).isEqualTo(sequence);
      Exporter.export(sorted(store).iterator(), ExportFormat.JSONL, first);
    }
    Path file = folder.resolve("all.jsonl");
    Files.write(file, first.toByteArray());
    ByteArrayOutputStream second = new ByteArrayOutputStream();
    try (TaskStore store = TaskStore.open(folder.resolve("two"))) {
      assertThat(Importer.run(file, ImportTarget.of(store)).errors()).isEmpty();
      Exporter.export(sorted(store).iterator(), ExportFormat.JSONL, second);
    }
    assertThat(second.toString(StandardCharsets.UTF_8))
        .isEqualTo(first.toString(StandardCharsets.UTF_8));
  }

  private static List<Task> sorted(TaskStore store) {
    try (Stream<Task> tasks = store.stream(dev.quarry.query.Query.all())) {
      return tasks.sorted(Comparator.comparing(Task::id)).toList();
    }
  }

  @Test
  void dryRunSaysWhatWouldHappen() {
    ImportReport report =
        load("jira-storypoints-mesos.csv", ImportOptions.defaults().withDryRun(true));
    assertThat(report.created()).isEqualTo(1_680);
    assertThat(target.writes()).isZero();
    assertThat(report.lines().get(1)).startsWith("would create 1,680, would update 0");
    assertThat(Optional.of(report.isClean())).contains(true);
  }
}
