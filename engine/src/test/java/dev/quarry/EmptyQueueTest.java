package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.internal.storage.SkippedKeys;
import dev.quarry.query.Query;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What has been claimed is not stepped over again by those who find nothing left. */
class EmptyQueueTest {
  private static final int TASKS = 2_000;
  private static final Duration LEASE = Duration.ofHours(1);

  @TempDir Path directory;

  @Test
  void askingForMoreThanThereIsCostsNothing() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("s"));
        SkippedKeys skipped = new SkippedKeys(directory.resolve("other"))) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        tasks.add(Task.builder("T-" + i, "t").build());
      }
      store.insertAll(tasks);
      while (!store.claims().next(Query.all().condition(), "w", LEASE, 100).isEmpty()) {}
      long walkedOnce = skipped.count();
      assertThat(walkedOnce).as("the count works").isGreaterThan(99);
      for (int i = 0; i < 10; i++) {
        assertThat(store.claims().next("w", LEASE)).isEmpty();
      }
      assertThat(skipped.count() - walkedOnce).isLessThan(TASKS);
      store.insert(Task.builder("late", "t").build());
      assertThat(store.claims().next("w", LEASE)).isPresent();
      assertThat(store.claims().next("w", LEASE)).isEmpty();
    }
  }
}
