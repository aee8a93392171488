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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Markdown with front matter. The text behind the block is the body, character for character: the
 * description, or, where the block has a description of its own, the attribute {@code body}. A file
 * of several tasks says how long each body is, for a body may look like a task.
 */
final class MarkdownReader implements RecordReader {
  /** So many blocks are read to see whether they begin a task. */
  private static final int MOST_BLOCKS = 100;

  /** A key of YAML, as against a list, a heading or a word in bold. */
  private static final Pattern IS_KEY = Pattern.compile("[\\p{L}_\"'{][^:]*:");

  /** Plain names of the fields without which nobody writes a task into a file of several. */
  private static final Set<String> NAMING =
      Stream.of(
              Dialect.MARKDOWN.names(Slot.ID),
              Dialect.MARKDOWN.names(Slot.TITLE),
              List.of(SourceNames.plain(SourceNames.BODY_CHARS)))
          .flatMap(List::stream)
          .collect(Collectors.toUnmodifiableSet());

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
      sink.failed(file.name(), line, column, file.notDecoded());
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
      boolean isOnly = start == 0 && nextTask(text, text.indexOf('\n') + 1, false) < 0;
      String rest = isOnly ? "" : "; what stands behind it is left out";
      sink.failed(file.name(), at, e.column, "front matter: " + e.getMessage() + rest);
      return -1;
    }
    if (block == null) {
      if (start > 0) {
        String what = "a task should begin here, but no front matter does, between two lines ---;";
        sink.failed(file.name(), line, 0, what + " what stands here and behind is left out");
        return -1;
      }
      if (wantsFrontMatter) {
        sink.skipped(file.name(), line);
        return -1;
      }
      block = new FrontMatter(Map.of(), false, start);
    }
    Map<String, Object> fields = new LinkedHashMap<>(block.fields());
    int end = bodyEnd(fields, text, block.bodyStart(), start > 0);
    if (end < 0) {
      sink.failed(file.name(), line, 0, unclear(text, block.bodyStart(), line, start));
      return -1;
    }
    accept(file, fields, text.substring(block.bodyStart(), end), line, sink);
    if (block.repaired()) {
      sink.count("repaired front matters", 1);
    }
    int next = afterLineEnd(text, end);
    return next == text.length() ? -1 : next;
  }

  /**
   * Where the body ends: after as many characters as the block says, else with the text; -1 where
   * that is not so, and the text may hold further tasks. Behind a task that is not the first, any
   * line --- may begin one.
   *
   * @param isLater whether a task stands before it in the file
   */
  private static int bodyEnd(Map<String, Object> fields, String text, int start, boolean isLater) {
    if (!isLater && length(fields) < 0) {
      // what a task was put in front of still says how long it is
      return nextTask(text, start, true) < 0 ? text.length() : -1;
    }
    int end = countedEnd(fields, text, start);
    fields.remove(SourceNames.BODY_CHARS);
    if (end >= 0) {
      return end;
    }
    if (isLater ? nextFence(text, start) >= 0 : mayHoldTask(text, start)) {
      return -1;
    }
    // one that was exported alone says it only where its body names it, and ends with its body
    boolean isAlone = !isLater && text.indexOf(SourceNames.BODY_CHARS, start) >= 0;
    return isAlone ? text.length() : withoutLineEnd(text, start);
  }

  /**
   * Whether behind a line --- stands what may be of a task's front matter, whole or broken. What
   * names neither a task nor a length is text: many a line of it has a colon.
   */
  private static boolean mayHoldTask(String text, int from) {
    int at = nextFence(text, from);
    while (at >= 0) {
      int behind = text.indexOf('\n', at) + 1;
      if (behind > 0 && mayNameTask(text, behind)) {
        return true;
      }
      at = behind == 0 ? -1 : nextFence(text, behind);
    }
    return false;
  }

  private static boolean mayNameTask(String text, int from) {
    boolean isFirst = true;
    for (int at = from; at < text.length(); ) {
      int lineEnd = text.indexOf('\n', at);
      int end = lineEnd < 0 ? text.length() : lineEnd;
      String line = text.substring(at, end).strip();
      if (line.equals("---")) {
        return false;
      }
      // of a mapping in braces the name may be any of the keys, and it is all of the front matter
      boolean isNaming = IS_KEY.matcher(line).lookingAt() && NAMING.contains(key(line));
      if (isNaming || (isFirst && line.startsWith("{"))) {
        return true;
      }
      isFirst &= line.isEmpty() || line.startsWith("#");
      at = end + 1;
    }
    return false;
  }

  private static String key(String line) {
    return SourceNames.plain(line.substring(0, line.indexOf(':')));
  }

  /** How long the block says that its body is, or -1. */
  private static int length(Map<String, Object> fields) {
    return fields.get(SourceNames.BODY_CHARS) instanceof JsonNumber n
            && n.text().matches("\\d{1,9}")
        ? Integer.parseInt(n.text())
        : -1;
  }

  /** Where the body ends if it is as long as the block says, else -1. */
  private static int countedEnd(Map<String, Object> fields, String text, int start) {
    int length = length(fields);
    if (length < 0) {
      return -1;
    }
    int end = start + length; // at most nine digits
    if (endsThere(text, end)) {
      return end;
    }
    end = withReturns(text, start, length);
    return endsThere(text, end) ? end : -1;
  }

  /** Whether the text ends there, or a line behind which it ends or a task begins. */
  private static boolean endsThere(String text, int end) {
    if (end < 0 || end > text.length()) {
      return false;
    }
    int next = afterLineEnd(text, end);
    return next == text.length() || (next > end && text.startsWith("---", next));
  }

  private static int afterLineEnd(String text, int at) {
    return text.startsWith("\r\n", at) ? at + 2 : text.startsWith("\n", at) ? at + 1 : at;
  }

  /**
   * The end of so many characters where a program has put a carriage return before each \n; -1
   * where there are not so many.
   */
  private static int withReturns(String text, int start, int length) {
    int at = start;
    for (int n = 0; n < length; n++) {
      if (at == text.length()) {
        return -1;
      }
      at += text.startsWith("\r\n", at) ? 2 : 1;
    }
    return at;
  }

  /** The export ends each task with a line end that is no part of it. */
  private static int withoutLineEnd(String text, int start) {
    int end = text.length();
    end -= end > start && text.charAt(end - 1) == '\n' ? 1 : 0;
    return end - (end > start && end < text.length() && text.charAt(end - 1) == '\r' ? 1 : 0);
  }

  /** Where the next line begins that may begin a task, or -1. */
  private static int nextFence(String text, int from) {
    for (int at = from; at < text.length(); at = text.indexOf('\n', at) + 1) {
      int end = text.indexOf('\n', at);
      if (text.substring(at, end < 0 ? text.length() : end).stripTrailing().equals("---")) {
        return at;
      }
      if (end < 0) {
        return -1;
      }
    }
    return -1;
  }

  /** Says what to do where a body is not as long as it should be. */
  private static String unclear(String text, int body, long line, int start) {
    String count = SourceNames.BODY_CHARS;
    int next = nextTask(text, body, false);
    long at = line;
    for (int i = start; i < next; i++) {
      at += text.charAt(i) == '\n' ? 1 : 0;
    }
    return "the body does not end where "
        + count
        + " says, so this task and what stands behind it are left out; "
        + (next < 0
            ? "set " + count + " to the length of the body"
            : "if the next task begins at line "
                + at
                + ", set "
                + count
                + ": "
                + (withoutLineEnd(text.substring(0, next), body) - body))
        + (start > 0
            ? ""
            : ", if the file holds one task only, set " + count + ": " + (text.length() - body))
        + ", or keep each task in a file of its own (export --format md -o FOLDER)";
  }

  /**
   * Where the next block begins that says how long its body is, or -1.
   *
   * @param exact whether its body must be as long as that
   */
  private static int nextTask(String text, int from, boolean exact) {
    int parsed = 0;
    int at = text.indexOf(SourceNames.BODY_CHARS, from) < 0 ? -1 : nextFence(text, from);
    while (at >= 0 && parsed < MOST_BLOCKS) {
      int behind = text.indexOf('\n', at) + 1;
      int next = behind == 0 ? -1 : nextFence(text, behind);
      String block = next < 0 ? text.substring(at) : text.substring(at, next);
      if (block.contains(SourceNames.BODY_CHARS)) {
        parsed++;
        if (isTask(text, at, exact)) {
          return at;
        }
      }
      at = next;
    }
    return -1;
  }

  private static boolean isTask(String text, int at, boolean exact) {
    try {
      FrontMatter block = FrontMatter.parse(text, at);
      return block != null
          && block.fields().containsKey(SourceNames.BODY_CHARS)
          && (!exact || countedEnd(block.fields(), text, block.bodyStart()) >= 0);
    } catch (Yaml.YamlException e) {
      return false; // no task, or one that is wrong itself
    }
  }

  private void accept(
      SourceFile file, Map<String, Object> fields, String body, long line, RecordSink sink) {
    boolean described =
        fields.keySet().stream()
            .anyMatch(k -> Dialect.MARKDOWN.names(Slot.DESCRIPTION).contains(SourceNames.plain(k)));
    TaskDraft draft = mapper.map(fields, file.name(), line);
    draft.isExact = true; // nothing tells a task of an export from others
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
