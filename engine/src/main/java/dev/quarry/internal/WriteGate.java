package dev.quarry.internal;

import dev.quarry.LimitExceededException;
import dev.quarry.Limits;
import dev.quarry.internal.lifecycle.RateLimiter;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Admits writes as far as the limits let it. Thread-safe, lock-free. */
final class WriteGate {
  /** Measuring the disk lists the files, which costs as much as some writes. */
  private static final int MEASURE_EVERY = 64;

  private final long diskBytes;
  private final RateLimiter rate;
  private final LongSupplier disk;
  private final AtomicLong writes = new AtomicLong();
  private volatile long measured;

  WriteGate(Limits limits, InstantSource clock, LongSupplier disk) {
    this.diskBytes = limits.diskBytes();
    this.rate =
        limits.writesPerSecond() == 0
            ? null
            : new RateLimiter("writes", limits.writesPerSecond(), clock);
    this.disk = disk;
  }

  /** Admits one write call, or throws {@link LimitExceededException}. */
  void admit() {
    if (diskBytes > 0) {
      checkDisk();
    }
    admitDelete();
  }

  /** Admits one that makes room, so the disk does not matter. */
  void admitDelete() {
    if (rate != null) {
      rate.take();
    }
  }

  private void checkDisk() {
    if (measured > diskBytes || writes.getAndIncrement() % MEASURE_EVERY == 0) {
      measured = disk.getAsLong();
    }
    if (measured > diskBytes) {
      throw new LimitExceededException(
          "the store's files exceed their limit; delete or purge tasks and compact, or raise it"
              + " (Limits.bytes); reads go on",
          Map.of("bytes", measured, "limit", diskBytes));
    }
  }
}
