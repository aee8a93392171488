package dev.quarry.tools.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C, and a request of the system to end, into a question that a long command asks
 * itself. When the command has ended what it does, {@link #close} lets the process go, with exit
 * code 0; one that takes too long goes as if there had been no such thing.
 */
final class Interruption implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::await, "quarry-interruption");
  private volatile boolean isRequested;

  private Interruption() {}

  /** From now on, until it is closed. */
  static Interruption catching() {
    Interruption interruption = new Interruption();
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  /** Whether the command should end. */
  boolean isRequested() {
    return isRequested || Thread.currentThread().isInterrupted();
  }

  private void await() {
    isRequested = true;
    try {
      if (ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        // the code of an interrupted process is given already, and only this is stronger
        Runtime.getRuntime().halt(ExitCode.OK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody waits for the command any more
    }
  }

  /** To be called when all is closed and written. */
  @Override
  public void close() {
    if (!isRequested) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // the end has begun just now, and takes the hook with it
      }
    }
    ended.countDown();
  }
}
