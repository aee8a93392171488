package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Streams, cursors and counts of the past keep to what those of the present keep to. */
@Timeout(120)
class PastReadsTest {
  private static final int TASKS = 5_000;

  @TempDir Path directory;

  private TaskStore open(int tasks) {
    TaskStore store = TaskStore.open(directory.resolve("s"));
    List<Task> all = new ArrayList<>();
    for (int i = 0; i < tasks; i++) {
      all.add(Task.builder("T-" + i, "t").project(i % 10 == 0 ? "p1" : "big").build());
    }
    store.insertAll(all);
    return store;
  }

  private static List<String> ids(int tasks) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < tasks; i++) {
      ids.add("T-" + i);
    }
    return ids;
  }

  @Test
  void aParallelStreamHasEachTaskOnceAndInOrder() {
    try (TaskStore store = open(TASKS);
        Snapshot past = store.asOf(store.sequence())) {
      for (int i = 0; i < 10; i++) {
        try (var stream = past.stream(Query.all())) {
          assertThat(stream.parallel().map(Task::id).toList()).isEqualTo(ids(TASKS));
        }
      }
      assertThat(store.stats().openCursors()).isZero();
    }
  }

  @Test
  void aCursorIsForOneThreadAtATime() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (TaskStore store = open(TASKS);
        Snapshot past = store.asOf(store.sequence());
        TaskCursor cursor = past.scan(Query.all(), ScanOptions.chunks(3))) {
      Queue<String> found = new ConcurrentLinkedQueue<>();
      CountDownLatch both = new CountDownLatch(2);
      List<Future<?>> ends = new ArrayList<>();
      for (int t = 0; t < 2; t++) {
        ends.add(
            threads.submit(
                () -> {
                  both.countDown();
                  both.await();
                  takeAll(cursor, found);
                  return null;
                }));
      }
      for (Future<?> end : ends) {
        end.get();
      }
      assertThat(found).containsExactlyInAnyOrderElementsOf(ids(TASKS));
    } finally {
      threads.shutdownNow();
    }
  }

  private static void takeAll(TaskCursor cursor, Queue<String> found) {
    while (true) {
      try {
        List<Task> chunk = cursor.nextChunk();
        if (chunk.isEmpty()) {
          return;
        }
        chunk.forEach(task -> found.add(task.id()));
      } catch (IllegalStateException e) {
        assertThat(e).hasMessageContaining("one thread at a time");
      }
    }
  }

  /** All of a cursor's life may be longer than that. */
  @Test
  void eachStepOfACursorHasItsOwnTime() {
    Duration time = Duration.ofSeconds(2);
    Query query = Query.where(TaskFields.PROJECT.is("p1"));
    try (TaskStore store = open(TASKS);
        Snapshot past = store.asOf(store.sequence())) {
      assertThat(past.explain(query).access()).isEqualTo(QueryPlan.Access.POSTINGS);
      try (TaskCursor cursor = past.within(time).scan(query, ScanOptions.chunks(10))) {
        long start = System.nanoTime();
        List<Task> found = new ArrayList<>(cursor.nextChunk());
        while (System.nanoTime() - start <= time.toNanos()) {
          Thread.onSpinWait();
        }
        for (int i = 0; i < 5; i++) {
          found.addAll(cursor.nextChunk());
        }
        assertThat(found).hasSize(60).doesNotHaveDuplicates();
      }
    }
  }

  @Test
  void anExplanationKeepsNoMoreRowsThanThatOfThePresent() {
    int tasks = 10_050;
    Query query = Query.all().limit(1_000_000);
    try (TaskStore store = open(tasks);
        Snapshot past = store.asOf(store.sequence())) {
      assertThat(store.explain(query).returnedRows()).isEqualTo(10_000);
      assertThat(past.explain(query).returnedRows()).isEqualTo(10_000);
      assertThat(past.explain(Query.all()).returnedRows()).isEqualTo(20);
    }
  }

  @Test
  void oneIdIsNotLookedForAmongAllRecords() {
    Query query = Query.where(TaskFields.ID.is("T-7"));
    try (TaskStore store = open(1_000)) {
      long then = store.sequence();
      store.setStatus(List.of("T-7", "T-8"), Status.DONE);
      try (Snapshot past = store.asOf(then)) {
        QueryPlan plan = past.explain(query);
        assertThat(plan.access()).isEqualTo(QueryPlan.Access.ID_RANGE);
        assertThat(plan.examinedRows()).isLessThan(5);
        assertThat(past.page(query, PageRequest.first(5)).items())
            .singleElement()
            .matches(task -> task.id().equals("T-7") && task.status() == Status.TODO);
      }
    }
  }

  @Test
  void countsCannotBeChangedAndNoTimeIsNoTime() {
    try (TaskStore store = open(10);
        Snapshot now = store.snapshot();
        Snapshot past = store.asOf(store.sequence())) {
      for (TaskReader reader : List.of(store, now, past)) {
        var counts = reader.countBy(Query.all(), TaskFields.PROJECT);
        assertThat(counts).containsEntry("p1", 1L).containsEntry("big", 9L);
        assertThatThrownBy(() -> counts.put("x", 1L))
            .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> reader.within(Duration.ZERO))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("PT0S");
      }
    }
  }
}
