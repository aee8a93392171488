package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.CorruptionException;
import dev.quarry.ScanOptions;
import dev.quarry.Snapshot;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskStore;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan.Access;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A task that was changed since a snapshot, and whose record of then is damaged, so that neither
 * the index nor the record says whether it was wanted.
 */
class TouchedDamageTest {
  private static final int TASKS = 1_000;
  private static final int DAMAGED = 503;

  /** Of the part of a record that conditions read. */
  private static final int IN_PREFIX = 12;

  private static final Query FAILED = Query.where(TaskFields.STATUS.is(Status.FAILED));

  @TempDir Path directory;

  private static TaskStore filled(Path path) {
    TaskStore store = TaskStore.open(path);
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      Status status = i % 100 == 3 ? Status.FAILED : Status.TODO;
      tasks.add(Task.builder("T-" + i, "t").status(status).build());
    }
    store.insertAll(tasks);
    return store;
  }

  /** The writer has the task in its cache, and so can change it. */
  private static void damage(TaskStore store) {
    long hits = store.stats().cache().hits();
    while (store.stats().cache().hits() == hits) { // the cache takes it in when it gets to it
      assertThat(store.get("T-" + DAMAGED)).isPresent();
      LockSupport.parkNanos(1_000_000);
    }
    Storage storage = ((QuarryStore) store).parts.storage;
    byte[] record = storage.get(Family.RECORDS, Keys.number(DAMAGED));
    record[IN_PREFIX] ^= 1;
    try (StorageBatch batch = storage.newBatch()) {
      batch.put(Family.RECORDS, Keys.number(DAMAGED), record);
      storage.write(batch, false);
    }
  }

  private void check(Function<TaskStore, Snapshot> then) {
    try (TaskStore store = filled(directory.resolve("s"))) {
      damage(store);
      try (Snapshot snapshot = then.apply(store)) {
        store.update("T-" + DAMAGED, task -> task.withTitle("now"));
        assertThat(store.explain(FAILED).access()).isEqualTo(Access.POSTINGS);
        assertThatThrownBy(() -> snapshot.count(FAILED)).isInstanceOf(CorruptionException.class);
        try (TaskCursor cursor = snapshot.scan(FAILED, ScanOptions.chunks(2))) {
          List<String> found = new ArrayList<>();
          int told = 0;
          for (boolean more = true; more && told < 5; ) {
            try {
              List<Task> chunk = cursor.nextChunk();
              chunk.forEach(task -> found.add(task.id()));
              more = !chunk.isEmpty();
            } catch (CorruptionException e) {
              told++;
            }
          }
          assertThat(told).isEqualTo(1);
          assertThat(found).hasSize(TASKS / 100 - 1).doesNotContain("T-" + DAMAGED);
        }
      }
    }
  }

  @Test
  void aCursorOfASnapshotTellsOnceAndComesPastIt() {
    check(TaskStore::snapshot);
  }

  @Test
  void aCursorOfThePastTellsOnceAndComesPastIt() {
    check(store -> store.asOf(store.sequence()));
  }
}
