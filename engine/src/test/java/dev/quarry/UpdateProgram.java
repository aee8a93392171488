package dev.quarry;

import dev.quarry.internal.SteppedStores;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Scanner;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Updates all tasks in chunks until it is through or killed; two of them stay as they were. Says
 * when every tenth task has its turn, and waits for a line before it goes on.
 */
final class UpdateProgram {
  static final String NAME = "count";
  static final Query QUERY = Query.where(TaskFields.STATUS.is(Status.TODO));
  static final int CHUNK = 50;

  /** The change of this one throws. */
  static final int THROWS = 333;

  /** This one becomes too large for a commit. */
  static final int GROWS = 656;

  private UpdateProgram() {}

  static Task counted(Task task) {
    int n = Integer.parseInt(task.attributes().getOrDefault("n", "0"));
    return task.toBuilder()
        .attribute("n", String.valueOf(n + 1))
        .status(n % 2 == 0 ? Status.TODO : Status.DONE)
        .build();
  }

  public static void main(String[] arguments) throws InterruptedException {
    Scanner in = new Scanner(System.in, StandardCharsets.UTF_8);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    AtomicInteger turns = new AtomicInteger();
    TaskStoreOptions options = TaskStoreOptions.builder(Path.of(arguments[0])).build();
    try (TaskStore store = SteppedStores.open(options, new LeftBehindTest.Small())) {
      Job job =
          store.updateAll(
              NAME,
              QUERY,
              CHUNK,
              task -> {
                if (turns.incrementAndGet() % 10 == 0) {
                  out.println("turn");
                  in.nextLine();
                }
                if (task.id().equals("T-" + THROWS)) {
                  throw new IllegalArgumentException("not this one");
                }
                Task counted = counted(task);
                return task.id().equals("T-" + GROWS)
                    ? counted.toBuilder().notes("x".repeat(70_000)).build()
                    : counted;
              });
      out.println(job.await().state());
    }
  }
}
