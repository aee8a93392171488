package dev.quarry.index;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The entries of one file: for each its key, where its value starts in the file, and its bytes. */
final class EntryList {
  private static final int WORDS = 3;

  private long[] words;
  private int size;

  EntryList(int expected) {
    words = new long[WORDS * expected];
  }

  /** Reads a list that {@link #write} wrote; null where it cannot be one of a file that long. */
  static EntryList read(ByteBuffer in, long fileBytes) {
    long entries = in.remaining() < Long.BYTES ? -1 : in.getLong();
    if (entries < 0 || entries > in.remaining() / (WORDS * Long.BYTES)) {
      return null;
    }
    EntryList list = new EntryList((int) entries);
    in.asLongBuffer().get(list.words);
    in.position(in.position() + list.words.length * Long.BYTES);
    list.size = (int) entries;
    for (int i = 0; i < list.size; i++) {
      long offset = list.offset(i);
      long bytes = list.bytes(i);
      if (offset <= 0
          || (offset & Long.BYTES - 1) != 0 // which the words in it rely on
          || bytes < 0
          || offset > fileBytes - bytes) {
        return null;
      }
    }
    return list;
  }

  void add(long key, long offset, long bytes) {
    int at = WORDS * size;
    if (at + WORDS > words.length) {
      words = Arrays.copyOf(words, at + at / 2 + WORDS);
    }
    words[at] = key;
    words[at + 1] = offset;
    words[at + 2] = bytes;
    size++;
  }

  int size() {
    return size;
  }

  long key(int i) {
    return words[WORDS * i];
  }

  long offset(int i) {
    return words[WORDS * i + 1];
  }

  long bytes(int i) {
    return words[WORDS * i + 2];
  }

  /** Bytes that {@link #write} takes. */
  long writtenBytes() {
    return Long.BYTES * (1 + (long) WORDS * size);
  }

  void write(ByteBuffer out) {
    out.order(ByteOrder.LITTLE_ENDIAN).putLong(size);
    out.asLongBuffer().put(words, 0, WORDS * size);
    out.position(out.position() + WORDS * size * Long.BYTES);
  }
}
