package dev.quarry.internal.index;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.codec.Codes;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.TextOrder;
import dev.quarry.query.Field;
import dev.quarry.query.HoursField;
import dev.quarry.query.InstantField;
import dev.quarry.query.TaskFields;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * What a task contributes to the posting lists and to its projection row. The field numbers, term
 * bytes and columns are part of the identity of the index files: a change of them makes the files
 * worthless, and they are rebuilt.
 */
public final class Terms {
  /** Raised whenever fields, term bytes or columns change their meaning. */
  public static final int SCHEMA = 3;

  /** Every task, one term of no bytes. */
  public static final int EXISTS = 0;

  /** Status. */
  public static final int STATUS = 1;

  /** Priority. */
  public static final int PRIORITY = 2;

  /** Project. */
  public static final int PROJECT = 3;

  /** Agent. */
  public static final int AGENT = 4;

  /** Assignee. */
  public static final int ASSIGNEE = 5;

  /** Tags. */
  public static final int TAGS = 6;

  /** Tasks that can be started, one term of no bytes. */
  public static final int READY = 7;

  /**
   * Status and priority together, the two that nearly every question about work names: their pair
   * is far rarer than either.
   */
  public static final int STATUS_PRIORITY = 8;

  /** The last number of a field that every store has. */
  public static final int LAST_BUILT_IN = STATUS_PRIORITY;

  /** Bytes of the projection's columns, in the order of the COLUMN constants. */
  public static final List<Integer> COLUMN_WIDTHS = List.of(1, 1, 8, 8, 8, 8, 8, 8, 4, 4, 4, 8);

  /** Column: status. */
  public static final int COLUMN_STATUS = 0;

  /** Column: priority. */
  public static final int COLUMN_PRIORITY = 1;

  /** Columns: created, updated, due, completed, in microseconds. */
  public static final int COLUMN_CREATED = 2;

  static final int COLUMN_UPDATED = 3;
  static final int COLUMN_DUE = 4;
  static final int COLUMN_COMPLETED = 5;
  static final int COLUMN_ESTIMATED = 6;
  static final int COLUMN_ACTUAL = 7;

  /** Columns: project, agent, assignee, as term numbers. */
  public static final int COLUMN_PROJECT = 8;

  static final int COLUMN_AGENT = 9;
  static final int COLUMN_ASSIGNEE = 10;

  /** Column: the id as a number, by {@link IdKeys}; the index's key column. */
  public static final int COLUMN_ID = 11;

  /** The term of {@link #EXISTS}. */
  public static final byte[] EXISTS_TERM = {};

  /** The term of {@link #READY}. */
  public static final byte[] READY_TERM = {};

  /** The fields that every store keeps posting lists of. */
  public static final List<Field<?>> POSTED =
      List.of(
          TaskFields.STATUS,
          TaskFields.PRIORITY,
          TaskFields.PROJECT,
          TaskFields.AGENT,
          TaskFields.ASSIGNEE,
          TaskFields.TAGS);

  /** Whether a name is that of an index which stands in no catalog since every store has it. */
  public static boolean isBuiltIn(String name) {
    return name.equals(TaskFields.ID.name())
        || POSTED.stream().anyMatch(field -> field.name().equals(name));
  }

  private static final byte[] NULL_TERM = {0};

  /** Longer texts, which only attributes have, are told apart by their SHA-256. */
  private static final int MAX_TEXT_BYTES = 4_096;

  private static final byte DIGEST = 2;

  private Terms() {}

  /** Receives terms. */
  @FunctionalInterface
  public interface Sink {
    /** One term of the task. */
    void term(int field, byte[] value);
  }

  /** The number of a field's posting lists, or -1; attributes only where the catalog has them. */
  public static int fieldNumber(Field<?> field, IndexCatalog catalog) {
    if (field.equals(TaskFields.STATUS)) {
      return STATUS;
    } else if (field.equals(TaskFields.PRIORITY)) {
      return PRIORITY;
    } else if (field.equals(TaskFields.PROJECT)) {
      return PROJECT;
    } else if (field.equals(TaskFields.AGENT)) {
      return AGENT;
    } else if (field.equals(TaskFields.ASSIGNEE)) {
      return ASSIGNEE;
    } else if (field.equals(TaskFields.TAGS)) {
      return TAGS;
    }
    return catalog.equalityField(field);
  }

  /** The projection column of a field whose order is that of the column's numbers, or -1. */
  public static int numberColumn(Field<?> field) {
    return switch (field.name()) {
      case "status" -> COLUMN_STATUS;
      case "priority" -> COLUMN_PRIORITY;
      case "created" -> COLUMN_CREATED;
      case "updated" -> COLUMN_UPDATED;
      case "due" -> COLUMN_DUE;
      case "completed" -> COLUMN_COMPLETED;
      case "estimated" -> COLUMN_ESTIMATED;
      case "actual" -> COLUMN_ACTUAL;
      default -> -1;
    };
  }

  /** The projection column that holds a field's term number, or -1. */
  public static int termColumn(Field<?> field) {
    return switch (field.name()) {
      case "project" -> COLUMN_PROJECT;
      case "agent" -> COLUMN_AGENT;
      case "assignee" -> COLUMN_ASSIGNEE;
      default -> -1;
    };
  }

  /** What a number column holds for an absent value: larger than every value. */
  public static final long ABSENT = Long.MAX_VALUE;

  /** The number that stands for a field's value in its column; rises with the value. */
  public static long columnNumber(Object value) {
    if (value == null) {
      return ABSENT;
    } else if (value instanceof Enum<?> e) {
      return Codes.of(e);
    } else if (value instanceof java.time.Instant i) {
      return IndexedFields.micros(i);
    }
    return sortable((Double) value);
  }

  /** The value that a number stands for in the number column of a field. */
  public static Object columnValue(Field<?> field, long number) {
    if (number == ABSENT) {
      return null;
    } else if (field instanceof InstantField) {
      return IndexedFields.instant(number);
    } else if (field instanceof HoursField) {
      return hours(number);
    }
    return field.equals(TaskFields.STATUS)
        ? Codes.status((int) number)
        : Codes.priority((int) number);
  }

  /** A double as a number whose signed order is the double's; NaN is absent. */
  static long sortable(double value) {
    if (Double.isNaN(value)) {
      return ABSENT;
    }
    long bits = Double.doubleToLongBits(value + 0.0);
    return bits ^ ((bits >> 63) & Long.MAX_VALUE);
  }

  /** What a column of hours holds for zero, of either sign. */
  static final long ZERO_HOURS = 0;

  /** The hours that a number other than {@link #ABSENT} stands for in a column of hours. */
  public static double hours(long sortable) {
    return Double.longBitsToDouble(sortable ^ ((sortable >> 63) & Long.MAX_VALUE));
  }

  /** Value bytes of an enum's or text's term; null is the term of absence. */
  public static byte[] termBytes(Object value) {
    if (value == null) {
      return NULL_TERM;
    }
    if (value instanceof Enum<?> e) {
      return new byte[] {1, (byte) Codes.of(e)};
    }
    byte[] text = TextOrder.bytes((String) value);
    if (text.length > MAX_TEXT_BYTES) {
      return digest(text);
    }
    byte[] term = new byte[text.length + 1];
    term[0] = 1;
    System.arraycopy(text, 0, term, 1, text.length);
    return term;
  }

  /** Value bytes of the term of a status and a priority. */
  public static byte[] pair(Status status, Priority priority) {
    return new byte[] {1, (byte) Codes.of(status), (byte) Codes.of(priority)};
  }

  private static byte[] digest(byte[] text) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(text);
      byte[] term = new byte[hash.length + 1];
      term[0] = DIGEST;
      System.arraycopy(hash, 0, term, 1, hash.length);
      return term;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Whether the term stands for a value too long to be read back from it. */
  public static boolean isDigest(byte[] term) {
    return term.length > 0 && term[0] == DIGEST;
  }

  /** The value behind term bytes of a field. */
  public static Object termValue(Field<?> field, byte[] term) {
    if (term[0] == 0) {
      return null;
    }
    if (field.equals(TaskFields.STATUS)) {
      return Codes.status(term[1]);
    }
    if (field.equals(TaskFields.PRIORITY)) {
      return Codes.priority(term[1]);
    }
    return TextOrder.text(term, 1);
  }

  /** Feeds every term of the task to {@code sink}. */
  public static void forEach(IndexedFields task, IndexCatalog catalog, Sink sink) {
    sink.term(EXISTS, EXISTS_TERM);
    sink.term(STATUS, termBytes(task.status()));
    sink.term(PRIORITY, termBytes(task.priority()));
    sink.term(STATUS_PRIORITY, pair(task.status(), task.priority()));
    sink.term(PROJECT, termBytes(task.project()));
    sink.term(AGENT, termBytes(task.agent()));
    sink.term(ASSIGNEE, termBytes(task.assignee()));
    if (task.tags().isEmpty()) {
      sink.term(TAGS, NULL_TERM);
    }
    for (String tag : task.tags()) {
      sink.term(TAGS, termBytes(tag));
    }
    for (IndexCatalog.Entry entry : catalog.equality()) {
      Object value = task.value(entry.spec().parts().get(0).field());
      sink.term(entry.number(), termBytes(value));
    }
  }

  /** Fills the projection row of the task. Creates terms: only the index's writer calls it. */
  public static void row(IndexedFields task, PostingIndex index, long[] columns) {
    columns[COLUMN_STATUS] = Codes.of(task.status());
    columns[COLUMN_PRIORITY] = Codes.of(task.priority());
    columns[COLUMN_CREATED] = time(task.createdAt());
    columns[COLUMN_UPDATED] = time(task.updatedAt());
    columns[COLUMN_DUE] = time(task.dueAt());
    columns[COLUMN_COMPLETED] = time(task.completedAt());
    columns[COLUMN_ESTIMATED] = sortable(task.estimatedHours());
    columns[COLUMN_ACTUAL] = sortable(task.actualHours());
    columns[COLUMN_ID] = IdKeys.of(task.id());
    columns[COLUMN_PROJECT] = index.internTerm(PROJECT, termBytes(task.project()));
    columns[COLUMN_AGENT] = index.internTerm(AGENT, termBytes(task.agent()));
    columns[COLUMN_ASSIGNEE] = index.internTerm(ASSIGNEE, termBytes(task.assignee()));
  }

  private static long time(long micros) {
    return micros == IndexedFields.NO_TIME ? ABSENT : micros;
  }
}
