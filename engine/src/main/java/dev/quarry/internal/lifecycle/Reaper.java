package dev.quarry.internal.lifecycle;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The thread that closes idle cursors and snapshots; there is one only where a time is set. */
public final class Reaper {
  private static final int LOOKS_PER_TIMEOUT = 4;

  private final OpenHandles handles;
  private final long pauseNanos;
  private final Thread thread;
  private volatile boolean ended;

  /** A reaper that looks several times in an idle time; started by {@link #start}. */
  public Reaper(OpenHandles handles, Duration idle) {
    this.handles = handles;
    this.pauseNanos = Math.max(1, idle.toNanos() / LOOKS_PER_TIMEOUT);
    thread = new Thread(this::run, "quarry-reaper");
    thread.setDaemon(true);
  }

  /** Starts the thread. */
  public void start() {
    thread.start();
  }

  private void run() {
    while (!ended) {
      LockSupport.parkNanos(pauseNanos);
      handles.reap(System.nanoTime());
    }
  }

  /** Ends the thread, without waiting for it: what it closes it closes under a lease. */
  public void end() {
    ended = true;
    LockSupport.unpark(thread);
  }
}
