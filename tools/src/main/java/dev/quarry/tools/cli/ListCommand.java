package dev.quarry.tools.cli;

import static dev.quarry.query.TaskFields.AGENT;
import static dev.quarry.query.TaskFields.ASSIGNEE;
import static dev.quarry.query.TaskFields.DUE_AT;
import static dev.quarry.query.TaskFields.PRIORITY;
import static dev.quarry.query.TaskFields.PROJECT;
import static dev.quarry.query.TaskFields.STATUS;
import static dev.quarry.query.TaskFields.TAGS;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists tasks that satisfy all of the given options. */
@Command
final class ListCommand extends FormattedCommand {
  @Option(
      names = {"-s", "--status"},
      split = ",",
      paramLabel = "STATUS",
      description = "One of these statuses.")
  List<String> statuses;

  @Option(
      names = {"-p", "--priority"},
      split = ",",
      paramLabel = "PRIORITY",
      description = "One of these priorities.")
  List<String> priorities;

  @Option(names = "--project", paramLabel = "NAME", description = "This project.")
  String project;

  @Option(names = "--agent", paramLabel = "NAME", description = "This agent.")
  String agent;

  @Option(names = "--assignee", paramLabel = "NAME", description = "This assignee.")
  String assignee;

  @Option(
      names = {"-t", "--tag"},
      paramLabel = "TAG",
      description = "All of these tags; may be repeated.")
  List<String> tags;

  @Option(names = "--due-before", paramLabel = "TIME", description = "Due before this time.")
  String dueBefore;

  @Option(
      names = "--order",
      paramLabel = "ORDER",
      description = "As in a query, e.g. 'priority desc, created'; default as added.")
  String order;

  @Mixin PageOptions page = new PageOptions();

  @Mixin ArchiveOption archive = new ArchiveOption();

  @Override
  boolean isPaged() {
    return true;
  }

  @Override
  boolean readsThePast() {
    return true;
  }

  @Override
  int run(Session session) {
    Query query = query(session);
    return session.view(query, store -> archive.print(page, session, store, query));
  }

  private Query query(Session session) {
    List<Condition> parts = new ArrayList<>();
    if (statuses != null) {
      parts.add(STATUS.in(statuses.stream().map(Inputs::status).toList()));
    }
    if (priorities != null) {
      parts.add(PRIORITY.in(priorities.stream().map(Inputs::priority).toList()));
    }
    if (project != null) {
      parts.add(PROJECT.is(project));
    }
    if (agent != null) {
      parts.add(AGENT.is(agent));
    }
    if (assignee != null) {
      parts.add(ASSIGNEE.is(assignee));
    }
    if (tags != null) {
      tags.forEach(tag -> parts.add(TAGS.contains(tag)));
    }
    if (dueBefore != null) {
      parts.add(DUE_AT.before(Inputs.time("--due-before", dueBefore, session.now())));
    }
    Query query =
        parts.isEmpty()
            ? Query.all()
            : Query.where(parts.size() == 1 ? parts.get(0) : new Condition.And(parts));
    return order == null
        ? query
        : query.orderBy(Query.parse("order by " + order, session.clock()).order());
  }
}
