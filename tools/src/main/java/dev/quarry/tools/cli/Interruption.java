package dev.quarry.tools.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C, and a request of the system to end, into a question that a long command asks
 * itself. When the command has ended what it does, {@link #close} lets the process go, with the
 * command's exit code; one that fails, or takes too long, goes as if there had been no such thing.
 */
final class Interruption implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final CountDownLatch requested = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::await, "quarry-interruption");
  private volatile int exitCode = ExitCode.INTERRUPTED;
  private volatile boolean terminated;

  private Interruption() {}

  /** From now on, until it is closed. */
  static Interruption catching() {
    Interruption interruption = new Interruption();
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  /** Whether the command should end. An interrupt of its thread says so once. */
  boolean isRequested() {
    return requested.getCount() == 0 || Thread.interrupted();
  }

  /**
   * Whether it is the system that asks, by SIGTERM, as for the end of a service, and not a user by
   * Ctrl-C. Where the virtual machine does not tell, it is a user.
   */
  boolean isTermination() {
    return terminated;
  }

  /** Waits until the command should end. */
  void awaitRequest() {
    try {
      requested.await();
    } catch (InterruptedException e) {
      // that is a request
    }
  }

  /** The command has done what it does, and all is written. */
  void endsWith(int code) {
    exitCode = code;
  }

  private void await() {
    // the only trace that a signal leaves: the thread that brings it
    terminated =
        Thread.getAllStackTraces().keySet().stream()
            .anyMatch(thread -> thread.getName().equals("SIGTERM handler"));
    requested.countDown();
    try {
      if (ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS) && exitCode != ExitCode.INTERRUPTED) {
        // the process has its exit code by now, that of an interrupted one; only this is stronger
        Runtime.getRuntime().halt(exitCode);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody waits for the command any more
    }
  }

  @Override
  public void close() {
    if (requested.getCount() > 0) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // the end has begun just now, and takes the hook with it
      }
    }
    ended.countDown();
  }
}
