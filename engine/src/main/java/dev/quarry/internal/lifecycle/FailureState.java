package dev.quarry.internal.lifecycle;

import dev.quarry.StorageException;
import dev.quarry.StoreFailedException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Keeps the first unrecoverable write error and tells it to every later writer. Errors that pass by
 * themselves ({@link StorageException#isRetryable}) leave the store as it is. Thread-safe.
 */
public final class FailureState {
  private final AtomicReference<Throwable> first = new AtomicReference<>();
  private volatile Runnable told = () -> {};

  /** Sets what is run, in the failing thread, when an error was recorded; before there is one. */
  public void tells(Runnable value) {
    told = value;
  }

  /** Records an error if it is the first and does not pass by itself. */
  public void fail(Throwable cause) {
    boolean passes = cause instanceof StorageException storage && storage.isRetryable();
    if (!passes && first.compareAndSet(null, cause)) {
      told.run();
    }
  }

  /** Whether an error was recorded. */
  public boolean isFailed() {
    return first.get() != null;
  }

  /** Throws {@link StoreFailedException} if an error was recorded. */
  public void check() {
    Throwable cause = first.get();
    if (cause != null) {
      throw new StoreFailedException(
          "writes are refused since an earlier write failed; reads go on; close and reopen the"
              + " store once the cause is mended",
          Map.of("cause", String.valueOf(cause.getMessage())),
          cause);
    }
  }
}
