package dev.quarry.internal.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quarry.Link;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.QueryTimeoutException;
import dev.quarry.ScanOptions;
import dev.quarry.Snapshot;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskReader;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.query.Field;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.TaskGraph;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** No query outlives its time, and none leaves anything open behind it. */
@Timeout(120)
class DeadlineTest {
  private static final int TASKS = 2_000;

  /** Over before any query can begin. */
  private static final Duration NOTHING = Duration.ofNanos(1);

  /** Every task, none of it decided by an index. */
  private static final Query SLOW = Query.where(TaskFields.ESTIMATED_HOURS.atLeast(0.5));

  /** Counted by posting lists alone. */
  private static final Query TODO = Query.where(TaskFields.STATUS.is(Status.TODO));

  @TempDir Path directory;

  private TaskStore open() {
    TaskStore store = TaskStore.open(TaskStoreOptions.builder(directory.resolve("s")).build());
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      tasks.add(
          Task.builder("T-" + i, "task " + i)
              .status(i % 2 == 0 ? Status.TODO : Status.DONE)
              .project("p" + i % 7)
              .estimatedHours(1.0 + i % 9)
              .build());
    }
    store.insertAll(tasks);
    return store;
  }

  @Test
  void countingIdsForAPlanTakesTime() {
    try (TaskStore store = open()) {
      Query ofPrefix = Query.where(TaskFields.ID.startsWith("T-"));
      QueryTimeoutException over =
          catchThrowableOfType(
              QueryTimeoutException.class, () -> store.within(NOTHING).count(ofPrefix));
      assertThat(over.getStackTrace())
          .as("ended while it planned")
          .anyMatch(frame -> frame.getClassName().startsWith(Planner.class.getName()));
    }
  }

  @Test
  void whoeverAsksItToEndIsHeardWithinSoManySteps() {
    int mostSteps = 128;
    boolean[] asked = {false};
    Runnable goOn =
        () -> {
          if (asked[0]) {
            throw new CancellationException();
          }
        };
    for (int before = 0; before < 2 * mostSteps; before++) {
      asked[0] = false;
      Deadline deadline = new Deadline(Duration.ofDays(1), System::nanoTime, goOn);
      for (int i = 0; i < before; i++) {
        deadline.step();
      }
      asked[0] = true;
      int steps = 0;
      boolean ended = false;
      while (!ended) {
        steps++;
        try {
          deadline.step();
        } catch (CancellationException e) {
          ended = true;
        }
      }
      assertThat(steps).as("after %d", before).isLessThanOrEqualTo(mostSteps);
    }
  }

  @Test
  void theTimeIsLookedAtEveryFewSteps() {
    AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // nanoTime may wrap
    Deadline deadline = new Deadline(Duration.ofNanos(10), now::get);
    now.addAndGet(10);
    assertThatCode(deadline::check).doesNotThrowAnyException();
    now.addAndGet(1);
    assertThatThrownBy(deadline::check)
        .isInstanceOf(QueryTimeoutException.class)
        .hasMessageContaining("PT0.00000001S");
    for (int i = 1; i < 128; i++) {
      deadline.step();
    }
    assertThatThrownBy(deadline::step).isInstanceOf(QueryTimeoutException.class);
    deadline.restart();
    assertThatCode(deadline::check).doesNotThrowAnyException();
    Deadline forEver = new Deadline(Duration.ofSeconds(Long.MAX_VALUE), now::get);
    now.addAndGet(Long.MAX_VALUE);
    assertThatCode(forEver::check).doesNotThrowAnyException();
  }

  private static Map<String, Consumer<TaskReader>> verbs() {
    Map<String, Consumer<TaskReader>> verbs = new LinkedHashMap<>();
    verbs.put("page", r -> r.page(SLOW, PageRequest.first(TASKS)));
    verbs.put(
        "sorted page",
        r -> r.page(SLOW.orderBy(TaskFields.ESTIMATED_HOURS.ascending()), PageRequest.first(20)));
    verbs.put(
        "walk",
        r -> r.page(SLOW.orderBy(TaskFields.CREATED_AT.ascending()), PageRequest.first(TASKS)));
    verbs.put(
        "by id", r -> r.page(SLOW.orderBy(TaskFields.ID.ascending()), PageRequest.first(TASKS)));
    verbs.put("count", r -> r.count(SLOW));
    verbs.put("countBy", r -> r.countBy(SLOW, TaskFields.PROJECT));
    verbs.put("countBy by terms", r -> r.countBy(TODO, TaskFields.PROJECT));
    verbs.put("summarize", r -> r.summarize(Query.all(), TaskFields.ESTIMATED_HOURS));
    for (Field<?> group : List.of(TaskFields.PROJECT, TaskFields.TAGS, TaskFields.ID)) {
      verbs.put(
          "summarizeBy " + group,
          r -> r.summarizeBy(Query.all(), group, TaskFields.ESTIMATED_HOURS));
    }
    verbs.put("explain", r -> r.explain(SLOW.orderBy(TaskFields.ESTIMATED_HOURS.ascending())));
    verbs.put("getAll", r -> r.getAll(ids()));
    verbs.put("forEachChunk", r -> r.forEachChunk(SLOW, 1_000, chunk -> {}));
    verbs.put(
        "forEachParallel",
        r ->
            r.forEachParallel(
                Query.where(TaskFields.ESTIMATED_HOURS.atLeast(99.0)), 2, task -> {}));
    return verbs;
  }

  @Test
  void everyVerbEnds() {
    try (TaskStore store = open();
        Snapshot snapshot = store.snapshot()) {
      verbs()
          .forEach(
              (name, verb) -> {
                assertThatThrownBy(() -> verb.accept(store.within(NOTHING)), name)
                    .isInstanceOf(QueryTimeoutException.class);
                assertThatThrownBy(() -> verb.accept(snapshot.within(NOTHING)), "pinned " + name)
                    .isInstanceOf(QueryTimeoutException.class);
                assertThatCode(() -> verb.accept(store)).as(name).doesNotThrowAnyException();
              });
      assertThat(store.stats().openCursors()).isZero();
      assertThat(store.stats().openSnapshots()).isEqualTo(1);
    }
  }

  @Test
  void theStoresOwnTimeHolds() {
    open().close();
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("s")).queryTimeout(NOTHING).build();
    try (TaskStore store = TaskStore.open(options)) {
      assertThatThrownBy(() -> store.count(SLOW)).isInstanceOf(QueryTimeoutException.class);
      assertThat(store.within(Duration.ofMinutes(5)).count(SLOW)).isEqualTo(TASKS);
    }
    assertThatThrownBy(() -> TaskStoreOptions.builder(directory).queryTimeout(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static List<String> ids() {
    return Stream.iterate(0, i -> i + 1).limit(TASKS).map(i -> "T-" + i).toList();
  }

  /** Takes all chunks of a cursor; returns how often its time was over. */
  private static int takeAll(TaskCursor cursor, List<Task> found) {
    int timeouts = 0;
    while (true) {
      try {
        List<Task> chunk = cursor.nextChunk();
        if (chunk.isEmpty()) {
          return timeouts;
        }
        found.addAll(chunk);
      } catch (QueryTimeoutException e) {
        timeouts++;
        assertThat(timeouts).as("it comes on").isLessThan(TASKS);
      }
    }
  }

  @Test
  void aCursorGoesOnBehindATimeout() {
    try (TaskStore store = open();
        TaskCursor cursor = store.within(NOTHING).scan(SLOW, ScanOptions.chunks(1_000))) {
      List<Task> found = new ArrayList<>();
      int timeouts = takeAll(cursor, found);
      assertThat(timeouts).isGreaterThan(10);
      assertThat(found.stream().map(Task::id).toList()).isEqualTo(ids());
      Page<Task> page = store.page(SLOW, PageRequest.first(5));
      assertThat(page.items()).hasSize(5);
    }
  }

  /** What changes behind its start is read from the records, and each of these takes its time. */
  @Test
  void aScanOfRowsGoesOnBehindATimeout() {
    ScanOptions some = ScanOptions.chunks(1_000).only(TaskFields.STATUS);
    try (TaskStore store = open();
        TaskCursor cursor = store.within(NOTHING).scan(Query.all(), some)) {
      store.setStatus(ids(), Status.CANCELLED);
      List<Task> found = new ArrayList<>();
      int timeouts = takeAll(cursor, found);
      assertThat(timeouts).isGreaterThan(10);
      assertThat(found.stream().map(Task::id).toList()).isEqualTo(ids());
      assertThat(found).noneMatch(task -> task.status() == Status.CANCELLED);
    }
  }

  @Test
  void graphVerbsEnd() {
    open().close();
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("s")).queryTimeout(NOTHING).build();
    try (TaskStore store = TaskStore.open(options)) {
      List<Task> waiting = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        Task.Builder task = Task.builder("W-" + i, "t").dependency("T-2");
        waiting.add(task.link(Link.Type.PARENT, "T-2").build());
      }
      store.insertAll(waiting);
      Map<String, Consumer<TaskGraph>> verbs =
          Map.of(
              "findCycle", TaskGraph::findCycle,
              "blockersOf", graph -> graph.blockersOf("W-1"),
              "criticalPath", TaskGraph::criticalPath,
              "criticalPath of", graph -> graph.criticalPath("W-1"),
              "dependentsOf", graph -> graph.dependentsOf("T-2"),
              "linkedTo", graph -> graph.linkedTo("T-2", Link.Type.PARENT),
              "subtree", graph -> graph.subtree("T-2", 2),
              "whatUnlocks", graph -> graph.whatUnlocks("T-2"),
              "withDependencies", graph -> graph.withDependencies(List.of("W-1"), 2));
      verbs.forEach(
          (name, verb) ->
              assertThatThrownBy(() -> verb.accept(store.graph()), name)
                  .isInstanceOf(QueryTimeoutException.class));
    }
  }

  /** More than a snapshot can tell of out of memory, all of one task. */
  @Test
  void aLongWayBackEnds() {
    try (TaskStore store = open();
        Snapshot snapshot = store.snapshot()) {
      for (int i = 0; i < 5_000; i++) {
        double hours = i;
        store.update("T-1", task -> task.toBuilder().estimatedHours(hours).build());
      }
      assertThatThrownBy(() -> snapshot.within(NOTHING).count(TODO))
          .isInstanceOf(QueryTimeoutException.class);
      assertThat(snapshot.count(TODO)).isEqualTo(TASKS / 2);
    }
  }

  /** Each step comes so far among the commits, and the next one goes on there. */
  @Test
  void aScanComesThroughALongWayBack() {
    ScanOptions some = ScanOptions.chunks(1_000).only(TaskFields.STATUS);
    try (TaskStore store = open();
        TaskCursor cursor = store.within(NOTHING).scan(Query.all(), some)) {
      for (int i = 0; i < 1_000; i++) {
        store.setStatus(List.of("T-" + i % 2), i % 4 < 2 ? Status.CANCELLED : Status.IN_PROGRESS);
      }
      List<Task> found = new ArrayList<>();
      assertThat(takeAll(cursor, found)).isGreaterThan(5);
      assertThat(found.stream().map(Task::id).toList()).isEqualTo(ids());
      assertThat(found.get(0).status()).isEqualTo(Status.TODO);
      assertThat(found.get(1).status()).isEqualTo(Status.DONE);
    }
  }

  @Test
  void aRangeOfManyTermsEnds() {
    try (TaskStore store = open()) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        tasks.add(Task.builder("A-" + i, "t").assignee("who-" + i).build());
      }
      store.insertAll(tasks);
      Query range = Query.where(TaskFields.ASSIGNEE.atLeast("w"));
      assertThat(store.count(range)).isEqualTo(1_000);
      assertThatThrownBy(() -> store.within(NOTHING).count(range))
          .isInstanceOf(QueryTimeoutException.class);
      assertThatThrownBy(() -> store.within(NOTHING).page(range, PageRequest.first(5)))
          .isInstanceOf(QueryTimeoutException.class);
    }
  }

  /** So many that no list of them is kept. */
  @Test
  void aCountByManyTermsEnds() {
    try (TaskStore store = open()) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 5_000; i++) {
        tasks.add(Task.builder("A-" + i, "t").assignee("who-" + i).build());
      }
      store.insertAll(tasks);
      assertThat(store.countBy(Query.all(), TaskFields.ASSIGNEE)).hasSize(5_001);
      assertThatThrownBy(() -> store.within(NOTHING).countBy(Query.all(), TaskFields.ASSIGNEE))
          .isInstanceOf(QueryTimeoutException.class);
    }
  }
}
