package dev.quarry.internal.events;

import java.util.function.LongSupplier;

/**
 * Begins the store's events of Java Flight Recorder. Each method answers null where nobody records
 * the event, or where this runtime has no {@code jdk.jfr}, whose classes are then never loaded: so
 * an event costs a look at a flag until there is a recording. A read of one task has no event.
 *
 * <p>Who began an event ends it in the same thread; one that is never ended is not recorded.
 * Thread-safe.
 */
public final class StoreEvents {
  private static final boolean PRESENT = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private StoreEvents() {}

  /** A batch goes into RocksDB, the index and the caches. */
  public static Commit commit() {
    return PRESENT ? CommitEvent.begun() : null;
  }

  /** A query, or a step of a scan, is answered. */
  public static Query query() {
    return PRESENT ? QueryEvent.begun() : null;
  }

  /** RocksDB takes a batch, at once or when flushes and compactions let it. */
  public static WriteStall writeStall() {
    return PRESENT ? WriteStallEvent.begun() : null;
  }

  /** Memtables are written to files. */
  public static Flush flush() {
    return PRESENT ? FlushEvent.begun() : null;
  }

  /** The off-heap index is built, or catches up. */
  public static Rebuild rebuild() {
    return PRESENT ? RebuildEvent.begun() : null;
  }

  /** Caches give memory back. */
  public static Pressure pressure() {
    return PRESENT ? MemoryPressureEvent.begun() : null;
  }

  /** See {@link #commit}. */
  @FunctionalInterface
  public interface Commit {
    /** Ends it. */
    void done(long sequence, int commits, int tasks, long bytes, boolean sync);
  }

  /** See {@link #query}. */
  @FunctionalInterface
  public interface Query {
    /** Ends it. */
    void done(String access, long rows, long examined);
  }

  /** See {@link #writeStall}. */
  @FunctionalInterface
  public interface WriteStall {
    /** Ends it; the counts are asked for only if it took long. */
    void done(long bytes, LongSupplier delays, LongSupplier stops);
  }

  /** See {@link #flush}. */
  @FunctionalInterface
  public interface Flush {
    /** Ends it. */
    void done(long memtableBytes);
  }

  /** See {@link #rebuild}. */
  @FunctionalInterface
  public interface Rebuild {
    /** Ends it. */
    void done(boolean whole, long tasks);
  }

  /** See {@link #pressure}. */
  @FunctionalInterface
  public interface Pressure {
    /** Ends it. */
    void done(
        long limitBytes, long bytesBefore, long bytesAfter, long recordsEvicted, boolean fits);
  }
}
