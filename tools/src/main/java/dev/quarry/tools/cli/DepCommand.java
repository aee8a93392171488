package dev.quarry.tools.cli;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.tools.render.Column;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** What tasks wait for. */
@Command(
    subcommands = {
      DepCommand.Add.class,
      DepCommand.Remove.class,
      DepTree.class,
      DepCommand.Cycles.class
    })
final class DepCommand extends FormattedCommand {
  private static final List<Column> COLUMNS =
      List.of(Column.text("id"), Column.text("dependencies"));

  @Override
  int run(Session session) {
    throw CliException.usage("say what to do: quarry dep add, rm, tree or cycles");
  }

  private static void say(Session session, Task task) {
    if (session.isInWords()) {
      String waits =
          task.dependencies().isEmpty() ? "nothing" : String.join(", ", task.dependencies());
      session.out().line(task.id() + " depends on " + waits);
    } else {
      session.printRecord(Map.of("id", task.id(), "dependencies", task.dependencies()));
    }
  }

  private static Task change(TaskStore store, String id, Set<String> add, Set<String> remove) {
    return store.update(
        id,
        task -> {
          Set<String> all = new LinkedHashSet<>(task.dependencies());
          all.addAll(add);
          all.removeAll(remove);
          return task.withDependencies(all);
        });
  }

  /** {@code dep add}. */
  @Command(
      name = "add",
      description = {
        "Make a task wait for others, for example",
        "  quarry dep add PUBLISH WRITE REVIEW",
        "An edge that closes a circle is refused, with the circle. Ids without a task are kept and",
        "count as open until such a task appears and is done."
      })
  static final class Add extends FormattedCommand {
    @Parameters(index = "0", paramLabel = "ID", description = "The task that waits.")
    String id;

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "ON",
        description = "What it waits for.")
    List<String> on;

    @Override
    int run(Session session) {
      session.checkFields(COLUMNS);
      return session.write(
          store -> {
            say(session, change(store, id, new LinkedHashSet<>(on), Set.of()));
            noteAbsent(session, store);
            return ExitCode.OK;
          });
    }

    private void noteAbsent(Session session, TaskStore store) {
      List<Optional<Task>> found = store.getAll(on);
      for (int i = 0; i < on.size(); i++) {
        if (found.get(i).isEmpty()) {
          String other = on.get(i);
          session.noteBelow(
              store
                  .getArchived(other)
                  .map(task -> "`" + other + "` is archived; it counts as " + task.status())
                  .orElse("no task `" + other + "` yet; it counts as open"));
        }
      }
    }
  }

  /** {@code dep rm}. */
  @Command(name = "rm", description = "Make a task wait for others no longer.")
  static final class Remove extends FormattedCommand {
    @Parameters(index = "0", paramLabel = "ID", description = "The task that waits.")
    String id;

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "ON",
        description = "What it waits for.")
    List<String> on;

    @Override
    int run(Session session) {
      session.checkFields(COLUMNS);
      return session.write(
          store -> {
            Task before = store.get(id).orElseThrow(() -> CliException.notFound(id));
            for (String one : on) {
              if (!before.dependencies().contains(one)) {
                throw new CliException(
                    ExitCode.NEGATIVE,
                    "`" + id + "` does not depend on `" + one + "`",
                    "it depends on " + before.dependencies(),
                    "quarry dep tree " + id);
              }
            }
            say(session, change(store, id, Set.of(), new HashSet<>(on)));
            return ExitCode.OK;
          });
    }
  }

  /** {@code dep cycles}. */
  @Command(
      name = "cycles",
      description = "Look for tasks that wait for each other; exit 1 if there are any.")
  static final class Cycles extends FormattedCommand {
    @Override
    int run(Session session) {
      return session.read(
          store -> {
            List<String> cycle = store.graph().findCycle();
            int code = session.comesTo(cycle.isEmpty() ? ExitCode.OK : ExitCode.NEGATIVE);
            List<List<Object>> found = new ArrayList<>();
            if (!cycle.isEmpty()) {
              found.add(List.of(String.join(" -> ", cycle)));
            }
            session.printRows(List.of(Column.text("cycle")), found);
            session.noteBelow(cycle.isEmpty() ? "no cycles" : "a cycle; quarry dep rm opens it");
            return code;
          });
    }
  }

  /** Prints tasks as a list. */
  static void print(Session session, List<Task> tasks) {
    var columns = session.taskColumns();
    List<List<Object>> rows = new ArrayList<>();
    for (Task task : tasks) {
      rows.add(columns.row(task));
    }
    session.printRows(columns.columns(), rows);
  }

  /** The hours that tasks are thought to take; 1 for those that do not say. */
  static double hours(List<Task> tasks) {
    double sum = 0;
    for (Task task : tasks) {
      if (task.status() != Status.DONE) {
        sum += task.estimatedHours() == null ? 1 : task.estimatedHours();
      }
    }
    return sum;
  }
}
