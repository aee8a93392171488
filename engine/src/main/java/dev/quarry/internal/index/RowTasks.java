package dev.quarry.internal.index;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.codec.Codes;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.query.Field;
import dev.quarry.query.TaskFields;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Partial tasks out of projection rows, as {@link
 * dev.quarry.internal.codec.RecordCodec#decode(byte[], dev.quarry.internal.codec.FieldSelection)}
 * makes them out of records. Not thread-safe.
 */
public final class RowTasks {
  private static final int MAX_TEXTS = 4_096;
  private static final int ALWAYS = 1 << Terms.COLUMN_STATUS | 1 << Terms.COLUMN_PRIORITY;

  private final PostingIndex index;
  private final int columns;

  /** Values of terms that were met. */
  private final Map<Integer, String> texts = new HashMap<>();

  private RowTasks(PostingIndex index, int columns) {
    this.index = index;
    this.columns = columns;
  }

  /** Of these fields, or null where rows do not have them all. */
  public static RowTasks of(PostingIndex index, List<Field<?>> fields) {
    int columns = ALWAYS | 1 << Terms.COLUMN_ID;
    for (Field<?> field : fields) {
      int column = Math.max(Terms.numberColumn(field), Terms.termColumn(field));
      if (column < 0 && !field.equals(TaskFields.ID)) {
        return null;
      }
      columns |= column < 0 ? 0 : 1 << column;
    }
    return new RowTasks(index, columns);
  }

  /** The columns, as bits, that {@link #task} reads. */
  public int columns() {
    return columns;
  }

  /** The task of a row, or null where the row alone does not tell. */
  public Task task(long[] row) {
    long key = row[Terms.COLUMN_ID];
    if (!IdKeys.isWhole(key)
        || isZero(row, Terms.COLUMN_ESTIMATED)
        || isZero(row, Terms.COLUMN_ACTUAL)) {
      return null;
    }
    Status status = Codes.status((int) row[Terms.COLUMN_STATUS]);
    Priority priority = Codes.priority((int) row[Terms.COLUMN_PRIORITY]);
    Task.Builder task =
        Task.builder(IdKeys.id(key), "").partial(true).status(status).priority(priority);
    task.createdAt(time(row, Terms.COLUMN_CREATED)).updatedAt(time(row, Terms.COLUMN_UPDATED));
    task.dueAt(time(row, Terms.COLUMN_DUE)).completedAt(time(row, Terms.COLUMN_COMPLETED));
    task.estimatedHours(hours(row, Terms.COLUMN_ESTIMATED));
    task.actualHours(hours(row, Terms.COLUMN_ACTUAL));
    boolean told = !has(Terms.COLUMN_PROJECT) || text(row[Terms.COLUMN_PROJECT], task::project);
    told &= !has(Terms.COLUMN_AGENT) || text(row[Terms.COLUMN_AGENT], task::agent);
    told &= !has(Terms.COLUMN_ASSIGNEE) || text(row[Terms.COLUMN_ASSIGNEE], task::assignee);
    return told ? task.build() : null;
  }

  private boolean has(int column) {
    return (columns >>> column & 1) != 0;
  }

  private Instant time(long[] row, int column) {
    return has(column) && row[column] != Terms.ABSENT ? IndexedFields.instant(row[column]) : null;
  }

  private Double hours(long[] row, int column) {
    return has(column) && row[column] != Terms.ABSENT ? Terms.hours(row[column]) : null;
  }

  /** Zero and minus zero are one in a row, for an order knows no difference, but not in a task. */
  private boolean isZero(long[] row, int column) {
    return has(column) && row[column] == Terms.ZERO_HOURS;
  }

  /** Receives a text, or null. */
  @FunctionalInterface
  private interface Setter {
    Task.Builder set(String text);
  }

  private boolean text(long term, Setter setter) {
    String text = texts.get((int) term);
    if (text == null) {
      byte[] value = index.termValue((int) term);
      // an index that is built anew meanwhile may have another term of this number
      if (value == null || value.length == 0 || Terms.isDigest(value)) {
        return false;
      }
      text = (String) Terms.termValue(TaskFields.AGENT, value);
      if (text == null) {
        return true; // the term of those that have none
      }
      if (text.isEmpty() || text.length() > Task.MAX_NAME_CHARS) {
        return false; // an attribute's, and no name
      }
      if (texts.size() == MAX_TEXTS) {
        texts.clear();
      }
      texts.put((int) term, text);
    }
    setter.set(text);
    return true;
  }
}
