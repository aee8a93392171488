package dev.quarry.tools.importing;

import dev.quarry.Task;
import dev.quarry.tools.format.Json;
import dev.quarry.tools.format.Times;
import dev.quarry.tools.format.Words;
import java.math.BigDecimal;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Looks for every value of a source in the task that was made of it. */
final class Leaves {
  private Leaves() {}

  /** The values of a tree that say something: no null, no empty text. */
  static List<String> of(Object tree) {
    List<String> leaves = new ArrayList<>();
    collect(tree, leaves::add);
    return leaves;
  }

  private static void collect(Object tree, Consumer<String> leaves) {
    if (tree instanceof Map<?, ?> map) {
      map.values().forEach(v -> collect(v, leaves));
    } else if (tree instanceof List<?> list) {
      list.forEach(v -> collect(v, leaves));
    } else if (tree != null && !tree.toString().isEmpty()) {
      leaves.accept(tree.toString());
    }
  }

  /** The leaves that are found in no field and no attribute of the task. */
  static List<String> missing(Task task, List<String> leaves) {
    return leaves.stream().filter(leaf -> !holds(task, leaf)).toList();
  }

  private static boolean holds(Task task, String leaf) {
    if (texts(task).anyMatch(leaf::equals) || isWord(task, leaf) || isNumber(task, leaf)) {
      return true;
    }
    String json = Json.toText(leaf);
    String inside = json.substring(1, json.length() - 1);
    boolean structured =
        task.attributes().values().stream()
            .filter(v -> v.startsWith("[") || v.startsWith("{"))
            .anyMatch(v -> v.contains(inside));
    return structured || isTime(task, leaf);
  }

  private static Stream<String> texts(Task t) {
    Stream<String> fields =
        Stream.of(
            t.id(), t.project(), t.title(), t.description(), t.notes(), t.agent(), t.assignee());
    return Stream.of(
            fields, t.tags().stream(), t.dependencies().stream(), t.attributes().values().stream())
        .flatMap(s -> s)
        .filter(s -> s != null);
  }

  /** A word that stands for the status or priority alone, in the dialects' own list. */
  private static boolean isWord(Task t, String leaf) {
    return Words.names(leaf, t.status())
        || Words.names(leaf, t.priority())
        || Stream.of(Dialect.BEADS, Dialect.TASKWARRIOR, Dialect.TASK_MASTER, Dialect.BOARD)
            .anyMatch(d -> d.says(t.status(), leaf) || d.says(t.priority(), leaf));
  }

  private static boolean isNumber(Task t, String leaf) {
    return Stream.of(Optional.ofNullable(t.estimatedHours()), Optional.ofNullable(t.actualHours()))
        .flatMap(Optional::stream)
        .anyMatch(
            h ->
                leaf.matches("[0-9.]+")
                    && BigDecimal.valueOf(h).compareTo(new BigDecimal(leaf)) == 0);
  }

  private static boolean isTime(Task t, String leaf) {
    Optional<Times.Parsed> time = Times.parse(leaf, ZoneOffset.UTC);
    return time.isPresent()
        && time.get().exact()
        && Stream.of(t.createdAt(), t.updatedAt(), t.dueAt(), t.completedAt())
            .anyMatch(time.get().instant()::equals);
  }
}
