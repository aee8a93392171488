package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.ScanOptions;
import dev.quarry.Snapshot;
import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskStore;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.read.Scan;
import dev.quarry.internal.storage.FailingReads;
import dev.quarry.internal.storage.StorageSnapshot;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cursors that are asked again behind errors of the device give every task, each once. */
class AskedAgainTest {
  private static final int TASKS = 12_000;
  private static final int CHUNK = 50;

  @TempDir Path directory;

  private final List<String> all = new ArrayList<>();
  private final List<String> ready = new ArrayList<>();

  /** Many blocks of each family; none is cached when the store is opened again. */
  @BeforeEach
  void fill() {
    Random random = new Random(7);
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        String id = i % 20 == 3 ? "an id of words, number " + i : "T-" + i; // not in a row
        Task.Builder task = Task.builder(id, Long.toHexString(random.nextLong()).repeat(9));
        task.estimatedHours((double) random.nextInt(1_000));
        if (i % 2 == 1) {
          task.dependencies(List.of("T-0"));
        } else {
          ready.add(id);
        }
        tasks.add(task.build());
        all.add(id);
      }
      store.insertAll(tasks);
      store.compact();
    }
  }

  private static StoreParts parts(TaskStore store) {
    return ((QuarryStore) store).parts;
  }

  /** Every second step, from the second on, has only what is cached. */
  private static void assertAllOnce(
      StorageSnapshot snapshot, Supplier<List<Task>> step, List<String> expected) {
    List<String> found = new ArrayList<>();
    int failed = 0;
    boolean fails = false;
    for (boolean more = true; more; fails = !fails) {
      FailingReads.of(snapshot, fails);
      try {
        List<Task> chunk = step.get();
        chunk.forEach(task -> found.add(task.id()));
        more = !chunk.isEmpty();
      } catch (StorageException e) {
        failed++;
      }
    }
    FailingReads.of(snapshot, false);
    assertThat(failed).as("steps that failed").isPositive();
    assertThat(found).hasSize(expected.size()).containsExactlyInAnyOrderElementsOf(expected);
  }

  private void assertAllOnce(Query query, ScanOptions options, List<String> expected) {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      Reads reads = parts(store).reads();
      try (Reads.Pinned pinned = reads.pin();
          Scan scan = reads.scan(pinned, query, options)) {
        assertAllOnce(pinned.snapshot(), scan::nextChunk, expected);
      }
    }
  }

  @Test
  void inAnOrderThatIsSorted() {
    Query query = Query.all().orderBy(TaskFields.ESTIMATED_HOURS.ascending());
    assertAllOnce(query, ScanOptions.chunks(CHUNK), all);
  }

  @Test
  void byRowsAndRecords() {
    assertAllOnce(Query.all(), ScanOptions.chunks(CHUNK).only(TaskFields.ID), all);
  }

  @Test
  void byRecordsAndWhatTheyWaitFor() {
    assertAllOnce(Query.where(Condition.ready()), ScanOptions.chunks(CHUNK), ready);
  }

  @Test
  void ofThePast() {
    Query query = Query.all().orderBy(TaskFields.ESTIMATED_HOURS.ascending());
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      Reads.Pinned now = parts(store).reads().pin();
      try (Snapshot past =
              parts(store).past().asOf(parts(store).reads(), () -> now, Reads.Pinned::sequence);
          TaskCursor cursor = past.scan(query, ScanOptions.chunks(CHUNK))) {
        assertAllOnce(now.snapshot(), cursor::nextChunk, all);
      }
    }
  }
}
