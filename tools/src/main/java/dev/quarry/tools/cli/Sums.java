package dev.quarry.tools.cli;

import dev.quarry.TaskReader;
import dev.quarry.query.Field;
import dev.quarry.query.HoursField;
import dev.quarry.query.InstantField;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.OutputFormat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code count --sum} prints.
 *
 * @param field of hours or of time
 * @param moment what a time is measured to; null for hours
 */
record Sums(Field<?> field, Instant moment) {
  private static final Map<String, InstantField> AGES =
      Map.of(
          "age", TaskFields.CREATED_AT, "idle", TaskFields.UPDATED_AT, "left", TaskFields.DUE_AT);

  private static final List<String> KNOWN =
      List.of(
          "estimated", "actual", "age", "idle", "left", "created", "updated", "due", "completed");

  /** The sums of a field by its name, or by that of an age. */
  static Sums of(String name, Session session) {
    InstantField age = AGES.get(name);
    Field<?> field = age != null ? age : TaskFields.byName(name.replaceFirst("_(at|hours)$", ""));
    if (field instanceof HoursField) {
      return new Sums(field, null);
    }
    if (field instanceof InstantField) {
      return new Sums(field, session.moment());
    }
    String nearest = Words.nearest(name, KNOWN);
    throw CliException.usage(
        "--sum takes a field of hours or time, not `"
            + name
            + "`; "
            + (nearest == null
                ? "it is one of " + String.join(", ", KNOWN)
                : "did you mean `" + nearest + "`?"));
  }

  int print(Session session, TaskReader store, Query query, Field<?> by) {
    boolean people = session.format() == OutputFormat.TABLE;
    if (by == null) {
      Map<String, Object> record = new LinkedHashMap<>();
      List<Object> numbers = numbers(total(store, query), people);
      List<Column> columns = columns();
      for (int i = 0; i < numbers.size(); i++) {
        record.put(columns.get(i).name(), numbers.get(i));
      }
      session.printRecord(record);
      return ExitCode.OK;
    }
    List<Column> columns = new ArrayList<>(List.of(Column.text(by.name())));
    columns.addAll(columns());
    List<List<Object>> rows = new ArrayList<>();
    groups(store, query, by)
        .forEach(
            (value, sums) -> {
              List<Object> row = new ArrayList<>();
              row.add(value);
              row.addAll(numbers(sums, people));
              rows.add(row);
            });
    session.printRows(columns, rows);
    return ExitCode.OK;
  }

  private DoubleSummaryStatistics total(TaskReader store, Query query) {
    return field instanceof HoursField hours
        ? store.summarize(query, hours)
        : store.summarize(query, (InstantField) field, moment);
  }

  private Map<?, DoubleSummaryStatistics> groups(TaskReader store, Query query, Field<?> by) {
    return field instanceof HoursField hours
        ? store.summarizeBy(query, by, hours)
        : store.summarizeBy(query, by, (InstantField) field, moment);
  }

  private List<Column> columns() {
    return List.of(Column.number("count"), unit("sum"), unit("min"), unit("max"), unit("mean"));
  }

  private Column unit(String name) {
    String unit = moment == null ? " (H)" : " (S)";
    return new Column(name, name.toUpperCase(Locale.ROOT) + unit, true);
  }

  private static List<Object> numbers(DoubleSummaryStatistics sums, boolean people) {
    List<Object> numbers = new ArrayList<>();
    numbers.add(sums.getCount());
    numbers.add(shown(sums.getSum(), people));
    boolean some = sums.getCount() > 0;
    numbers.add(some ? shown(sums.getMin(), people) : null);
    numbers.add(some ? shown(sums.getMax(), people) : null);
    numbers.add(some ? shown(sums.getAverage(), people) : null);
    return numbers;
  }

  /** People read three digits behind the point; data has all of them. */
  private static double shown(double number, boolean people) {
    double rounded = Math.rint(number * 1_000) / 1_000;
    return people && Double.isFinite(rounded) ? rounded : number;
  }
}
