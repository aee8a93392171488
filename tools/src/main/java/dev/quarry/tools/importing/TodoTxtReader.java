package dev.quarry.tools.importing;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.tools.format.Times;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@code todo.txt}: one task a line. The line itself is kept in the attribute {@code todo.txt}.
 * An id is taken from {@code id:}, or made from the text, so that checking a task off keeps it.
 */
final class TodoTxtReader implements RecordReader {
  private static final String DATE = "(?:(\\d{4}-\\d{2}-\\d{2})\\s+)?";
  private static final Pattern LINE =
      Pattern.compile("(?:(x)\\s+)?(?:\\(([A-Z])\\)\\s+)?" + DATE + DATE + "(.*)", Pattern.DOTALL);
  private static final Pattern PAIR = Pattern.compile("([^\\s:]+):([^\\s/:][^\\s]*)");

  private final ImportOptions options;

  TodoTxtReader(ImportOptions options) {
    this.options = options;
  }

  @Override
  public void read(SourceFile file, RecordSink sink) throws IOException {
    LineReader lines = new LineReader(file, options.maxLineBytes());
    while (lines.next()) {
      String text = lines.text();
      if (text == null) {
        sink.failed(file.name(), lines.number(), 0, lines.problem());
      } else if (!text.isBlank()) {
        sink.accept(draft(file.name(), lines.number(), text));
      }
    }
  }

  private TaskDraft draft(String file, long number, String line) {
    TaskDraft d = new TaskDraft(file, number);
    d.keep("todo.txt", line);
    Matcher m = LINE.matcher(line.strip());
    if (!m.matches()) {
      throw new IllegalStateException("every line matches");
    }
    boolean done = m.group(1) != null;
    d.status = done ? Status.DONE : Status.TODO;
    if (m.group(2) != null) {
      priority(d, m.group(2));
    }
    String created = done && m.group(4) != null ? m.group(4) : done ? null : m.group(3);
    d.createdAt = instant(created);
    if (done) {
      d.completedAt = instant(m.group(3));
    }
    // a second date of a task that is not done belongs to its text
    String rest = !done && m.group(4) != null ? m.group(4) + " " + m.group(5) : m.group(5);
    words(d, rest);
    if (d.id == null) {
      d.id = "todo-" + RecordMapper.hash(rest.replaceAll("(^|\\s)pri:[A-Z](?=\\s|$)", "").strip());
      d.generatedId = true;
    }
    return d;
  }

  private void words(TaskDraft d, String rest) {
    List<String> words = List.of(rest.strip().split("\\s+", -1));
    List<Boolean> marks = new ArrayList<>();
    for (String word : words) {
      marks.add(mark(d, word));
    }
    int from = 0;
    int to = words.size();
    while (from < to && marks.get(from)) {
      from++;
    }
    while (to > from && marks.get(to - 1)) {
      to--;
    }
    d.title = from < to ? String.join(" ", words.subList(from, to)) : rest.strip();
  }

  /** Whether a word is a project, a context or a pair, whose meaning is then taken. */
  private boolean mark(TaskDraft d, String word) {
    if (word.length() > 1 && word.length() <= Task.MAX_NAME_CHARS) {
      if (word.charAt(0) == '+') {
        if (d.project == null) {
          d.project = word.substring(1);
        } else {
          d.tags.add(word.substring(1));
        }
        return true;
      }
      if (word.charAt(0) == '@') {
        d.tags.add(word.substring(1));
        return true;
      }
    }
    Matcher m = PAIR.matcher(word);
    if (!m.matches()) {
      return false;
    }
    String value = m.group(2);
    switch (m.group(1)) {
      case "due" -> d.dueAt = instant(value);
      case "id" -> d.id = value;
      case "pri" -> priority(d, value);
      case "dep", "p" -> d.dependencies.addAll(List.of(value.split(",", 0)));
      default -> d.keep(m.group(1), value);
    }
    return true;
  }

  private static void priority(TaskDraft d, String letter) {
    d.priority =
        switch (letter) {
          case "A" -> Priority.CRITICAL;
          case "B" -> Priority.HIGH;
          case "C" -> Priority.MEDIUM;
          default -> Priority.LOW;
        };
  }

  private java.time.Instant instant(String text) {
    return text == null
        ? null
        : Times.parse(text, options.zone()).map(Times.Parsed::instant).orElse(null);
  }
}
