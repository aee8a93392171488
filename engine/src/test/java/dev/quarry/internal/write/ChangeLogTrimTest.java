package dev.quarry.internal.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commits of many tasks keep as many entries in the history, which one batch must not remove. */
class ChangeLogTrimTest {
  private static final int TASKS = 40_000;
  private static final int UPDATES = 8;

  @TempDir Path directory;

  @Test
  void largeCommitsAreTrimmedInParts() {
    Path path = directory.resolve("store");
    fill(path);
    StorageOptions options = new StorageOptions(8 << 20, 8 << 20, false);
    try (Storage storage = Storage.open(path.resolve("data"), options);
        StorageBatch batch = storage.newBatch()) {
      ChangeLog log = new ChangeLog(storage);
      long end = UPDATES + 2; // behind the insert and the updates
      long from = 1;
      int parts = 0;
      while (from < end) {
        batch.clear();
        long to = log.trim(batch, entry -> "", from, end);
        assertThat(to).isGreaterThan(from);
        assertThat(batch.sizeBytes()).isLessThan(8 << 20);
        storage.write(batch, false);
        assertThat(log.firstSequence()).isEqualTo(to < end ? to : Long.MAX_VALUE);
        assertThat(storage.get(Family.HISTORY, HistoryKeys.before(0, to - 1))).isNull();
        if (to < end) {
          assertThat(storage.get(Family.HISTORY, HistoryKeys.before(0, to))).isNotNull();
          assertThat(storage.get(Family.CHANGES, Keys.number(to))).isNotNull();
        }
        from = to;
        parts++;
      }
      assertThat(parts).isBetween(2, UPDATES);
    }
  }

  private static void fill(Path path) {
    List<Task> tasks = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      tasks.add(Task.builder("T-" + i, "t").build());
      ids.add("T-" + i);
    }
    try (TaskStore store = TaskStore.open(path)) {
      store.insertAll(tasks);
      for (int i = 0; i < UPDATES; i++) {
        store.setStatus(ids, i % 2 == 0 ? Status.DONE : Status.TODO);
      }
    }
  }
}
