package dev.quarry.internal.read;

import dev.quarry.Task;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The heaviest chain of dependencies among some tasks: depth-first, without recursion, each task
 * once. Edges to other tasks do not count.
 */
final class LongestPath {
  private final Map<String, Task> tasks;
  private final Deadline deadline;
  private final Map<String, Double> weights = new HashMap<>();
  private final Map<String, String> before = new HashMap<>();
  private final Set<String> onWay = new HashSet<>();
  private List<String> cycle = List.of();

  LongestPath(Map<String, Task> tasks, Deadline deadline) {
    this.tasks = tasks;
    this.deadline = deadline;
  }

  List<Task> longest() {
    String heaviest = null;
    for (String id : tasks.keySet()) {
      weigh(id);
      if (heaviest == null || weights.get(id) > weights.get(heaviest)) {
        heaviest = id;
      }
    }
    return heaviest == null ? List.of() : endingAt(heaviest);
  }

  List<Task> endingAt(String end) {
    weigh(end);
    List<Task> path = new ArrayList<>();
    for (String id = end; id != null; id = before.get(id)) {
      path.add(tasks.get(id));
    }
    Collections.reverse(path);
    return path;
  }

  List<String> cycle() {
    for (String id : tasks.keySet()) {
      weigh(id);
    }
    return cycle;
  }

  private static double hours(Task task) {
    Double hours = task.estimatedHours();
    return hours == null ? 1 : Math.max(0, hours);
  }

  /** Weighs all below a task, then the task. */
  private void weigh(String start) {
    ArrayDeque<String> stack = new ArrayDeque<>();
    stack.push(start);
    while (!stack.isEmpty()) {
      deadline.step();
      String id = stack.peek();
      if (weights.containsKey(id)) {
        stack.pop();
      } else if (onWay.add(id)) {
        pushOpen(stack, id);
      } else {
        finish(id);
        stack.pop();
      }
    }
  }

  private void pushOpen(ArrayDeque<String> stack, String id) {
    for (String next : tasks.get(id).dependencies()) {
      if (onWay.contains(next) && !weights.containsKey(next)) {
        remember(stack, next, id);
      } else if (tasks.containsKey(next) && !weights.containsKey(next)) {
        stack.push(next);
      }
    }
  }

  /** A way that leads back to itself; the edge that closes it is left out of the weights. */
  private void remember(ArrayDeque<String> stack, String first, String last) {
    if (!cycle.isEmpty()) {
      return;
    }
    List<String> circle = new ArrayList<>();
    circle.add(first);
    List<String> way = new ArrayList<>(new LinkedHashSet<>(stack)); // its upmost place is the way's
    Collections.reverse(way);
    way.retainAll(onWay);
    way.removeIf(weights::containsKey);
    int from = way.indexOf(first);
    for (String id : way.subList(from + 1, way.size())) {
      circle.add(id);
    }
    if (!circle.get(circle.size() - 1).equals(last)) {
      circle.add(last);
    }
    circle.add(first);
    cycle = circle;
  }

  private void finish(String id) {
    String heaviest = null;
    double weight = 0;
    for (String next : tasks.get(id).dependencies()) {
      Double w = weights.get(next);
      if (w != null && (heaviest == null || w > weight)) {
        heaviest = next;
        weight = w;
      }
    }
    weights.put(id, weight + hours(tasks.get(id)));
    if (heaviest != null) {
      before.put(id, heaviest);
    }
  }
}
