package dev.quarry;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Scanner;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Updates all tasks in chunks until it is through or killed. Says when every tenth task has its
 * turn, and waits for a line before it goes on.
 */
final class UpdateProgram {
  static final String NAME = "count";
  static final Query QUERY = Query.where(TaskFields.STATUS.is(Status.TODO));
  static final int CHUNK = 50;

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
    try (TaskStore store = TaskStore.open(Path.of(arguments[0]))) {
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
                return counted(task);
              });
      out.println(job.await().state());
    }
  }
}
