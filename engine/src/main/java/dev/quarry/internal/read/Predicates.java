package dev.quarry.internal.read;

import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.TextOrder;
import dev.quarry.query.Condition;
import dev.quarry.query.EnumField;
import dev.quarry.query.Field;
import dev.quarry.query.HoursField;
import dev.quarry.query.InstantField;
import dev.quarry.query.TagsField;
import dev.quarry.query.TaskFields;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Conditions as predicates over indexed fields: the meaning of every query. Logic has two values: a
 * comparison with an absent field is false. Texts compare by code point and in full; times compare
 * exactly, the nanoseconds of the condition's value included; zero equals negative zero.
 */
public final class Predicates {
  private Predicates() {}

  /** The predicate of a condition: immutable, thread-safe. */
  public static Predicate<IndexedFields> compile(Condition condition) {
    if (condition instanceof Condition.And and) {
      return all(compileAll(and.parts()));
    }
    if (condition instanceof Condition.Or or) {
      return any(compileAll(or.parts()));
    }
    if (condition instanceof Condition.Not not) {
      return compile(not.part()).negate();
    }
    if (condition instanceof Condition.Ready) {
      return IndexedFields::isReady;
    }
    if (condition instanceof Condition.IsNull isNull) {
      return isNull(isNull.field());
    }
    if (condition instanceof Condition.In in) {
      return in(in.field(), in.values());
    }
    Condition.Compare compare = (Condition.Compare) condition;
    return compare(compare.field(), compare.op(), compare.value());
  }

  private static List<Predicate<IndexedFields>> compileAll(List<Condition> parts) {
    List<Predicate<IndexedFields>> compiled = new ArrayList<>(parts.size());
    for (Condition part : parts) {
      compiled.add(compile(part));
    }
    return compiled;
  }

  private static Predicate<IndexedFields> all(List<Predicate<IndexedFields>> parts) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    return fields -> {
      for (int i = 0; i < parts.size(); i++) {
        if (!parts.get(i).test(fields)) {
          return false;
        }
      }
      return true;
    };
  }

  private static Predicate<IndexedFields> any(List<Predicate<IndexedFields>> parts) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    return fields -> {
      for (int i = 0; i < parts.size(); i++) {
        if (parts.get(i).test(fields)) {
          return true;
        }
      }
      return false;
    };
  }

  private static Predicate<IndexedFields> isNull(Field<?> field) {
    if (field instanceof TagsField) {
      return fields -> fields.tags().isEmpty();
    }
    if (field instanceof InstantField) {
      return fields -> fields.time(field) == IndexedFields.NO_TIME;
    }
    if (field instanceof HoursField) {
      return fields -> Double.isNaN(fields.hours(field));
    }
    if (field instanceof EnumField<?>) {
      return any(List.of());
    }
    return fields -> fields.text(field) == null;
  }

  private static Predicate<IndexedFields> in(Field<?> field, Set<?> values) {
    if (values.isEmpty()) {
      return any(List.of());
    }
    if (field instanceof TagsField) {
      Set<?> wanted = new HashSet<>(values);
      return fields -> !Collections.disjoint(wanted, fields.tags());
    }
    if (field instanceof InstantField || field instanceof HoursField) {
      List<Predicate<IndexedFields>> parts = new ArrayList<>();
      values.forEach(value -> parts.add(compare(field, Condition.Op.EQ, value)));
      return any(parts);
    }
    Set<?> wanted = new HashSet<>(values);
    if (field.equals(TaskFields.STATUS)) {
      return fields -> wanted.contains(fields.status());
    }
    if (field.equals(TaskFields.PRIORITY)) {
      return fields -> wanted.contains(fields.priority());
    }
    return fields -> wanted.contains(fields.text(field));
  }

  private static Predicate<IndexedFields> compare(Field<?> field, Condition.Op op, Object value) {
    if (field instanceof TagsField) {
      return fields -> fields.tags().contains(value);
    }
    if (field instanceof InstantField) {
      return time(field, op, (Instant) value);
    }
    if (field instanceof HoursField) {
      return hours(field, op, (Double) value);
    }
    if (field instanceof EnumField<?> constants) {
      return constant(constants, op, value);
    }
    String text = (String) value;
    return switch (op) {
      case EQ -> fields -> text.equals(fields.text(field));
      case STARTS_WITH ->
          fields -> {
            String have = fields.text(field);
            return have != null && have.startsWith(text);
          };
      default ->
          fields -> {
            String have = fields.text(field);
            return have != null && holds(op, TextOrder.compare(have, text));
          };
    };
  }

  private static boolean holds(Condition.Op op, int order) {
    return switch (op) {
      case LT -> order < 0;
      case LE -> order <= 0;
      case GT -> order > 0;
      case GE -> order >= 0;
      default -> order == 0;
    };
  }

  private static <E extends Enum<E>> Predicate<IndexedFields> constant(
      EnumField<E> field, Condition.Op op, Object value) {
    E wanted = field.type().cast(value);
    Set<E> accepted = EnumSet.noneOf(field.type());
    for (E constant : field.type().getEnumConstants()) {
      if (holds(op, constant.compareTo(wanted))) {
        accepted.add(constant);
      }
    }
    return field.equals(TaskFields.STATUS)
        ? fields -> accepted.contains(fields.status())
        : fields -> accepted.contains(fields.priority());
  }

  private static Predicate<IndexedFields> time(Field<?> field, Condition.Op op, Instant value) {
    long micros = IndexedFields.micros(value);
    // a value between two microseconds equals none, and lies above the one it is rounded down to
    boolean exact = IndexedFields.instant(micros).equals(value);
    Condition.Op rounded =
        exact
            ? op
            : op == Condition.Op.LT
                ? Condition.Op.LE
                : op == Condition.Op.GE ? Condition.Op.GT : op;
    if (!exact && op == Condition.Op.EQ) {
      return any(List.of());
    }
    return fields -> {
      long have = fields.time(field);
      return have != IndexedFields.NO_TIME && holds(rounded, Long.compare(have, micros));
    };
  }

  private static Predicate<IndexedFields> hours(Field<?> field, Condition.Op op, double value) {
    return fields -> {
      double have = fields.hours(field);
      return !Double.isNaN(have) && holds(op, Double.compare(have + 0.0, value + 0.0));
    };
  }
}
