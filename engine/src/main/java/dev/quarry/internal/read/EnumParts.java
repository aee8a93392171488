package dev.quarry.internal.read;

import dev.quarry.internal.codec.Codes;
import dev.quarry.internal.index.Terms;
import dev.quarry.query.Condition;
import dev.quarry.query.EnumField;
import java.util.ArrayList;
import java.util.List;

/** What the parts of a conjunction say about a field of few constants. */
final class EnumParts {
  private EnumParts() {}

  /** Whether a constant of the field alone decides the condition. */
  static boolean isAbout(EnumField<?> field, Condition part) {
    return part instanceof Condition.Compare c
        ? c.field().equals(field)
        : part instanceof Condition.In in && in.field().equals(field);
  }

  /** Whether any of the parts is about the field. */
  static boolean anyAbout(EnumField<?> field, List<Condition> parts) {
    for (Condition part : parts) {
      if (isAbout(field, part)) {
        return true;
      }
    }
    return false;
  }

  /** The constants, as declared, that every part about the field admits. */
  static List<Enum<?>> admitted(EnumField<?> field, List<Condition> parts) {
    List<Enum<?>> admitted = new ArrayList<>();
    for (Enum<?> constant : field.type().getEnumConstants()) {
      boolean holds = true;
      for (Condition part : parts) {
        holds &= !isAbout(field, part) || holds(part, constant);
      }
      if (holds) {
        admitted.add(constant);
      }
    }
    return admitted;
  }

  private static boolean holds(Condition part, Enum<?> constant) {
    if (part instanceof Condition.In in) {
      return in.values().contains(constant);
    }
    Condition.Compare compare = (Condition.Compare) part;
    long bound = Terms.columnNumber(compare.value());
    long number = Codes.of(constant);
    return switch (compare.op()) {
      case EQ -> number == bound;
      case LT -> number < bound;
      case LE -> number <= bound;
      case GT -> number > bound;
      case GE -> number >= bound;
      case STARTS_WITH -> throw new IllegalStateException("not a comparison of an enum");
    };
  }
}
