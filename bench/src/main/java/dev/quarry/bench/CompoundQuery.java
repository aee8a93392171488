package dev.quarry.bench;

import static dev.quarry.query.TaskFields.AGENT;
import static dev.quarry.query.TaskFields.CREATED_AT;
import static dev.quarry.query.TaskFields.DUE_AT;
import static dev.quarry.query.TaskFields.PRIORITY;
import static dev.quarry.query.TaskFields.STATUS;
import static dev.quarry.query.TaskFields.TAGS;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.query.Query;
import java.time.Instant;
import java.util.Comparator;

/**
 * The compound question of the workload, both as a query and as plain Java, so that the store's
 * answers can be checked.
 *
 * @param agent whose tasks
 * @param tag a tag that they have
 * @param dueBefore when they are due at the latest, exclusive
 */
public record CompoundQuery(String agent, String tag, Instant dueBefore) {
  /** The order of the results, but for ties. */
  public static final Comparator<Task> ORDER =
      Comparator.comparing(Task::priority).reversed().thenComparing(Task::createdAt);

  /** The query; ask for a page of {@link TaskWorkload#PAGE}. */
  public Query query() {
    return Query.where(
            STATUS
                .is(Status.TODO)
                .and(AGENT.is(agent))
                .and(PRIORITY.atLeast(Priority.HIGH))
                .and(TAGS.contains(tag))
                .and(DUE_AT.before(dueBefore)))
        .orderBy(PRIORITY.descending(), CREATED_AT.ascending());
  }

  /** Whether a task is one of the results. */
  public boolean matches(Task task) {
    return task.status() == Status.TODO
        && agent.equals(task.agent())
        && task.priority().compareTo(Priority.HIGH) >= 0
        && task.tags().contains(tag)
        && task.dueAt() != null
        && task.dueAt().isBefore(dueBefore);
  }
}
