package dev.quarry.internal.read;

import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.query.Condition;
import java.util.List;
import java.util.function.Predicate;

/** A condition as a test of the tasks of one view. As thread-safe as the view. */
public final class Matcher {
  private final View view;
  private final Predicate<IndexedFields> holds;
  private final boolean asksForReady;

  private Matcher(View view, Predicate<IndexedFields> holds, boolean asksForReady) {
    this.view = view;
    this.holds = holds;
    this.asksForReady = asksForReady;
  }

  /** The test of a condition; null holds for every task. */
  static Matcher of(Condition condition, View view) {
    return condition == null
        ? new Matcher(view, fields -> true, false)
        : new Matcher(view, Predicates.compile(condition), asksForReady(condition));
  }

  /** Whether a condition has to know what a task waits for, which does not stand in its record. */
  public static boolean asksForReady(Condition condition) {
    if (condition instanceof Condition.And and) {
      return any(and.parts());
    } else if (condition instanceof Condition.Or or) {
      return any(or.parts());
    } else if (condition instanceof Condition.Not not) {
      return asksForReady(not.part());
    }
    return condition instanceof Condition.Ready;
  }

  private static boolean any(List<Condition> parts) {
    for (Condition part : parts) {
      if (asksForReady(part)) {
        return true;
      }
    }
    return false;
  }

  boolean test(long ordinal, IndexedFields fields) {
    return holds.test(asksForReady ? fields.withWaits(view.waits(ordinal)) : fields);
  }
}
