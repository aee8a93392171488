package dev.quarry;

import dev.quarry.change.WatchOptions;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Adds tasks, and tells what a named subscription delivers, until it is killed. */
final class FeedKillProgram {
  static final WatchOptions NAMED = WatchOptions.builder().name("follower").fromSequence(0).build();

  private FeedKillProgram() {}

  public static void main(String[] arguments) {
    long first = Long.parseLong(arguments[1]);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (TaskStore store = TaskStore.open(Path.of(arguments[0]))) {
      store.watch(NAMED, change -> out.println("got " + change.sequence() + " " + change.id()));
      for (long n = first; ; n++) {
        try (WriteBatch batch = store.newBatch()) {
          for (int k = 0; k < 1 + n % 3; k++) {
            batch.insert(Task.builder("N-" + n + "-" + k, "t").build());
          }
          batch.commit();
        }
      }
    }
  }
}
