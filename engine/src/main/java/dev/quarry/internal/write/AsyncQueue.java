package dev.quarry.internal.write;

import dev.quarry.AsyncWrites;
import dev.quarry.BackpressureException;
import dev.quarry.StoreClosedException;
import dev.quarry.Task;
import dev.quarry.internal.lifecycle.Interrupts;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A bounded queue of writes and its thread. The thread takes what waits, decides each, and has them
 * written as one group. Its lock guards the queue only and is never held over a write.
 */
public final class AsyncQueue implements AsyncWrites {
  /** What is decided before it is written; no more than one group holds. */
  private static final int BATCH = Group.MAX_COMMITS;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition room = lock.newCondition();
  private final ArrayDeque<Operation<?>> waiting = new ArrayDeque<>();
  private final Committer committer;
  private final Writes writes;
  private final Runnable admission;
  private final Runnable ended;
  private final int capacity;
  private final Policy policy;
  private final Thread worker;
  private boolean closed;

  /**
   * A queue.
   *
   * @param admission is run before each write is accepted, and may refuse it by an exception
   * @param scope runs the thread's work
   * @param ended is run when the thread has ended
   */
  @SuppressWarnings("ThisEscapedInObjectConstruction") // the thread starts in start()
  public AsyncQueue(
      Committer committer,
      Writes writes,
      int capacity,
      Policy policy,
      Runnable admission,
      Consumer<Runnable> scope,
      Consumer<AsyncQueue> ended) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity must be at least 1, but is " + capacity);
    }
    this.committer = committer;
    this.writes = writes;
    this.capacity = capacity;
    this.policy = Objects.requireNonNull(policy, "policy");
    this.admission = admission;
    this.ended = () -> ended.accept(this);
    worker = new Thread(() -> scope.accept(this::run), "quarry-async");
    worker.setDaemon(true);
  }

  /** Starts the thread. */
  public void start() {
    worker.start();
  }

  private static final class Operation<R> {
    private final Function<Staging, R> write;
    private final CompletableFuture<R> future = new CompletableFuture<>();
    private Committer.Pending<R> pending;
    private R result;
    private Throwable refused;

    Operation(Function<Staging, R> write) {
      this.write = write;
    }

    /** Decides it. */
    void decide(Committer committer) {
      Thread.interrupted(); // of the change before, or meant for nobody
      try {
        pending = committer.submit(write);
      } catch (Throwable e) { // whatever it is: others are decided with it
        refused = e;
      }
    }

    /** Returns when it is written, or refused for good. */
    void await() {
      if (pending != null) {
        try {
          result = pending.await();
        } catch (Throwable e) { // also what a change function throws unchecked by stealth
          refused = e;
        }
      }
    }

    /** Tells its future, and so runs what hangs on that. */
    void complete() {
      Thread.interrupted(); // as in decide
      if (refused == null) {
        future.complete(result);
      } else {
        future.completeExceptionally(refused);
      }
    }
  }

  @Override
  public CompletableFuture<Task> insert(Task task) {
    return add(writes.inserting(task));
  }

  @Override
  public CompletableFuture<Task> put(Task task) {
    return add(writes.putting(task));
  }

  @Override
  public CompletableFuture<Task> replace(Task task, long expectedVersion) {
    return add(writes.replacing(task, expectedVersion));
  }

  @Override
  public CompletableFuture<Task> update(String id, UnaryOperator<Task> change) {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(change, "change");
    return add(writes.updating(id, change));
  }

  @Override
  public CompletableFuture<OptionalLong> delete(String id) {
    return add(writes.deleting(id));
  }

  private <R> CompletableFuture<R> add(Function<Staging, R> write) {
    admission.run();
    Operation<R> operation = new Operation<>(write);
    Operation<?> dropped = null;
    lock.lock();
    try {
      checkOpen();
      if (waiting.size() >= capacity) {
        dropped = makeRoom();
      }
      waiting.add(operation);
      work.signal();
    } finally {
      lock.unlock();
    }
    if (dropped != null) {
      dropped.future.completeExceptionally(full("the write was dropped for newer ones"));
    }
    return operation.future;
  }

  /** With the lock held; the operation that has to go, or null. */
  private Operation<?> makeRoom() {
    switch (policy) {
      case FAIL -> throw full("the queue of writes is full; try again later, or slow down");
      case DROP_OLDEST -> {
        return waiting.poll();
      }
      default -> awaitRoom();
    }
    return null;
  }

  private void awaitRoom() {
    if (Thread.currentThread() == worker) {
      return; // it would wait for itself
    }
    committer.checkNotNested(); // inside a write the worker cannot make room
    try {
      while (waiting.size() >= capacity) {
        room.await();
        checkOpen();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BackpressureException(
          "interrupted while waiting for room in the queue of writes; nothing was queued",
          Map.of("capacity", capacity),
          e);
    }
  }

  private BackpressureException full(String message) {
    return new BackpressureException(message, Map.of("capacity", capacity, "policy", policy));
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreClosedException(
          "it is closed and can no longer be used", Map.of("what", "queue of writes"));
    }
  }

  @Override
  public int queued() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      for (List<Operation<?>> batch = take(); !batch.isEmpty(); batch = take()) {
        batch.forEach(operation -> operation.decide(committer));
        // all before any: what hangs on a future, also on a refused one, must not stand between
        // others and their log write, which it may wait for
        batch.forEach(Operation::await);
        batch.forEach(Operation::complete);
      }
    } finally {
      ended.run();
    }
  }

  /** What to do next; empty at the end. */
  private List<Operation<?>> take() {
    List<Operation<?>> batch = new ArrayList<>();
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed) {
        work.awaitUninterruptibly();
        // an interrupt meant for nobody would reach changes, and what hangs on the futures
        Thread.interrupted();
      }
      while (!waiting.isEmpty() && batch.size() < BATCH) {
        batch.add(waiting.poll());
      }
      room.signalAll();
    } finally {
      lock.unlock();
    }
    return batch;
  }

  @Override
  public void close() {
    if (Thread.currentThread() == worker) {
      throw new IllegalStateException(
          "a queue of writes cannot be closed from its own thread, which would wait for itself");
    }
    committer.checkNotNested();
    lock.lock();
    try {
      closed = true;
      work.signalAll();
      room.signalAll();
    } finally {
      lock.unlock();
    }
    Interrupts.join(worker); // what is queued was accepted, and closing means that it is made
  }
}
