package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.CorruptionException;
import dev.quarry.PageRequest;
import dev.quarry.ScanOptions;
import dev.quarry.Snapshot;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskStore;
import dev.quarry.Until;
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
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A task that was changed since a snapshot, and whose record of then is damaged, so that neither
 * the index nor the record says whether it was wanted.
 */
@Timeout(120)
class TouchedDamageTest {
  private static final int TASKS = 1_000;
  private static final int DAMAGED = 503;

  /** Of the part of a record that conditions read. */
  private static final int IN_PREFIX = 12;

  /** As many commits as are kept in memory. */
  private static final int RECENT_COMMITS = 4_096;

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
  private static void damage(TaskStore store) throws Exception {
    long hits = store.stats().cache().hits();
    Until.holds(
        "the task is in the cache",
        () -> {
          assertThat(store.get("T-" + DAMAGED)).isPresent();
          return store.stats().cache().hits() > hits;
        });
    Storage storage = ((QuarryStore) store).parts.storage;
    byte[] record = storage.get(Family.RECORDS, Keys.number(DAMAGED));
    record[IN_PREFIX] ^= 1;
    try (StorageBatch batch = storage.newBatch()) {
      batch.put(Family.RECORDS, Keys.number(DAMAGED), record);
      storage.write(batch, false);
    }
  }

  private void check(Function<TaskStore, Snapshot> then) throws Exception {
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
  void aCursorOfASnapshotTellsOnceAndComesPastIt() throws Exception {
    check(TaskStore::snapshot);
  }

  @Test
  void aCursorOfThePastTellsOnceAndComesPastIt() throws Exception {
    check(store -> store.asOf(store.sequence()));
  }

  /** So many later commits that those before are told by the change log alone. */
  @Test
  void aDamagedEntryOfTheChangeLogChangesNoAnswerOfASnapshot() {
    Query some = Query.where(TaskFields.STATUS.is(Status.FAILED).and(TaskFields.AGENT.isNull()));
    try (TaskStore store = filled(directory.resolve("s"));
        Snapshot snapshot = store.snapshot()) {
      store.setStatus(List.of("T-3", "T-4"), Status.DONE);
      long damaged = store.sequence();
      for (int i = 0; i < RECENT_COMMITS; i++) {
        String title = "title " + i;
        store.update("T-7", task -> task.withTitle(title));
      }
      Storage storage = ((QuarryStore) store).parts.storage;
      try (StorageBatch batch = storage.newBatch()) {
        batch.put(Family.CHANGES, Keys.number(damaged), new byte[] {9, 9});
        storage.write(batch, false);
      }
      assertThat(snapshot.count(FAILED)).isEqualTo(TASKS / 100);
      assertThat(snapshot.count(some)).isEqualTo(TASKS / 100);
      assertThat(snapshot.countBy(Query.all(), TaskFields.STATUS))
          .containsEntry(Status.FAILED, (long) TASKS / 100);
      assertThat(snapshot.summarize(FAILED, TaskFields.ESTIMATED_HOURS).getCount()).isZero();
      assertThat(snapshot.page(FAILED, PageRequest.first(4)).items()).hasSize(4);
      assertThat(snapshot.page(FAILED, PageRequest.first(40)).items()).hasSize(TASKS / 100);
      ScanOptions chunks = ScanOptions.chunks(3);
      assertThat(scanned(snapshot, FAILED, chunks)).isEqualTo(TASKS / 100);
      assertThat(scanned(snapshot, Query.all(), chunks.only(TaskFields.STATUS))).isEqualTo(TASKS);
    }
  }

  private static int scanned(Snapshot snapshot, Query query, ScanOptions options) {
    int n = 0;
    try (TaskCursor cursor = snapshot.scan(query, options)) {
      for (int more = 1; more > 0; n += more) {
        more = cursor.nextChunk().size();
      }
    }
    return n;
  }
}
