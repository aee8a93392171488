package dev.quarry.index;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Runs work on files in a thread of its own: an interrupt of the caller's thread would close the
 * files under it, and fail the index.
 */
final class Apart {
  private Apart() {}

  /** The result of {@code work}; an interrupt that comes meanwhile is set again behind it. */
  static <R> R call(Callable<R> work) throws IOException {
    FutureTask<R> task = new FutureTask<>(work);
    Thread thread = new Thread(task, "quarry-index-file");
    thread.setDaemon(true);
    thread.start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      } else if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause(); // work on files throws nothing else
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
