package dev.quarry;

import static dev.quarry.query.TaskFields.CREATED_AT;
import static dev.quarry.query.TaskFields.PRIORITY;
import static dev.quarry.query.TaskFields.STATUS;
import static dev.quarry.query.TaskFields.TAGS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Condition;
import dev.quarry.query.Order;
import dev.quarry.query.Query;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages by an order that begins with an enum, of more candidates than a page holds. */
class EnumOrderTest {
  private static final int TASKS = 1_500;
  private static final int PAGE = 40;
  private static final long SEED = 5;

  @TempDir Path directory;

  private final List<Task> tasks = new ArrayList<>();
  private TaskStore store;

  @Test
  void pagesFollowTheOrderWithoutHoleOrDouble() {
    Random random = new Random(SEED);
    for (int i = 0; i < TASKS; i++) {
      tasks.add(
          Task.builder("T-" + i, "Task " + i)
              .status(Status.values()[random.nextInt(6)])
              .priority(Priority.values()[Math.min(random.nextInt(8), 3)])
              .tag("t" + random.nextInt(2))
              .createdAt(Instant.ofEpochSecond(random.nextInt(1_000_000), 1_000L * i))
              .build());
    }
    try (TaskStore opened = TaskStore.open(directory.resolve("store"))) {
      store = opened;
      store.insertAll(tasks);
      Condition tagged = TAGS.contains("t1");
      Predicate<Task> isTagged = t -> t.tags().contains("t1");
      check(tagged, isTagged);
      check(
          tagged.and(PRIORITY.atLeast(Priority.MEDIUM)),
          isTagged.and(t -> t.priority() != Priority.LOW));
      check(
          tagged.and(PRIORITY.is(Priority.HIGH).not()),
          isTagged.and(t -> t.priority() != Priority.HIGH));
      check(
          tagged.and(STATUS.in(Status.TODO, Status.FAILED)),
          isTagged.and(t -> t.status() == Status.TODO || t.status() == Status.FAILED));
      check(
          tagged
              .and(PRIORITY.is(Priority.LOW))
              .and(CREATED_AT.before(Instant.ofEpochSecond(900_000))),
          isTagged.and(
              t ->
                  t.priority() == Priority.LOW
                      && t.createdAt().isBefore(Instant.ofEpochSecond(900_000))));
    }
  }

  private void check(Condition condition, Predicate<Task> holds) {
    Comparator<Task> byCreation = Comparator.comparing(Task::createdAt);
    Comparator<Task> byPriority = Comparator.comparing(Task::priority);
    Comparator<Task> byStatus = Comparator.comparing(Task::status);
    walk(condition, holds, byPriority.reversed().thenComparing(byCreation), PRIORITY.descending());
    walk(condition, holds, byPriority.thenComparing(byCreation), PRIORITY.ascending());
    walk(condition, holds, byStatus.reversed().thenComparing(byCreation), STATUS.descending());
    walk(condition, holds, byStatus.thenComparing(byCreation), STATUS.ascending());
  }

  private void walk(
      Condition condition, Predicate<Task> holds, Comparator<Task> comparator, Order first) {
    List<String> expected = tasks.stream().filter(holds).sorted(comparator).map(Task::id).toList();
    Query query = Query.where(condition).orderBy(first, CREATED_AT.ascending());
    List<String> found = new ArrayList<>();
    Page<Task> page = store.page(query, PageRequest.first(PAGE));
    while (true) {
      page.items().forEach(t -> found.add(t.id()));
      if (page.stopReason() == StopReason.EXHAUSTED) {
        break;
      }
      page = store.page(query, PageRequest.after(page.continuation(), PAGE));
    }
    assertThat(found).as("%s, seed %s", query, SEED).isEqualTo(expected);
  }
}
