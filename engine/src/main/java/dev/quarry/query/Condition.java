package dev.quarry.query;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a task must satisfy: an immutable tree. Logic has two values: a comparison with an absent
 * field is false, so its negation is true. The {@code toString} form is the text form, which {@link
 * Query#parse} reads back.
 */
public sealed interface Condition {
  /** Both. */
  default Condition and(Condition other) {
    return new And(List.of(this, other));
  }

  /** At least one of the two. */
  default Condition or(Condition other) {
    return new Or(List.of(this, other));
  }

  /** The opposite. */
  default Condition not() {
    return new Not(this);
  }

  /**
   * The task can be started: its status is TODO, every task that it depends on is DONE, and it is
   * not held back by a retry. A fact about the task and those it waits for, which the store
   * maintains; the present has it, old sequences do not.
   */
  static Condition ready() {
    return new Ready();
  }

  /** How a field is compared. */
  enum Op {
    /** Equal; for tags: contains. */
    EQ("="),
    /** Less. */
    LT("<"),
    /** Less or equal. */
    LE("<="),
    /** Greater. */
    GT(">"),
    /** Greater or equal. */
    GE(">="),
    /** Begins with, text only. */
    STARTS_WITH("starts with");

    private final String symbol;

    Op(String symbol) {
      this.symbol = symbol;
    }

    /** As in the text form. */
    public String symbol() {
      return symbol;
    }
  }

  /**
   * Every one of the parts; true for none. Nested conjunctions are flattened.
   *
   * @param parts the parts
   */
  record And(List<Condition> parts) implements Condition {
    /** Flattens and copies. */
    public And {
      List<Condition> flat = new ArrayList<>();
      for (Condition part : parts) {
        if (part instanceof And inner) {
          flat.addAll(inner.parts());
        } else {
          flat.add(Objects.requireNonNull(part, "condition"));
        }
      }
      parts = Collections.unmodifiableList(flat);
    }

    @Override
    public String toString() {
      return ConditionText.join(parts, " and ", "true");
    }
  }

  /**
   * At least one of the parts; false for none. Nested disjunctions are flattened.
   *
   * @param parts the parts
   */
  record Or(List<Condition> parts) implements Condition {
    /** Flattens and copies. */
    public Or {
      List<Condition> flat = new ArrayList<>();
      for (Condition part : parts) {
        if (part instanceof Or inner) {
          flat.addAll(inner.parts());
        } else {
          flat.add(Objects.requireNonNull(part, "condition"));
        }
      }
      parts = Collections.unmodifiableList(flat);
    }

    @Override
    public String toString() {
      return ConditionText.join(parts, " or ", "false");
    }
  }

  /**
   * The opposite of the part.
   *
   * @param part the part
   */
  record Not(Condition part) implements Condition {
    /** Checks. */
    public Not {
      Objects.requireNonNull(part, "condition");
    }

    @Override
    public String toString() {
      return "not " + ConditionText.nested(part);
    }
  }

  /**
   * A comparison with one value.
   *
   * @param field the field
   * @param op the comparison
   * @param value of the field's type
   */
  record Compare(Field<?> field, Op op, Object value) implements Condition {
    /** Checks the type, and that the field knows the comparison. */
    public Compare {
      ConditionText.checkValue(field, value);
      if (op == Op.STARTS_WITH && !(field instanceof TextField)) {
        throw new IllegalArgumentException(field.name() + " has no prefixes");
      }
      if (field instanceof TagsField && op != Op.EQ) {
        throw new IllegalArgumentException("tags can only be tested for containing a tag");
      }
      value = ConditionText.normal(value);
    }

    @Override
    public String toString() {
      return ConditionText.name(field) + " " + op.symbol() + " " + ConditionText.literal(value);
    }
  }

  /**
   * Equal to (for tags: contains) one of the values; false for none.
   *
   * @param field the field
   * @param values of the field's type
   */
  record In(Field<?> field, Set<?> values) implements Condition {
    /** Checks the types and copies. */
    public In {
      List<Object> sorted = new ArrayList<>();
      for (Object value : values) {
        ConditionText.checkValue(field, value);
        sorted.add(ConditionText.normal(value));
      }
      sorted.sort(ConditionText.VALUES); // equal conditions have equal text in every process
      values = Collections.unmodifiableSet(new LinkedHashSet<>(sorted));
    }

    @Override
    public String toString() {
      return ConditionText.name(field) + " in " + ConditionText.list(values);
    }
  }

  /**
   * The field has no value; for tags: there are none.
   *
   * @param field the field
   */
  record IsNull(Field<?> field) implements Condition {
    /** Checks. */
    public IsNull {
      Objects.requireNonNull(field, "field");
    }

    @Override
    public String toString() {
      return ConditionText.name(field) + " is null";
    }
  }

  /** See {@link Condition#ready}. */
  record Ready() implements Condition {
    @Override
    public String toString() {
      return "ready";
    }
  }
}
