package dev.quarry.internal;

import dev.quarry.Limits;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Storage;
import dev.quarry.query.Query;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Drops streams that were begun and not closed, and tells what RocksDB still holds for them: its
 * snapshots, and the versions of the store's files that iterators keep.
 */
public final class LeakProgram {
  /** Streams dropped. */
  public static final int STREAMS = 10_000;

  private static final int CHUNK = 8;
  private static final int TASKS = 40; // more than a chunk, so that a walk stays open
  private static final int ROUNDS = 10;

  private LeakProgram() {}

  private static void fill(TaskStore store) {
    for (int i = 0; i < TASKS; i++) {
      store.put(Task.builder("T-" + i, "title " + System.nanoTime()).build());
    }
    store.compact(); // another version of the files
  }

  private static void drop(TaskStore store) {
    for (int i = 0; i < STREAMS / ROUNDS; i++) {
      if (!store.stream(Query.all()).iterator().hasNext()) {
        throw new IllegalStateException("no task");
      }
    }
  }

  private static String held(Storage storage) {
    return "snapshots "
        + storage.property(Family.RECORDS, "rocksdb.num-snapshots")
        + " versions "
        + storage.property(Family.RECORDS, "rocksdb.num-live-versions");
  }

  /** Of a store's directory. */
  public static void main(String[] arguments) {
    TaskStoreOptions options =
        TaskStoreOptions.builder(Path.of(arguments[0]))
            .limits(Limits.DEFAULT.results(CHUNK))
            .build();
    try (TaskStore store = TaskStore.open(options)) {
      Storage storage = ((QuarryStore) store).parts.storage();
      fill(store);
      String before = held(storage);
      System.out.println("before: " + before);
      for (int round = 0; round < ROUNDS; round++) {
        drop(store);
        fill(store);
        System.out.println("dropped: " + held(storage));
      }
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
      while ((store.stats().openCursors() > 0 || !held(storage).equals(before))
          && System.nanoTime() < end) {
        System.gc();
      }
      System.out.println("after: open " + store.stats().openCursors() + " " + held(storage));
    }
  }
}
