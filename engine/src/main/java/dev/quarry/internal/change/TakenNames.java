package dev.quarry.internal.change;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The names of subscriptions that are taken: by one that runs, or for the moment that a drop takes.
 * A drop under way is waited for, since it says nothing of whether the name is in use. Thread-safe;
 * who may have to wait is not inside a write of the store, which the drop needs.
 */
final class TakenNames {
  /** What stands for one that runs; nobody waits for it. */
  private final CompletableFuture<Void> runs = new CompletableFuture<>();

  private final Map<String, CompletableFuture<Void>> taken = new ConcurrentHashMap<>();

  /** Takes a name for one that runs, until {@link #giveBack}; false where another runs. */
  boolean take(String name) {
    return take(name, runs);
  }

  boolean isRunning(String name) {
    return taken.get(name) == runs;
  }

  void giveBack(String name) {
    taken.remove(name);
  }

  /** What the drop answers, or {@code otherwise}, and nothing done, where one of the name runs. */
  <R> R dropping(String name, Supplier<R> drop, Supplier<R> otherwise) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (!take(name, done)) {
      return otherwise.get();
    }
    try {
      return drop.get();
    } finally {
      taken.remove(name);
      done.complete(null);
    }
  }

  private boolean take(String name, CompletableFuture<Void> by) {
    while (true) {
      CompletableFuture<Void> before = taken.putIfAbsent(name, by);
      if (before == null) {
        return true;
      }
      if (before == runs) {
        return false;
      }
      before.join();
    }
  }
}
