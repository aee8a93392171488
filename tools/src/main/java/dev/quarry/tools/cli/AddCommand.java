package dev.quarry.tools.cli;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.tools.render.TaskColumns;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Adds a task. */
@Command
final class AddCommand extends FormattedCommand {
  @Parameters(paramLabel = "TITLE", description = "One line that says what is to be done.")
  String title;

  @Option(names = "--id", paramLabel = "ID", description = "The id; default TASK-date-time-number.")
  String id;

  @Option(
      names = {"-p", "--priority"},
      paramLabel = "PRIORITY",
      description = "low, medium, high or critical; default medium.")
  String priority;

  @Option(
      names = {"-s", "--status"},
      paramLabel = "STATUS",
      description = "todo, in_progress, blocked, done, failed or cancelled; default todo.")
  String status;

  @Option(
      names = {"-t", "--tag"},
      paramLabel = "TAG",
      description = "A tag; may be repeated.")
  List<String> tags;

  @Option(names = "--due", paramLabel = "TIME", description = "2026-12-01, an ISO time or +3d.")
  String due;

  @Option(
      names = "--dep",
      paramLabel = "ID",
      description = "A task that it waits for; may be repeated.")
  List<String> dependencies;

  @Option(
      names = "--link",
      paramLabel = "TYPE:ID",
      description = {
        "A link that does not block: parent:ID, related:ID, duplicates:ID or supersedes:ID;",
        "may be repeated."
      })
  List<String> links;

  @Option(names = "--project", paramLabel = "NAME", description = "The project.")
  String project;

  @Option(names = "--agent", paramLabel = "NAME", description = "The program that works on it.")
  String agent;

  @Option(names = "--assignee", paramLabel = "NAME", description = "The person that works on it.")
  String assignee;

  @Option(
      names = {"-d", "--description"},
      paramLabel = "TEXT",
      description = "The long text.")
  String description;

  @Option(names = "--notes", paramLabel = "TEXT", description = "Remarks.")
  String notes;

  @Option(
      names = "--attr",
      paramLabel = "NAME=VALUE",
      description = "A further field; may be repeated.")
  Map<String, String> attributes;

  @Option(names = "--estimated", paramLabel = "HOURS", description = "Hours planned.")
  String estimated;

  @Override
  int run(Session session) {
    // checked before the store is opened, so that a slip costs no time
    Task.Builder checked = fill(Task.builder(id == null ? "TASK" : id, title), session);
    TaskColumns columns = session.writtenColumns();
    return session.write(store -> add(session, store, checked.build(), columns));
  }

  private int add(Session session, TaskStore store, Task task, TaskColumns columns) {
    Task stored = id == null ? insertWithNewId(session, store) : store.insert(task);
    if (session.isInWords()) {
      session.out().line(stored.id());
    } else {
      session.printTask(columns, stored);
    }
    return ExitCode.OK;
  }

  private Task insertWithNewId(Session session, TaskStore store) {
    String newId = TaskIds.unused(session.now(), store);
    return store.insert(fill(Task.builder(newId, title), session).build());
  }

  private Task.Builder fill(Task.Builder task, Session session) {
    task.project(project)
        .agent(agent)
        .assignee(assignee)
        .description(description)
        .notes(notes)
        .tags(tags == null ? List.of() : tags)
        .dependencies(dependencies == null ? List.of() : dependencies)
        .links(
            links == null
                ? List.of()
                : links.stream().map(text -> Inputs.link("--link", text)).toList())
        .attributes(attributes == null ? Map.of() : attributes);
    if (priority != null) {
      task.priority(Inputs.priority(priority));
    }
    if (status != null) {
      task.status(Inputs.status(status));
    }
    if (due != null) {
      task.dueAt(Inputs.time("--due", due, session.now()));
    }
    if (estimated != null) {
      task.estimatedHours(Inputs.hours("--estimated", estimated));
    }
    return task;
  }
}
