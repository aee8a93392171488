package dev.quarry.internal.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** See {@link StoreEvents#flush}. */
@Name("taskstore.Flush")
@Label("Flush")
@Category("Quarry")
@Description("All memtables are written to files, on request")
@StackTrace(false)
final class FlushEvent extends Event implements StoreEvents.Flush {
  @DataAmount
  @Label("Memtables before")
  long memtables;

  static FlushEvent begun() {
    FlushEvent event = new FlushEvent();
    if (!event.isEnabled()) {
      return null;
    }
    event.begin();
    return event;
  }

  @Override
  public void done(long memtableBytes) {
    end();
    if (shouldCommit()) {
      memtables = memtableBytes;
      commit();
    }
  }
}
