package dev.quarry.work;

import dev.quarry.LimitExceededException;
import dev.quarry.Link;
import dev.quarry.QueryTimeoutException;
import dev.quarry.Task;
import dev.quarry.TaskNotFoundException;
import dev.quarry.TaskStoreOptions;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The tasks as a graph of dependencies and links. Thread-safe, lock-free. Every answer is of one
 * sequence; ids without a task are left out of it. A step of a walk costs at most one multi-get for
 * each 1,000 tasks that it asks for, and one for the rest; none where the record cache has them
 * all; and one short index walk for each task whose dependents are asked for. A store opened
 * read-only, which has neither cache nor off-heap index, takes twice as many; so does a step that
 * meets tasks which a write removes meanwhile.
 *
 * <p>Every method that starts at a task throws {@link TaskNotFoundException} where there is none;
 * every method ends with a {@link QueryTimeoutException} where it takes longer than {@link
 * TaskStoreOptions#queryTimeout}.
 */
public interface TaskGraph {
  /**
   * The most tasks that one answer may have, and the most that wait or are waited for which a walk
   * over the whole store holds; more throw {@link LimitExceededException}.
   */
  int MAX_TASKS = 1_000_000;

  /** The tasks that the task waits for, done or not, in the order of its dependencies. */
  List<Task> blockersOf(String id);

  /** The tasks that wait for the task, by rising ordinal. */
  List<Task> dependentsOf(String id);

  /** The tasks that refer to the task by a link of this type, by rising ordinal. */
  List<Task> linkedTo(String id, Link.Type type);

  /**
   * The parts of the task, and theirs, down to {@code depth} levels, level by level, without the
   * task itself. A task that is reached twice counts once, so a circle of parents ends.
   */
  List<Task> subtree(String id, int depth);

  /**
   * The tasks that would be ready if this one were done. Takes one multi-get for each 1,000 tasks
   * that wait for it, and as many for each 1,000 of those that wait for nothing else.
   */
  List<Task> whatUnlocks(String id);

  /**
   * The tasks of these ids and all that they wait for, down to {@code depth} levels: by id. A level
   * of up to 1,000 ids takes one multi-get at most, a larger one another for each further 1,000: up
   * to {@code depth + 1} multi-gets where no level is larger.
   */
  Map<String, Task> withDependencies(Collection<String> ids, int depth);

  /**
   * The longest way of work that stands before the task, itself at the end: the chain of tasks that
   * are not done, each waiting for the one before, whose estimated hours (1 where there are none)
   * add up to most. Empty for a task that is done. Reads every open task below it once.
   */
  List<Task> criticalPath(String id);

  /**
   * The longest way of work of the whole store: see {@link #criticalPath(String)}. Reads every open
   * task that something waits for, or that waits, and holds them without their texts: where more
   * than {@link #MAX_TASKS} wait, or are waited for, it throws a {@link LimitExceededException},
   * however short the way is.
   */
  List<Task> criticalPath();

  /**
   * A circle of dependencies, as ids with the first one again at the end, or an empty list where
   * there is none, as it must be: writes that close one are refused. Reads every task.
   */
  List<String> findCycle();
}
