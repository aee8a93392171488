package dev.quarry.tools.importing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.PageRequest;
import dev.quarry.ProgressListener;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.query.Query;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Imports into a store: its archive, its times, its refusal of circles. */
class StoreImportTest {
  private static final ImportOptions OPTIONS = ImportOptions.defaults();
  private static final String CIRCULAR = ImportTarget.CIRCULAR;

  @TempDir Path directory;

  private Instant now = Instant.parse("2026-11-21T10:00:00Z");
  private TaskStore store;

  @BeforeEach
  void open() {
    store =
        TaskStore.open(
            TaskStoreOptions.builder(directory.resolve("store")).clock(() -> now).build());
  }

  @Test
  void aRecordWithoutAnIdReplacesNoneThatHasIt() {
    run("{\"title\":\"x\"}\n", OPTIONS);
    String id = store.page(Query.all(), PageRequest.first(9)).items().get(0).id();
    String named = "{\"id\":\"" + id + "\",\"title\":\"x\",\"status\":\"done\"}\n";
    String both = named + "{\"title\":\"x\"}\n";
    ImportReport report = run(both, OPTIONS);
    assertThat(report.updated()).isEqualTo(1);
    assertThat(report.created()).isEqualTo(1);
    assertThat(store.get(id).orElseThrow().status()).isEqualTo(Status.DONE);
    assertThat(run(both, OPTIONS).unchanged()).isEqualTo(2);
  }

  private static final String UNNAMED = "{\"title\":\"x\"}\n";

  private static String named(String id) {
    return "{\"id\":\"" + id + "\",\"title\":\"named\"}\n";
  }

  private static String idOfUnnamed() {
    MemoryTarget target = new MemoryTarget();
    Imports.text("x.jsonl", UNNAMED, OPTIONS, target);
    return target.all().get(0).id();
  }

  private static Map<String, String> titles(MemoryTarget target) {
    return target.all().stream().collect(Collectors.toMap(Task::id, Task::title));
  }

  @ParameterizedTest
  @EnumSource(DuplicatePolicy.class)
  void aRecordThatNamesAnIdHasItWhicheverComesFirst(DuplicatePolicy duplicates) {
    String id = idOfUnnamed();
    ImportOptions options = OPTIONS.withDuplicates(duplicates);
    Map<String, Map<String, String>> cases =
        Map.of(
            UNNAMED + named(id), Map.of(id, "named", id + "-2", "x"),
            named(id) + UNNAMED, Map.of(id, "named", id + "-2", "x"),
            UNNAMED + UNNAMED + named(id), Map.of(id, "named", id + "-2", "x", id + "-3", "x"),
            UNNAMED + named(id) + UNNAMED, Map.of(id, "named", id + "-2", "x", id + "-3", "x"),
            named(id) + UNNAMED + UNNAMED, Map.of(id, "named", id + "-2", "x", id + "-3", "x"),
            UNNAMED + UNNAMED + named(id + "-2"),
                Map.of(id, "x", id + "-2", "named", id + "-3", "x"),
            named(id + "-2") + UNNAMED + UNNAMED,
                Map.of(id, "x", id + "-2", "named", id + "-3", "x"));
    cases.forEach(
        (text, titles) -> {
          MemoryTarget target = new MemoryTarget();
          ImportReport report = Imports.text("x.jsonl", text, options, target);
          assertThat(titles(target)).as(text).isEqualTo(titles);
          assertThat(report.created()).as(text).isEqualTo(titles.size());
          assertThat(report.warnings()).isEmpty();
          report = Imports.text("x.jsonl", text, options, target);
          assertThat(report.unchanged()).as(text).isEqualTo(titles.size());
        });
  }

  /** Between the two a batch is written. */
  @ParameterizedTest
  @EnumSource(DuplicatePolicy.class)
  void aRecordWhoseIdIsWrittenForOneWithoutIsKeptBesideIt(DuplicatePolicy duplicates) {
    String id = idOfUnnamed();
    ImportOptions options = OPTIONS.withDuplicates(duplicates).withBatchSize(1);
    MemoryTarget target = new MemoryTarget();
    ImportReport report = Imports.text("x.jsonl", UNNAMED + named(id), options, target);
    String why = "x.jsonl:2: its id " + id + " went to a record before it that names none";
    if (duplicates == DuplicatePolicy.FAIL) {
      assertThat(titles(target)).isEqualTo(Map.of(id, "x"));
      assertThat(report.errors()).singleElement().asString().startsWith(why);
    } else {
      assertThat(titles(target)).isEqualTo(Map.of(id, "x", id + "-2", "named"));
      assertThat(report.warnings()).singleElement().asString().startsWith(why);
      assertThat(report.mappedIds()).containsEntry(id, id + "-2");
      report = Imports.text("x.jsonl", UNNAMED + named(id), options, target);
      assertThat(report.unchanged()).isEqualTo(2);
    }
  }

  /** It has no id of its own, so that another has the one that it would get. */
  @Test
  void aRecordWithoutAnIdThatWasPassedOverTookNone() {
    String id = idOfUnnamed();
    MemoryTarget target = new MemoryTarget();
    Imports.text("x.jsonl", named(id), OPTIONS, target);
    ImportOptions options = OPTIONS.withDuplicates(DuplicatePolicy.SKIP).withBatchSize(1);
    ImportReport report = Imports.text("x.jsonl", UNNAMED + named(id), options, target);
    assertThat(titles(target)).isEqualTo(Map.of(id, "named"));
    assertThat(report.skipped()).isEqualTo(1);
    assertThat(report.unchanged()).isEqualTo(1);
  }

  /** Whatever becomes of the one that names it, for all policies. */
  @ParameterizedTest
  @EnumSource(DuplicatePolicy.class)
  void anIdThatAFailedRecordWouldHaveHadIsFree(DuplicatePolicy duplicates) throws IOException {
    String failing = "{\"title\":\"x\",\"dependencies\":[\"nowhere\"]}\n";
    MemoryTarget target = new MemoryTarget();
    Path file = Files.writeString(directory.resolve("x.jsonl"), failing);
    Importer.run(file, target);
    String id =
        target.all().stream().filter(t -> t.title().equals("x")).findAny().orElseThrow().id();
    for (int batch : List.of(1, 100)) {
      ImportOptions options =
          OPTIONS
              .withDuplicates(duplicates)
              .withDangling(DanglingPolicy.STRICT)
              .withBatchSize(batch);
      MemoryTarget empty = new MemoryTarget();
      Files.writeString(file, failing + named(id));
      ImportReport report =
          Importer.run(ImportSource.of(file), options, empty, ProgressListener.NONE);
      assertThat(titles(empty)).isEqualTo(Map.of(id, "named"));
      assertThat(report.failed()).isEqualTo(1);
      assertThat(report.created()).isEqualTo(1);
      assertThat(report.warnings()).isEmpty();
    }
  }

  /** The store has the named one already: the other goes aside, and it stays what it is. */
  @Test
  void aNamedRecordThatIsStoredIsNotCopiedForTheOneThatWentAside() {
    String id = idOfUnnamed();
    MemoryTarget target = new MemoryTarget();
    Imports.text("x.jsonl", named(id), OPTIONS, target);
    ImportOptions options = OPTIONS.withDuplicates(DuplicatePolicy.NEW_ID).withBatchSize(1);
    ImportReport report = Imports.text("x.jsonl", UNNAMED + named(id), options, target);
    assertThat(titles(target)).isEqualTo(Map.of(id, "named", id + "-2", "x"));
    assertThat(report.unchanged()).isEqualTo(1);
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

  @Test
  void aCircleImportedTwiceIsUnchanged() {
    String[] circle = {line("S", "S", "A"), line("A", "B"), line("B", "A", "S")};
    assertThat(run(circle).created()).isEqualTo(3);
    assertThat(task("B").attributes()).containsKey(CIRCULAR);
    assertThat(task("S").attributes()).containsEntry(CIRCULAR, "S");
    long sequence = store.sequence();
    now = now.plusSeconds(60);
    String text = String.join("\n", circle);
    for (DuplicatePolicy policy : DuplicatePolicy.values()) {
      for (boolean dry : new boolean[] {true, false}) {
        ImportReport again = run(text, OPTIONS.withDuplicates(policy).withDryRun(dry));
        assertThat(again.unchanged()).as("%s, dry %s", policy, dry).isEqualTo(3);
        assertThat(again.isClean()).as("%s, dry %s", policy, dry).isTrue();
      }
    }
    assertThat(store.sequence()).isEqualTo(sequence);
  }

  @Test
  void aCircleThatTheSourceNoLongerHasGivesTheDependencyBack() {
    run(line("A", "B"), line("B", "A"));
    assertThat(task("B").dependencies()).isEmpty();
    assertThat(task("B").attributes()).containsEntry(CIRCULAR, "A");
    ImportReport report = run(line("B", "A"), line("A"));
    assertThat(report.updated()).isEqualTo(2);
    assertThat(task("A").dependencies()).isEmpty();
    assertThat(task("B").dependencies()).containsExactly("A");
    assertThat(task("B").attributes()).doesNotContainKey(CIRCULAR);
  }

  @Test
  void aCircleElsewhereCutsNoDependencyThatClosesNone() {
    run(line("A", "B"), line("B"), line("C"), line("D"));
    run(line("B", "A"), line("A"), line("C", "D"), line("D", "C"));
    assertThat(task("A").dependencies()).isEmpty();
    assertThat(task("B").dependencies()).containsExactly("A");
    assertThat(task("B").attributes()).doesNotContainKey(CIRCULAR);
    assertThat(task("C").dependencies()).containsExactly("D");
    assertThat(task("D").attributes()).containsEntry(CIRCULAR, "C");
  }

  @Test
  void neitherDoesOneOfAnotherCommit() {
    run(line("A", "B"), line("B"));
    String text = line("B", "A") + "\n" + line("A") + "\n";
    run(text, OPTIONS.withBatchSize(1));
    assertThat(task("B").dependencies()).containsExactly("A");
  }
}
