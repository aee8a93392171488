package dev.quarry.internal.lifecycle;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that closes idle cursors and snapshots; there is one only where a time is set. */
public final class Reaper {
  private static final Logger LOG = LoggerFactory.getLogger(Reaper.class);
  private static final int LOOKS_PER_TIMEOUT = 4;

  private final OpenHandles handles;
  private final long pauseNanos;
  private final Thread thread;
  private volatile boolean ended;

  /** A reaper that looks several times in an idle time; started by {@link #start}. */
  public Reaper(OpenHandles handles, Duration idle) {
    this.handles = handles;
    this.pauseNanos = Math.max(1, Interrupts.nanos(idle) / LOOKS_PER_TIMEOUT);
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
      // an interrupt meant for nobody would turn every later park into a spin
      Thread.interrupted();
      try {
        handles.reap(System.nanoTime());
      } catch (RuntimeException | Error e) {
        LOG.warn("a cursor or snapshot that nobody used could not be closed", e);
      }
    }
  }

  /** Ends the thread, without waiting for it: what it closes it closes under a lease. */
  public void end() {
    ended = true;
    LockSupport.unpark(thread);
  }
}
