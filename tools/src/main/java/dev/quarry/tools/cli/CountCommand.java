package dev.quarry.tools.cli;

import dev.quarry.TaskReader;
import dev.quarry.TaskStore;
import dev.quarry.query.Field;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.tools.render.Column;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Counts tasks, in all or by a field, and sums up their hours or ages. */
@Command(
    description = {
      "Count tasks, in all or by a field, and sum up their hours or ages, for example",
      "  quarry count 'status != DONE' --by agent",
      "  quarry count --by status --sum estimated",
      "  quarry count 'status = TODO' --by project --sum age",
      "With --sum the count is of those tasks that have the field."
    })
final class CountCommand extends FormattedCommand {
  @Parameters(arity = "0..1", paramLabel = "QUERY", description = "Which tasks; default all.")
  String text;

  @Option(names = "--by", paramLabel = "FIELD", description = "One number per value, e.g. status.")
  String by;

  @Option(
      names = "--sum",
      paramLabel = "FIELD",
      description = {
        "Also sum, min, max and mean of hours (estimated, actual),",
        "or in seconds of the time since created (age), updated (idle) or completed,",
        "or until due (left), as of now or of the time of --at."
      })
  String sum;

  @Option(names = "--include-archived", description = "Also those of the archive.")
  boolean includeArchived;

  @Override
  boolean readsThePast() {
    return true;
  }

  @Override
  int run(Session session) {
    Query query = text == null ? Query.all() : Query.parse(text, session.clock());
    Field<?> field = by == null ? null : field(by);
    if (includeArchived) {
      if (by != null || sum != null) {
        throw CliException.usage("--include-archived gives one number, without --by and --sum");
      }
      return session.view(query, store -> countAll(session, ArchivedToo.present(store), query));
    }
    if (sum != null) {
      Sums sums = Sums.of(sum, session);
      return session.view(query, store -> sums.print(session, store, query, field));
    }
    return session.view(query, store -> print(session, store, query, field));
  }

  /** Prints one number, or with a field one for each of its values. */
  static int print(Session session, TaskReader store, Query query, Field<?> field) {
    return field == null ? count(session, store, query) : countBy(session, store, query, field);
  }

  private static int count(Session session, TaskReader store, Query query) {
    return print(session, store.count(query));
  }

  private static int countAll(Session session, TaskStore store, Query query) {
    Query condition = Query.where(query.condition());
    return print(session, store.count(condition) + ArchivedIds.count(store, condition));
  }

  private static int print(Session session, long count) {
    if (session.isInWords()) {
      session.out().line(Long.toString(count));
    } else {
      session.printRecord(Map.of("count", count));
    }
    return ExitCode.OK;
  }

  private static <T> int countBy(Session session, TaskReader store, Query query, Field<T> field) {
    Map<T, Long> counts = store.countBy(query, field);
    List<List<Object>> rows = new ArrayList<>();
    counts.forEach((value, count) -> rows.add(Arrays.asList(value, count)));
    session.printRows(List.of(Column.text(field.name()), Column.number("count")), rows);
    return ExitCode.OK;
  }

  static Field<?> field(String name) {
    Field<?> field = TaskFields.byName(name);
    if (field == null) { // a column of the output names the field, too
      field =
          TaskFields.byName(name.equals("tag") ? "tags" : name.replaceFirst("_(at|hours)$", ""));
    }
    if (field == null) {
      throw Session.unknownField(name, TaskFields.all().stream().map(Field::name).toList());
    }
    return field;
  }
}
