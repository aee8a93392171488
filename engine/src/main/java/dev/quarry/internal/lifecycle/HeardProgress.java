package dev.quarry.internal.lifecycle;

import dev.quarry.ProgressListener;

/** Tells what a caller's listener threw from what the work threw, which may be of the same type. */
public final class HeardProgress implements ProgressListener {
  private final ProgressListener listener;
  private volatile Throwable thrown;

  /** Passes on to a listener. */
  public HeardProgress(ProgressListener listener) {
    this.listener = listener;
  }

  @Override
  public void progress(String phase, long done, long total) {
    try {
      listener.progress(phase, done, total);
    } catch (Throwable e) {
      thrown = e;
      throw e;
    }
  }

  /** Whether it is what the listener threw. */
  public boolean threw(Throwable e) {
    return e == thrown;
  }
}
