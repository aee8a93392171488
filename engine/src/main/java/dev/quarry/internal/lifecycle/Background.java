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

  /** Registers work and starts it; what could not be started is forgotten, as it never ends. */
  public void start(Object work, Runnable begin, Runnable end) {
    add(work, end); // first: what ends at once forgets itself
    try {
      begin.run();
    } catch (RuntimeException | Error e) {
      remove(work);
      throw e;
    }
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
