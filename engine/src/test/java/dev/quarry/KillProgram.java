package dev.quarry;

import dev.quarry.query.TaskFields;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Writes until it is killed. It says what it is about to do before each write, and "ok" when that
 * has returned; it also says when it begins to build an index or to rebuild all; a change is a
 * number {@code n}, which it writes into every task that it touches.
 */
final class KillProgram {
  static final int IDS = 300;
  static final int BATCH = 40;

  private KillProgram() {}

  public static void main(String[] arguments) {
    Path directory = Path.of(arguments[0]);
    long first = Long.parseLong(arguments[1]);
    Random random = new Random(first);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (TaskStore store = TaskStore.open(directory)) {
      out.println("open");
      int indexes = store.indexes().size();
      for (long n = first; ; n++) {
        int kind = random.nextInt(60);
        if (kind == 0) {
          String name = "own-" + n;
          IndexSpec spec =
              random.nextBoolean()
                  ? IndexSpec.equality(name, TaskFields.attribute("n"))
                  : IndexSpec.ordered(
                      name, TaskFields.AGENT.descending(), TaskFields.ID.ascending());
          out.println("index");
          store.createIndex(spec, ProgressListener.NONE);
          if (++indexes > 12) {
            store.dropIndex(name);
            indexes--;
          }
        } else if (kind == 1) {
          out.println("rebuild");
          store.rebuildIndexes(ProgressListener.NONE);
        } else {
          write(store, random, n, kind, out);
        }
      }
    }
  }

  private static Task task(String id, long n, Random random) {
    int number = Integer.parseInt(id.substring(2));
    List<String> dependencies = new ArrayList<>();
    for (int i = number == 0 ? 0 : random.nextInt(4); i > 0; i--) {
      dependencies.add("K-" + random.nextInt(number));
    }
    return Task.builder(id, "title " + n)
        .dependencies(dependencies)
        .status(Status.values()[random.nextInt(6)])
        .agent("a" + n % 7)
        .tag("t" + n % 5)
        .attribute("n", String.valueOf(n))
        .description("text ".repeat(random.nextInt(200)))
        .build();
  }

  private static void write(TaskStore store, Random random, long n, int kind, PrintStream out) {
    List<String> ids = new ArrayList<>();
    int start = random.nextInt(IDS);
    int size = kind < 20 ? 1 : kind < 25 ? IDS : 1 + random.nextInt(BATCH);
    for (int i = 0; i < size; i++) {
      ids.add("K-" + (start + i) % IDS);
    }
    boolean delete = kind % 10 == 3;
    out.println((delete ? "delete " : "put ") + n + " " + start + " " + size);
    try (WriteBatch batch = store.newBatch()) {
      for (String id : ids) {
        if (delete) {
          batch.delete(id);
        } else {
          batch.put(task(id, n, random));
        }
      }
      batch.commit();
    }
    out.println("ok " + n);
  }
}
