package dev.quarry;

import java.nio.file.Path;

/** Writes tasks one by one, each acknowledged before the next: {@code DIR WAY TASKS}. */
final class SyncProgram {
  private SyncProgram() {}

  public static void main(String[] arguments) {
    String way = arguments[1];
    Durability durability = way.equals("SYNC") ? Durability.SYNC : Durability.BUFFERED;
    TaskStoreOptions options =
        TaskStoreOptions.builder(Path.of(arguments[0]))
            .durability(durability)
            .expectedTasks(1_000)
            .build();
    try (TaskStore store = TaskStore.open(options)) {
      for (int i = Integer.parseInt(arguments[2]); i > 0; i--) {
        Task task = Task.builder("T-" + i, "title").build();
        if (way.equals("batch")) {
          try (WriteBatch batch = store.newBatch()) {
            batch.put(task).commit(Durability.SYNC);
          }
        } else {
          store.put(task);
        }
        if (way.equals("sync")) {
          store.sync();
        }
      }
      Runtime.getRuntime().halt(0); // what a close writes is not asked for here
    }
  }
}
