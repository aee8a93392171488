package dev.quarry.internal.care.salvage;

import dev.quarry.TaskStoreException;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.write.StoreHead;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Which of two values of a key was written later, by what the values themselves say: files are not
 * always read in the order in which their entries were written. Values of the history never change;
 * those that are derived are built anew.
 */
final class EntryAge {
  private static final long[] UNKNOWN = {};

  private static final int CLAIM_STATE = 1;
  private static final int CLAIM_TOKEN = 2;
  private static final int CLAIM_UNTIL = 14;
  private static final byte CLAIMED = 1;
  private static final int POSITION = 1;
  private static final int POSITION_AT = 9;
  private static final int NEXT_INDEX = 1;

  private final RecordCodec codec;

  EntryAge(RecordCodec codec) {
    this.codec = codec;
  }

  /** Whether {@code value} was written before {@code than}, null for none; false if unknown. */
  boolean isOlder(Family family, byte[] key, byte[] value, byte[] than) {
    return than != null && Arrays.compare(age(family, key, value), age(family, key, than)) < 0;
  }

  /** Numbers that rise with each value of the key; none where the value does not tell. */
  private long[] age(Family family, byte[] key, byte[] value) {
    ByteBuffer in = ByteBuffer.wrap(value);
    try {
      return switch (family) {
        case RECORDS, ARCHIVE -> new long[] {codec.decode(value).version()};
        case SUBSCRIPTIONS -> new long[] {in.getLong(POSITION_AT), in.getLong(POSITION)};
        case CLAIMS -> claim(in);
        case META -> meta(key, in);
        default -> UNKNOWN;
      };
    } catch (BufferUnderflowException | IndexOutOfBoundsException | TaskStoreException e) {
      return UNKNOWN; // damaged itself: any other value is better
    }
  }

  /** Each claim has a token of its own; its lease is renewed forward, and then it ends. */
  private static long[] claim(ByteBuffer in) {
    if (!in.hasRemaining()) {
      return UNKNOWN; // the mark of an awaited moment
    }
    boolean claimed = in.get(CLAIM_STATE) == CLAIMED;
    long ended = claimed ? 0 : in.getLong(CLAIM_UNTIL) == 0 ? 2 : 1;
    return new long[] {in.getLong(CLAIM_TOKEN), ended, in.getLong(CLAIM_UNTIL)};
  }

  private static long[] meta(byte[] key, ByteBuffer in) {
    if (Arrays.equals(key, StoreHead.KEY)) {
      return new long[] {in.getLong(0)};
    }
    return Arrays.equals(key, StoreHead.CATALOG_KEY) ? new long[] {in.getInt(NEXT_INDEX)} : UNKNOWN;
  }
}
