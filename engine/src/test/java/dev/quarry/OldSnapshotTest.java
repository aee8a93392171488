package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pages of a snapshot are those of its moment, however many blocks of ordinals they touch, while
 * the posting lists move on, and also when more has changed than anyone can tell.
 */
class OldSnapshotTest {
  private static final int TASKS = 70_000; // more than one block of 65,536 ordinals
  private static final int CHUNK = 5_000;
  private static final Query TODO = Query.where(TaskFields.STATUS.is(Status.TODO));
  private static final Query URGENT =
      Query.where(TaskFields.STATUS.is(Status.TODO).and(TaskFields.PRIORITY.is(Priority.HIGH)))
          .orderBy(TaskFields.ESTIMATED_HOURS.ascending());

  @TempDir Path directory;

  private static String id(int i) {
    return "S-%06d".formatted(i);
  }

  private static Task task(int i) {
    return Task.builder(id(i), "title")
        .estimatedHours((double) (i * 7_919L % TASKS))
        .status(i % 5 == 0 ? Status.TODO : Status.DONE)
        .priority(i % 2 == 0 ? Priority.HIGH : Priority.LOW)
        .build();
  }

  @Test
  void pagesOfASnapshotAreOfItsMoment() {
    long seed = 77;
    Random random = new Random(seed);
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("store")).changeLogCommits(2_000).build();
    try (TaskStore store = TaskStore.open(options)) {
      NavigableMap<String, Task> model = new TreeMap<>();
      for (int from = 0; from < TASKS; from += CHUNK) {
        List<Task> tasks = new ArrayList<>();
        for (int i = from; i < from + CHUNK; i++) {
          tasks.add(task(i));
          model.put(id(i), task(i));
        }
        store.insertAll(tasks);
      }
      try (Snapshot snapshot = store.snapshot()) {
        for (int round = 0; round < 4; round++) {
          compare(snapshot, model, "seed " + seed + ", round " + round);
          // a few, many, more than the memory of commits holds, more than the log does
          change(store, random, new int[] {3, 1_000, 6_000, 0}[round]);
        }
      }
    }
  }

  private static void change(TaskStore store, Random random, int times) {
    for (int i = 0; i < times; i++) {
      String id = id(random.nextInt(TASKS));
      if (random.nextInt(10) == 0) {
        store.delete(id);
      } else if (store.get(id).isPresent()) {
        Status status = Status.values()[random.nextInt(Status.values().length)];
        store.update(id, task -> task.withStatus(status));
      }
    }
  }

  private static void compare(Snapshot snapshot, NavigableMap<String, Task> model, String when) {
    Predicate<Task> todo = task -> task.status() == Status.TODO;
    assertThat(ids(snapshot, TODO)).as(when).isEqualTo(ids(model, todo));
    assertThat(snapshot.count(TODO)).as(when).isEqualTo(ids(model, todo).size());
    List<String> urgent = ids(model, todo.and(task -> task.priority() == Priority.HIGH));
    assertThat(ids(snapshot, URGENT))
        .as(when)
        .hasSameSizeAs(urgent)
        .containsExactlyInAnyOrderElementsOf(urgent)
        .isSortedAccordingTo(Comparator.comparing((String id) -> model.get(id).estimatedHours()));
  }

  private static List<String> ids(NavigableMap<String, Task> model, Predicate<Task> wanted) {
    return model.values().stream().filter(wanted).map(Task::id).toList();
  }

  private static List<String> ids(Snapshot snapshot, Query query) {
    List<String> ids = new ArrayList<>();
    PageRequest request = PageRequest.first(3_000);
    while (true) {
      Page<Task> page = snapshot.page(query, request);
      page.items().forEach(task -> ids.add(task.id()));
      if (!page.hasNext()) {
        return ids;
      }
      request = PageRequest.after(page.continuation(), 3_000);
    }
  }
}
