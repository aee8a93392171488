package dev.quarry.internal.lifecycle;

import java.lang.ref.Cleaner;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cursors and snapshots that are handed out and not yet closed. One that becomes unreachable is
 * closed and reported, with its creator's stack where that is kept. Thread-safe, lock-free but for
 * the cleaner's own list.
 */
public final class OpenHandles {
  private static final Logger LOG = LoggerFactory.getLogger(OpenHandles.class);
  private static final Cleaner CLEANER =
      Cleaner.create(
          task -> {
            Thread thread = new Thread(task, "quarry-cleaner");
            thread.setDaemon(true);
            return thread;
          });

  private final ConcurrentSkipListMap<Long, Handle> open = new ConcurrentSkipListMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final Guard guard;
  private final boolean keepStacks;

  /** With {@code keepStacks}, each handle remembers who made it. */
  public OpenHandles(Guard guard, boolean keepStacks) {
    this.guard = guard;
    this.keepStacks = keepStacks;
  }

  /** A new handle that stands in the register until it is freed. */
  public Handle open(String what, Runnable free) {
    long number = numbers.incrementAndGet();
    Throwable creation = keepStacks ? new Throwable("created here") : null;
    Handle handle =
        new Handle(
            what,
            creation,
            () -> {
              open.remove(number);
              free.run();
            });
    open.put(number, handle);
    return handle;
  }

  /** Closes {@code handle}, with a report, should {@code owner} become unreachable before. */
  public void watch(Object owner, Handle handle) {
    CLEANER.register(owner, new Leak(this, handle));
  }

  private record Leak(OpenHandles handles, Handle handle) implements Runnable {
    @Override
    public void run() {
      if (!handle.isClosed()) {
        LOG.warn(
            "a {} was never closed; it is closed now; {}",
            handle.what(),
            handle.creation() == null
                ? "turn leakDetection on to see who opened it"
                : "it was opened here:",
            handle.creation());
        handles.close(handle);
      }
    }
  }

  /** Closes a handle; a store that is closing does so itself, behind the last lease. */
  public void close(Handle handle) {
    int lease = guard.tryEnter();
    if (lease >= 0) {
      try {
        handle.close();
      } finally {
        guard.exit(lease);
      }
    }
  }

  /** Whether any is open. */
  public boolean isAnyOpen() {
    return !open.isEmpty();
  }

  /** How many of a kind are open. */
  public int count(String what) {
    int n = 0;
    for (Handle handle : open.values()) {
      n += handle.what().equals(what) ? 1 : 0;
    }
    return n;
  }

  /** Closes all, reporting each; after the store's guard refuses new uses. */
  public void closeAll() {
    for (Handle handle : open.values()) {
      LOG.warn(
          "a {} was still open when the store was closed; {}",
          handle.what(),
          handle.creation() == null
              ? "turn leakDetection on to see who opened it"
              : "it was opened here:",
          handle.creation());
      handle.close();
    }
  }
}
