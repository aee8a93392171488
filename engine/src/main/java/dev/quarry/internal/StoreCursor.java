package dev.quarry.internal;

import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.lifecycle.Handle;
import dev.quarry.internal.lifecycle.OneThread;
import dev.quarry.internal.lifecycle.OpenHandles;
import dev.quarry.internal.read.Scan;
import java.util.List;

/** A scan that is handed out. */
final class StoreCursor implements TaskCursor {
  private final Guard guard;
  private final OpenHandles handles;
  private final Handle handle;
  private final Scan scan;
  private final long sequence;
  private final OneThread oneThread = new OneThread();

  StoreCursor(Guard guard, OpenHandles handles, Handle handle, Scan scan, long sequence) {
    this.guard = guard;
    this.handles = handles;
    this.handle = handle;
    this.scan = scan;
    this.sequence = sequence;
  }

  @Override
  public List<Task> nextChunk() {
    int lease = guard.enter();
    try {
      handle.enter();
      try {
        // two threads at once in one native iterator would crash the process
        return oneThread.step(scan::nextChunk);
      } finally {
        handle.exit();
      }
    } finally {
      guard.exit(lease);
    }
  }

  @Override
  public long sequence() {
    return sequence;
  }

  @Override
  public void close() {
    handles.close(handle);
  }
}
