package dev.quarry.internal.read;

import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.index.Terms;
import dev.quarry.query.Condition;
import java.util.ArrayList;
import java.util.List;

/** A condition over a projection row's number columns. */
@FunctionalInterface
interface RowPredicate {
  boolean test(long[] row);

  /** The condition over rows, or null where rows cannot tell. */
  static RowPredicate compile(Condition condition) {
    if (condition instanceof Condition.And and) {
      List<RowPredicate> parts = compileAll(and.parts());
      return parts == null ? null : row -> allHold(parts, row);
    } else if (condition instanceof Condition.Or or) {
      List<RowPredicate> parts = compileAll(or.parts());
      return parts == null ? null : row -> anyHolds(parts, row);
    } else if (condition instanceof Condition.Not not) {
      RowPredicate part = compile(not.part());
      return part == null ? null : row -> !part.test(row);
    } else if (condition instanceof Condition.Ready) {
      return null; // rows do not know what a task waits for
    } else if (condition instanceof Condition.IsNull isNull) {
      int column = Terms.numberColumn(isNull.field());
      return column < 0 ? null : row -> row[column] == Terms.ABSENT;
    } else if (condition instanceof Condition.In in) {
      int column = Terms.numberColumn(in.field());
      if (column < 0) {
        return null;
      }
      List<Condition> equalities = new ArrayList<>();
      for (Object value : in.values()) {
        equalities.add(new Condition.Compare(in.field(), Condition.Op.EQ, value));
      }
      return compile(new Condition.Or(equalities));
    }
    return compare((Condition.Compare) condition);
  }

  /** The columns, as bits, that a condition over rows reads. */
  static int columns(Condition condition) {
    if (condition instanceof Condition.And and) {
      return columns(and.parts());
    } else if (condition instanceof Condition.Or or) {
      return columns(or.parts());
    } else if (condition instanceof Condition.Not not) {
      return columns(not.part());
    } else if (condition instanceof Condition.IsNull isNull) {
      return 1 << Terms.numberColumn(isNull.field());
    } else if (condition instanceof Condition.In in) {
      return 1 << Terms.numberColumn(in.field());
    } else if (condition instanceof Condition.Compare compare) {
      return 1 << Terms.numberColumn(compare.field());
    }
    throw new IllegalArgumentException("rows cannot tell " + condition);
  }

  private static int columns(List<Condition> parts) {
    int bits = 0;
    for (Condition part : parts) {
      bits |= columns(part);
    }
    return bits;
  }

  private static List<RowPredicate> compileAll(List<Condition> conditions) {
    List<RowPredicate> parts = new ArrayList<>();
    for (Condition condition : conditions) {
      RowPredicate part = compile(condition);
      if (part == null) {
        return null;
      }
      parts.add(part);
    }
    return parts;
  }

  private static boolean allHold(List<RowPredicate> parts, long[] row) {
    for (RowPredicate part : parts) {
      if (!part.test(row)) {
        return false;
      }
    }
    return true;
  }

  private static boolean anyHolds(List<RowPredicate> parts, long[] row) {
    for (RowPredicate part : parts) {
      if (part.test(row)) {
        return true;
      }
    }
    return false;
  }

  private static RowPredicate compare(Condition.Compare compare) {
    int column = Terms.numberColumn(compare.field());
    if (column < 0) {
      return null;
    }
    if (compare.value() instanceof java.time.Instant instant
        && !IndexedFields.instant(IndexedFields.micros(instant)).equals(instant)) {
      return null; // finer or farther than the column; the record's own comparison is exact
    }
    long bound = Terms.columnNumber(compare.value());
    return switch (compare.op()) {
      case EQ -> row -> row[column] == bound && bound != Terms.ABSENT;
      case LT -> row -> row[column] < bound;
      case LE -> row -> row[column] <= bound && row[column] != Terms.ABSENT;
      case GT -> row -> row[column] > bound && row[column] != Terms.ABSENT;
      case GE -> row -> row[column] >= bound && row[column] != Terms.ABSENT;
      case STARTS_WITH -> null;
    };
  }
}
