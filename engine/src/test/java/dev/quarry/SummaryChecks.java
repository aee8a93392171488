package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.HoursField;
import dev.quarry.query.InstantField;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;

/** Compares the sums of a reader with those of the model, which adds without rounding. */
final class SummaryChecks {
  private static final BigDecimal LARGEST = new BigDecimal(Double.MAX_VALUE);

  private final TaskReader reader;
  private final TaskModel model;
  private final RandomWorld world;

  SummaryChecks(TaskReader reader, TaskModel model, RandomWorld world) {
    this.reader = reader;
    this.model = model;
    this.world = world;
  }

  /** A random field of a query's tasks, over all of them and in groups. */
  void check(Query query) {
    HoursField hours =
        world.random.nextBoolean() ? TaskFields.ESTIMATED_HOURS : TaskFields.ACTUAL_HOURS;
    InstantField time =
        world.one(
            List.of(
                TaskFields.CREATED_AT,
                TaskFields.UPDATED_AT,
                TaskFields.DUE_AT,
                TaskFields.COMPLETED_AT));
    if (world.random.nextBoolean()) {
      check(query, world.field(), hours, null);
    } else {
      check(query, world.field(), time, world.time());
    }
  }

  private <T> void check(Query query, Field<T> group, Field<?> field, Instant moment) {
    Map<T, DoubleSummaryStatistics> found =
        field instanceof HoursField hours
            ? reader.summarizeBy(query, group, hours)
            : reader.summarizeBy(query, group, (InstantField) field, moment);
    DoubleSummaryStatistics all =
        field instanceof HoursField hours
            ? reader.summarize(query, hours)
            : reader.summarize(query, (InstantField) field, moment);
    String as = field + " by " + group + " of " + query;
    List<BigDecimal> numbers = new ArrayList<>();
    Map<Object, List<BigDecimal>> groups = groups(query.condition(), group, field, moment, numbers);
    compare(all, numbers, as);
    assertThat(plain(found.keySet()))
        .as(as)
        .isEqualTo(plain(reader.countBy(query, group).keySet()));
    Map<Object, DoubleSummaryStatistics> plain = new HashMap<>();
    found.forEach((value, sums) -> plain.put(TaskModel.plain(value), sums));
    assertThat(plain.keySet()).as(as).isEqualTo(groups.keySet());
    plain.forEach((value, sums) -> compare(sums, groups.get(value), as + ": " + value));
  }

  private static List<Object> plain(Collection<?> values) {
    List<Object> plain = new ArrayList<>();
    values.forEach(value -> plain.add(TaskModel.plain(value)));
    return plain;
  }

  private Map<Object, List<BigDecimal>> groups(
      Condition condition, Field<?> group, Field<?> field, Instant moment, List<BigDecimal> all) {
    Map<Object, List<BigDecimal>> groups = new HashMap<>();
    for (Task task : model.tasks()) {
      if (!model.holds(condition, task)) {
        continue;
      }
      Object value = TaskModel.value(field, task);
      BigDecimal number =
          value == null
              ? null
              : value instanceof Double hours
                  ? new BigDecimal(hours)
                  : field.equals(TaskFields.DUE_AT)
                      ? seconds(moment, (Instant) value)
                      : seconds((Instant) value, moment);
      List<?> values = TaskModel.values(group, task);
      List<Object> keys = new ArrayList<>(values);
      if (values.isEmpty()) {
        keys.add(null);
      }
      for (Object key : keys) {
        List<BigDecimal> of = groups.computeIfAbsent(TaskModel.plain(key), k -> new ArrayList<>());
        if (number != null) {
          of.add(number);
        }
      }
      if (number != null) {
        all.add(number);
      }
    }
    return groups;
  }

  private static BigDecimal seconds(Instant from, Instant to) {
    Duration between = Duration.between(from, to);
    return BigDecimal.valueOf(between.getSeconds()).add(BigDecimal.valueOf(between.getNano(), 9));
  }

  private static void compare(DoubleSummaryStatistics found, List<BigDecimal> numbers, String as) {
    assertThat(found.getCount()).as("count of " + as).isEqualTo(numbers.size());
    if (numbers.isEmpty()) {
      assertThat(found.getSum()).as("sum of " + as).isZero();
      return;
    }
    BigDecimal sum = numbers.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    BigDecimal size =
        numbers.stream().map(BigDecimal::abs).reduce(BigDecimal.ZERO, BigDecimal::add);
    near(
        found.getMin(),
        numbers.stream().min(BigDecimal::compareTo).orElseThrow(),
        "least of " + as);
    near(
        found.getMax(),
        numbers.stream().max(BigDecimal::compareTo).orElseThrow(),
        "greatest of " + as);
    if (size.compareTo(LARGEST) > 0) {
      assertThat(found.getSum()).as("sum of " + as).isGreaterThan(Double.MAX_VALUE / 2);
    } else {
      assertThat(found.getSum())
          .as("sum of " + as)
          .isCloseTo(sum.doubleValue(), within(4 * Math.ulp(size.doubleValue())));
    }
  }

  private static void near(double found, BigDecimal wanted, String as) {
    double number = wanted.doubleValue();
    assertThat(found).as(as).isCloseTo(number, within(2 * Math.ulp(number)));
  }

  private static Offset<Double> within(double most) {
    return Offset.offset(most);
  }
}
