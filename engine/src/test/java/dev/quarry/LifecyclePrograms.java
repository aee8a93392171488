package dev.quarry;

import dev.quarry.query.Query;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** What other processes do in tests. */
final class LifecyclePrograms {
  private LifecyclePrograms() {}

  /** Opens the store, says so, and holds it until a line comes. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      try (TaskStore store = TaskStore.open(Path.of(arguments[0]))) {
        out.println("open " + store.sequence());
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
      } catch (StoreLockedException e) {
        out.println("locked " + e.context().get("pid"));
      }
    }
  }

  /** Writes pairs of tasks, each in one batch, until a line comes; its tables come and go. */
  static final class Writer {
    private static final int COMPACTED = 500;

    private Writer() {}

    public static void main(String[] arguments) throws IOException {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      TaskStoreOptions options =
          TaskStoreOptions.builder(Path.of(arguments[0])).writeBufferBytes(1 << 20).build();
      try (TaskStore store = TaskStore.open(options)) {
        out.println("open");
        for (int i = 0; System.in.available() == 0; i++) {
          try (WriteBatch batch = store.newBatch()) {
            batch.put(Task.builder("left", "l").attribute("n", "" + i).build());
            batch.put(Task.builder("right", "r").attribute("n", "" + i).build());
            batch.put(Task.builder("T-" + i % 500, "t").agent("a" + i % 3).build());
            batch.commit();
          }
          if (i % COMPACTED == COMPACTED - 1) {
            store.compact();
          }
        }
        out.println("done " + store.count(Query.all()));
      }
    }
  }
}
