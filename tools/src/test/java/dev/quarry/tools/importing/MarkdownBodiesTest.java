package dev.quarry.tools.importing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import dev.quarry.tools.exporting.ExportFormat;
import dev.quarry.tools.exporting.ExportOptions;
import dev.quarry.tools.exporting.Exporter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Markdown file of several tasks, as it was exported and as hands change it. */
class MarkdownBodiesTest {
  private final MemoryTarget target = new MemoryTarget();
  private String exported;

  @BeforeEach
  void setUp() {
    List<Task> tasks =
        List.of(
            Task.builder("AA", "first").description("one word\n\n---\n\nmore").build(),
            Task.builder("BB", "second").description("two\nlines\n").build(),
            Task.builder("CC", "third").description("the end").build());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Exporter.export(tasks.iterator(), ExportFormat.MARKDOWN, out);
    exported = out.toString(StandardCharsets.UTF_8);
  }

  private ImportReport read(String text) {
    return Imports.text(Format.MARKDOWN, text, target);
  }

  private List<String> ids() {
    return target.all().stream().map(Task::id).sorted().toList();
  }

  @Test
  void anEditedBodySwallowsNoTask() {
    String edited = exported.replace("two\n", "twenty\n");
    ImportReport report = read(edited);
    assertThat(ids()).containsExactly("AA");
    assertThat(report.failed()).isEqualTo(1);
    assertThat(report.errors()).hasSize(1);
    long line = edited.lines().takeWhile(l -> !l.equals("id: BB")).count();
    assertThat(report.errors().get(0).line()).isEqualTo(line);
    long next = edited.lines().takeWhile(l -> !l.equals("id: CC")).count();
    // the remedy is the right one
    assertThat(report.errors().get(0).message())
        .contains("if the next task begins at line " + next + ", set body_chars: 13,");
    assertThat(read(edited.replace("body_chars: 10", "body_chars: 13")).isClean()).isTrue();
    assertThat(ids()).containsExactly("AA", "BB", "CC");
    assertThat(target.get("BB").description()).isEqualTo("twenty\nlines\n");
  }

  @Test
  void aTaskThatIsPutInWithoutACountSwallowsNone() {
    String more = exported.replace("---\nid: CC", "---\nid: XX\ntitle: x\n---\nnew\n---\nid: CC");
    ImportReport report = read(more);
    assertThat(ids()).containsExactly("AA", "BB");
    assertThat(report.failed()).isEqualTo(1);
    assertThat(report.errors().get(0).message()).contains("set body_chars: 3,");
  }

  @Test
  void aFirstTaskWithoutACountSwallowsNone() {
    for (String text :
        List.of(
            "---\nid: XX\ntitle: x\n---\nnew\n" + exported,
            "---\nid: XX\ntitle: x\nbody_chars: '3'\n---\nnew\n" + exported,
            "---\nid: XX\ntitle: x\n---\nnew\n" + exported.replace("two\n", "twenty\n"),
            "---\nid: XX\ntitle: x\n---\nnew\n" + exported.replace("the end", "the very end"),
            "a heading\n" + exported,
            "---\nid: XX\ntitle: x\n---\n" + "---\n".repeat(200) + exported,
            exported.replaceFirst("body_chars: 20\n", "").replace("one word", "some words"))) {
      ImportReport report = read(text);
      assertThat(ids()).as(text).isEmpty();
      assertThat(report.failed()).as(text).isEqualTo(1);
      assertThat(report.errors().get(0).message())
          .contains("this task and what stands behind it are left out")
          .contains("if the next task begins at line ");
    }
    String with = "---\nid: XX\ntitle: x\nbody_chars: 3\n---\nnew\n" + exported;
    assertThat(read(with).isClean()).isTrue();
    assertThat(ids()).containsExactly("AA", "BB", "CC", "XX");
  }

  @Test
  void aBodyMayQuoteATask(@TempDir Path folder) {
    String block = "---\nid: A\nbody_chars: 3\n---\nabc";
    String text = "---\nid: XX\ntitle: x\n---\nlook:\n" + block + "d\nand so on\n";
    assertThat(read(text).isClean()).isTrue();
    assertThat(ids()).containsExactly("XX");
    // one that is written in a file of its own comes back whatever it quotes
    Task task = Task.builder("YY", "y").description("look:\n" + exported).build();
    Exporter.exportFolder(List.of(task).iterator(), folder, ExportOptions.defaults());
    assertThat(Importer.run(folder, target).isClean()).isTrue();
    assertThat(ids()).containsExactly("XX", "YY");
    assertThat(target.get("YY").description()).isEqualTo(task.description());
  }

  private Path exportedAlone(Path folder, String description) {
    Task task = Task.builder("YY", "y").description(description).build();
    Exporter.exportFolder(List.of(task).iterator(), folder, ExportOptions.defaults());
    return folder.resolve("YY.md");
  }

  private void edit(Path file, String from, String to) throws IOException {
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }

  @Test
  void aFileOfOneTaskThatSaysHowLongItsBodyIsCanBeEdited(@TempDir Path folder) throws IOException {
    Path file = exportedAlone(folder, "see body_chars\n\n---\n\n# more\n\nof it\n\n---\n");
    assertThat(Files.readString(file)).contains("body_chars: 40\n");
    edit(file, "of it", "of all that");
    ImportReport report = Importer.run(folder, target);
    assertThat(report.isClean()).as("%s", report.errors()).isTrue();
    assertThat(target.get("YY").description())
        .isEqualTo("see body_chars\n\n---\n\n# more\n\nof all that\n\n---\n");
    assertThat(target.get("YY").attributes()).isEmpty();

    edit(exportedAlone(folder, "see body_chars\nand on\n"), "and on", "and so on");
    assertThat(Importer.run(folder, target).isClean()).isTrue();
    assertThat(target.get("YY").description()).isEqualTo("see body_chars\nand so on\n");
    // behind one that was exported among several stands a line end that is none of its own
    String one = exported.substring(0, exported.indexOf("---\nid: BB"));
    assertThat(read(one.replace("one word", "some words")).isClean()).isTrue();
    assertThat(target.get("AA").description()).isEqualTo("some words\n\n---\n\nmore");
  }

  @Test
  void aBodyThatWasMadeMuchShorterSwallowsNoTask(@TempDir Path folder) throws IOException {
    String wordy = "word ".repeat(400);
    List<Task> tasks =
        List.of(
            Task.builder("AA", "first").description(wordy).build(),
            Task.builder("BB", "second").description("b").build());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Exporter.export(tasks.iterator(), ExportFormat.MARKDOWN, out);
    String text = out.toString(StandardCharsets.UTF_8);
    ImportReport report = read(text.replace(wordy, "word"));
    assertThat(ids()).isEmpty();
    assertThat(report.errors()).hasSize(1);
    assertThat(report.errors().get(0).message()).contains(", set body_chars: 4,");

    edit(exportedAlone(folder, "body_chars\n" + wordy), wordy, "word\n");
    assertThat(Importer.run(folder, target).isClean()).isTrue();
    assertThat(target.get("YY").description()).isEqualTo("body_chars\nword\n");
  }

  /** A rule and a colon are text; only an id or a title may be a task's. */
  @Test
  void aTextWithColonsBehindARuleCanBeEdited(@TempDir Path folder) throws IOException {
    for (String rest :
        List.of(
            "Note: this is so.\nStatus: open, see https://example.org\n",
            "## In short: no\n\n**Title**: bold\n- id: of a list\n",
            "at 10:30, the title: none\n---\nmore: x\n",
            "As JSON:\n\n{\n  \"count\": 7\n}\n{{ template }}\n")) {
      String text = "body_chars is a key\n\n---\n\n" + rest;
      edit(exportedAlone(folder, text), "is a key", "is the key");
      ImportReport report = Importer.run(folder, target);
      assertThat(report.isClean()).as("%s: %s", rest, report.errors()).isTrue();
      assertThat(target.get("YY").description()).isEqualTo(text.replace("a key", "the key"));
    }
    for (String rest : List.of("title : next", "'ID': next", "{ \"name\": next", "TaskId: T-1")) {
      edit(exportedAlone(folder, "body_chars\n\n---\n" + rest + "\n"), "body_chars\n\n", "b\n\n");
      assertThat(Importer.run(folder, target).errors()).as(rest).hasSize(1);
    }
  }

  @Test
  void whatMayBeATaskBehindAnEditedOneIsNotSwallowed(@TempDir Path folder) throws IOException {
    String edited = exported.replace("one word", "some words");
    String plain = edited.replace("body_chars: 10\n", "").replace("body_chars: 7\n", "");
    int second = edited.indexOf("---\nid: BB");
    int third = edited.indexOf("---\nid: CC");
    for (String text :
        List.of(
            edited,
            plain,
            edited.substring(0, third),
            plain.replace("\n", "\r\n"),
            edited.substring(0, third).replace("title: second", "title: [second"),
            edited.substring(0, third).replace("id: BB", "id BB"),
            edited.substring(0, second) + "---\nid: BB\nnot closed\n",
            edited.substring(0, second) + "---\n{status: todo, id: BB}\n---\ntext\n",
            edited.substring(0, second) + "---\n\n# a comment\n\n\"id\": BB\n---\ntext\n")) {
      ImportReport report = read(text);
      assertThat(ids()).as(text).isEmpty();
      assertThat(report.failed()).as(text).isEqualTo(1);
      assertThat(report.errors().get(0).message()).contains("left out", "set body_chars");
    }
    // where it is a quotation, the message says what to set
    Path file = exportedAlone(folder, "look:\n" + exported);
    edit(file, "look:", "look here:");
    String message = Importer.run(folder, target).errors().get(0).message();
    int length = ("look here:\n" + exported).length();
    assertThat(message).contains("if the file holds one task only, set body_chars: " + length);
    edit(file, "body_chars: " + (length - " here".length()), "body_chars: " + length);
    assertThat(Importer.run(folder, target).isClean()).isTrue();
    assertThat(target.get("YY").description()).isEqualTo("look here:\n" + exported);
  }

  @Test
  void aWrongFirstTaskSaysThatTheRestIsLeftOut() {
    ImportReport report = read(exported.replace("title: first", "title: [first"));
    assertThat(ids()).isEmpty();
    assertThat(report.errors().get(0).message())
        .startsWith("front matter: ")
        .endsWith("; what stands behind it is left out");
    report = read("---\nid: A\ntitle: [x\n---\nbody\n");
    assertThat(report.errors().get(0).message()).doesNotContain("left out");
  }

  @Test
  void aLaterTaskWhoseFrontMatterIsNotClosedIsAnError(@TempDir Path folder) throws IOException {
    String first = exported.substring(0, exported.indexOf("---\nid: CC"));
    Files.writeString(folder.resolve("all.md"), first + "---\nid: CC\ntitle: third\nthe end\n");
    ImportReport report = Importer.run(folder, target);
    assertThat(ids()).containsExactly("AA", "BB");
    assertThat(report.failed()).isEqualTo(1);
    assertThat(report.errors().get(0).message()).contains("a task should begin here");
  }

  @Test
  void aWrongTaskAmongSeveralSaysThatTheRestIsLeftOut() {
    ImportReport report = read(exported.replace("title: second", "title: [second"));
    assertThat(ids()).containsExactly("AA");
    assertThat(report.errors().get(0).message())
        .startsWith("front matter: ")
        .endsWith("; what stands behind it is left out");
  }

  @Test
  void theLastBodyEndsWithTheFile() {
    ImportReport report = read(exported.replace("the end", "the very end"));
    assertThat(report.isClean()).isTrue();
    assertThat(ids()).containsExactly("AA", "BB", "CC");
    assertThat(target.get("CC").description()).isEqualTo("the very end");
    assertThat(target.get("CC").attributes()).isEmpty();
  }

  @Test
  void carriageReturnsArePutInWithoutLoss() {
    ImportReport report = read(exported.replace("\n", "\r\n"));
    assertThat(report.isClean()).as("%s", report.errors()).isTrue();
    assertThat(ids()).containsExactly("AA", "BB", "CC");
    assertThat(target.get("AA").description()).isEqualTo("one word\r\n\r\n---\r\n\r\nmore");
    assertThat(target.get("CC").description()).isEqualTo("the end");
  }
}
