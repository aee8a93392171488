package dev.quarry.tools.format;

import dev.quarry.Link;
import dev.quarry.Task;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Links as texts, such as {@code PARENT TASK-1}. */
public final class LinkText {
  private LinkText() {}

  /** The texts of a task's links. */
  public static List<String> of(Task task) {
    List<String> texts = new ArrayList<>();
    for (Link link : task.links()) {
      texts.add(link.toString());
    }
    return texts;
  }

  /** The links of texts; null for one that is none. */
  public static Link parse(String text) {
    int space = text.indexOf(' ');
    if (space > 0 && text.length() > space + 1 && text.length() - space <= Task.MAX_NAME_CHARS) {
      String target = text.substring(space + 1);
      for (Link.Type type : Link.Type.values()) {
        if (text.regionMatches(true, 0, type.name(), 0, Math.max(space, type.name().length()))) {
          return new Link(type, target);
        }
      }
    }
    return null;
  }

  /** The links of texts. */
  public static List<Link> parseAll(Collection<String> texts) {
    List<Link> links = new ArrayList<>();
    texts.forEach(text -> links.add(parse(text)));
    return links;
  }
}
