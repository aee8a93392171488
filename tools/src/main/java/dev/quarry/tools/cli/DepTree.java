package dev.quarry.tools.cli;

import dev.quarry.Link;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.tools.render.Column;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dep tree}. */
@Command(
    name = "tree",
    description = {
      "Show what a task waits for, and what that waits for; with --up what waits for it, with",
      "--parts its parts. A task shown before is marked, not followed again."
    })
final class DepTree extends FormattedCommand {
  /** Behind it lines would be longer than the page is wide; the level stands beside them. */
  private static final int MOST_INDENTED = 40;

  @Parameters(paramLabel = "ID", description = "The task.")
  String id;

  @Option(names = "--depth", defaultValue = "20", description = "Levels, default ${DEFAULT-VALUE}.")
  int depth;

  @Option(names = "--up", description = "What waits for the task instead.")
  boolean up;

  @Option(
      names = "--parts",
      description = "The tasks that are parts of it, by a link parent:ID, instead.")
  boolean parts;

  private final List<List<Object>> rows = new ArrayList<>();
  private final Set<String> shown = new HashSet<>();
  private boolean isCut;

  /** A task of the tree; the task is null where there is none of this id. */
  private record Node(String id, Task task, boolean isArchived, int level) {}

  @Override
  boolean isPaged() {
    return true;
  }

  @Override
  int run(Session session) {
    if (up && parts) {
      throw CliException.usage("--up and --parts cannot stand together");
    }
    return session.read(store -> print(session, store));
  }

  private int print(Session session, TaskStore store) {
    boolean down = !up && !parts;
    Map<String, Task> below = down ? store.graph().withDependencies(List.of(id), depth) : Map.of();
    Task root = store.get(id).orElseThrow(() -> CliException.notFound(id));
    boolean people = session.format().isForPeople();
    ArrayDeque<Node> left = new ArrayDeque<>();
    left.push(new Node(id, root, false, 0));
    while (!left.isEmpty()) {
      Node node = left.pop();
      boolean again = !shown.add(node.id());
      rows.add(row(node, again, people));
      if (node.task() == null || node.isArchived() || again) {
        continue;
      }
      List<Node> next = next(store, below, node);
      if (node.level() >= depth) {
        isCut |= !next.isEmpty();
        continue;
      }
      for (int i = next.size() - 1; i >= 0; i--) {
        left.push(next.get(i));
      }
    }
    session.printRows(columns(people), rows);
    if (isCut) {
      session.noteBelow("there are deeper levels: --depth " + 2L * Math.max(1, depth));
    }
    return ExitCode.OK;
  }

  private List<Node> next(TaskStore store, Map<String, Task> below, Node node) {
    int level = node.level() + 1;
    List<Node> next = new ArrayList<>();
    if (up || parts) {
      List<Task> tasks =
          up
              ? store.graph().dependentsOf(node.id())
              : store.graph().linkedTo(node.id(), Link.Type.PARENT);
      tasks.forEach(task -> next.add(new Node(task.id(), task, false, level)));
      return next;
    }
    for (String other : node.task().dependencies()) {
      Task task = below.get(other);
      Optional<Task> archived = task == null ? store.getArchived(other) : Optional.empty();
      next.add(new Node(other, archived.orElse(task), archived.isPresent(), level));
    }
    return next;
  }

  private static List<Column> columns(boolean people) {
    List<Column> columns =
        new ArrayList<>(
            List.of(
                Column.number("level"),
                Column.text("id"),
                Column.text("status"),
                Column.text("title")));
    if (!people) {
      columns.add(Column.text("mark"));
    }
    return columns;
  }

  /** For people the tree is drawn into the id; programs get it as it is. */
  private static List<Object> row(Node node, boolean again, boolean people) {
    Task task = node.task();
    Object status = task == null ? "absent" : task.status();
    String title = task == null ? null : task.title();
    String mark = again && task != null ? "above" : node.isArchived() ? "archived" : null;
    if (!people) {
      return Arrays.asList(node.level(), node.id(), status, title, mark);
    }
    String drawn = "  ".repeat(Math.min(node.level(), MOST_INDENTED)) + node.id();
    return Arrays.asList(
        node.level(), mark == null ? drawn : drawn + " (" + mark + ")", status, title);
  }
}
