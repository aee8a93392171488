package dev.quarry.tools.render;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Golden outputs. */
final class RenderTest {
  private static final List<Task> TASKS =
      List.of(
          Task.builder("TASK-1", "Write \"docs\", all | of them")
              .priority(Priority.HIGH)
              .tags(List.of("docs", "x"))
              .dueAt(Instant.parse("2026-12-01T00:00:00Z"))
              .createdAt(Instant.parse("2026-11-20T23:15:00.000001Z"))
              .estimatedHours(2.50)
              .attribute("team", "a,b")
              .build(),
          Task.builder("TASK-2-long", "İstanbul 日本 \u001b[31mred\nline")
              .status(Status.IN_PROGRESS)
              .dueAt(Instant.parse("2026-12-01T10:00:00Z"))
              .build());

  private static final List<String> FIELDS =
      List.of("id", "status", "priority", "due", "title", "tags", "estimated", "attr.team");

  private static RowWriter.Settings settings(OutputFormat format, int width, long maxBytes) {
    return new RowWriter.Settings(format, new Style(false), width, maxBytes);
  }

  private static String rows(RowWriter.Settings settings, String next) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Output out = new Output(bytes)) {
      TaskColumns columns = TaskColumns.of(FIELDS);
      RowWriter writer = RowWriter.of(out, settings, columns.columns());
      for (Task task : TASKS) {
        writer.row(columns.row(task));
      }
      writer.finishRows();
      writer.end(next == null ? null : new RowWriter.NextPage(next));
      out.flush();
      assertThat(out.bytes()).isEqualTo(bytes.size());
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static String rows(OutputFormat format) {
    return rows(settings(format, 0, 0), null);
  }

  @Test
  void table() {
    assertThat(rows(OutputFormat.TABLE))
        .isEqualTo(
            """
            ID            STATUS       PRIO    DUE                   TITLE                        TAGS     ESTIMATED  ATTR.TEAM
            TASK-1        TODO         HIGH    2026-12-01            Write "docs", all | of them  docs, x        2.5  a,b
            TASK-2-long   IN_PROGRESS  MEDIUM  2026-12-01T10:00:00Z  İstanbul 日本 \ufffd[31mred line
            """);
  }

  @Test
  void json() {
    assertThat(rows(settings(OutputFormat.JSON, 0, 0), "abc"))
        .isEqualTo(
            """
            {"schema_version":1,"data":[{"id":"TASK-1","status":"TODO","priority":"HIGH",\
            "due_at":"2026-12-01T00:00:00Z","title":"Write \\"docs\\", all | of them",\
            "tags":["docs","x"],"estimated_hours":2.5,"attr.team":"a,b"},\
            {"id":"TASK-2-long","status":"IN_PROGRESS","priority":"MEDIUM",\
            "due_at":"2026-12-01T10:00:00Z","title":"İstanbul 日本 \\u001B[31mred\\nline"}],\
            "page":{"next":"abc"}}
            """);
  }

  @Test
  void jsonLines() {
    assertThat(rows(OutputFormat.JSONL).lines()).hasSize(2);
    assertThat(rows(OutputFormat.JSONL)).startsWith("{\"id\":\"TASK-1\",").endsWith("}\n");
  }

  @Test
  void separated() {
    assertThat(rows(OutputFormat.CSV))
        .isEqualTo(
            """
            id,status,priority,due_at,title,tags,estimated_hours,attr.team
            TASK-1,TODO,HIGH,2026-12-01T00:00:00Z,"Write ""docs"", all | of them",docs;x,2.5,"a,b"
            TASK-2-long,IN_PROGRESS,MEDIUM,2026-12-01T10:00:00Z,"İstanbul 日本 \u001b[31mred
            line",,,
            """);
    assertThat(rows(OutputFormat.TSV)).startsWith("id\tstatus\tpriority\tdue_at\t");
    assertThat(rows(OutputFormat.RAW))
        .startsWith("TASK-1\tTODO\tHIGH\t2026-12-01T00:00:00Z\tWrite \"docs\", all | of them\t");
  }

  @Test
  void markdown() {
    assertThat(rows(OutputFormat.MD))
        .isEqualTo(
            """
            | id | status | priority | due_at | title | tags | estimated_hours | attr.team |
            | --- | --- | --- | --- | --- | --- | ---: | --- |
            | TASK-1 | TODO | HIGH | 2026-12-01 | Write "docs", all \\| of them | docs, x | 2.5 | a,b |
            | TASK-2-long | IN_PROGRESS | MEDIUM | 2026-12-01T10:00:00Z | İstanbul 日本 \ufffd[31mred line |  |  |  |
            """);
  }

  @Test
  void yaml() {
    assertThat(rows(OutputFormat.YAML))
        .startsWith(
            """
            - id: "TASK-1"
              status: "TODO"
              priority: "HIGH"
              due_at: "2026-12-01T00:00:00Z"
            """);
  }

  @Test
  void tableFitsTheTerminal() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Output out = new Output(bytes)) {
      RowWriter writer =
          RowWriter.of(
              out,
              settings(OutputFormat.TABLE, 20, 0),
              List.of(Column.text("id"), Column.text("title")));
      writer.row(List.of("T1", "a title that is too long"));
      writer.end();
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualTo("ID   TITLE\nT1   a title that i…\n");
  }

  @ParameterizedTest
  @EnumSource(OutputFormat.class)
  void budgetOfBytesIsKept(OutputFormat format) {
    List<Column> columns = List.of(Column.text("id"));
    for (int max = 400; max < 1_000; max += 97) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      long shown;
      try (Output out = new Output(bytes)) {
        RowWriter writer = RowWriter.of(out, settings(format, 0, max), columns);
        for (int i = 0; i < 1_000 && writer.row(List.of("TASK-ü" + i)); i++) {
          assertThat(i).isLessThan(1_000);
        }
        shown = writer.finishRows();
        writer.end(new RowWriter.NextPage("t".repeat(100)));
      }
      assertThat(bytes.size()).isLessThanOrEqualTo(max);
      assertThat(shown).isPositive();
    }
  }

  @Test
  void longTablesAreStreamed() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Output out = new Output(bytes)) {
      RowWriter writer =
          RowWriter.of(out, settings(OutputFormat.TABLE, 0, 0), List.of(Column.number("n")));
      for (int i = 0; i < 5_000; i++) {
        writer.row(List.of(i));
      }
      assertThat(writer.finishRows()).isEqualTo(5_000);
      writer.end();
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8).lines()).hasSize(5_001);
  }

  @Test
  void valuesAreTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("tr-TR"));
      assertThat(Values.size(95_000)).isEqualTo("93 KB");
      assertThat(Values.size(1_500_000)).isEqualTo("1.4 MB");
      assertThat(Values.size(1_023)).isEqualTo("1023 B");
      assertThat(Values.duration(412_345)).isEqualTo("0.4 ms");
      assertThat(Values.duration(1_212_345_678L)).isEqualTo("1.2 s");
      assertThat(Values.number(1e7)).isEqualTo("10000000");
      assertThat(Values.number(0.1)).isEqualTo("0.1");
      assertThat(Values.count(1_234_567)).isEqualTo("1,234,567");
      assertThat(Column.text("title").heading()).isEqualTo("TITLE");
      assertThat(OutputFormat.byLabel("CSV")).isEqualTo(OutputFormat.CSV);
      assertThat(OutputFormat.MD.label()).isEqualTo("md");
      assertThat(OutputFormat.byLabel("xml")).isNull();
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void widthCountsWhatATerminalShows() {
    assertThat(Values.width("abc")).isEqualTo(3);
    assertThat(Values.width("日本")).isEqualTo(4);
    assertThat(Values.width("e\u0301")).isEqualTo(1);
    assertThat(Values.cut("日本語", 5)).isEqualTo("日本…");
    assertThat(Output.utf8Length("aé日\ud83d\ude00")).isEqualTo(1 + 2 + 3 + 4);
  }

  @Test
  void recordsInEveryFormat() {
    for (OutputFormat format : OutputFormat.values()) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (Output out = new Output(bytes)) {
        assertThat(
                RecordWriter.write(
                    out, settings(format, 0, 0), TaskColumns.all().record(TASKS.get(0))))
            .isTrue();
      }
      assertThat(bytes.toString(StandardCharsets.UTF_8)).as(format.label()).contains("TASK-1");
    }
  }

  @Test
  void colourOnlyWhereAsked() {
    List<String> words = new ArrayList<>();
    for (Status status : Status.values()) {
      words.add(new Style(false).cell(status.name(), status.name()));
    }
    assertThat(words).noneMatch(word -> word.contains("\u001b"));
    assertThat(new Style(true).cell("DONE", "DONE ")).isEqualTo("\u001b[32mDONE \u001b[0m");
  }
}
