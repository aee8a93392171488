package dev.quarry;

import dev.quarry.work.Claim;
import dev.quarry.work.RetryPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Random calls of the verbs that write tasks, the archive and claims, on the ids of a supplier
 * only. Whoever watches is told after each commit. Not thread-safe.
 */
final class RandomVerbs {
  private static final Duration LEASE = Duration.ofDays(1);

  private final TaskStore store;
  private final RandomWorld world;
  private final Random random;
  private final Supplier<String> ids;
  private final Watcher watcher;
  private final List<Claim> held = new ArrayList<>();

  /** Is told of commits, in their order. */
  @FunctionalInterface
  interface Watcher {
    /** This commit may have changed the tasks of these ids, and no other of the supplier's. */
    void wrote(long sequence, Collection<String> ids);
  }

  RandomVerbs(TaskStore store, RandomWorld world, Supplier<String> ids, Watcher watcher) {
    this.store = store;
    this.world = world;
    this.random = world.random;
    this.ids = ids;
    this.watcher = watcher;
  }

  /** One verb; what such verbs are refused with is no error. */
  void one() {
    String id = ids.get();
    try {
      verb(id);
    } catch (DuplicateTaskException
        | TaskNotFoundException
        | DependencyCycleException
        | ConflictException
        | StaleClaimException e) {
      if (e.context().isEmpty()) {
        throw e;
      }
    }
  }

  private void verb(String id) {
    switch (random.nextInt(16)) {
      case 0 -> store.delete(id).ifPresent(sequence -> watcher.wrote(sequence, List.of(id)));
      case 1 -> batch();
      case 2 -> wrote(store.setStatus(List.of(id), world.one(Status.values())), List.of(id));
      case 3, 4 -> {
        List<String> several = List.of(id, ids.get());
        wrote(store.archive(several), several);
      }
      case 5 -> wrote(store.restore(List.of(id)), List.of(id));
      case 6 -> wrote(store.purge(List.of(id)), List.of(id));
      case 7 -> {
        store.undo(id);
        watcher.wrote(store.history(id, 1).get(0).sequence(), List.of(id));
      }
      case 8, 9 -> claim(id);
      case 10 -> endOfAClaim();
      case 11 -> wrote(store.insertAll(List.of(world.task(id))), List.of(id));
      case 12, 13 -> wrote(store.update(id, world::changed));
      default -> wrote(store.put(world.task(id)));
    }
  }

  private void wrote(Task task) {
    watcher.wrote(task.version(), List.of(task.id()));
  }

  private void wrote(BulkResult result, List<String> ids) {
    if (result.updated() > 0) {
      watcher.wrote(result.sequence(), ids);
    }
  }

  private void batch() {
    List<String> written = new ArrayList<>();
    try (WriteBatch batch = store.newBatch()) {
      for (int n = 1 + random.nextInt(6); n > 0; n--) {
        String id = ids.get();
        written.add(id);
        batch.put(world.task(id));
      }
      watcher.wrote(batch.commit(), written);
    }
  }

  private void claim(String id) {
    // else few are ready
    wrote(store.update(id, t -> t.withStatus(Status.TODO).withDependencies(List.of())));
    Optional<Claim> claim = store.claims().tryClaim(id, "w" + random.nextInt(3), LEASE);
    if (claim.isPresent()) {
      wrote(claim.get().task());
      held.add(claim.get());
    }
  }

  private void endOfAClaim() {
    if (held.isEmpty()) {
      return;
    }
    Claim claim = held.remove(random.nextInt(held.size()));
    wrote(
        switch (random.nextInt(3)) {
          case 0 -> store.claims().complete(claim);
          case 1 -> store.claims().fail(claim, "why", RetryPolicy.of(3, Duration.ofDays(1)));
          default -> store.claims().release(claim);
        });
  }
}
