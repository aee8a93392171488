package dev.quarry;

import java.util.function.UnaryOperator;

/**
 * Several writes that become visible and durable together or not at all. Operations are checked and
 * resolved in order at {@link #commit}, against the store as it is then. Not thread-safe. Closing
 * without commit discards.
 */
public interface WriteBatch extends AutoCloseable {
  /** Adds a task; the commit fails with {@link DuplicateTaskException} if its id is taken. */
  WriteBatch insert(Task task);

  /** Adds or replaces a task, as {@link TaskStore#put} does. */
  WriteBatch put(Task task);

  /** Changes a task; the commit fails with {@link TaskNotFoundException} if it is absent. */
  WriteBatch update(String id, UnaryOperator<Task> change);

  /** Removes a task if it is there. */
  WriteBatch delete(String id);

  /** Operations so far. */
  int size();

  /** Commits with the store's default durability and returns the sequence. Ends the batch. */
  long commit();

  /** Commits and returns the sequence. Ends the batch, also when it throws. */
  long commit(Durability durability);

  /** Discards what was not committed; idempotent. */
  @Override
  void close();
}
