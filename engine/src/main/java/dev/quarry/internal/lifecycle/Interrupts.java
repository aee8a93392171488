package dev.quarry.internal.lifecycle;

/** Keeps a thread's interrupt away from work on files, which it would close under the work. */
public final class Interrupts {
  private Interrupts() {}

  /** Runs {@code work} with the interrupt cleared, and sets it again behind it. */
  public static void deferred(Runnable work) {
    boolean interrupted = Thread.interrupted();
    try {
      work.run();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
