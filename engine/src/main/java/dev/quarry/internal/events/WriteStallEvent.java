package dev.quarry.internal.events;

import java.util.function.LongSupplier;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** See {@link StoreEvents#writeStall}. */
@Name("taskstore.WriteStall")
@Label("Write stall")
@Category("Quarry")
@Description("A batch that RocksDB took long to take")
@StackTrace(false)
@Threshold("20 ms")
final class WriteStallEvent extends Event implements StoreEvents.WriteStall {
  @DataAmount
  @Label("Batch")
  long bytes;

  @Label("Delays")
  @Description(
      "How often flushes or compactions have slowed writes down since the store was opened")
  long delays;

  @Label("Stops")
  @Description("How often flushes or compactions have stopped writes since the store was opened")
  long stops;

  static WriteStallEvent begun() {
    WriteStallEvent event = new WriteStallEvent();
    if (!event.isEnabled()) {
      return null;
    }
    event.begin();
    return event;
  }

  @Override
  public void done(long batchBytes, LongSupplier delayCount, LongSupplier stopCount) {
    end();
    if (shouldCommit()) {
      bytes = batchBytes;
      delays = delayCount.getAsLong();
      stops = stopCount.getAsLong();
      commit();
    }
  }
}
