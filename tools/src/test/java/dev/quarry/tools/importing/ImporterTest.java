package dev.quarry.tools.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.quarry.ProgressListener;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.tools.format.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Policies, errors and limits, which are the same for every format. */
class ImporterTest {
  private static final ImportOptions OPTIONS = ImportOptions.defaults();

  private final MemoryTarget target = new MemoryTarget();

  private ImportReport jsonl(String text) {
    return Imports.text("x.jsonl", text, OPTIONS, target);
  }

  private static void assertAddsUp(ImportReport r) {
    assertThat(r.created() + r.updated() + r.unchanged() + r.skipped() + r.failed())
        .isEqualTo(r.records());
  }

  @Test
  void wrongLinesDoNotStopTheOthers() {
    ImportReport report =
        jsonl(
            """
            {"id":"a","title":"A"}
            {"id":"b","title":
            [1,2]

            {"id":"c","title":"C"} trailing
            {"id":"d","title":"D"}
            """);
    assertThat(report.created()).isEqualTo(2);
    assertThat(report.failed()).isEqualTo(3);
    assertThat(report.errors()).extracting(ImportProblem::line).containsExactly(2L, 3L, 5L);
    assertThat(report.errors().get(0).column()).isPositive();
    assertThat(report.errors().get(0).toString()).startsWith("x.jsonl:2:");
    assertThat(report.isClean()).isFalse();
    assertAddsUp(report);
  }

  @Test
  void strictStopsAtTheFirstError() {
    ImportReport report =
        Imports.text(
            "x.jsonl", "{\"id\":\"a\"}\n{\n{\"id\":\"b\"}\n", OPTIONS.withStrict(true), target);
    assertThat(report.aborted()).isTrue();
    assertThat(report.errors()).hasSize(1);
    assertThat(target.writes()).isZero();
    assertAddsUp(report);
  }

  @Test
  void strictReportsNothingAsCreatedThatWasNotWritten() {
    jsonl("{\"id\":\"b\",\"title\":\"old\"}\n{\"id\":\"d\",\"title\":\"old\"}\n");
    ImportOptions strict = OPTIONS.withStrict(true).withDuplicates(DuplicatePolicy.FAIL);
    ImportReport report =
        Imports.text("x.jsonl", "{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"c\"}\n", strict, target);
    assertThat(report.aborted()).isTrue();
    assertThat(report.created()).isZero();
    assertThat(report.failed()).isEqualTo(1);
    assertThat(report.skipped()).isEqualTo(2);
    assertThat(target.all()).extracting(Task::id).containsExactly("b", "d");
    assertAddsUp(report);
    report =
        Imports.text(
            "x.jsonl",
            "{\"id\":\"e\"}\n{\"id\":\"f\"}\n{\"id\":\"e\",\"title\":\"again\"}\n{\n",
            OPTIONS.withStrict(true).withBatchSize(1),
            target);
    assertThat(report.created()).isEqualTo(2);
    assertThat(report.updated()).isZero();
    assertThat(report.skipped()).isEqualTo(1);
    assertAddsUp(report);
  }

  @Test
  void wrongEncodingIsNamedByLine() {
    byte[] bytes = "{\"id\":\"a\"}\n{\"id\":\"\u00fc\"}\n".getBytes(StandardCharsets.ISO_8859_1);
    ImportReport report = Imports.bytes("x.jsonl", bytes, OPTIONS, target);
    assertThat(report.errors()).extracting(ImportProblem::line).containsExactly(2L);
    assertThat(report.errors().get(0).message()).isEqualTo("not valid UTF-8 at byte 8 of the line");
    MemoryTarget latin = new MemoryTarget();
    Imports.bytes("x.jsonl", bytes, OPTIONS.withCharset(StandardCharsets.ISO_8859_1), latin);
    assertThat(latin.get("\u00fc")).isNotNull();
  }

  @Test
  void wrongEncodingInTablesArraysAndMarkdown() {
    byte[] csv = "id,title\na,A\nb,\u00fc\nc,C\n".getBytes(StandardCharsets.ISO_8859_1);
    ImportReport report = Imports.bytes("x.csv", csv, OPTIONS, target);
    assertThat(report.errors()).extracting(ImportProblem::line).containsExactly(3L);
    assertThat(report.created()).isEqualTo(2);
    byte[] json =
        "[{\"id\":\"d\"},\n{\"id\":\"\u00fc\"},\n{\"id\":\"e\"}]"
            .getBytes(StandardCharsets.ISO_8859_1);
    report = Imports.bytes("x.json", json, OPTIONS, target);
    assertThat(report.errors()).extracting(ImportProblem::line).containsExactly(2L);
    assertThat(report.created()).isEqualTo(2);
    byte[] md = "---\nid: f\ntitle: \u00fc\n---\n".getBytes(StandardCharsets.ISO_8859_1);
    report = Imports.bytes("x.md", md, OPTIONS, target);
    assertThat(report.errors().get(0).toString()).isEqualTo("x.md:3:8: not valid UTF-8");
  }

  @Test
  void withoutAHeaderLineATableIsNotRead() {
    byte[] latin = "id,title,Priorit\u00e4t\nA,x,1\nB,y,2\n".getBytes(StandardCharsets.ISO_8859_1);
    ImportReport report = Imports.bytes("x.csv", latin, OPTIONS, target);
    assertThat(report.created()).isZero();
    assertThat(target.all()).isEmpty();
    assertThat(report.errors())
        .extracting(Object::toString)
        .containsExactly("x.csv:1: header line: not valid UTF-8; name the encoding: --encoding");
    assertAddsUp(report);
    report = Imports.text("x.csv", "id,\"title\nA,x\nB,y\n", OPTIONS, target);
    assertThat(report.created()).isZero();
    assertThat(report.errors())
        .extracting(Object::toString)
        .containsExactly("x.csv:1: header line: a quote is not closed");
    String wide = "x,".repeat(20_000) + "x\nA,y\nB,z\n";
    report = Imports.text(Format.CSV, wide, target);
    assertThat(report.created()).isZero();
    assertThat(report.errors()).hasSize(1);
    assertThat(report.errors().get(0).message()).startsWith("header line: ");
    report =
        Imports.bytes("x.csv", latin, OPTIONS.withCharset(StandardCharsets.ISO_8859_1), target);
    assertThat(report.created()).isEqualTo(2);
  }

  @Test
  void byteOrderMarksAndPackedFiles() throws IOException {
    byte[] utf16 = "\ufeffid;title\na;\u00e4\n".getBytes(StandardCharsets.UTF_16LE);
    assertThat(Imports.bytes("x.csv", utf16, OPTIONS, target).created()).isEqualTo(1);
    assertThat(target.get("a").title()).isEqualTo("\u00e4");
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write("\ufeffid,title\nb,B\n".getBytes(StandardCharsets.UTF_8));
    }
    ImportReport report = Imports.bytes("x.csv.gz", packed.toByteArray(), OPTIONS, target);
    assertThat(report.format()).isEqualTo(Format.CSV);
    assertThat(target.get("b").title()).isEqualTo("B");
  }

  @Test
  void longLinesAreRefused() {
    String text = "{\"id\":\"a\"}\n{\"id\":\"" + "b".repeat(500) + "\"}\n{\"id\":\"c\"}\n";
    ImportReport report = Imports.text("x.jsonl", text, OPTIONS.withMaxLineBytes(100), target);
    assertThat(report.created()).isEqualTo(2);
    assertThat(report.errors().get(0).toString())
        .isEqualTo("x.jsonl:2: line of 509 bytes is longer than 100; skipped");
  }

  @Test
  void deepNestingIsRefused() {
    String deep = "[".repeat(200) + "]".repeat(200);
    ImportReport report =
        jsonl("{\"id\":\"a\",\"x\":" + deep + "}\n{\"id\":\"b\",\"x\":[[[1]]]}\n");
    assertThat(report.created()).isEqualTo(1);
    assertThat(report.errors().get(0).message()).isEqualTo("nested deeper than 100");
    String array = "[{\"id\":\"c\",\"x\":" + deep + "},{\"id\":\"d\"}]";
    report = Imports.text("x.json", array, OPTIONS, target);
    assertThat(report.created()).isEqualTo(1);
    assertThat(target.get("d")).isNotNull();
  }

  @Test
  void aliasBombsAreRefused() {
    StringBuilder yaml = new StringBuilder("id: a\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 10; i++) {
      String before = "*a" + (i - 1);
      yaml.append("a" + i + ": &a" + i + " [" + (before + ",").repeat(9) + before + "]\n");
    }
    ImportReport report = Imports.text("x.md", "---\n" + yaml + "---\n", OPTIONS, target);
    assertThat(report.created()).isZero();
    assertThat(report.errors().get(0).message())
        .isEqualTo("front matter: aliases stand for more than 10000 values");
    report = Imports.text("x.yaml", yaml + "---\nid: b\n", OPTIONS, target);
    assertThat(report.created()).isEqualTo(1);
    report = Imports.text("x.yaml", "id: c\nx: &x [*x]\n", OPTIONS, target);
    assertThat(report.failed()).isEqualTo(1);
    Imports.text("x.yaml", "id: d\nx: &x [1]\ny: *x\n", OPTIONS, target);
    assertThat(target.get("d").attributes()).containsEntry("y", "[1]");
  }

  @Test
  void aliasesOfLongTextsAreRefused() {
    String text = "a: &x \"" + "x".repeat(100_000) + "\"\nb: [" + "*x, ".repeat(999) + "*x]\n";
    String nested =
        "a: &x [" + "x".repeat(1_000_000) + "]\nb: &y [*x, *x, *x, *x, *x, *x, *x, *x]\n";
    for (String yaml : new String[] {text, nested + "c: [" + "*y, ".repeat(20) + "*y]\n"}) {
      ImportReport report = Imports.text("x.md", "---\nid: a\n" + yaml + "---\n", OPTIONS, target);
      assertThat(report.created()).isZero();
      assertThat(report.errors().get(0).message())
          .isEqualTo("front matter: longer than " + Json.MAX_RECORD_CHARS + " characters");
    }
  }

  @Test
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void manyBlanksInFrontMatterCostNoMoreThanOtherText() {
    String title = "Fix: the" + " ".repeat(400_000) + "rest";
    ImportReport report =
        Imports.text("x.md", "---\nid: a\ntitle: " + title + " \t\n---\n", OPTIONS, target);
    assertThat(report.created()).isEqualTo(1);
    assertThat(target.get("a").title()).isEqualTo(title);
  }

  @Test
  void documentsOfOneFileAreNotCopiedForEachOther() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 6_000; i++) {
      text.append("---\nid: t").append(i).append("\nbody_chars: 5\n---\nbody\n\n");
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    ImportReport report = Imports.text("x.md", text.toString(), OPTIONS, target);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(report.created()).isEqualTo(6_000);
    assertThat(target.get("t5999").description()).isEqualTo("body\n");
    assertThat(allocated).isLessThan(800L << 20);
  }

  @Test
  void changesThatWaitAreWeighedWithAllTheirText() {
    StringBuilder text = new StringBuilder();
    String notes = "n".repeat(1 << 20);
    for (int i = 0; i < 9; i++) {
      jsonl("{\"id\":\"t" + i + "\",\"title\":\"old\"}\n");
      text.append("{\"id\":\"t" + i + "\",\"notes\":\"" + notes + "\"}\n");
    }
    List<String> calls = new ArrayList<>();
    ImportTarget logging =
        (ImportTarget)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ImportTarget.class},
                (proxy, method, args) -> {
                  calls.add(method.getName());
                  return method.invoke(target, args);
                });
    ImportReport report = Imports.text("x.jsonl", text.toString(), OPTIONS, logging);
    assertThat(report.updated()).isEqualTo(9);
    assertThat(calls.indexOf("write")).isLessThan(calls.lastIndexOf("getAll"));
  }

  @Test
  void duplicatesInOneSource() {
    String text = "{\"id\":\"a\",\"title\":\"1\"}\n{\"id\":\"a\",\"title\":\"2\"}\n";
    for (int batch : new int[] {1, 1_000}) {
      MemoryTarget t = new MemoryTarget();
      ImportReport r = Imports.text("x.jsonl", text, OPTIONS.withBatchSize(batch), t);
      assertThat(t.get("a").title()).isEqualTo("2");
      assertAddsUp(r);
      int writes = t.writes();
      r = Imports.text("x.jsonl", text, OPTIONS.withBatchSize(batch), t);
      assertThat(t.writes()).isEqualTo(writes);
      assertAddsUp(r);
    }
    MemoryTarget skip = new MemoryTarget();
    Imports.text("x.jsonl", text, OPTIONS.withDuplicates(DuplicatePolicy.SKIP), skip);
    assertThat(skip.get("a").title()).isEqualTo("1");
    MemoryTarget fail = new MemoryTarget();
    ImportReport failed =
        Imports.text("x.jsonl", text, OPTIONS.withDuplicates(DuplicatePolicy.FAIL), fail);
    assertThat(failed.errors().get(0).toString()).isEqualTo("x.jsonl:2: its id a occurs twice");
    MemoryTarget both = new MemoryTarget();
    ImportReport news =
        Imports.text("x.jsonl", text, OPTIONS.withDuplicates(DuplicatePolicy.NEW_ID), both);
    assertThat(both.get("a-2").title()).isEqualTo("2");
    assertThat(news.mappedIds()).containsEntry("a", "a-2");
  }

  @Test
  void idsThatAreInTheStore() {
    jsonl("{\"id\":\"a\",\"title\":\"old\"}\n{\"id\":\"b\",\"title\":\"same\"}\n");
    String text = "{\"id\":\"a\",\"title\":\"new\"}\n{\"id\":\"b\",\"title\":\"same\"}\n";
    ImportReport r =
        Imports.text("x.jsonl", text, OPTIONS.withDuplicates(DuplicatePolicy.SKIP), target);
    assertThat(r.skipped()).isEqualTo(1);
    assertThat(r.unchanged()).isEqualTo(1);
    r = Imports.text("x.jsonl", text, OPTIONS.withDuplicates(DuplicatePolicy.FAIL), target);
    assertThat(r.failed()).isEqualTo(1);
    Imports.text("x.jsonl", text, OPTIONS.withDuplicates(DuplicatePolicy.NEW_ID), target);
    assertThat(target.get("a-2").title()).isEqualTo("new");
    int writes = target.writes();
    Imports.text("x.jsonl", text, OPTIONS.withDuplicates(DuplicatePolicy.NEW_ID), target);
    assertThat(target.writes()).isEqualTo(writes);
    Instant created = target.get("a").createdAt();
    r = Imports.text("x.jsonl", text, OPTIONS, target);
    assertThat(r.updated()).isEqualTo(1);
    assertThat(target.get("a").title()).isEqualTo("new");
    assertThat(target.get("a").createdAt()).isEqualTo(created);
    assertThat(target.get("a").updatedAt()).isAfter(created);
  }

  @Test
  void danglingDependencies(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("x.jsonl");
    Files.writeString(
        file,
        """
        {"id":"a","title":"A","dependencies":["c","nowhere"]}
        {"id":"b","title":"B","dependencies":["a"]}
        {"id":"c","title":"C"}
        """);
    ImportReport r = Importer.run(file, target);
    assertThat(r.danglingCount()).isEqualTo(1);
    assertThat(r.dangling()).containsExactly("nowhere");
    assertThat(target.get("a").dependencies()).containsExactly("c", "nowhere");

    MemoryTarget skip = new MemoryTarget();
    dangling(file, DanglingPolicy.SKIP, skip);
    assertThat(skip.get("a").dependencies()).containsExactly("c");
    assertThat(skip.get("a").attributes()).containsEntry("dependencies.dangling", "nowhere");
    assertThat(dangling(file, DanglingPolicy.SKIP, skip).unchanged()).isEqualTo(3);

    MemoryTarget stub = new MemoryTarget();
    r = dangling(file, DanglingPolicy.STUB, stub);
    assertThat(r.stubs()).isEqualTo(1);
    assertThat(stub.get("nowhere").attributes()).containsEntry("import.stub", "true");
    int writes = stub.writes();
    dangling(file, DanglingPolicy.STUB, stub);
    assertThat(stub.writes()).isEqualTo(writes);

    MemoryTarget strict = new MemoryTarget();
    r = dangling(file, DanglingPolicy.STRICT, strict);
    assertThat(r.failed()).isEqualTo(1);
    assertThat(r.errors().get(0).message()).isEqualTo("depends on nowhere, which is nowhere");
    assertThat(strict.all()).hasSize(2);
    assertThatThrownBy(
            () -> Imports.text("x.jsonl", "", OPTIONS.withDangling(DanglingPolicy.SKIP), target))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("read twice");
  }

  private static ImportReport dangling(Path file, DanglingPolicy policy, ImportTarget target) {
    return Importer.run(
        ImportSource.of(file), OPTIONS.withDangling(policy), target, ProgressListener.NONE);
  }

  @Test
  void idsThatAreNotLegalAreMapped() {
    ImportReport r =
        jsonl("{\"id\":\"a\\nb\",\"title\":\"A\"}\n{\"id\":\"" + "x".repeat(600) + "\"}\n");
    assertThat(r.created()).isEqualTo(2);
    assertThat(r.mappedIds()).hasSize(2);
    String mapped = r.mappedIds().get("a\nb");
    assertThat(target.get(mapped).attributes()).containsEntry("source.id", "a\nb");
    assertThat(jsonl("{\"id\":\"a\\nb\",\"title\":\"A\"}").unchanged()).isEqualTo(1);
  }

  @Test
  void recordsWithoutIdGetTheSameOneAgain() {
    String csv = "title,status\nFirst,todo\nSecond,done\nFirst,todo\n";
    assertThat(Imports.text("x.csv", csv, OPTIONS, target).created()).isEqualTo(3);
    assertThat(Imports.text("x.csv", csv, OPTIONS, target).unchanged()).isEqualTo(3);
    assertThat(target.all()).hasSize(3);
  }

  @Test
  void zonesOfTimes() {
    String text =
        "{\"id\":\"a\",\"due\":\"2026-07-01 12:00\",\"created\":\"2026-07-01T12:00:00+09:00\"}";
    Imports.text("x.jsonl", text, OPTIONS.withZone(ZoneId.of("Europe/Berlin")), target);
    assertThat(target.get("a").dueAt()).isEqualTo(Instant.parse("2026-07-01T10:00:00Z"));
    assertThat(target.get("a").createdAt()).isEqualTo(Instant.parse("2026-07-01T03:00:00Z"));
    jsonl("{\"id\":\"a\",\"due\":\"2026-07-01 12:00\"}");
    assertThat(target.get("a").dueAt()).isEqualTo(Instant.parse("2026-07-01T12:00:00Z"));
  }

  @Test
  void whatAFieldCannotHoldIsKeptBesideIt() {
    ImportReport r =
        jsonl(
            """
            {"id":"a","status":"cooking","priority":"meh","due":"soon",\
            "created":"2026-01-01T00:00:00.123456789Z","estimated_hours":"two",\
            "tags":["x",{"name":"y","color":"red"}],"assignee":["ann","bob"],"extra":{"k":[1.50,null]}}
            """);
    Task a = target.get("a");
    assertThat(a.status()).isEqualTo(Status.TODO);
    assertThat(a.tags()).containsExactly("x", "y");
    assertThat(a.assignee()).isEqualTo("ann");
    assertThat(a.attributes())
        .containsEntry("json.status", "cooking")
        .containsEntry("json.priority", "meh")
        .containsEntry("due", "soon")
        .containsEntry("json.created", "2026-01-01T00:00:00.123456789Z")
        .containsEntry("estimated_hours", "two")
        .containsEntry("assignee", "[\"ann\",\"bob\"]")
        .containsEntry("extra", "{\"k\":[1.50,null]}");
    assertThat(r.warningCount()).isEqualTo(4);
  }

  @Test
  void mojibakeIsKeptUnlessItIsToBeRepaired() {
    String broken =
        new String(
            "\ud83d\ude80 caf\u00e9".getBytes(StandardCharsets.UTF_8),
            java.nio.charset.Charset.forName("windows-1252"));
    String text = "{\"id\":\"a\",\"title\":\"" + broken + "\"}";
    jsonl(text);
    assertThat(target.get("a").title()).isEqualTo(broken);
    Imports.text("x.jsonl", text, OPTIONS.withFixMojibake(true), target);
    assertThat(target.get("a").title()).isEqualTo("\ud83d\ude80 caf\u00e9");
    assertThat(Mojibake.repair("na\u00efve \u00fc\u00f6\u00c4 \ud83d\ude80"))
        .isEqualTo("na\u00efve \u00fc\u00f6\u00c4 \ud83d\ude80");
    String mac =
        new String(
            "\ud83d\ude80".getBytes(StandardCharsets.UTF_8),
            java.nio.charset.Charset.forName("x-MacRoman"));
    assertThat(Mojibake.repair(mac)).isEqualTo("\ud83d\ude80");
  }

  @Test
  void csvMappingAndSeparators() {
    String csv = "Nr;Was;Wann;Wer\n1;Etwas;2026-05-01;Ann\n";
    Imports.text(
        "x.csv",
        csv,
        OPTIONS.withCsvMapping(Map.of("Nr", "id", "Was", "title", "Wann", "due")),
        target);
    Task task = target.get("1");
    assertThat(task.title()).isEqualTo("Etwas");
    assertThat(task.dueAt()).isEqualTo(Instant.parse("2026-05-01T00:00:00Z"));
    assertThat(task.attributes()).containsExactly(Map.entry("Wer", "Ann"));
    Imports.text("x.tsv", "id\ttitle\n2\t\"two\nlines\"\n", OPTIONS, target);
    assertThat(target.get("2").title()).isEqualTo("two\nlines");
    Imports.text("x.csv", "id,title\n3,T,surplus\n4\n", OPTIONS, target);
    assertThat(target.get("3").attributes()).containsEntry("column 3", "surplus");
    assertThat(target.get("4").title()).isEqualTo("4");
  }

  @Test
  void formatsAreFoundByContent() {
    assertFormat("-", "---\nid: a\n---\nbody", Format.MARKDOWN);
    assertFormat("-", "{\"id\":\"a\"}\n{\"id\":\"b\"}\n", Format.JSONL);
    assertFormat("-", "[{\"id\":\"a\"}]", Format.JSON);
    assertFormat("-", "{\"id\":\"a\",\"issue_type\":\"bug\"}\n", Format.BEADS);
    assertFormat("-", "id,title\n1,x\n", Format.CSV);
    assertFormat("-", "id\ttitle\n1\tx\n", Format.TSV);
    assertFormat("tasks.json", "{\"master\":{\"tasks\":[]}}", Format.TASK_MASTER);
    assertFormat("tasks.json", "{\"tasks\":[{\"id\":1,\"subtasks\":[]}]}", Format.TASK_MASTER);
    assertFormat("tasks.json", "{\"tasks\":[{\"id\":1}]}", Format.JSON);
    assertFormat("x.json", "[{\"uuid\":\"a\",\"entry\":\"20141018T050231Z\"}]", Format.TASKWARRIOR);
    assertFormat("-", "(A) Call Mom", Format.TODO_TXT);
    assertFormat("x.yml", "id: a", Format.YAML);
    for (String start : new String[] {"{\"tasks\":[\n", "{\n\"tasks\": [\n"}) {
      String lines = "{\"id\":\"a\"},\n".repeat(6_000);
      assertFormat("x.json", start + lines + "{\"id\":\"b\"}\n]}", Format.JSON);
    }
    String records = "{\"id\":\"a\",\"tasks\":[]}\n".repeat(4_000);
    assertFormat("-", records, Format.JSONL);
    assertFormat("-", "{\"id\":\"a\",\"tasks\":[]} wrong\n" + records, Format.JSONL);
    assertThatThrownBy(() -> Imports.text("x.bin", "what is this", OPTIONS, target))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the format of x.bin is not clear; name one of md, json, jsonl, beads, csv, tsv, yaml,"
                + " task-master, taskwarrior, todo.txt");
  }

  private void assertFormat(String name, String text, Format format) {
    assertThat(Imports.text(name, text, OPTIONS.withDryRun(true), target).format())
        .as(text)
        .isEqualTo(format);
  }

  @Test
  void jsonShapes() {
    Imports.text(
        "x.json", "{\"version\":2,\"tasks\":[{\"id\":\"a\"},{\"id\":\"b\"}]}", OPTIONS, target);
    assertThat(target.get("b").attributes()).containsEntry("board.version", "2");
    Imports.text("x.json", "{\"c\":{\"title\":\"C\"},\"d\":{\"title\":\"D\"}}", OPTIONS, target);
    assertThat(target.get("d").title()).isEqualTo("D");
    Imports.text("x.json", "{\"id\":\"e\",\"title\":\"E\",\"done\":true}", OPTIONS, target);
    assertThat(target.get("e").status()).isEqualTo(Status.DONE);
    ImportReport r = Imports.text("x.json", "[{\"id\":\"f\"},{\"id\":", OPTIONS, target);
    assertThat(r.created()).isEqualTo(1);
    assertThat(r.errorCount()).isEqualTo(1);
  }

  @Test
  void foldersAreReadInOrderAndBadFilesReported(@TempDir Path folder) throws IOException {
    Files.createDirectories(folder.resolve("sub/.hidden"));
    Files.writeString(folder.resolve("sub/b.md"), "---\ntitle: B\n---\n");
    Files.writeString(
        folder.resolve("a.md"), "---\nid: a\ntitle: A: the first\nassignee: @me\n---\n");
    Files.writeString(folder.resolve("README.md"), "# Not a task\n");
    Files.writeString(folder.resolve("bad.md"), "---\nid: [\n---\n");
    Files.writeString(folder.resolve("sub/.hidden/c.md"), "---\nid: c\n---\n");
    ImportReport r = Importer.run(folder, target);
    assertThat(target.all()).extracting(Task::id).containsExactly("a", "b");
    assertThat(target.get("a").title()).isEqualTo("A: the first");
    assertThat(target.get("a").assignee()).isEqualTo("@me");
    assertThat(r.skipped()).isEqualTo(1);
    assertThat(r.failed()).isEqualTo(1);
    assertThat(r.errors().get(0).file()).isEqualTo("bad.md");
    assertAddsUp(r);
  }

  @Test
  void tooLongFieldsFailTheirRecordOnly() {
    String text =
        "{\"id\":\"a\",\"title\":\""
            + "x".repeat(Task.MAX_TEXT_CHARS + 1)
            + "\"}\n{\"id\":\"b\"}\n";
    ImportReport r = jsonl(text);
    assertThat(r.failed()).isEqualTo(1);
    assertThat(r.created()).isEqualTo(1);
    assertAddsUp(r);
  }

  @Test
  void batchesHaveTheWantedSize() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 2_500; i++) {
      text.append("{\"id\":\"t").append(i).append("\"}\n");
    }
    jsonl(text.toString());
    assertThat(target.largestBatch()).isEqualTo(1_000);
    assertThat(target.all()).hasSize(2_500);
  }

  @Test
  void todoTxtKeepsItsIdWhenCheckedOff() {
    Imports.text(
        "todo.txt", "(A) 2026-01-02 Call Mom +family @phone due:2026-02-01\n", OPTIONS, target);
    Task open = target.all().get(0);
    assertThat(open.title()).isEqualTo("Call Mom");
    assertThat(open.project()).isEqualTo("family");
    assertThat(open.tags()).containsExactly("phone");
    ImportReport r =
        Imports.text(
            "todo.txt",
            "x 2026-01-05 2026-01-02 Call Mom +family @phone due:2026-02-01 pri:A\n",
            OPTIONS,
            target);
    assertThat(r.updated()).isEqualTo(1);
    Task done = target.get(open.id());
    assertThat(done.status()).isEqualTo(Status.DONE);
    assertThat(done.priority()).isEqualTo(open.priority());
    assertThat(done.completedAt()).isEqualTo(Instant.parse("2026-01-05T00:00:00Z"));
  }

  @Test
  void unpairedSurrogatesInNamesAreKeptAsEscapes() {
    String text = "{\"id\":\"a\\ud83d\",\"title\":\"cut \\ud83d\",\"tags\":[\"t\\ude00\"]}";
    assertThat(jsonl(text).created()).isEqualTo(1);
    Task task = target.all().get(0);
    assertThat(task.id()).startsWith("a\\ud83d-");
    assertThat(task.title()).isEqualTo("cut \ud83d");
    assertThat(task.tags()).containsExactly("t\\ude00");
    assertThat(jsonl(text).unchanged()).isEqualTo(1);
  }

  @Test
  void wrongQuotesDoNotStopTheOthers() {
    String csv =
        "id,title\na,\"x\"y\nb,\"5\"\" pipe\"\nc,5\" pipe\n\nd,\"un\ne,\"closed\"\rf,\"F\r\n2\"\r\ng,\"G";
    ImportReport r = Imports.text("x.csv", csv, OPTIONS, target);
    assertThat(target.all())
        .extracting(t -> t.id() + "=" + t.title())
        .containsExactly("a=xy", "b=5\" pipe", "c=5\" pipe", "d=un\ne,closed", "f=F\r\n2");
    assertThat(r.errors())
        .extracting(Object::toString)
        .containsExactly("x.csv:10: a quote is not closed");
    r = Imports.text("y.csv", "id,title\nh,\"open\ni,I\nj,J\n", OPTIONS, target);
    assertThat(r.created()).isEqualTo(2);
    assertThat(r.errors().get(0).toString()).isEqualTo("y.csv:2: a quote is not closed");
  }
}
