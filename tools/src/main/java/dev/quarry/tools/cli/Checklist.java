package dev.quarry.tools.cli;

import dev.quarry.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the check list in a task's description and notes, as Markdown writes it. */
final class Checklist {
  private static final Pattern ITEM = Pattern.compile("\\s*[-*+] +\\[([ xX])\\] +(.*)");
  private static final Pattern HEADING = Pattern.compile("#{1,6}\\s+(.*?)\\s*#*");

  private Checklist() {}

  /**
   * An item.
   *
   * @param number from 1
   * @param done whether it is ticked
   * @param section the heading above it, or null
   * @param text what is to be done
   */
  record Item(int number, boolean done, String section, String text) {}

  static List<Item> of(Task task) {
    List<Item> items = new ArrayList<>();
    collect(task.description(), items);
    collect(task.notes(), items);
    return items;
  }

  private static void collect(String text, List<Item> items) {
    String section = null;
    for (String line : text == null ? List.<String>of() : text.lines().toList()) {
      Matcher heading = HEADING.matcher(line);
      Matcher item = ITEM.matcher(line);
      if (heading.matches()) {
        section = heading.group(1);
      } else if (item.matches()) {
        boolean done = !item.group(1).equals(" ");
        items.add(new Item(items.size() + 1, done, section, item.group(2).strip()));
      }
    }
  }
}
