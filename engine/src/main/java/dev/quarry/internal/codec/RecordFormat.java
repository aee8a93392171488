package dev.quarry.internal.codec;

import dev.quarry.CorruptionException;
import dev.quarry.FormatVersionException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The versions of the record format; a constant's comment says what an older reader would misread.
 *
 * <p>A record is a frame of two sections, all numbers little-endian:
 *
 * <pre>
 *  0  format version, 1 byte
 *  1  CRC32C of the bytes from 5 to the end of the prefix, 4 bytes
 *  5  length of the prefix, 4 bytes
 *  9  prefix: status 1, priority 1, flags 1 (1 project, 2 agent, 4 assignee),
 * 12    version 8, created 8, updated 8, due 8, completed 8 (microseconds; least long = absent),
 * 52    estimated 8, actual 8 (doubles; NaN = absent),
 * 68    id, [project], [agent], [assignee], tags, attributes
 *  p  CRC32C of the bytes from 5 to the end of the record without these four, 4 bytes
 *  p+4 body: flags 1 (1 description, 2 notes, 4 links), title, [description], [notes],
 *       dependencies, [links: count, then type 1 and target for each]
 * </pre>
 *
 * Bytes 0 to p stand alone in change-log entries: the second checksum runs on from the first, so a
 * reader of the prefix never touches the texts, and a reader of the whole knows that both parts
 * belong together. Texts are as {@link RecordOutput} says, lists are a varint count and their
 * elements, attributes rise by name.
 */
enum RecordFormat {
  /** The first. */
  V1(1);

  static final int CRC_OFFSET = 1;
  static final int LENGTH_OFFSET = 5;
  static final int PREFIX_OFFSET = 9;
  static final int FIXED_BYTES = 59;
  static final int CRC_BYTES = 4;

  private final int code;

  RecordFormat(int code) {
    this.code = code;
  }

  /** What this release writes. */
  static RecordFormat current() {
    return V1;
  }

  int code() {
    return code;
  }

  /** Refuses versions that this release does not read. */
  static void check(int code) {
    if (code == V1.code) {
      return;
    }
    if (code > current().code) {
      throw new FormatVersionException(
          "a record was written by a newer release; open the store with that release",
          Map.of("recordFormat", code, "readable", current().code));
    }
    throw new CorruptionException(
        "a record has an unknown format", Map.of("recordFormat", code, "offset", 0));
  }

  /** Checks version and length; returns the offset of the end of the prefix. */
  static int prefixEnd(ByteBuffer frame) {
    int at = frame.position();
    int size = frame.remaining();
    checkSize(size);
    check(frame.get(at));
    int length =
        (frame.get(at + LENGTH_OFFSET) & 0xFF)
            | ((frame.get(at + LENGTH_OFFSET + 1) & 0xFF) << 8)
            | ((frame.get(at + LENGTH_OFFSET + 2) & 0xFF) << 16)
            | (frame.get(at + LENGTH_OFFSET + 3) << 24);
    return checkPrefixLength(length, size);
  }

  /** Checks version and length; returns the offset of the end of the prefix. */
  static int prefixEnd(byte[] bytes, int offset, int size) {
    checkSize(size);
    check(bytes[offset]);
    return checkPrefixLength(readInt(bytes, offset + LENGTH_OFFSET), size);
  }

  private static void checkSize(int size) {
    if (size < PREFIX_OFFSET + FIXED_BYTES) {
      throw new CorruptionException("a record is too short", Map.of("bytes", size, "offset", size));
    }
  }

  private static int checkPrefixLength(int length, int size) {
    if (length < FIXED_BYTES || length > size - PREFIX_OFFSET) {
      throw new CorruptionException(
          "a record's prefix is longer than the record",
          Map.of("length", length, "bytes", size, "offset", LENGTH_OFFSET));
    }
    return PREFIX_OFFSET + length;
  }

  /** Checks the checksum of the prefix; the returned sum can run on over the body. */
  static CRC32C checkPrefix(byte[] bytes, int offset, int prefixEnd) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, offset + LENGTH_OFFSET, prefixEnd - LENGTH_OFFSET);
    checkSum(sum, readInt(bytes, offset + CRC_OFFSET), CRC_OFFSET);
    return sum;
  }

  /** Checks both checksums. */
  static void checkAll(byte[] bytes, int offset, int size, int prefixEnd) {
    CRC32C sum = checkPrefix(bytes, offset, prefixEnd);
    int body = prefixEnd + CRC_BYTES;
    if (body > size) {
      throw new CorruptionException(
          "a record has no body", Map.of("bytes", size, "offset", prefixEnd));
    }
    sum.update(bytes, offset + body, size - body);
    checkSum(sum, readInt(bytes, offset + prefixEnd), prefixEnd);
  }

  /** Writes both checksums into a finished frame. */
  static void seal(byte[] frame, int size, int prefixEnd) {
    CRC32C sum = new CRC32C();
    sum.update(frame, LENGTH_OFFSET, prefixEnd - LENGTH_OFFSET);
    writeInt(frame, CRC_OFFSET, (int) sum.getValue());
    int body = prefixEnd + CRC_BYTES;
    sum.update(frame, body, size - body);
    writeInt(frame, prefixEnd, (int) sum.getValue());
  }

  private static void checkSum(CRC32C sum, int stored, int offset) {
    if ((int) sum.getValue() != stored) {
      throw new CorruptionException("a record's checksum is wrong", Map.of("offset", offset));
    }
  }

  static int readInt(byte[] bytes, int at) {
    return (bytes[at] & 0xFF)
        | ((bytes[at + 1] & 0xFF) << 8)
        | ((bytes[at + 2] & 0xFF) << 16)
        | (bytes[at + 3] << 24);
  }

  private static void writeInt(byte[] bytes, int at, int value) {
    bytes[at] = (byte) value;
    bytes[at + 1] = (byte) (value >> 8);
    bytes[at + 2] = (byte) (value >> 16);
    bytes[at + 3] = (byte) (value >> 24);
  }
}
