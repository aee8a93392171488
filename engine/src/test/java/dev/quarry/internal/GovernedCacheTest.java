package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.MemoryPressure;
import dev.quarry.StoreStats;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.internal.memory.MemoryGovernor;
import dev.quarry.internal.memory.StoreMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the record cache of a store is worth when the governor has shrunk it to a tenth. */
@Timeout(120)
class GovernedCacheTest {
  private static final int TASKS = 10_000;
  private static final int READS = 150_000;
  private static final long ENOUGH = TASKS * 7 / 10;

  /** Reads between two rests, in which the cache hears of them; what comes too fast it drops. */
  private static final int PACE = 200;

  @TempDir Path directory;

  private final double[] cumulated = new double[TASKS];
  private final SplittableRandom random = new SplittableRandom(48);

  private void prepareZipf() {
    double sum = 0;
    for (int rank = 0; rank < TASKS; rank++) {
      sum += 1.0 / (rank + 1);
      cumulated[rank] = sum;
    }
  }

  private String nextId() {
    int found = Arrays.binarySearch(cumulated, random.nextDouble() * cumulated[TASKS - 1]);
    int rank = Math.min(TASKS - 1, found < 0 ? -found - 1 : found);
    return "T-" + rank * 7_919L % TASKS; // popular ones lie scattered
  }

  private double hitRate(TaskStore store, int reads) throws InterruptedException {
    StoreStats.Cache before = store.stats().cache();
    for (int i = 0; i < reads; i++) {
      if (i % PACE == 0) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      assertThat(store.get(nextId())).isPresent();
    }
    StoreStats.Cache after = store.stats().cache();
    long hits = after.hits() - before.hits();
    return (double) hits / (hits + after.misses() - before.misses());
  }

  @Test
  void aTenthStillAnswersMostReads() throws Exception {
    prepareZipf();
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("s")).memoryLimitBytes(0).build();
    try (TaskStore store = TaskStore.open(options)) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        tasks.add(Task.builder("T-" + i, "Task " + i).description("d".repeat(400)).build());
      }
      store.insertAll(tasks);
      double full = 0;
      StoreStats stats = store.stats();
      for (int i = 0; i < 9 && (full <= 0.8 || stats.cache().entries() <= ENOUGH); i++) {
        full = hitRate(store, READS); // what comes too fast is not taken in
        stats = store.stats();
      }
      assertThat(full).isGreaterThan(0.8);
      assertThat(stats.cache().entries()).isGreaterThan(ENOUGH);

      // a limit that leaves the caches a tenth of what the records take now
      StoreParts parts = ((QuarryStore) store).parts;
      List<MemoryPressure> told = new ArrayList<>();
      long records = stats.cache().bytes();
      MemoryGovernor.Bounds full10 = new MemoryGovernor.Bounds(records, 0, 0);
      StoreStats.Memory memory = stats.memory();
      long fixed = memory.indexBytes() + memory.tableBytes() + memory.pinnedBytes();
      long limit = (fixed + records / 10) * 16 / 15;
      StoreMemory governed = new StoreMemory(parts.storage, parts.reader, parts.index());
      new MemoryGovernor(governed, full10, limit, told::add).look();

      assertThat(told).hasSize(1);
      StoreStats.Cache shrunk = store.stats().cache();
      assertThat(shrunk.maximumBytes()).isBetween(records / 11, records / 9);
      assertThat(shrunk.bytes()).isLessThanOrEqualTo(shrunk.maximumBytes());
      // few reads: had the hottest gone, they would be back after some thousand
      assertThat(hitRate(store, PACE)).as("behind the shrinking").isGreaterThanOrEqualTo(0.45);
      double later = 0;
      for (int i = 0; i < 5 && later < 0.60; i++) {
        later = hitRate(store, 20_000);
      }
      assertThat(later).isGreaterThanOrEqualTo(0.60);
    }
  }
}
