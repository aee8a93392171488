package dev.quarry.internal.read;

import dev.quarry.index.PostingIndex;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.index.TermList;
import dev.quarry.internal.index.Terms;
import dev.quarry.query.Field;
import dev.quarry.query.TagsField;
import java.util.Collections;
import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A measure summed up over tasks, for each value of a field that they have. A value is there as
 * soon as a task has it, though none of its tasks has the measure. Not thread-safe.
 */
public final class Summaries {
  private final Field<?> group;
  private final Measure measure;
  private final Map<Object, DoubleSummaryStatistics> byValue;

  /** Groups by what stands in the group's column, until the values are looked up. */
  private final Map<Long, DoubleSummaryStatistics> byColumn = new HashMap<>();

  /** Of nothing yet; without a group, all tasks are one. */
  public Summaries(Field<?> group, Measure measure) {
    this.group = group;
    this.measure = measure;
    this.byValue = group == null ? new HashMap<>() : new TreeMap<>(TermList.order(group));
  }

  /** Takes in a task. */
  public void add(IndexedFields task) {
    double number = measure.of(task);
    if (group == null) {
      add(null, number);
    } else if (group instanceof TagsField) {
      List<String> tags = task.tags();
      if (tags.isEmpty()) {
        add(null, number);
      }
      for (String tag : tags) {
        add(tag, number);
      }
    } else {
      add(task.value(group), number);
    }
  }

  /** Takes in a task of the group of a value by its number, which may be NaN. */
  void add(Object value, double number) {
    accept(byValue.computeIfAbsent(value, v -> new DoubleSummaryStatistics()), number);
  }

  /** Takes in a task by what stands in its row for the group (any where there is none). */
  void addRow(long key, double number) {
    accept(byColumn.computeIfAbsent(key, k -> new DoubleSummaryStatistics()), number);
  }

  private static void accept(DoubleSummaryStatistics sums, double number) {
    if (!Double.isNaN(number)) {
      sums.accept(number);
    }
  }

  /**
   * Looks up the values of the rows' groups.
   *
   * @throws TouchedTasks.OvertakenException where the index no longer has one
   */
  void resolve(PostingIndex index) {
    byColumn.forEach(
        (key, sums) ->
            byValue
                .computeIfAbsent(value(index, key), v -> new DoubleSummaryStatistics())
                .combine(sums));
    byColumn.clear();
  }

  private Object value(PostingIndex index, long key) {
    if (group == null) {
      return null;
    }
    if (Terms.numberColumn(group) >= 0) {
      return Terms.columnValue(group, key);
    }
    byte[] term = index.termValue((int) key);
    if (term == null || term.length == 0 || Terms.isDigest(term)) {
      throw new TouchedTasks.OvertakenException();
    }
    return Terms.termValue(group, term);
  }

  /** Of all tasks, where there is no group. */
  public DoubleSummaryStatistics total() {
    return byValue.getOrDefault(null, new DoubleSummaryStatistics());
  }

  /** Of each value, in the field's order. Cannot be changed. */
  @SuppressWarnings({"unchecked", "unused"}) // the values come from the field itself
  public <T> Map<T, DoubleSummaryStatistics> typed(Field<T> field) {
    return (Map<T, DoubleSummaryStatistics>)
        (Map<?, DoubleSummaryStatistics>) Collections.unmodifiableMap(new LinkedHashMap<>(byValue));
  }
}
