package dev.quarry.tools.importing;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvRecord;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.tools.format.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped samples import in all formats, and every value of theirs is found in a task. */
class SamplesTest {
  @TempDir private Path folder;
  private final MemoryTarget target = new MemoryTarget();
  private List<Path> sources;

  @BeforeEach
  void importAll() {
    sources = Samples.copyTo(folder);
    for (Path source : sources) {
      ImportReport report = Importer.run(source, target);
      assertThat(report.errors()).as(source.toString()).isEmpty();
      assertThat(report.lost()).as(source.toString()).isEmpty();
    }
  }

  @Test
  void thereAreSixtyTwoTasksInEightFormats() {
    assertThat(sources).hasSize(8);
    assertThat(target.all()).hasSize(62);
    assertThat(target.all().stream().map(Task::status).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(Status.values());
  }

  @Test
  void importWithoutFilesIsTheSame() {
    MemoryTarget other = new MemoryTarget();
    assertThat(Samples.importAll(other)).hasSize(8);
    assertThat(other.all()).containsExactlyElementsOf(target.all());
  }

  @Test
  void noDependencyDangles() {
    Set<String> ids = target.all().stream().map(Task::id).collect(Collectors.toSet());
    assertThat(target.all().stream().flatMap(t -> t.dependencies().stream())).isSubsetOf(ids);
  }

  @Test
  void secondImportWritesNothing() {
    int writes = target.writes();
    sources.forEach(source -> Importer.run(source, target));
    assertThat(target.writes()).isEqualTo(writes);
  }

  @Test
  void everyLeafOfMarkdownIsFound() throws IOException {
    for (String name : Samples.names()) {
      if (name.endsWith(".md")) {
        String text = Files.readString(folder.resolve(name));
        FrontMatter block = FrontMatter.parse(text, 0);
        List<String> leaves = new ArrayList<>(Leaves.of(block.fields()));
        leaves.add(text.substring(block.bodyStart()));
        Task task = target.get(block.fields().get("id").toString());
        assertThat(Leaves.missing(task, leaves)).as(name).isEmpty();
      }
    }
  }

  @Test
  void everyLeafOfJsonIsFound() {
    check(records("active_tasks.json"), "task_id", "");
    check(records("taskwarrior.json"), "uuid", "");
    check(lines("release.jsonl"), "id", "");
    check(lines("beads.jsonl"), "id", "tombstone");
  }

  private void check(List<?> records, String id, String skippedStatus) {
    for (Object record : records) {
      Map<?, ?> map = (Map<?, ?>) record;
      if (!skippedStatus.equals(map.get("status"))) {
        Task task = target.get((String) map.get(id));
        assertThat(Leaves.missing(task, Leaves.of(map))).as(task.id()).isEmpty();
      }
    }
  }

  private static List<?> records(String name) {
    return (List<?>) Json.parse(text(name));
  }

  private static List<?> lines(String name) {
    return text(name).lines().map(Json::parse).toList();
  }

  private static String text(String name) {
    return new String(Samples.bytes(name), StandardCharsets.UTF_8);
  }

  @Test
  void everyLeafOfTaskMasterIsFound() {
    ((Map<?, ?>) Json.parse(text("task-master.json")))
        .forEach((tag, value) -> checkTag((String) tag, (Map<?, ?>) value));
  }

  private void checkTag(String tag, Map<?, ?> value) {
    List<String> everything = new ArrayList<>();
    for (Object task : (List<?>) value.get("tasks")) {
      checkTask(tag + "/", (Map<?, ?>) task, everything);
    }
    Task last = target.get(everything.get(everything.size() - 1));
    assertThat(Leaves.missing(last, Leaves.of(value.get("metadata")))).isEmpty();
  }

  private void checkTask(String prefix, Map<?, ?> record, List<String> ids) {
    String id = prefix + record.get("id");
    ids.add(id);
    Map<String, Object> own = new java.util.LinkedHashMap<>();
    record.forEach((k, v) -> own.put((String) k, v));
    own.remove("subtasks");
    assertThat(Leaves.missing(target.get(id), Leaves.of(own))).as(id).isEmpty();
    if (record.get("subtasks") instanceof List<?> subtasks) {
      subtasks.forEach(s -> checkTask(id + ".", (Map<?, ?>) s, ids));
    }
  }

  @Test
  void everyCellOfTheTableIsFound() throws IOException {
    try (var rows =
        de.siegmar.fastcsv.reader.CsvReader.builder().ofCsvRecord(folder.resolve("support.csv"))) {
      for (CsvRecord row : rows) {
        if (row.getStartingLineNumber() > 1) {
          List<String> cells = row.getFields().stream().filter(c -> !c.isEmpty()).toList();
          assertThat(Leaves.missing(target.get(row.getField(0)), cells)).isEmpty();
        }
      }
    }
  }

  @Test
  void everyLineOfTodoTxtIsFound() {
    text("todo.txt")
        .lines()
        .forEach(
            line ->
                assertThat(target.all())
                    .anyMatch(t -> line.equals(t.attributes().get("todo.txt"))));
  }

  @Test
  void taskMasterIdsAreCountedPerTag() {
    Task last = target.get("website/2.3");
    assertThat(last.project()).isEqualTo("website");
    assertThat(last.dependencies()).containsExactly("website/2.1", "website/2.2");
    assertThat(last.attributes()).containsEntry("parent", "website/2");
    assertThat(target.get("website/4").dependencies())
        .containsExactly("website/2", "website/3", "website/2.3");
    assertThat(target.get("shop/1").status()).isEqualTo(Status.BLOCKED);
  }

  @Test
  void taskwarriorStates() {
    String uuid = "5f1d7c62-2b0f-4c0e-9a37-0c6f1b1f7a0";
    assertThat(target.get(uuid + "2").status()).isEqualTo(Status.IN_PROGRESS);
    assertThat(target.get(uuid + "2").notes()).isEqualTo("Twelve beds are held until June.");
    assertThat(target.get(uuid + "3").status()).isEqualTo(Status.DONE);
    assertThat(target.get(uuid + "5").status()).isEqualTo(Status.BLOCKED);
    assertThat(target.get(uuid + "5").dependencies()).containsExactly(uuid + "2");
  }

  @Test
  void repeatedColumnsOfJira() {
    Task task = target.get("HELP-13");
    assertThat(task.tags()).containsExactly("navigation", "watch");
    assertThat(task.estimatedHours()).isEqualTo(4.0);
    assertThat(task.attributes().get("Comment")).contains("The watch sleeps.").startsWith("[");
    assertThat(target.get("HELP-14").dependencies()).containsExactly("HELP-13");
  }

  @Test
  void boardIsExportedAsItWas() {
    List<Task> board = target.all().stream().filter(t -> t.id().startsWith("DATA-")).toList();
    var out = new java.io.ByteArrayOutputStream();
    dev.quarry.tools.exporting.Exporter.export(
        board.iterator(), dev.quarry.tools.exporting.ExportFormat.BOARD, out);
    assertThat(Json.parse(out.toString(StandardCharsets.UTF_8)))
        .isEqualTo(records("active_tasks.json"));
  }
}
