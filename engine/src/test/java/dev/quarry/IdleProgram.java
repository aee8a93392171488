package dev.quarry;

import java.nio.file.Path;
import java.time.Duration;

/** Forgets a snapshot and waits until the store has closed it. */
final class IdleProgram {
  private IdleProgram() {}

  public static void main(String[] arguments) throws InterruptedException {
    TaskStoreOptions options =
        TaskStoreOptions.builder(Path.of(arguments[0]))
            .limits(Limits.DEFAULT.idle(Duration.ofMillis(20)))
            .build();
    try (TaskStore store = TaskStore.open(options)) {
      Snapshot forgotten = openedHere(store);
      while (store.stats().openSnapshots() > 0) {
        Thread.sleep(5);
      }
      System.out.println("closed at " + forgotten.sequence());
    }
  }

  private static Snapshot openedHere(TaskStore store) {
    return store.snapshot();
  }
}
