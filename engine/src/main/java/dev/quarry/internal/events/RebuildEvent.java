package dev.quarry.internal.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** See {@link StoreEvents#rebuild}. */
@Name("taskstore.IndexRebuild")
@Label("Index rebuild")
@Category("Quarry")
@Description("The off-heap index was built from the records, or caught up")
@StackTrace(false)
final class RebuildEvent extends Event implements StoreEvents.Rebuild {
  @Label("Whole")
  @Description("Whether it was built anew; else it caught up with what it lacked")
  boolean whole;

  @Label("Tasks")
  long tasks;

  static RebuildEvent begun() {
    RebuildEvent event = new RebuildEvent();
    if (!event.isEnabled()) {
      return null;
    }
    event.begin();
    return event;
  }

  @Override
  public void done(boolean anew, long taskCount) {
    end();
    if (shouldCommit()) {
      whole = anew;
      tasks = taskCount;
      commit();
    }
  }
}
