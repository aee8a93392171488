package dev.quarry.internal.read;

import dev.quarry.CorruptionException;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.StorageIterator;
import java.nio.ByteBuffer;
import java.util.function.Function;
import java.util.function.LongFunction;

/**
 * A walk over records in the order of ordinals that comes past damage: it tells of a place that it
 * cannot pass, asks for the records around it one by one, and begins again behind them. After any
 * other error it begins again where it was. Not thread-safe. Close it.
 */
public final class ReadableWalk implements AutoCloseable {
  /** Ordinals that are asked for one by one: about what a block holds. */
  private static final int STRETCH = 256;

  private final Function<byte[], StorageIterator> walks;
  private final LongFunction<byte[]> records;
  private final ToldDamage told;
  private final long end;
  private RecordWalk walk;

  /** The first ordinal that it has not come to. */
  private long next;

  /** Those below are asked for one by one. */
  private long behind;

  private long ordinal;

  /**
   * A walk.
   *
   * @param walks over the records from a key on, null for all
   * @param records by ordinal, null for absent ones
   * @param from the first ordinal
   * @param end above all ordinals
   * @param told where it has been before
   */
  public ReadableWalk(
      Function<byte[], StorageIterator> walks,
      LongFunction<byte[]> records,
      long from,
      long end,
      ToldDamage told) {
    this.walks = walks;
    this.records = records;
    this.next = from;
    this.end = end;
    this.told = told;
  }

  /** A walk over a view. */
  static ReadableWalk of(View view, long from, boolean scan, ToldDamage told) {
    return new ReadableWalk(
        lower -> view.iterate(Family.RECORDS, lower, null, scan),
        view::bytes,
        from,
        view.ordinalBound(),
        told);
  }

  /** The next record, good until the next call; null at the end. */
  public ByteBuffer next() {
    while (next < end) {
      ByteBuffer record = next < behind ? one() : walked();
      if (record != null) {
        return record;
      }
    }
    return null;
  }

  /** The ordinal of the record that {@link #next} gave. */
  public long ordinal() {
    return ordinal;
  }

  private ByteBuffer one() {
    byte[] record = readable(next);
    ordinal = next;
    next++; // last: what fails otherwise is asked for again
    return record == null ? null : ByteBuffer.wrap(record);
  }

  private byte[] readable(long place) {
    try {
      return records.apply(place);
    } catch (CorruptionException e) {
      return null; // the walk has told of it
    }
  }

  private ByteBuffer walked() {
    if (walk == null) {
      walk = new RecordWalk(walks.apply(next == 0 ? null : Keys.number(next)));
    }
    try {
      ByteBuffer record = walk.next();
      if (record == null) {
        next = end;
      } else {
        ordinal = walk.ordinal();
        next = ordinal + 1;
      }
      return record;
    } catch (CorruptionException e) {
      close();
      behind = Math.min(end, next + STRETCH); // first: it throws where nothing was told of
      behind = told.tell(next, behind, e);
      return null;
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  @Override
  public void close() {
    if (walk != null) {
      walk.close();
      walk = null;
    }
  }
}
