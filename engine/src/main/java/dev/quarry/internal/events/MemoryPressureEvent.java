package dev.quarry.internal.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** See {@link StoreEvents#pressure}. */
@Name("taskstore.MemoryPressure")
@Label("Memory pressure")
@Category("Quarry")
@Description("The store held more memory than its limit, and its caches gave some back")
@StackTrace(false)
final class MemoryPressureEvent extends Event implements StoreEvents.Pressure {
  @DataAmount
  @Label("Limit")
  long limit;

  @DataAmount
  @Label("Held before")
  long before;

  @DataAmount
  @Label("Held after")
  long after;

  @Label("Records evicted")
  long recordsEvicted;

  @Label("Fits")
  @Description("Whether what cannot be given back is below the limit")
  boolean fits;

  static MemoryPressureEvent begun() {
    MemoryPressureEvent event = new MemoryPressureEvent();
    if (!event.isEnabled()) {
      return null;
    }
    event.begin();
    return event;
  }

  @Override
  public void done(
      long limitBytes, long bytesBefore, long bytesAfter, long evicted, boolean isEnough) {
    end();
    if (shouldCommit()) {
      limit = limitBytes;
      before = bytesBefore;
      after = bytesAfter;
      recordsEvicted = evicted;
      fits = isEnough;
      commit();
    }
  }
}
