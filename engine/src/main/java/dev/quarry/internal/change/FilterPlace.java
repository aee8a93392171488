package dev.quarry.internal.change;

import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.query.Condition;
import dev.quarry.query.EnumField;
import dev.quarry.query.Field;
import dev.quarry.query.TaskFields;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a task has to be like so that a filter is looked at for it, by one field. A place may be
 * wider than the part of the filter that it was made of, never narrower. Immutable.
 *
 * @param field the field
 * @param kind how the task's value stands to this one
 * @param value as {@link #comparable} makes it
 */
record FilterPlace(Field<?> field, Kind kind, Object value) {
  /** How a value of a task is compared. */
  enum Kind {
    /** The task has the value; for tags: among others. */
    EQUAL,
    /** The task's text begins with the value. */
    PREFIX,
    /** The task has the value or a smaller one. */
    AT_MOST,
    /** The task has the value or a larger one. */
    AT_LEAST
  }

  /** Of 1,000 tasks that may change, about so many are thought to be at such a place. */
  private static final int RANGE_SHARE = 400;

  private static final int ENUM_SHARE = 250;
  private static final int PREFIX_SHARE = 50;
  private static final int NAME_SHARE = 20;

  /**
   * Places of which a task must be at one at least to satisfy the condition, null where there are
   * no such; empty where nothing satisfies it.
   */
  static Set<FilterPlace> required(Condition condition) {
    if (condition instanceof Condition.Compare compare) {
      return of(compare);
    }
    if (condition instanceof Condition.In in) {
      Set<FilterPlace> places = new HashSet<>();
      in.values().forEach(v -> places.add(of(in.field(), Kind.EQUAL, v)));
      return places;
    }
    if (condition instanceof Condition.Or or) {
      return requiredByAny(or.parts());
    }
    return condition instanceof Condition.And and ? requiredByAll(and.parts()) : null;
  }

  private static Set<FilterPlace> requiredByAny(List<Condition> parts) {
    Set<FilterPlace> places = new HashSet<>();
    for (Condition part : parts) {
      Set<FilterPlace> some = required(part);
      if (some == null) {
        return null;
      }
      places.addAll(some);
    }
    return places;
  }

  private static Set<FilterPlace> requiredByAll(List<Condition> parts) {
    Set<FilterPlace> best = null;
    for (Condition part : parts) {
      Set<FilterPlace> some = required(part);
      if (some != null && (best == null || share(some) < share(best))) {
        best = some;
      }
    }
    return best;
  }

  private static Set<FilterPlace> of(Condition.Compare compare) {
    Field<?> field = compare.field();
    if (field instanceof EnumField<?> constants) {
      return constants(constants, compare.op(), compare.value());
    }
    Kind kind =
        switch (compare.op()) {
          case EQ -> Kind.EQUAL;
          case STARTS_WITH -> Kind.PREFIX;
          case LT, LE -> Kind.AT_MOST;
          case GT, GE -> Kind.AT_LEAST;
        };
    return Set.of(of(field, kind, compare.value()));
  }

  private static FilterPlace of(Field<?> field, Kind kind, Object value) {
    return new FilterPlace(field, kind, comparable(value));
  }

  /** A range of few values is some of them. */
  private static <E extends Enum<E>> Set<FilterPlace> constants(
      EnumField<E> field, Condition.Op op, Object value) {
    int wanted = field.type().cast(value).ordinal();
    Set<FilterPlace> places = new HashSet<>();
    for (E constant : field.type().getEnumConstants()) {
      int at = constant.ordinal();
      boolean holds =
          switch (op) {
            case LT -> at < wanted;
            case LE -> at <= wanted;
            case GT -> at > wanted;
            case GE -> at >= wanted;
            default -> at == wanted;
          };
      if (holds) {
        places.add(of(field, Kind.EQUAL, constant));
      }
    }
    return places;
  }

  /**
   * The value as places and {@link FieldFilters#find} compare it: times in microseconds, rounded
   * down as those of tasks are, which a comparison with the exact time never leaves.
   */
  private static Object comparable(Object value) {
    return value instanceof Instant time ? (Object) IndexedFields.micros(time) : value;
  }

  private static int share(Set<FilterPlace> places) {
    int share = 0;
    for (FilterPlace place : places) {
      share += place.share();
    }
    return share;
  }

  private int share() {
    return switch (kind) {
      case EQUAL ->
          field instanceof EnumField<?> ? ENUM_SHARE : field.equals(TaskFields.ID) ? 1 : NAME_SHARE;
      case PREFIX -> PREFIX_SHARE;
      case AT_MOST, AT_LEAST -> RANGE_SHARE;
    };
  }
}
