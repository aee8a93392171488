package dev.quarry;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import dev.quarry.work.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Writes at random, by every verb, until it is killed; says after each hundred operations that it
 * is there.
 */
final class TwinProgram {
  /** What its last line begins with where it ends by itself. */
  static final String ENDED = "ended by ";

  /** Few, so that tasks often wait for others, and change while they do. */
  static final int IDS = 120;

  private static final int STEP = 100;

  private static final Duration LEASE = Duration.ofDays(1);

  /**
   * What a caller is told whose call cannot be done; whether the store is well is another thing.
   */
  private static final List<Class<? extends TaskStoreException>> REFUSALS =
      List.of(
          DuplicateTaskException.class,
          TaskNotFoundException.class,
          ConflictException.class,
          StaleClaimException.class,
          DependencyCycleException.class,
          SequenceNotRetainedException.class);

  private final TaskStore store;
  private final RandomWorld world;
  private final SplittableRandom random;
  private final List<Claim> held = new ArrayList<>();

  private TwinProgram(TaskStore store, long seed) {
    this.store = store;
    world = new RandomWorld(seed, IDS);
    random = new SplittableRandom(seed);
  }

  public static void main(String[] arguments) throws Exception {
    long seed = Long.parseLong(arguments[1]);
    try (TaskStore store = TaskStore.open(Path.of(arguments[0]))) {
      TwinProgram program = new TwinProgram(store, seed);
      for (long operation = 1; ; operation++) {
        try {
          program.operate();
        } catch (TaskStoreException e) {
          rethrowUnlessRefused(e);
        }
        if (operation % STEP == 0) {
          System.out.println(operation);
        }
      }
    } catch (Exception | Error e) {
      System.out.println(ENDED + e);
      throw e;
    }
  }

  /** Refused, as a task that is there already is: no change. All else ends the process. */
  private static void rethrowUnlessRefused(TaskStoreException e) {
    if (REFUSALS.stream().noneMatch(refusal -> refusal.isInstance(e))) {
      throw e;
    }
  }

  private void operate() throws Exception {
    switch (random.nextInt(26)) {
      case 0, 1, 2 -> store.put(world.task());
      case 3, 4, 5 -> store.update(world.id(), world::changed);
      case 6 -> store.delete(world.id());
      case 7 -> store.setStatus(List.of(world.id(), world.id()), world.one(Status.values()));
      case 22, 23 -> openOrEnd();
      case 8 -> bulk();
      case 9 -> index();
      case 10, 11 -> held.addAll(store.claims().next(Condition.ready(), "w", LEASE, 3));
      case 12, 13, 14 -> endOfAClaim();
      case 15, 16 -> store.archive(List.of(world.id(), world.id(), world.id()));
      case 17 -> store.restore(List.of(world.id(), world.id()));
      case 18 -> store.purge(List.of(world.id()));
      case 19 -> store.undo(world.id());
      case 20 -> chunks();
      case 21 -> queue();
      default -> {
        try (WriteBatch batch = store.newBatch()) {
          batch.put(world.task()).delete(world.id()).put(world.task());
          batch.commit();
        }
      }
    }
  }

  /** Of many at once, so that tasks which wait for them become ready, or wait again. */
  private void openOrEnd() {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      ids.add(world.id());
    }
    store.setStatus(ids, random.nextBoolean() ? Status.DONE : Status.TODO);
  }

  private void endOfAClaim() {
    if (held.isEmpty()) {
      return;
    }
    Claim claim = held.remove(random.nextInt(held.size()));
    switch (random.nextInt(3)) {
      case 0 -> store.claims().complete(claim);
      // without a rest, of which a full scan knows nothing
      case 1 -> store.claims().fail(claim, "why", RetryPolicy.of(3, Duration.ZERO));
      default -> store.claims().release(claim);
    }
  }

  /** Work by query, seldom: each reads and writes many. */
  private void chunks() throws Exception {
    Query some = Query.where(TaskFields.STATUS.is(world.one(Status.values())));
    switch (random.nextInt(32)) {
      case 0 -> {
        String name = "work " + store.sequence();
        store.updateAll(name, some, 20, world::changed).await();
      }
      case 1 -> store.archive(some).await();
      case 2 -> store.restore(some).await();
      case 3 -> store.purge(some).await();
      default -> store.undoLast();
    }
  }

  private void queue() {
    List<CompletableFuture<?>> writes = new ArrayList<>();
    try (AsyncWrites queue = store.async()) {
      for (int i = random.nextInt(8); i > 0; i--) {
        Priority priority = world.one(Priority.values()); // here: it is another's thread there
        writes.add(
            random.nextBoolean()
                ? queue.put(world.task())
                : queue.update(world.id(), task -> task.withPriority(priority)));
      }
      writes.add(queue.delete(world.id()));
    } // waits for all of them
    for (CompletableFuture<?> write : writes) {
      try {
        write.join();
      } catch (CompletionException e) {
        if (!(e.getCause() instanceof TaskStoreException cause)) {
          throw e;
        }
        rethrowUnlessRefused(cause);
      }
    }
  }

  private void bulk() {
    List<Task> tasks = new ArrayList<>();
    for (int i = random.nextInt(30); i > 0; i--) {
      tasks.add(world.task("bulk-" + random.nextInt(1_000)));
    }
    store.insertAll(tasks);
  }

  /** Seldom: it is slow beside the others. */
  private void index() {
    String name = "index-" + random.nextInt(4);
    if (random.nextInt(40) == 0 && !store.dropIndex(name)) {
      store.createIndex(world.index(name), ProgressListener.NONE);
    }
  }
}
