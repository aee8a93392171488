package dev.quarry.tools.cli;

import static dev.quarry.query.TaskFields.CREATED_AT;
import static dev.quarry.query.TaskFields.PRIORITY;
import static dev.quarry.query.TaskFields.STATUS;

import dev.quarry.Status;
import dev.quarry.TaskStore;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;

/** What is ready, and how many tasks are not. */
final class ReadyTasks {
  private ReadyTasks() {}

  /**
   * How many tasks there are.
   *
   * @param ready that can be started
   * @param blocked that are BLOCKED, or TODO and wait for another task or for a retry
   */
  record Counts(long ready, long blocked) {}

  /** The query for the ready tasks among those of {@code given}, in its order if it has one. */
  static Query query(Query given) {
    Query ready = Query.where(Condition.ready().and(given.condition()));
    ready =
        given.order().isEmpty()
            ? ready.orderBy(PRIORITY.descending(), CREATED_AT.ascending())
            : ready.orderBy(given.order());
    return given.limit().isPresent() ? ready.limit(given.limit().getAsInt()) : ready;
  }

  /** Whether a condition asks which tasks are ready. */
  static boolean isAskedIn(Condition condition) {
    if (condition instanceof Condition.And and) {
      return and.parts().stream().anyMatch(ReadyTasks::isAskedIn);
    }
    if (condition instanceof Condition.Or or) {
      return or.parts().stream().anyMatch(ReadyTasks::isAskedIn);
    }
    if (condition instanceof Condition.Not not) {
      return isAskedIn(not.part());
    }
    return condition instanceof Condition.Ready;
  }

  /** Counts among the tasks that satisfy {@code condition}. */
  static Counts count(TaskStore store, Condition condition) {
    Condition ready = Condition.ready();
    Condition open = STATUS.is(Status.BLOCKED).or(STATUS.is(Status.TODO).and(ready.not()));
    return new Counts(
        store.count(Query.where(ready.and(condition))),
        store.count(Query.where(open.and(condition))));
  }
}
