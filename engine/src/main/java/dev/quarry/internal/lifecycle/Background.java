package dev.quarry.internal.lifecycle;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What works for the store in threads of its own, and how each ends. Thread-safe. */
public final class Background {
  private final Map<Object, Runnable> running = new ConcurrentHashMap<>();

  /** Registers work; {@code end} returns when it has ended. */
  public void add(Object work, Runnable end) {
    running.put(work, end);
  }

  /** Forgets work that has ended. */
  public void remove(Object work) {
    running.remove(work);
  }

  /** Ends all; when none can begin any more. */
  public void endAll() {
    running.values().forEach(Runnable::run);
  }
}
