package dev.quarry.internal.storage;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * From which number on the edits of a manifest still need the logs. RocksDB deletes the logs before
 * it one by one, in no order that a killed process keeps, and passes over those that are left. The
 * form of an edit ({@code db/version_edit.h}): tags, each a variable-length number, with a value
 * that depends on the tag.
 */
final class NeededLogs {
  private static final int COMPARATOR = 1;
  private static final int LOG_NUMBER = 2;
  private static final int NEXT_FILE = 3;
  private static final int LAST_SEQUENCE = 4;
  private static final int COMPACT_CURSOR = 5;
  private static final int DELETED_FILE = 6;
  private static final int PREVIOUS_LOG = 9;
  private static final int LEAST_LOG = 10;
  private static final int NEW_FILE_4 = 103;
  private static final int FAMILY = 200;
  private static final int FAMILY_ADD = 201;
  private static final int FAMILY_DROP = 202;
  private static final int MAX_FAMILY = 203;
  private static final int IN_GROUP = 300;

  /** Tags with this bit have a length, so that a reader may pass over them. */
  private static final int IGNORABLE = 1 << 13;

  private static final int END_OF_FILE_FIELDS = 1;

  private final Map<Integer, Long> flushed = new HashMap<>();
  private long least;
  private boolean unknown;

  /** The least number of a log that is needed; -1, as if all were, where that is not known. */
  long first() {
    if (unknown) {
      return -1;
    }
    long unflushed = Long.MAX_VALUE;
    for (long number : flushed.values()) {
      unflushed = Math.min(unflushed, number);
    }
    return flushed.isEmpty() ? least : Math.max(least, unflushed);
  }

  /** Takes the next edit of the manifest. */
  void add(byte[] edit) {
    try {
      edit(ByteBuffer.wrap(edit));
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      unknown = true; // then all logs are looked at, which refuses too much rather than too little
    }
  }

  private void edit(ByteBuffer in) {
    int family = 0;
    long log = -1;
    boolean adds = false;
    boolean drops = false;
    while (in.hasRemaining()) {
      int tag = (int) number(in);
      switch (tag) {
        case LOG_NUMBER -> log = number(in);
        case LEAST_LOG -> least = Math.max(least, number(in));
        case FAMILY -> family = (int) number(in);
        case FAMILY_ADD -> {
          adds = true;
          skip(in);
        }
        case FAMILY_DROP -> drops = true;
        case COMPARATOR -> skip(in);
        case NEXT_FILE, LAST_SEQUENCE, PREVIOUS_LOG, MAX_FAMILY, IN_GROUP -> number(in);
        case COMPACT_CURSOR -> {
          number(in);
          skip(in);
        }
        case DELETED_FILE -> {
          number(in);
          number(in);
        }
        case NEW_FILE_4 -> newFile(in);
        default -> {
          if ((tag & IGNORABLE) == 0) {
            throw new IllegalArgumentException("an edit has an unknown tag: " + tag);
          }
          skip(in);
        }
      }
    }
    if (drops) {
      flushed.remove(family);
    } else if (log >= 0) {
      flushed.merge(family, log, Math::max);
    } else if (adds) {
      flushed.putIfAbsent(family, 0L);
    }
  }

  private static void newFile(ByteBuffer in) {
    for (int i = 0; i < 3; i++) {
      number(in); // level, number, bytes
    }
    skip(in); // smallest key
    skip(in); // largest key
    number(in); // their sequences
    number(in);
    while (number(in) != END_OF_FILE_FIELDS) {
      skip(in);
    }
  }

  private static void skip(ByteBuffer in) {
    long length = number(in);
    if (length < 0 || length > in.remaining()) {
      throw new IllegalArgumentException("a length goes beyond the edit: " + length);
    }
    in.position(in.position() + (int) length);
  }

  private static long number(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      byte b = in.get();
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number has no end");
  }
}
