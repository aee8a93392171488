package dev.quarry.internal.memory;

import dev.quarry.MemoryPressure;
import dev.quarry.StoreStats;
import dev.quarry.TaskStoreException;
import dev.quarry.internal.events.StoreEvents;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a store holds below a limit. As long as the sum is below it, nothing is done. Once it
 * is above, the bounds of the caches are lowered so far that the caches, memtables at their bound
 * and what cannot shrink would fit together, in proportion to how the caches are configured; if
 * that is not enough, memtables are flushed. So the next pressure needs something that grows on its
 * own, and the bounds do not swing. They rise again when what cannot shrink has become less.
 *
 * <p>The caches keep a sixteenth of their size in any case: with less, each read would begin with
 * reading filters. Where that and what cannot shrink are above the limit, it is said, and nothing
 * more is tried until that changes.
 *
 * <p>{@link #look} is for one thread; {@link #stats} for any.
 */
public final class MemoryGovernor {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryGovernor.class);

  /** Part of the limit that is left free, so that small growth is no pressure. */
  private static final int SLACK = 16;

  /** Part of its configured size by which a cache's bound that is not small rises at least. */
  private static final int STEP = 8;

  /** Part of its configured size that a cache keeps in any case. */
  private static final int LEAST = 16;

  private final Governed governed;
  private final Bounds full;
  private final long limit;
  private final Consumer<? super MemoryPressure> listener;
  private Bounds bounds;
  private final AtomicLong pressures = new AtomicLong();
  private volatile boolean fits = true;

  /**
   * Bounds of what can be bounded.
   *
   * @param records of the record cache
   * @param blocks of the block cache
   * @param memtables of the memtables, which RocksDB keeps by itself
   */
  public record Bounds(long records, long blocks, long memtables) {}

  /** A governor; {@code full} is what the parts have when it begins. */
  public MemoryGovernor(
      Governed governed, Bounds full, long limit, Consumer<? super MemoryPressure> listener) {
    this.governed = governed;
    this.full = full;
    this.bounds = full;
    this.limit = limit;
    this.listener = listener;
  }

  /** Looks once, and does what there is to do. */
  public void look() {
    MemoryUse use = governed.use();
    boolean enough = least(use) <= limit;
    Bounds wanted = enough ? boundsFor(use) : least();
    if (use.sum() > limit && (enough || fits)) {
      press(use, wanted, enough);
    } else if (use.sum() <= limit) {
      fits |= enough;
      if (isWorthIt(wanted)) {
        set(wanted, use);
      }
    }
  }

  /** What the store cannot do without. */
  private long least(MemoryUse use) {
    return use.fixed() + (full.records + full.blocks) / LEAST;
  }

  private Bounds boundsFor(MemoryUse use) {
    long room = goal() - use.fixed() - full.memtables;
    long caches = full.records + full.blocks;
    if (room >= caches) {
      return full;
    }
    if (room <= caches / LEAST) {
      return least(); // less would cost reads more than a flush costs writes
    }
    double share = (double) room / caches;
    return new Bounds((long) (full.records * share), (long) (full.blocks * share), full.memtables);
  }

  private Bounds least() {
    return new Bounds(full.records / LEAST, full.blocks / LEAST, full.memtables);
  }

  private long goal() {
    return limit - limit / SLACK;
  }

  private boolean isWorthIt(Bounds wanted) {
    return isWorthIt(bounds.records, wanted.records, full.records)
        || isWorthIt(bounds.blocks, wanted.blocks, full.blocks)
        || (wanted.equals(full) && !bounds.equals(full));
  }

  private static boolean isWorthIt(long now, long wanted, long full) {
    return wanted - now > Math.min(full / STEP, now + full / STEP / STEP);
  }

  private void press(MemoryUse before, Bounds wanted, boolean enough) {
    StoreEvents.Pressure event = StoreEvents.pressure();
    long evicted = governed.evictions();
    set(enough ? lower(wanted) : wanted, before);
    MemoryUse after = governed.use();
    if (after.sum() > goal()) {
      flush();
      after = governed.use();
    }
    fits = enough;
    pressures.incrementAndGet();
    if (!enough) {
      LOG.warn(
          "the memory limit of {} bytes is below the {} bytes of index, open files and a part of"
              + " the caches; raise memoryLimitBytes, or configure smaller caches",
          limit,
          least(after));
    }
    if (event != null) {
      long now = governed.evictions();
      event.done(limit, before.sum(), after.sum(), now - evicted, enough);
    }
    listener.accept(new MemoryPressure(stats(before), stats(after)));
  }

  private Bounds lower(Bounds wanted) {
    return new Bounds(
        Math.min(wanted.records, bounds.records),
        Math.min(wanted.blocks, bounds.blocks),
        wanted.memtables);
  }

  private void flush() {
    try {
      governed.flush();
    } catch (TaskStoreException e) {
      LOG.warn("memtables cannot be flushed to give their memory back", e);
    }
  }

  private void set(Bounds wanted, MemoryUse use) {
    if (wanted.records != bounds.records) {
      governed.limitRecords(wanted.records);
    }
    // blocks may have come to lie so that a bound set before does not hold any more
    if (wanted.blocks != bounds.blocks || use.blocks() > wanted.blocks + wanted.blocks / SLACK) {
      governed.limitBlocks(wanted.blocks);
    }
    bounds = wanted;
  }

  /** How the store stands with this use. */
  public StoreStats.Memory stats(MemoryUse use) {
    return stats(use, limit, pressures.get(), fits);
  }

  /** The same where nothing governs. */
  public static StoreStats.Memory ungoverned(MemoryUse use) {
    return stats(use, 0, 0, true);
  }

  private static StoreStats.Memory stats(MemoryUse use, long limit, long pressures, boolean fits) {
    return new StoreStats.Memory(
        limit,
        use.records(),
        use.index(),
        use.blocks(),
        use.pinned(),
        use.memtables(),
        use.tables(),
        pressures,
        fits);
  }
}
