package dev.quarry;

import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/**
 * Writes that are queued and made by a thread of their own, many to one write of the log. A future
 * completes once its write is in the log (and synced, where the store's durability says so) and is
 * seen by every read; it fails with what the verb of {@link TaskStore} would throw. Writes are made
 * in the order in which they were accepted.
 *
 * <p>Thread-safe. What hangs on a future runs in the queue's thread unless it says otherwise, so it
 * must not wait for other futures of the queue. Close it when done; the store's close closes those
 * that are open.
 */
public interface AsyncWrites extends AutoCloseable {
  /** What becomes of a write for which the queue has no room. */
  enum Policy {
    /**
     * Its caller waits for room; interrupted, it gets a {@link BackpressureException}. A caller in
     * the queue's own thread does not wait but exceeds the capacity.
     */
    BLOCK,
    /** Its caller gets a {@link BackpressureException}, and nothing is queued. */
    FAIL,
    /** It is queued, and the oldest that still waits fails with a {@link BackpressureException}. */
    DROP_OLDEST
  }

  /** As {@link TaskStore#insert}. */
  CompletableFuture<Task> insert(Task task);

  /** As {@link TaskStore#put}. */
  CompletableFuture<Task> put(Task task);

  /** As {@link TaskStore#replace}. */
  CompletableFuture<Task> replace(Task task, long expectedVersion);

  /** As {@link TaskStore#update}; {@code change} runs in the queue's thread. */
  CompletableFuture<Task> update(String id, UnaryOperator<Task> change);

  /** As {@link TaskStore#delete}. */
  CompletableFuture<OptionalLong> delete(String id);

  /** Writes that wait, those not counted that are being made. */
  int queued();

  /** Takes no more, makes what is queued, and returns when all of it is made. Idempotent. */
  @Override
  void close();
}
