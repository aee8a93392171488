package dev.quarry.tools.cli;

import dev.quarry.TaskReader;
import dev.quarry.query.Field;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.OutputFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Counts tasks, in all or by a field. */
@Command
final class CountCommand extends FormattedCommand {
  @Parameters(arity = "0..1", paramLabel = "QUERY", description = "Which tasks; default all.")
  String text;

  @Option(names = "--by", paramLabel = "FIELD", description = "One number per value, e.g. status.")
  String by;

  @Override
  boolean readsThePast() {
    return true;
  }

  @Override
  int run(Session session) {
    Query query = text == null ? Query.all() : Query.parse(text);
    Field<?> field = by == null ? null : field(by);
    return session.view(store -> print(session, store, query, field));
  }

  /** Prints one number, or with a field one for each of its values. */
  static int print(Session session, TaskReader store, Query query, Field<?> field) {
    return field == null ? count(session, store, query) : countBy(session, store, query, field);
  }

  private static int count(Session session, TaskReader store, Query query) {
    long count = store.count(query);
    if (session.format() == OutputFormat.TABLE) {
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
