package dev.quarry.tools.importing;

import dev.quarry.tools.format.ChecklistItems;
import dev.quarry.tools.format.Json;
import dev.quarry.tools.format.JsonNumber;
import dev.quarry.tools.format.Slot;
import dev.quarry.tools.format.SourceNames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Markdown with front matter. The text behind the block is the body, character for character: the
 * description, or, where the block has a description of its own, the attribute {@code body}.
 */
final class MarkdownReader implements RecordReader {
  private final ImportOptions options;
  private final boolean wantsFrontMatter;
  private final RecordMapper mapper;

  /**
   * A reader.
   *
   * @param wantsFrontMatter whether a file without front matter is left out
   */
  MarkdownReader(ImportOptions options, boolean wantsFrontMatter) {
    this.options = options;
    this.wantsFrontMatter = wantsFrontMatter;
    mapper = new RecordMapper(Dialect.MARKDOWN, options.zone());
  }

  @Override
  public void read(SourceFile file, RecordSink sink) throws IOException {
    int most = Json.withinHeap(options.maxLineBytes());
    byte[] bytes = file.bytes().readNBytes(most + 1);
    if (bytes.length > most) {
      sink.failed(file.name(), 0, 0, "longer than " + most + " bytes");
      return;
    }
    String text = decode(file, bytes, sink);
    long line = 1;
    int start = text == null ? -1 : 0;
    while (start >= 0) {
      int end = document(file, text, start, line, sink);
      for (int i = start; i < end; i++) {
        line += text.charAt(i) == '\n' ? 1 : 0;
      }
      start = end < text.length() ? end : -1;
    }
  }

  private static String decode(SourceFile file, byte[] bytes, RecordSink sink) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    if (result.isError()) {
      long line = 1;
      int column = 1;
      for (int i = 0; i < in.position(); i++) {
        column = bytes[i] == '\n' ? 1 : column + 1;
        line += bytes[i] == '\n' ? 1 : 0;
      }
      sink.failed(file.name(), line, column, "not valid UTF-8");
      return null;
    }
    return out.flip().toString();
  }

  /** Reads one document; where the next one begins, or -1. */
  private int document(SourceFile file, String text, int start, long line, RecordSink sink) {
    FrontMatter block;
    try {
      block = FrontMatter.parse(text, start);
    } catch (Yaml.YamlException e) {
      long at = e.line == 0 ? line : line + e.line;
      sink.failed(file.name(), at, e.column, "front matter: " + e.getMessage());
      return -1;
    }
    if (block == null) {
      if (wantsFrontMatter) {
        sink.skipped(file.name(), line);
        return -1;
      }
      block = new FrontMatter(Map.of(), false, start);
    }
    Map<String, Object> fields = new LinkedHashMap<>(block.fields());
    int end = bodyEnd(fields, text, block.bodyStart());
    accept(file, fields, text.substring(block.bodyStart(), end), line, sink);
    if (block.repaired()) {
      sink.count("repaired front matters", 1);
    }
    return end == text.length() ? -1 : end + 1;
  }

  /** Where the body ends: with the text, or after as many characters as the block says. */
  private static int bodyEnd(Map<String, Object> fields, String text, int start) {
    if (fields.get(SourceNames.BODY_CHARS) instanceof JsonNumber n
        && n.text().matches("\\d{1,9}")) {
      int end = start + Integer.parseInt(n.text());
      if (end == text.length() || (end < text.length() && text.charAt(end) == '\n')) {
        if (end + 1 >= text.length() || text.startsWith("---", end + 1)) {
          fields.remove(SourceNames.BODY_CHARS);
          return end;
        }
      }
    }
    return text.length();
  }

  private void accept(
      SourceFile file, Map<String, Object> fields, String body, long line, RecordSink sink) {
    boolean described =
        fields.keySet().stream()
            .anyMatch(k -> Dialect.MARKDOWN.names(Slot.DESCRIPTION).contains(SourceNames.plain(k)));
    TaskDraft draft = mapper.map(fields, file.name(), line);
    if (described && !body.isEmpty()) {
      String taken = draft.attributes.remove(ChecklistItems.BODY);
      draft.keep(ChecklistItems.BODY, body);
      if (taken != null) {
        draft.keep(ChecklistItems.BODY, taken);
      }
    } else if (!body.isEmpty()) {
      draft.description = body;
    }
    String stem = stem(file.plainName());
    if (draft.id == null || draft.id.isBlank()) {
      draft.id = stem;
    }
    if (draft.title == null) {
      draft.title = SourceNames.firstLine(heading(body), stem);
    }
    sink.count(ImportReport.CHECKLIST, ChecklistItems.parse(body).total());
    sink.accept(draft);
  }

  private static String heading(String body) {
    return body.lines().filter(l -> l.startsWith("# ")).findFirst().orElse(null);
  }

  private static String stem(String name) {
    Path last = Path.of(name).getFileName();
    String file = last == null ? name : last.toString();
    int dot = file.lastIndexOf('.');
    return dot > 0 ? file.substring(0, dot) : file;
  }
}
