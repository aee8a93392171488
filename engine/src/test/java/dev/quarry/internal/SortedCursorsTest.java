package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Priority;
import dev.quarry.ScanOptions;
import dev.quarry.Snapshot;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskStore;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.read.Predicates;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.read.Scan;
import dev.quarry.internal.read.SortMemory;
import dev.quarry.query.Condition;
import dev.quarry.query.Order;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cursors that sort in many small runs give a plain sort of their moment, beside a writer. */
class SortedCursorsTest {
  private static final int TASKS = 1_200;
  private static final int CHUNK = 60;
  private static final String LONG_TEXT = "of one beginning ".repeat(30);

  private static final Order BY_TEXT = TaskFields.attribute("x").ascending();
  private static final List<List<Order>> ORDERS =
      List.of(
          List.of(TaskFields.ESTIMATED_HOURS.ascending()),
          List.of(TaskFields.ESTIMATED_HOURS.descending(), BY_TEXT),
          List.of(BY_TEXT),
          List.of(TaskFields.attribute("x").descending()),
          List.of(TaskFields.STATUS.ascending(), BY_TEXT, TaskFields.ACTUAL_HOURS.descending()));
  private static final List<Condition> CONDITIONS =
      List.of(
          Query.all().condition(),
          TaskFields.STATUS.in(Status.TODO, Status.FAILED),
          TaskFields.STATUS.is(Status.TODO).and(TaskFields.attribute("x").isNull().not()),
          TaskFields.ID.startsWith("A-"),
          TaskFields.ID.startsWith("A-").and(TaskFields.PRIORITY.atLeast(Priority.HIGH)));

  @TempDir Path directory;

  private final Random random = new Random(21);

  /** By ordinal. */
  private final TreeMap<Integer, Task> model = new TreeMap<>();

  private TaskStore store;
  private int inserted;

  @BeforeEach
  void fill() {
    store = TaskStore.open(directory.resolve("s"));
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      tasks.add(next());
    }
    store.insertAll(tasks);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Task next() {
    int i = inserted++;
    Task.Builder task =
        Task.builder((i % 3 == 0 ? "A-" : "B-") + random.nextInt(1_000_000) + "-" + i, "t")
            .createdAt(Instant.EPOCH)
            .status(Status.values()[random.nextInt(6)])
            .priority(Priority.values()[random.nextInt(4)]);
    if (random.nextInt(4) > 0) {
      task.estimatedHours(random.nextInt(30) / 2.0);
    }
    if (random.nextInt(4) > 0) {
      String text = random.nextInt(3) == 0 ? LONG_TEXT : "";
      task.attribute("x", text + random.nextInt(40) + LONG_TEXT.substring(random.nextInt(490)));
    }
    Task made = task.build();
    model.put(i, made);
    return made;
  }

  private void changeSome() {
    for (int i = 0; i < 5; i++) {
      int place = random.nextInt(inserted);
      Task task = model.get(place);
      if (task == null || random.nextInt(4) == 0) {
        store.insert(next());
      } else if (random.nextInt(2) == 0) {
        store.delete(task.id());
        model.remove(place);
      } else {
        Task changed =
            task.toBuilder()
                .estimatedHours((double) random.nextInt(20))
                .status(Status.values()[random.nextInt(6)])
                .attribute("x", "changed " + random.nextInt(9))
                .build();
        store.put(changed);
        model.put(place, changed);
      }
    }
  }

  private List<String> expected(Query query) {
    Predicate<IndexedFields> holds = Predicates.compile(query.condition());
    Comparator<IndexedFields> byFields = OrderedKeys.comparator(query.order());
    Comparator<Map.Entry<Integer, Task>> ties = Map.Entry.comparingByKey();
    boolean descends = query.order().get(query.order().size() - 1).descending();
    return model.entrySet().stream()
        .filter(e -> holds.test(IndexedFields.of(e.getValue())))
        .sorted(
            ((Comparator<Map.Entry<Integer, Task>>)
                    (a, b) ->
                        byFields.compare(
                            IndexedFields.of(a.getValue()), IndexedFields.of(b.getValue())))
                .thenComparing(descends ? ties.reversed() : ties))
        .map(e -> e.getValue().id())
        .limit(query.limit().orElse(Integer.MAX_VALUE))
        .toList();
  }

  private static SortMemory memory() {
    return new SortMemory(8_000, 0, 0); // all keys have some 20,000 to 400,000 bytes
  }

  private List<String> delivered(Supplier<List<Task>> step) {
    List<String> found = new ArrayList<>();
    for (List<Task> chunk = step.get(); !chunk.isEmpty(); chunk = step.get()) {
      chunk.forEach(task -> found.add(task.id()));
      changeSome();
    }
    assertThat(step.get()).isEmpty();
    return found;
  }

  private static List<Query> queries() {
    List<Query> queries = new ArrayList<>();
    for (List<Order> order : ORDERS) {
      for (Condition condition : CONDITIONS) {
        queries.add(Query.where(condition).orderBy(order));
      }
      queries.add(Query.all().orderBy(order).limit(222));
    }
    return queries;
  }

  @Test
  void ofNow() {
    for (Query query : queries()) {
      Reads reads = ((QuarryStore) store).parts.reads().sorting(memory());
      List<String> expected = expected(query);
      try (Reads.Pinned pinned = reads.pin();
          Scan scan = reads.scan(pinned, query, ScanOptions.chunks(CHUNK))) {
        assertThat(delivered(scan::nextChunk)).as("%s", query).isEqualTo(expected);
      }
    }
  }

  @Test
  void ofThePast() {
    StoreParts parts = ((QuarryStore) store).parts;
    for (Query query : queries()) {
      List<String> expected = expected(query);
      long sequence = store.sequence();
      changeSome();
      try (Snapshot past =
              parts
                  .past()
                  .asOf(parts.reads().sorting(memory()), parts.reads()::pin, now -> sequence);
          TaskCursor cursor = past.scan(query, ScanOptions.chunks(CHUNK))) {
        assertThat(delivered(cursor::nextChunk)).as("%s", query).isEqualTo(expected);
      }
    }
  }

  /** Whatever a cursor took to sort is free behind its end, and behind its close. */
  @Test
  void giveTheirMemoryBack() {
    StoreParts parts = ((QuarryStore) store).parts;
    SortMemory memory = new SortMemory(1_000, 60_000, 60_000);
    Reads reads = parts.reads().sorting(memory);
    Query query = Query.all().orderBy(ORDERS.get(0));
    for (int i = 0; i < 3; i++) {
      Reads.Pinned pinned = reads.pin();
      try (pinned;
          Scan closed = reads.scan(pinned, query, ScanOptions.chunks(CHUNK))) {
        assertThat(closed.nextChunk()).hasSize(CHUNK);
        assertThat(memory.taken()).isPositive();
      }
      assertThat(memory.taken()).isZero();
      for (Query whole : List.of(query, query.limit(2 * CHUNK))) {
        try (Reads.Pinned other = reads.pin()) {
          Scan ended = reads.scan(other, whole, ScanOptions.chunks(CHUNK));
          while (!ended.nextChunk().isEmpty()) {
            // to its end
          }
          assertThat(memory.taken()).isZero();
        }
      }
      try (Snapshot past = parts.past().asOf(reads, reads::pin, Reads.Pinned::sequence);
          TaskCursor cursor = past.scan(query.limit(CHUNK), ScanOptions.chunks(CHUNK))) {
        assertThat(cursor.nextChunk()).hasSize(CHUNK);
        assertThat(memory.taken()).isZero();
      }
      try (Snapshot past = parts.past().asOf(reads, reads::pin, Reads.Pinned::sequence);
          TaskCursor cursor = past.scan(query, ScanOptions.chunks(CHUNK))) {
        assertThat(cursor.nextChunk()).hasSize(CHUNK);
        assertThat(memory.taken()).isPositive();
      }
      assertThat(memory.taken()).isZero();
    }
  }
}
