package dev.quarry.internal.index;

import dev.quarry.CorruptionException;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All records that can be read. A walk ends at a damaged block; the records around it are then
 * asked for one by one, and the walk begins again behind them.
 */
final class ReadableRecords {
  private static final Logger LOG = LoggerFactory.getLogger(ReadableRecords.class);

  /** Ordinals that are asked for one by one: about what a block holds. */
  private static final int STRETCH = 256;

  private final Storage storage;
  private final long end;
  private final Visitor visitor;

  /** Receives records in the order of ordinals. */
  interface Visitor {
    void record(long ordinal, byte[] record);
  }

  private ReadableRecords(Storage storage, long end, Visitor visitor) {
    this.storage = storage;
    this.end = end;
    this.visitor = visitor;
  }

  /** Visits the records of the ordinals below {@code end}. */
  static void forEach(Storage storage, long end, Visitor visitor) {
    ReadableRecords records = new ReadableRecords(storage, end, visitor);
    for (long from = 0; from < end; ) {
      from = records.oneByOne(records.walk(from));
    }
  }

  /** Where the walk from there ends: at the end, or before a place that it cannot pass. */
  private long walk(long from) {
    long next = from;
    try (StorageIterator it =
        storage.iterate(Family.RECORDS, Keys.number(from), Keys.number(end), null, true)) {
      for (boolean there = moves(it, true); there; there = moves(it, false)) {
        long ordinal = Keys.number(it.key());
        visitor.record(ordinal, it.value());
        next = ordinal + 1;
      }
      return end;
    } catch (Damage e) {
      LOG.warn("damaged records are passed over, behind ordinal {}", next - 1, e.getCause());
      return next;
    }
  }

  private static boolean moves(StorageIterator it, boolean first) {
    try {
      if (first) {
        it.first();
      } else {
        it.next();
      }
      return it.isValid();
    } catch (CorruptionException e) {
      throw new Damage(e);
    }
  }

  private long oneByOne(long from) {
    long to = Math.min(end, from + STRETCH);
    for (long ordinal = from; ordinal < to; ordinal++) {
      byte[] record = readable(ordinal);
      if (record != null) {
        visitor.record(ordinal, record);
      }
    }
    return to;
  }

  private byte[] readable(long ordinal) {
    try {
      return storage.get(Family.RECORDS, Keys.number(ordinal));
    } catch (CorruptionException e) {
      return null; // the walk has told of it
    }
  }

  /** The walk itself met damage, and not who was visited. */
  private static final class Damage extends RuntimeException {
    private static final long serialVersionUID = 1;

    Damage(CorruptionException cause) {
      super(cause);
    }
  }
}
