package dev.quarry.tools.importing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Records with bytes that their file's encoding does not have are refused, and no others. */
class EncodingTest {
  private static final ImportOptions OPTIONS = ImportOptions.defaults();

  private final MemoryTarget target = new MemoryTarget();

  /** The text, in which each ? of its titles is a byte or unit that is none. */
  private static byte[] withBad(String text, Charset charset, byte... bad) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String[] parts = text.split("\\?", -1);
    for (int i = 0; i < parts.length; i++) {
      if (i > 0) {
        out.writeBytes(bad);
      }
      out.writeBytes(parts[i].getBytes(charset));
    }
    return out.toByteArray();
  }

  private void assertRefused(ImportReport report, String encoding, long... lines) {
    assertThat(report.errors()).extracting(ImportProblem::line).containsExactly(boxed(lines));
    assertThat(report.errors())
        .allSatisfy(e -> assertThat(e.message()).contains("not valid " + encoding));
    assertThat(target.all()).allSatisfy(EncodingTest::assertWhole);
  }

  private static void assertWhole(Task task) {
    assertThat(task.toString() + task.attributes()).doesNotContain("\ufffd");
  }

  private static Long[] boxed(long... lines) {
    return Arrays.stream(lines).boxed().toArray(Long[]::new);
  }

  @ParameterizedTest
  @CsvSource({"windows-1252,129", "US-ASCII,200", "Shift_JIS,255"})
  void bytesThatAnEncodingDoesNotHaveFailTheirRecord(String name, int bad) {
    Charset charset = Charset.forName(name);
    ImportOptions options = OPTIONS.withCharset(charset);
    String lines = "{\"id\":\"a\"}\n{\"id\":\"b\",\"title\":\"x?y\"}\n{\"id\":\"c\"}\n";
    byte[] bytes = withBad(lines, charset, (byte) bad);
    assertRefused(Imports.bytes("x.jsonl", bytes, options, target), name, 2);
    bytes = withBad("id,title\nd,D\ne,x?y\nf,F\n", charset, (byte) bad);
    assertRefused(Imports.bytes("x.csv", bytes, options, target), name, 3);
    bytes = withBad("---\nid: g\n---\nbody ?\n", charset, (byte) bad);
    assertRefused(Imports.bytes("x.md", bytes, options, target), name, 4);
    bytes = withBad("id: h\n---\nid: i\ntitle: ?\n", charset, (byte) bad);
    ImportReport report = Imports.bytes("x.yaml", bytes, options, target);
    assertThat(report.errors()).hasSize(1);
    assertThat(report.errors().get(0).message()).contains("line 4: not valid " + name);
    assertThat(target.all())
        .extracting(Task::id)
        .containsExactlyInAnyOrder("a", "c", "d", "f", "h");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void halfAPairIsNoCharacterOfUtf16(boolean isLittle) {
    Charset charset = isLittle ? StandardCharsets.UTF_16LE : StandardCharsets.UTF_16BE;
    byte[] half = isLittle ? new byte[] {0, (byte) 0xd8} : new byte[] {(byte) 0xd8, 0};
    String text =
        """
        \ufeff{"id":"a","title":"\ud83d\ude00"}
        {"id":"b"}?
        {"id":"c"}
        """;
    byte[] bytes = withBad(text, charset, half);
    assertRefused(Imports.bytes("x.jsonl", bytes, OPTIONS, target), charset.name(), 2);
    assertThat(target.get("a").title()).isEqualTo("\ud83d\ude00");
    assertThat(target.get("c")).isNotNull();
  }

  @Test
  void largeFilesOfOtherEncodingsAreReadExactly() {
    StringBuilder text = new StringBuilder();
    List<String> titles = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      String title = "\u00e4".repeat(i % 7) + "\ud83d\ude00".repeat(i % 5) + i;
      titles.add(title);
      text.append("{\"id\":\"t" + i + "\",\"title\":\"" + title + "\"}\n");
    }
    for (Charset charset :
        List.of(StandardCharsets.UTF_16LE, Charset.forName("GB18030"), Charset.forName("UTF-32"))) {
      MemoryTarget read = new MemoryTarget();
      byte[] bytes = text.toString().getBytes(charset);
      Imports.bytes("x.jsonl", bytes, OPTIONS.withCharset(charset), read);
      for (int i = 0; i < titles.size(); i++) {
        assertThat(read.get("t" + i).title()).isEqualTo(titles.get(i));
      }
    }
  }

  /** More lines than were remembered once. */
  @ParameterizedTest
  @ValueSource(strings = {"x.csv", "x.json"})
  void noBadLineIsForgottenBeforeItsRecordIsRead(String name) {
    boolean isJson = name.endsWith("json");
    int bad = 100_050;
    StringBuilder text = new StringBuilder(isJson ? "[\n" : "id,title\n");
    for (int i = 0; i <= bad; i++) {
      String title = i < bad ? "?" : "good";
      text.append(
          isJson
              ? "{\"id\":\"t" + i + "\",\"title\":\"" + title + "\"},\n"
              : "t" + i + "," + title + "\n");
    }
    text.append(isJson ? "{\"id\":\"last\"}]" : "last,L\n");
    byte[] bytes = withBad(text.toString(), StandardCharsets.UTF_8, (byte) 0xff);
    ImportReport report = Imports.bytes(name, bytes, OPTIONS, target);
    assertThat(report.failed()).isEqualTo(bad);
    assertThat(target.all()).extracting(Task::id).containsExactlyInAnyOrder("t" + bad, "last");
  }

  @Test
  void anyMoreBadLinesOfOneRecordFailItAndTheNextIsRead() {
    StringBuilder text = new StringBuilder("id,title\na,A\nb,\"");
    text.append("?\n".repeat(100_200)).append("\"\nc,C\nd,?\ne,E\n");
    byte[] bytes = withBad(text.toString(), StandardCharsets.UTF_8, (byte) 0xff);
    ImportReport report = Imports.bytes("x.csv", bytes, OPTIONS, target);
    assertRefused(report, "UTF-8", 3, 3 + 100_200 + 2);
    assertThat(target.all()).extracting(Task::id).containsExactlyInAnyOrder("a", "c", "e");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r", "\r\n"})
  void theBadLineIsFoundWhateverEndsLines(String end) {
    String[] rows = {
      "id,title", "a,A", "b,\"two", "", "lines\"", "c,C", "d,?", "e,E", "f,\"x", "?\"", "g,G"
    };
    byte[] bytes = withBad(String.join(end, rows), StandardCharsets.UTF_8, (byte) 0xff);
    assertRefused(Imports.bytes("x.csv", bytes, OPTIONS, target), "UTF-8", 7, 10);
    assertThat(target.all())
        .extracting(Task::id)
        .containsExactlyInAnyOrder("a", "b", "c", "e", "g");
    // a line whose quote is never closed is given up alone
    MemoryTarget other = new MemoryTarget();
    String open = String.join(end, "id,title", "a,A", "b,\"open", "c,?", "d,D") + end;
    bytes = withBad(open, StandardCharsets.UTF_8, (byte) 0xff);
    ImportReport report = Imports.bytes("x.csv", bytes, OPTIONS, other);
    assertThat(report.errors()).extracting(ImportProblem::line).containsExactly(3L, 4L);
    assertThat(other.all()).extracting(Task::id).containsExactlyInAnyOrder("a", "d");
  }

  @Test
  void jsonLinesMayEndWithAReturnAlone() {
    String text = "[{\"id\":\"a\"},\r{\"id\":\"b\",\"title\":\"?\"},\r{\"id\":\"c\"}]";
    byte[] bytes = withBad(text, StandardCharsets.UTF_8, (byte) 0xff);
    assertRefused(Imports.bytes("x.json", bytes, OPTIONS, target), "UTF-8", 2);
    assertThat(target.all()).extracting(Task::id).containsExactlyInAnyOrder("a", "c");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\":\"a\",\n\"title\":\"?\"}",
        "{\"id\":\"a\",\n\"t?\":1}",
        "{\"a\":{\"title\":\"A\"},\n\"b\":{\"title\":\"?\"}}",
        "{\"tasks\":[{\"id\":\"a\"}],\n\"board\":\"?\"}",
        "{\"one\":{\"tasks\":[{\"id\":1,\"subtasks\":[]}]},\n\"?\":\n{\"tasks\":[{\"id\":2}]}}",
        "{\"one\":{\"tasks\":[{\"id\":1,\"subtasks\":[]}],\n\"note\":\"?\"}}"
      })
  void noPlaceInAJsonFileTakesThem(String json) {
    byte[] bytes = withBad(json, StandardCharsets.UTF_8, (byte) 0xff);
    assertRefused(Imports.bytes("x.json", bytes, OPTIONS, target), "UTF-8", 2);
    assertThat(target.all().size()).isLessThanOrEqualTo(1);
  }
}
