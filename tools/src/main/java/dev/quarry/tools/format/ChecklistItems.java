package dev.quarry.tools.format;

import dev.quarry.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The checklist lines ({@code - [ ] text}) of a Markdown text. Lines inside fenced code do not
 * count.
 */
public final class ChecklistItems {
  /** The attribute that holds a task's body where it has a description of its own. */
  public static final String BODY = "body";

  private static final Pattern ITEM =
      Pattern.compile("^(\\s*(?:[-*+]|\\d+[.)])\\s+\\[)([ xX])(\\](?:\\s+|$))(.*)$");

  private final List<Item> items;

  private ChecklistItems(List<Item> items) {
    this.items = items;
  }

  /**
   * One line of a checklist.
   *
   * @param number its number in the text, from 1
   * @param done whether it is checked
   * @param text what it says
   * @param mark position in the text of the character between the brackets
   */
  public record Item(int number, boolean done, String text, int mark) {}

  /** The items of a text; null has none. */
  public static ChecklistItems parse(String markdown) {
    List<Item> items = new ArrayList<>();
    if (markdown == null || markdown.indexOf('[') < 0) {
      return new ChecklistItems(List.of());
    }
    String fence = null;
    for (int start = 0; start < markdown.length(); ) {
      int end = markdown.indexOf('\n', start);
      end = end < 0 ? markdown.length() : end;
      boolean crlf = end > start && markdown.charAt(end - 1) == '\r';
      String line = markdown.substring(start, crlf ? end - 1 : end);
      String trimmed = line.strip();
      if (fence != null) {
        fence = trimmed.startsWith(fence) ? null : fence;
      } else if (trimmed.startsWith("```") || trimmed.startsWith("~~~")) {
        fence = trimmed.substring(0, 3);
      } else {
        Matcher m = ITEM.matcher(line);
        if (m.matches()) {
          items.add(
              new Item(
                  items.size() + 1,
                  !m.group(2).equals(" "),
                  m.group(4).stripTrailing(),
                  start + m.start(2)));
        }
      }
      start = end + 1;
    }
    return new ChecklistItems(List.copyOf(items));
  }

  /** The items of a task's body. */
  public static ChecklistItems of(Task task) {
    return parse(body(task));
  }

  /** The Markdown body of a task: its attribute {@value #BODY}, or its description, or null. */
  public static String body(Task task) {
    String body = task.attributes().get(BODY);
    return body != null ? body : task.description();
  }

  /**
   * The task with one item checked or unchecked; only the character between its brackets changes.
   *
   * @throws IllegalArgumentException if there is no item of that number
   */
  public static Task set(Task task, int number, boolean done) {
    ChecklistItems list = of(task);
    if (number < 1 || number > list.total()) {
      throw new IllegalArgumentException(
          "no checklist item " + number + "; the task has " + list.total());
    }
    Item item = list.items.get(number - 1);
    if (item.done() == done) {
      return task;
    }
    StringBuilder text = new StringBuilder(body(task));
    text.setCharAt(item.mark(), done ? 'x' : ' ');
    return task.attributes().containsKey(BODY)
        ? task.withAttribute(BODY, text.toString())
        : task.toBuilder().description(text.toString()).build();
  }

  /** All items in order. */
  public List<Item> items() {
    return items;
  }

  /** How many there are. */
  public int total() {
    return items.size();
  }

  /** How many are checked. */
  public int done() {
    return (int) items.stream().filter(Item::done).count();
  }
}
