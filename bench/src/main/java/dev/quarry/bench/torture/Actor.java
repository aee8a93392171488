package dev.quarry.bench.torture;

import dev.quarry.AsyncWrites;
import dev.quarry.BulkResult;
import dev.quarry.Durability;
import dev.quarry.Job;
import dev.quarry.PageRequest;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreException;
import dev.quarry.WriteBatch;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import dev.quarry.work.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;

/** Carries out calls on a store and says what they answered. Thread-safe. */
final class Actor {
  /** What is archived by age. */
  static final Set<Status> OLD_STATUSES = Set.of(Status.DONE, Status.CANCELLED, Status.FAILED);

  /** Says that a task was ready, so that none had to be made so. */
  static final String BUSY = "ok busy";

  /** More than one verb makes. */
  private static final int MOST_CHANGES = 10_000;

  /** How long a worker waits for a task that is ready; more than it can take to be woken. */
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  /** How long a worker is given to wait before a task is made ready; it may be quicker, too. */
  private static final long ASLEEP_NANOS = 10_000_000;

  private final TaskStore store;
  private final AsyncWrites queue;
  private final Consumer<Instant> clock;
  private final Runnable turn;

  /** Held by all who write, together, and alone by one whose commit shall be the store's last. */
  private final ReadWriteLock writers = new ReentrantReadWriteLock(true);

  /** The sequence of the last commit of several tasks that named an id. */
  private final Map<String, Long> commits = new ConcurrentHashMap<>();

  /**
   * An actor.
   *
   * @param clock moves the store's clock
   * @param turn is told whenever an update in chunks treats a task
   */
  Actor(TaskStore store, Consumer<Instant> clock, Runnable turn) {
    this.turn = turn;
    this.store = store;
    this.queue = store.async();
    this.clock = clock;
  }

  /** The answers of the call's steps, each given as soon as it is there. */
  void run(Op op, Consumer<String> answer) {
    switch (op.verb()) {
      case Op.UNDONE -> undone(op, answer);
      case Op.AWAIT -> beside(() -> await(op, answer));
      case Op.ASYNC -> beside(() -> enqueue(op, answer));
      default -> beside(() -> answer.accept(answered(() -> apply(op))));
    }
  }

  /** A call that writes, while others do. */
  void beside(Runnable call) {
    holding(writers.readLock(), call);
  }

  private static void holding(Lock lock, Runnable call) {
    lock.lock();
    try {
      call.run();
    } finally {
      lock.unlock();
    }
  }

  private void undone(Op op, Consumer<String> answer) {
    holding(
        writers.writeLock(),
        () -> {
          long before = store.sequence();
          answer.accept(answered(() -> apply(op.steps().get(0))));
          // a lease may have ended meanwhile, which is nothing to take back
          boolean none =
              store.changesAfter(before, MOST_CHANGES).stream()
                  .allMatch(change -> change.cause().equals("expire"));
          answer.accept(answered(() -> none ? "ok none" : "ok " + store.undoLast().size()));
        });
  }

  private void await(Op op, Consumer<String> answer) {
    boolean busy = isAnyReady(op);
    Duration lease = millis(op, 2);
    FutureTask<Optional<Claim>> claim =
        new FutureTask<>(() -> store.claims().awaitNext(awaited(op), op.arg(1), lease, PATIENCE));
    Thread worker = new Thread(claim, "worker-" + op.arg(0));
    worker.start();
    if (busy) {
      answer.accept(BUSY);
    } else {
      awaitAsleep(worker);
      answer.accept(answered(() -> apply(Op.of("put", op.arg(3), op.arg(4)))));
      if (!isAnyReady(op)) {
        worker.interrupt(); // it has claimed already, or nothing will be ready
      }
    }
    answer.accept(answered(() -> claimed(result(claim))));
  }

  private boolean isAnyReady(Op op) {
    return !store.ready(awaited(op), PageRequest.first(1)).items().isEmpty();
  }

  private static Condition awaited(Op op) {
    return mine(op).and(TaskFields.AGENT.is(op.arg(5)));
  }

  private static void awaitAsleep(Thread worker) {
    long end = System.nanoTime() + ASLEEP_NANOS;
    while (worker.getState() != Thread.State.TIMED_WAITING && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  private static Claim result(FutureTask<Optional<Claim>> claim) throws InterruptedException {
    try {
      return claim.get().orElse(null);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof InterruptedException) {
        return null; // then nothing is claimed
      }
      if (e.getCause() instanceof TaskStoreException refused) {
        throw refused;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private void enqueue(Op op, Consumer<String> answer) {
    List<CompletableFuture<?>> futures = new ArrayList<>();
    op.steps().forEach(step -> futures.add(enqueue(step)));
    for (CompletableFuture<?> future : futures) {
      answer.accept(answered(() -> queued(future)));
    }
  }

  private interface Verb {
    String call() throws InterruptedException;
  }

  private static String answered(Verb verb) {
    try {
      return verb.call();
    } catch (TaskStoreException e) {
      return "no " + e.getClass().getSimpleName();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  private CompletableFuture<?> enqueue(Op op) {
    String id = op.arg(0);
    return switch (op.verb()) {
      case "insert" -> queue.insert(Content.task(id, op.number(1)));
      case "put" -> queue.put(Content.task(id, op.number(1)));
      case "update" -> queue.update(id, task -> Content.changed(task, op.number(1)));
      case "delete" -> queue.delete(id).thenApply(done -> done.isPresent() ? "ok" : "ok none");
      default -> throw new IllegalArgumentException("not for a queue: " + op);
    };
  }

  private static String queued(CompletableFuture<?> future) {
    try {
      return future.join() instanceof String text ? text : "ok";
    } catch (CompletionException e) {
      if (e.getCause() instanceof TaskStoreException refused) {
        throw refused;
      }
      throw e;
    }
  }

  private String apply(Op op) throws InterruptedException {
    switch (op.verb()) {
      case "insert" -> store.insert(Content.task(op.arg(0), op.number(1)));
      case "put" -> store.put(Content.task(op.arg(0), op.number(1)));
      case "update" -> store.update(op.arg(0), task -> Content.changed(task, op.number(1)));
      case "replace" -> replace(op);
      case "insertAll" -> insertAll(op);
      case "batch" -> batch(op);
      case "sync" -> store.sync();
      case "tick" -> {
        clock.accept(Instant.ofEpochMilli(op.number(0)));
        store.claims().reapExpired();
      }
      default -> {
        return telling(op);
      }
    }
    return "ok";
  }

  /** The verbs that answer more than that they are done. */
  private String telling(Op op) throws InterruptedException {
    return switch (op.verb()) {
      case "delete" -> store.delete(op.arg(0)).isPresent() ? "ok" : "ok none";
      case "status" -> bulk(op, store.setStatus(op.from(1), Status.valueOf(op.arg(0))));
      case "archive" -> bulk(op, store.archive(op.args()));
      case "restore" -> bulk(op, store.restore(op.args()));
      case "purge" -> bulk(op, store.purge(op.args()));
      case "undo" -> store.undo(op.arg(0)).isPresent() ? "ok there" : "ok gone";
      case "undoCommit" -> {
        Long sequence = commits.get(op.arg(0));
        yield sequence == null ? "ok none" : "ok " + store.undo(sequence).size();
      }
      case "claim" ->
          claimed(store.claims().tryClaim(op.arg(0), op.arg(1), millis(op, 2)).orElse(null));
      case "next" -> claimed(store.claims().next(mine(op), op.arg(1), millis(op, 2)).orElse(null));
      case "nextMany" -> nextMany(op);
      case "archiveOld" -> job(store.archive(Content.OLD, OLD_STATUSES));
      case "purgeOld" -> job(store.purge(Content.OLD));
      case "archiveAll" -> job(store.archive(ofStatus(op, 1)));
      case Op.RESTORE_ALL -> job(store.restore(ofStatus(op, 1)));
      case "purgeAll" -> job(store.purge(ofStatus(op, 1)));
      case Op.UPDATE_ALL -> job(updateAll(store, op, turn));
      default -> fenced(op, Claim.reference(op.arg(0), op.number(1), op.arg(2)));
    };
  }

  /** An update of a range in chunks: range, number, status, size of a chunk. */
  static Job updateAll(TaskStore store, Op op, Runnable turn) {
    String name = "job-" + op.arg(0) + "-" + op.arg(1);
    int chunk = Integer.parseInt(op.arg(3));
    return store.updateAll(
        name,
        ofStatus(op, 2),
        chunk,
        task -> {
          turn.run();
          return Content.counted(task, op.number(1));
        });
  }

  private static Condition mine(Op op) {
    return TaskFields.PROJECT.is(op.arg(0));
  }

  private static Query ofStatus(Op op, int argument) {
    return Query.where(mine(op).and(TaskFields.STATUS.is(Status.valueOf(op.arg(argument)))));
  }

  private static Duration millis(Op op, int argument) {
    return Duration.ofMillis(op.number(argument));
  }

  private void replace(Op op) {
    long version = store.get(op.arg(0)).map(Task::version).orElse(1L);
    long expected = op.arg(2).equals("stale") ? version - 1 : version;
    store.replace(Content.task(op.arg(0), op.number(1)), expected);
  }

  private void batch(Op op) {
    try (WriteBatch batch = store.newBatch()) {
      for (String text : op.from(2)) {
        Op item = Op.item(text, op.arg(1));
        String id = item.arg(0);
        switch (item.verb()) {
          case "insert" -> batch.insert(Content.task(id, item.number(1)));
          case "put" -> batch.put(Content.task(id, item.number(1)));
          case "update" -> batch.update(id, task -> Content.changed(task, item.number(1)));
          default -> batch.delete(id);
        }
      }
      made(op, batch.commit(Durability.valueOf(op.arg(0))));
    }
  }

  private void insertAll(Op op) {
    List<Task> tasks = op.from(1).stream().map(id -> Content.task(id, op.number(0))).toList();
    made(op, store.insertAll(tasks).sequence());
  }

  private void made(Op op, long sequence) {
    op.named().forEach(id -> commits.put(id, sequence));
  }

  private String bulk(Op op, BulkResult result) {
    if (result.updated() > 0) {
      made(op, result.sequence());
    }
    return "ok " + result.updated() + " " + result.unchanged() + " " + result.missing().size();
  }

  private static String claimed(Claim claim) {
    return claim == null
        ? "ok none"
        : "ok " + claim.id() + " " + claim.token() + " " + claim.attempt();
  }

  private String nextMany(Op op) {
    StringBuilder answer = new StringBuilder("ok");
    int most = Integer.parseInt(op.arg(3));
    for (Claim claim : store.claims().next(mine(op), op.arg(1), millis(op, 2), most)) {
      answer.append(claimed(claim).substring(2));
    }
    return answer.toString();
  }

  private static String job(Job job) throws InterruptedException {
    return "ok " + job.await().changed();
  }

  private String fenced(Op op, Claim claim) {
    switch (op.verb()) {
      case "renew" -> store.claims().renew(claim, millis(op, 3));
      case "cupdate" -> store.claims().update(claim, t -> Content.changed(t, op.number(3)));
      case "complete" -> store.claims().complete(claim);
      case "release" -> store.claims().release(claim);
      case "fail" -> {
        Duration rest = millis(op, 3);
        store.claims().fail(claim, "reason", new RetryPolicy(World.ATTEMPTS, rest, rest, 1, 0));
      }
      default -> throw new IllegalArgumentException("unknown verb in " + op);
    }
    return "ok";
  }
}
