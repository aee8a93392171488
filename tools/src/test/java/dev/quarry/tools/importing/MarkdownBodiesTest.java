package dev.quarry.tools.importing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import dev.quarry.tools.exporting.ExportFormat;
import dev.quarry.tools.exporting.Exporter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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
