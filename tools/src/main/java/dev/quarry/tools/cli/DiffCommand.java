package dev.quarry.tools.cli;

import dev.quarry.OpenMode;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.tools.render.Column;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Compares the tasks of two stores. */
@Command(
    description = {
      "Compare the tasks of two stores, with everything they hold but the version:",
      "  quarry diff tasks tasks-restored",
      "Exit code 0 if they are equal, 1 if not."
    })
final class DiffCommand extends FormattedCommand {
  private static final int MAX_ROWS = 1_000;

  @Parameters(index = "0", paramLabel = "LEFT", description = "A store.")
  Path left;

  @Parameters(index = "1", paramLabel = "RIGHT", description = "Another store.")
  Path right;

  private final List<List<Object>> rows = new ArrayList<>();
  private long differences;

  @Override
  int run(Session session) {
    try (TaskStore a = open(session, left);
        TaskStore b = open(session, right)) {
      Query byId = Query.all().orderBy(TaskFields.ID.ascending());
      try (Stream<Task> x = a.stream(byId);
          Stream<Task> y = b.stream(byId)) {
        compare(x.iterator(), y.iterator());
      }
    }
    if (differences == 0) {
      session.noteBelow("no differences");
      session.printRows(columns(), rows);
      return ExitCode.OK;
    }
    session.printRows(columns(), rows);
    session.noteBelow(differences + " differences");
    return ExitCode.NEGATIVE;
  }

  private static List<Column> columns() {
    return List.of(Column.text("id"), Column.text("difference"));
  }

  private static TaskStore open(Session session, Path path) {
    Path directory = session.terminal().resolve(path);
    session.requireStore(directory);
    return session.open(TaskStoreOptions.builder(directory).mode(OpenMode.READ_ONLY).build());
  }

  private void compare(Iterator<Task> x, Iterator<Task> y) {
    Task a = next(x);
    Task b = next(y);
    while (a != null || b != null) {
      int order = a == null ? 1 : b == null ? -1 : order(a.id(), b.id());
      if (order < 0) {
        add(a.id(), "only in " + left);
      } else if (order > 0) {
        add(b.id(), "only in " + right);
      } else if (!plain(a).equals(plain(b))) {
        add(a.id(), "differs");
      }
      a = order <= 0 ? next(x) : a;
      b = order >= 0 ? next(y) : b;
    }
  }

  private static Task next(Iterator<Task> tasks) {
    return tasks.hasNext() ? tasks.next() : null;
  }

  /** As the store orders ids. */
  private static int order(String a, String b) {
    return Arrays.compareUnsigned(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  private static Task plain(Task task) {
    return task.toBuilder().version(0).build();
  }

  private void add(String id, String what) {
    differences++;
    if (rows.size() < MAX_ROWS) {
      rows.add(List.of(id, what));
    }
  }
}
