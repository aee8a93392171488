package dev.quarry.internal.claim;

import dev.quarry.Task;
import dev.quarry.query.Condition;
import java.util.function.Predicate;

/** Walks along the ready tasks as stored, highest priority first, then oldest. */
@FunctionalInterface
public interface ReadyWalk {
  /** The first task that satisfies {@code filter} and {@code wanted}, or null. */
  Task first(Condition filter, Predicate<Task> wanted);
}
