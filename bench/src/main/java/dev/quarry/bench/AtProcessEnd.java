package dev.quarry.bench;

/**
 * Something to do if the process is told to end (Ctrl-C, SIGTERM) before this is closed. Closing
 * takes it back; once it runs, closing has no effect.
 */
public final class AtProcessEnd implements AutoCloseable {
  private final Thread hook;

  /** From now on. */
  public AtProcessEnd(Runnable action) {
    hook = new Thread(action, "bench-end");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // the end has begun
    }
  }
}
