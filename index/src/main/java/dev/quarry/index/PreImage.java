package dev.quarry.index;

import java.nio.ByteBuffer;
import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;

/**
 * What the one entry that is being edited held before: the place where readers go instead of
 * waiting for the writer. Valid exactly while its stamp equals the odd stamp of the entry.
 *
 * <p>Order of the writer: stamp 0, fence, content, release the stamp, fence; only then is the
 * entry's own stamp made odd. A reader that saw the odd stamp thus sees a stamp here that is not
 * older; it reads the content between two reads of the stamp.
 */
final class PreImage {
  private static final int STAMP = 0;
  private static final int KEY = 8;
  private static final int META = 16;
  private static final int WORD = 20;
  private static final int PAYLOAD = 24;

  /** In place of the number of a word: the payload is the whole of the entry's. */
  static final int WHOLE = -1;

  private final ByteBuffer memory;
  private final long base;

  PreImage(int payloadBytes) {
    memory = ByteBuffer.allocateDirect(PAYLOAD + payloadBytes);
    base = BufferUtil.address(memory);
  }

  /** Writer: keeps the whole payload. */
  void keep(long stamp, long key, int meta, long payload, int bytes) {
    begin();
    UnsafeApi.copyMemory(payload, base + PAYLOAD, bytes);
    end(stamp, key, meta, WHOLE);
  }

  /** Writer: keeps one word of a payload, all of the rest of which stays. */
  void keepWord(long stamp, long key, int meta, int word, long value) {
    begin();
    UnsafeApi.putLong(base + PAYLOAD, value);
    end(stamp, key, meta, word);
  }

  private void begin() {
    UnsafeApi.putLong(base + STAMP, 0);
    UnsafeApi.storeFence();
  }

  private void end(long stamp, long key, int meta, int word) {
    UnsafeApi.putLong(base + KEY, key);
    UnsafeApi.putInt(base + META, meta);
    UnsafeApi.putInt(base + WORD, word);
    UnsafeApi.putLongRelease(null, base + STAMP, stamp);
    UnsafeApi.storeFence();
  }

  long stamp() {
    return UnsafeApi.getLongAcquire(null, base + STAMP);
  }

  long key() {
    return UnsafeApi.getLong(base + KEY);
  }

  int meta() {
    return UnsafeApi.getInt(base + META);
  }

  int word() {
    return UnsafeApi.getInt(base + WORD);
  }

  /** The old value of the word, where one is kept. */
  long wordValue() {
    return UnsafeApi.getLong(base + PAYLOAD);
  }

  /** Address of the payload. */
  long payload() {
    return base + PAYLOAD;
  }

  long bytes() {
    return memory.capacity();
  }
}
