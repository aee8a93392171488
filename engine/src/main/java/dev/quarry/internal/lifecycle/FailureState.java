package dev.quarry.internal.lifecycle;

import dev.quarry.StoreFailedException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** Keeps the first unrecoverable write error and tells it to every later writer. Thread-safe. */
public final class FailureState {
  private final AtomicReference<Throwable> first = new AtomicReference<>();

  /** Records an error if it is the first. */
  public void fail(Throwable cause) {
    first.compareAndSet(null, cause);
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
