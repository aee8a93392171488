package dev.quarry;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What a call allocates in its thread, which grows with every record that it reads. */
public final class Allocated {
  private Allocated() {}

  /** The bytes. */
  public static long by(Runnable call) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    call.run();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }
}
