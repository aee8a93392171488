package dev.quarry;

import dev.quarry.MisuseHandles.Planned;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import dev.quarry.work.RetryPolicy;
import dev.quarry.work.TaskGraph;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Tasks as work for {@link MisuseProgram}: claims of this and of earlier rounds, dependencies,
 * queues of writes, jobs, the archive. A claim is given once and completed once, whoever closes.
 */
final class MisuseWork {
  private static final int IDS = MisuseCalls.IDS;
  private static final int MOST_HELD = 500;
  private static final List<Class<?>> OF_CLAIMS =
      List.of(StaleClaimException.class, TaskNotFoundException.class, Planned.class);
  private static final List<Class<?>> OF_GRAPH =
      List.of(DependencyCycleException.class, TaskNotFoundException.class);
  private static final List<Class<?>> OF_ARCHIVE =
      List.of(
          DuplicateTaskException.class, DependencyCycleException.class, ConflictException.class);
  private static final List<Class<?>> OF_QUEUES =
      List.of(
          BackpressureException.class,
          TaskNotFoundException.class,
          DuplicateTaskException.class,
          ConflictException.class,
          Planned.class);

  private final MisuseHandles handles;
  private final Consumer<Throwable> unexpected;
  private final Deque<Claim> held = new ConcurrentLinkedDeque<>();
  private final Set<String> given = ConcurrentHashMap.newKeySet();
  private final Set<String> completed = ConcurrentHashMap.newKeySet();
  private final AtomicLong queued = new AtomicLong();
  private final Set<String> made = ConcurrentHashMap.newKeySet();

  MisuseWork(MisuseHandles handles, Consumer<Throwable> unexpected) {
    this.handles = handles;
    this.unexpected = unexpected;
  }

  void call(TaskStore store, Random random, boolean remembers) {
    String id = "T-" + random.nextInt(IDS);
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> MisuseHandles.mayBeRefused(() -> take(store, random, id), OF_CLAIMS);
      case 3, 4 -> MisuseHandles.mayBeRefused(() -> give(store, random), OF_CLAIMS);
      case 5 -> MisuseHandles.mayBeRefused(() -> graph(store, random, id), OF_GRAPH);
      case 6 -> queues(store, random, remembers);
      case 7 -> jobs(store, random);
      case 8 -> MisuseHandles.mayBeRefused(() -> archive(store, random), OF_ARCHIVE);
      default -> inside(store, random, id);
    }
  }

  /** Writes of queues that were acknowledged are there. */
  void checkAcknowledged(TaskStore store) {
    for (String id : made) {
      if (store.get(id).isEmpty()) {
        unexpected.accept(new AssertionError(id + " was acknowledged, and is absent"));
      }
    }
  }

  // ---- claims

  private void take(TaskStore store, Random random, String id) throws InterruptedException {
    Claims claims = store.claims();
    Duration lease = Duration.ofMillis(1 + random.nextInt(100));
    Duration wait = Duration.ofMillis(random.nextInt(20));
    Condition filter = TaskFields.AGENT.is("a" + random.nextInt(6));
    switch (random.nextInt(8)) {
      case 0, 1 -> claims.next("w", lease).ifPresent(this::hold);
      case 2 -> claims.next(filter, "w", lease, 5).forEach(this::hold);
      case 3 -> claims.tryClaim(id, "w", lease).ifPresent(this::hold);
      case 4, 5 -> claims.awaitNext(filter, "w", lease, wait).ifPresent(this::hold);
      case 6 -> claims.awaitReady(filter, wait);
      default -> store.ready(filter, PageRequest.first(10));
    }
  }

  private void hold(Claim claim) {
    if (!given.add(claim.id() + "@" + claim.token())) {
      unexpected.accept(new AssertionError("given twice: " + claim));
    }
    held.add(claim);
    if (held.size() > MOST_HELD) {
      held.poll();
    }
  }

  /** With a claim that anybody took, in this round or before, and that may long be stale. */
  private void give(TaskStore store, Random random) {
    Claims claims = store.claims();
    Claim claim = random.nextBoolean() ? held.peekLast() : held.peek();
    if (claim == null) {
      return;
    }
    switch (random.nextInt(9)) {
      case 0 -> claims.renew(claim, Duration.ofMillis(1 + random.nextInt(1_000)));
      case 1 -> claims.update(claim, task -> task.withTitle("claimed"));
      case 2 -> claims.update(claim, MisuseWork::throwing);
      case 3, 4 -> complete(claims, claim);
      case 5 -> claims.fail(claim, "planned", RetryPolicy.of(3, Duration.ofMillis(2)));
      case 6 -> claims.release(claim);
      case 7 -> claims.reapExpired();
      default -> {
        claims.claimOf(claim.id());
        claims.list(PageRequest.first(10));
      }
    }
  }

  private void complete(Claims claims, Claim claim) {
    claims.complete(claim);
    if (!completed.add(claim.id() + "@" + claim.token())) {
      unexpected.accept(new AssertionError("completed twice: " + claim));
    }
    held.remove(claim);
  }

  private static Task throwing(Task task) {
    throw new Planned();
  }

  // ---- graph

  private static void graph(TaskStore store, Random random, String id) {
    TaskGraph graph = store.graph();
    String other = "T-" + random.nextInt(IDS);
    switch (random.nextInt(9)) {
      case 0, 1, 2 ->
          store.update(
              id,
              task ->
                  task.withDependencies(random.nextInt(3) == 0 ? List.of() : List.of(other, "X")));
      case 3 -> {
        graph.blockersOf(id);
        graph.dependentsOf(id);
      }
      case 4 -> {
        graph.linkedTo(id, Link.Type.PARENT);
        graph.subtree(id, 5);
      }
      case 5 -> graph.whatUnlocks(id);
      case 6 -> graph.withDependencies(List.of(id, other), 10);
      case 7 -> {
        graph.criticalPath(id);
        graph.criticalPath();
      }
      default -> {
        if (!graph.findCycle().isEmpty()) {
          throw new IllegalStateException("there is a circle: " + graph.findCycle());
        }
      }
    }
  }

  // ---- queues of writes

  private void queues(TaskStore store, Random random, boolean remembers) {
    AsyncWrites queue = handles.queues.peek();
    if (queue == null || (handles.queues.size() < 5 && random.nextInt(4) == 0)) {
      AsyncWrites.Policy policy =
          AsyncWrites.Policy.values()[random.nextInt(AsyncWrites.Policy.values().length)];
      queue = store.async(1 + random.nextInt(20), policy);
      handles.queues.add(queue);
    }
    try {
      for (int i = random.nextInt(12); i > 0; i--) {
        write(store, queue, random, remembers);
      }
      if (random.nextInt(6) == 0) {
        handles.queues.remove(queue);
        queue.close();
        queue.close();
      }
    } catch (BackpressureException e) {
      queue.queued();
    } catch (StoreClosedException e) {
      handles.queues.remove(queue); // another has closed it, or the store, which a call finds out
    }
  }

  private void write(TaskStore store, AsyncWrites queue, Random random, boolean remembers) {
    String id = "T-" + random.nextInt(IDS);
    Task task = Task.builder(id, "q").agent("a" + random.nextInt(5)).build();
    CompletableFuture<?> write =
        switch (random.nextInt(7)) {
          case 0 -> queue.put(task);
          case 1 -> queue.replace(task, random.nextInt(1_000));
          case 2 -> queue.update(id, t -> t.withTitle("queued"));
          case 3 -> queue.update(id, MisuseWork::throwing);
          case 4 -> queue.delete(id);
          default -> remembers ? insert(queue) : queue.insert(task);
        };
    handles.accepted.add(
        write.whenComplete(
            (done, e) -> {
              Throwable cause = e instanceof CompletionException ? e.getCause() : e;
              if (e != null && !MisuseHandles.isOneOf(cause, OF_QUEUES)) {
                unexpected.accept(e);
              }
            }));
    if (random.nextInt(20) == 0) {
      // in the queue's thread it is refused
      Runnable close = random.nextInt(3) > 0 ? queue::close : store::close;
      handles.accepted.add(
          write
              .thenRun(() -> MisuseHandles.refused(close))
              .whenComplete(
                  (done, e) -> {
                    if (e != null && !write.isCompletedExceptionally()) {
                      unexpected.accept(e);
                    }
                  }));
    }
  }

  private CompletableFuture<?> insert(AsyncWrites queue) {
    String id = "Q-" + queued.incrementAndGet();
    return queue.insert(Task.builder(id, "q").build()).thenRun(() -> made.add(id));
  }

  // ---- jobs and the archive

  private void jobs(TaskStore store, Random random) {
    Job job = handles.jobs.peek();
    if (job != null && random.nextInt(3) > 0) {
      MisuseHandles.mayBeRefused(
          () -> {
            switch (random.nextInt(3)) {
              case 0 -> job.cancel();
              case 1 -> job.progress();
              default -> job.await();
            }
            handles.jobs.remove(job);
            handles.jobs.add(job);
          },
          List.of());
      return;
    }
    Query some = Query.where(TaskFields.AGENT.is("a1"));
    Query retired = Query.where(TaskFields.ID.startsWith("R-"));
    MisuseHandles.mayBeRefused(
        () ->
            handles.jobs.add(
                switch (random.nextInt(8)) {
                  case 0 -> store.archive(retired);
                  case 1 -> store.restore(retired);
                  case 2 -> store.purge(retired);
                  case 3 -> store.archive(Instant.EPOCH, Set.of(Status.DONE));
                  case 4 -> store.purge(Instant.now());
                  default ->
                      store.updateAll(
                          "work-" + random.nextInt(1_000),
                          some,
                          1 + random.nextInt(50),
                          change(store, random.nextInt(4)));
                }),
        List.of(IllegalStateException.class)); // work of this name is under way
  }

  private static UnaryOperator<Task> change(TaskStore store, int kind) {
    return switch (kind) {
      case 0 -> MisuseWork::throwing;
      case 1 ->
          task -> {
            store.close(); // refused, which counts as a failure of this task
            return task;
          };
      case 2 ->
          task -> {
            Thread.currentThread().interrupt();
            return task.withTitle("interrupted");
          };
      default -> task -> task.withTitle("by a job");
    };
  }

  private static void archive(TaskStore store, Random random) {
    int number = 1 + random.nextInt(50);
    String id = "R-" + number;
    List<String> ids = List.of(id, "R-1", "R-2", "absent");
    switch (random.nextInt(7)) {
      case 0, 1 ->
          store.put(Task.builder(id, "r").dependencies(List.of("R-" + number / 2)).build());
      case 2 -> store.archive(ids);
      case 3 -> store.restore(ids);
      case 4 -> store.purge(ids);
      case 5 -> store.getArchived(id);
      default -> store.archived(Query.all(), PageRequest.first(5));
    }
  }

  // ---- inside of others

  /** Writes, and waits for writes, inside of a write are refused, and harm nothing. */
  private void inside(TaskStore store, Random random, String id) {
    AsyncWrites queue = handles.queues.peek();
    Deque<Runnable> calls = new ArrayDeque<>();
    switch (random.nextInt(6)) {
      case 0 -> calls.add(() -> store.claims().next("w", Duration.ofSeconds(1)));
      case 1 -> calls.add(() -> store.archive(List.of("R-1")));
      case 2 -> calls.add(() -> store.undo(id));
      case 3 -> calls.add(() -> store.rebuildIndexes(ProgressListener.NONE));
      case 4 -> handles.subscriptions.stream().limit(1).forEach(s -> calls.add(s::close));
      default -> {
        if (queue != null) {
          calls.add(queue::close);
        }
      }
    }
    MisuseHandles.mayBeRefused(
        () ->
            store.update(
                id,
                task -> {
                  calls.forEach(MisuseHandles::refused);
                  return task.withTitle("outside");
                }),
        List.of(TaskNotFoundException.class));
  }
}
