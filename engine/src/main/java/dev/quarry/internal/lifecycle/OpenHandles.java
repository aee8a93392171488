package dev.quarry.internal.lifecycle;

import dev.quarry.LimitExceededException;
import dev.quarry.Limits;
import java.lang.ref.Cleaner;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
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

  /** A cursor, or a stream over one. */
  public static final String CURSOR = "cursor";

  private static final int CHUNK = 256;

  /** A snapshot. */
  public static final String SNAPSHOT = "snapshot";

  private static final long MAX_WAIT_SECONDS = 1_000_000_000L;
  private static final long LOOK_UP_NANOS = 50_000_000L;

  private final ConcurrentSkipListMap<Long, Handle> open = new ConcurrentSkipListMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final Guard guard;
  private final boolean keepStacks;
  private final Limits limits;
  private final Map<String, Semaphore> free;

  /** With {@code keepStacks}, each handle remembers who made it. */
  public OpenHandles(Guard guard, boolean keepStacks, Limits limits) {
    this.guard = guard;
    this.keepStacks = keepStacks;
    this.limits = limits;
    this.free =
        Map.of(
            CURSOR, new Semaphore(limits.openCursors()),
            SNAPSHOT, new Semaphore(limits.openSnapshots()));
  }

  /**
   * Makes what a handle of a kind is to hold, once there is room for one; then comes {@link #open}.
   *
   * @throws LimitExceededException if none is closed in time
   */
  public <R> R admit(String what, Supplier<R> maker) {
    Semaphore room = free.get(what);
    if (!room.tryAcquire()) {
      awaitRoom(what, room);
    }
    try {
      return maker.get();
    } catch (RuntimeException | Error e) {
      room.release();
      throw e;
    }
  }

  private void awaitRoom(String what, Semaphore room) {
    long nanos = Math.min(limits.acquireTimeout().toSeconds(), MAX_WAIT_SECONDS) * 1_000_000_000L;
    nanos += limits.acquireTimeout().toNanosPart();
    long start = System.nanoTime();
    try {
      while (System.nanoTime() - start < nanos) {
        if (room.tryAcquire(Math.min(nanos, LOOK_UP_NANOS), TimeUnit.NANOSECONDS)) {
          return;
        }
        if (guard.isClosed()) {
          throw guard.closedException(); // close waits for this call's lease
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw exceeded(what, "interrupted while waiting for one to be closed", e);
    }
    throw exceeded(what, "too many are open; close those that are done with, or raise it", null);
  }

  private LimitExceededException exceeded(String what, String message, Throwable cause) {
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("what", what);
    context.put("limit", what.equals(CURSOR) ? limits.openCursors() : limits.openSnapshots());
    context.put("waited", limits.acquireTimeout());
    return new LimitExceededException(message, context, cause);
  }

  /** Refuses a result of more tasks than the limits allow. */
  public void checkResult(String what, int size) {
    int most = limits.resultSize();
    if (size > most) {
      throw new LimitExceededException(
          "a result would be too large; ask for less at a time",
          Map.of("what", what, "asked", size, "limit", most));
    }
  }

  /** Tasks in a chunk where nobody asks for a number. */
  public int chunkSize() {
    return Math.min(CHUNK, limits.resultSize());
  }

  /** What may be open, and how large results may be. */
  public Limits limits() {
    return limits;
  }

  /** Closes those that nobody has used for the idle time, as of {@code now} in nanoseconds. */
  public void reap(long now) {
    long most = limits.idleTimeout().toNanos();
    for (Handle handle : open.values()) {
      long idle = handle.idleNanos(now);
      if (idle > most) {
        int lease = guard.tryEnter();
        if (lease < 0) {
          return;
        }
        LOG.warn(
            "a {} that nobody used for {} s is closed; {}",
            handle.what(),
            idle / 1_000_000_000L,
            whoOpened(handle),
            handle.creation());
        try {
          handle.close("it was closed because nobody used it for the idle time of the limits");
        } finally {
          guard.exit(lease);
        }
      }
    }
  }

  private static String whoOpened(Handle handle) {
    return handle.creation() == null
        ? "turn leakDetection on to see who opened it"
        : "it was opened here:";
  }

  /** A new handle that stands in the register until it is freed; what it holds was admitted. */
  public Handle open(String what, Runnable end) {
    long number = numbers.incrementAndGet();
    Throwable creation = keepStacks ? new Throwable("created here") : null;
    Handle handle =
        new Handle(
            what,
            creation,
            () -> {
              open.remove(number);
              try {
                end.run();
              } finally {
                free.get(what).release();
              }
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
            whoOpened(handle),
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
          whoOpened(handle),
          handle.creation());
      handle.close();
    }
  }
}
