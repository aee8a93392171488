package dev.quarry.internal.write;

import dev.quarry.Link;
import dev.quarry.Task;
import java.util.Map;

/** How much text a task has. */
public final class TaskTexts {
  private TaskTexts() {}

  /** Characters of a task's texts, those of short fields left out. */
  public static long chars(Task task) {
    long sum = length(task.title()) + length(task.description()) + length(task.notes());
    for (String dependency : task.dependencies()) {
      sum += dependency.length();
    }
    for (String tag : task.tags()) {
      sum += tag.length();
    }
    for (Map.Entry<String, String> attribute : task.attributes().entrySet()) {
      sum += attribute.getKey().length() + attribute.getValue().length();
    }
    for (Link link : task.links()) {
      sum += link.target().length();
    }
    return sum;
  }

  private static long length(String text) {
    return text == null ? 0 : text.length();
  }
}
