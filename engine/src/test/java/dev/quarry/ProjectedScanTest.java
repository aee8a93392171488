package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scans of some fields: they come out of the index's rows, and are right all the same. */
@Timeout(120)
class ProjectedScanTest {
  private static final int TASKS = 3_000;
  private static final List<Field<?>> IN_ROWS =
      List.of(
          TaskFields.ID,
          TaskFields.STATUS,
          TaskFields.PRIORITY,
          TaskFields.CREATED_AT,
          TaskFields.UPDATED_AT,
          TaskFields.DUE_AT,
          TaskFields.COMPLETED_AT,
          TaskFields.ESTIMATED_HOURS,
          TaskFields.ACTUAL_HOURS,
          TaskFields.PROJECT,
          TaskFields.AGENT,
          TaskFields.ASSIGNEE);

  @TempDir Path directory;

  private final Random random = new Random(31);

  /** What was inserted, by the order of insertion. */
  private final TreeMap<Integer, Task> model = new TreeMap<>();

  private TaskStore open() {
    return TaskStore.open(
        TaskStoreOptions.builder(directory.resolve("s")).recordCacheBytes(0).build());
  }

  private Task task(int i, String id) {
    Instant time = Instant.ofEpochSecond(1_700_000_000 + i, random.nextInt(1_000_000) * 1_000L);
    return Task.builder(id, "title " + i)
        .description("text " + i)
        .status(Status.values()[random.nextInt(Status.values().length)])
        .priority(Priority.values()[random.nextInt(Priority.values().length)])
        .project(random.nextInt(3) == 0 ? null : "p" + random.nextInt(5))
        .agent(random.nextInt(3) == 0 ? null : "\u00e4gent " + random.nextInt(50))
        .assignee(random.nextBoolean() ? null : "who" + random.nextInt(TASKS))
        .createdAt(time)
        .dueAt(random.nextBoolean() ? null : time.plusSeconds(random.nextInt(100_000)))
        .estimatedHours(random.nextBoolean() ? null : random.nextInt(1_000) / 7.0)
        .actualHours(random.nextBoolean() ? null : random.nextInt(1_000) / 9.0)
        .build();
  }

  private void fill(TaskStore store) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      tasks.add(task(i, "T-" + i));
    }
    store.insertAll(tasks);
    for (int i = 0; i < TASKS; i++) {
      model.put(i, store.get("T-" + i).orElseThrow());
    }
  }

  private static List<String> texts(Iterable<Task> tasks, List<Field<?>> fields) {
    List<String> texts = new ArrayList<>();
    for (Task task : tasks) {
      StringBuilder text = new StringBuilder(task.id());
      fields.forEach(field -> text.append(' ').append(TaskModel.values(field, task)));
      texts.add(text.append(' ').append(task.status()).append(task.priority()).toString());
    }
    return texts;
  }

  private static List<Task> rest(TaskCursor cursor) {
    List<Task> found = new ArrayList<>();
    for (List<Task> chunk = cursor.nextChunk(); !chunk.isEmpty(); chunk = cursor.nextChunk()) {
      found.addAll(chunk);
    }
    return found;
  }

  private static ScanOptions only(int chunk, List<Field<?>> fields) {
    return ScanOptions.chunks(chunk).only(fields.toArray(new Field<?>[0]));
  }

  private List<Task> expected(Predicate<Task> holds) {
    return model.values().stream().filter(holds).toList();
  }

  private void compare(TaskStore store, List<Field<?>> fields, int chunk) {
    try (TaskCursor cursor = store.scan(Query.all(), only(chunk, fields))) {
      assertThat(texts(rest(cursor), fields)).isEqualTo(texts(model.values(), fields));
    }
  }

  @Test
  void everyFieldIsAsInTheRecord() {
    try (TaskStore store = open()) {
      fill(store);
      for (Field<?> field : IN_ROWS) {
        compare(store, List.of(field), 700);
      }
      compare(store, IN_ROWS, 100);
      compare(store, List.of(TaskFields.STATUS, TaskFields.TAGS), 100);
      Condition most =
          TaskFields.PRIORITY.isNot(Priority.LOW).and(TaskFields.CREATED_AT.isNotNull());
      try (TaskCursor cursor = store.scan(Query.where(most), only(50, IN_ROWS))) {
        assertThat(texts(rest(cursor), IN_ROWS))
            .isEqualTo(texts(expected(task -> task.priority() != Priority.LOW), IN_ROWS));
      }
    }
    try (TaskStore store = open()) {
      compare(store, IN_ROWS, 1_000);
    }
  }

  @Test
  void noRecordIsReadForFieldsInRows() throws Exception {
    try (TaskStore store = open()) {
      fill(store);
      store.compact();
    }
    RecordTables.damage(directory.resolve("s"));
    try (TaskStore store = open()) {
      compare(store, IN_ROWS, 500);
      assertThatThrownBy(() -> compare(store, List.of(TaskFields.TAGS), 500))
          .isInstanceOf(CorruptionException.class);
    }
  }

  @Test
  void whatChangesBehindTheStartIsNotSeen() {
    try (TaskStore store = open()) {
      fill(store);
      Query most = Query.where(TaskFields.STATUS.isNot(Status.DONE));
      List<String> all = texts(model.values(), IN_ROWS);
      List<String> some = texts(expected(task -> task.status() != Status.DONE), IN_ROWS);
      try (TaskCursor everything = store.scan(Query.all(), only(40, IN_ROWS));
          TaskCursor most1 = store.scan(most, only(40, IN_ROWS))) {
        List<Task> found = new ArrayList<>(everything.nextChunk());
        List<Task> found1 = new ArrayList<>(most1.nextChunk());
        for (int round = 0; round < 100; round++) {
          WriteBatch batch = store.newBatch();
          int first = random.nextInt(TASKS - 30);
          for (int i = first; i < first + 10; i++) {
            batch.put(task(i, "T-" + i));
            batch.delete("T-" + (i + 20));
          }
          batch.put(task(round, "NEW-" + round));
          batch.commit();
          found.addAll(everything.nextChunk());
          found1.addAll(most1.nextChunk());
        }
        store.rebuildIndexes(ProgressListener.NONE); // from here on by the records
        found.addAll(rest(everything));
        found1.addAll(rest(most1));
        assertThat(texts(found, IN_ROWS)).isEqualTo(all);
        assertThat(texts(found1, IN_ROWS)).isEqualTo(some);
      }
    }
  }

  @Test
  void manyChangesOfFewTasksAreNotSeen() {
    try (TaskStore store = open()) {
      fill(store);
      try (TaskCursor cursor = store.scan(Query.all(), only(TASKS, List.of(TaskFields.STATUS)))) {
        for (int i = 0; i < 1_000; i++) {
          WriteBatch batch = store.newBatch();
          for (int k = 0; k < 250; k++) {
            batch.put(task(k, "T-" + k));
          }
          batch.commit();
        }
        assertThat(texts(rest(cursor), List.of(TaskFields.STATUS)))
            .isEqualTo(texts(model.values(), List.of(TaskFields.STATUS)));
      }
    }
  }

  @Test
  void minusZeroIsNotZero() {
    try (TaskStore store = open()) {
      fill(store);
      for (int i = 0; i < 40; i++) {
        Task zero = task(TASKS + i, "Z-" + i).withStatus(Status.TODO);
        store.insert(zero.toBuilder().actualHours(i % 2 == 0 ? 0.0 : -0.0).build());
        model.put(TASKS + i, store.get("Z-" + i).orElseThrow());
      }
      compare(store, IN_ROWS, 1_000);
      compare(store, List.of(TaskFields.ACTUAL_HOURS), 1_000);
    }
  }

  @Test
  void idsThatDoNotFitARowComeFromTheRecords() {
    try (TaskStore store = open()) {
      fill(store);
      for (int i = 0; i < 100; i++) {
        int n = TASKS + i;
        String id = i % 2 == 0 ? "an id of words, number " + n : "T-" + n;
        store.insert(task(n, id));
        model.put(n, store.get(id).orElseThrow());
      }
      compare(store, IN_ROWS, 333);
    }
  }
}
