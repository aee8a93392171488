package dev.quarry.internal.write;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Entries of the change log in whose middle readers stand: those of large commits have megabytes,
 * and are read from the storage once for all parts and all readers. Whether an entry is still in
 * the log, its key tells. Holds some megabytes at most, or one entry. Thread-safe, without locks.
 */
public final class KeptEntries {
  private static final long MOST_BYTES = 4 << 20;

  private final ConcurrentSkipListMap<Long, LogEntry> entries = new ConcurrentSkipListMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /** That of a sequence, or null where it is not kept. */
  LogEntry of(long sequence) {
    return entries.get(sequence);
  }

  void keep(LogEntry entry) {
    if (entries.containsKey(entry.sequence())) {
      return;
    }
    if (bytes.get() + entry.bytes() > MOST_BYTES) {
      clear();
    }
    if (entries.putIfAbsent(entry.sequence(), entry) == null) {
      bytes.addAndGet(entry.bytes());
    }
  }

  private void clear() {
    Map.Entry<Long, LogEntry> next = entries.pollFirstEntry();
    while (next != null) {
      bytes.addAndGet(-next.getValue().bytes());
      next = entries.pollFirstEntry();
    }
  }
}
