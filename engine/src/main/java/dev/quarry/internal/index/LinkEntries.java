package dev.quarry.internal.index;

import dev.quarry.Link;
import dev.quarry.internal.codec.Codes;
import dev.quarry.internal.storage.Keys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Keys of the links family, which leads from a task's id to the tasks that refer to it: length of
 * the id (2 bytes), id, type (1 byte), ordinal of the referring task (8 bytes). A key of type 0
 * without an ordinal marks an id that has, or has had, such tasks, so that one point read tells of
 * the many that have none.
 */
public final class LinkEntries {
  /** The type of a dependency. */
  public static final int BLOCKS = 1;

  private static final int MARKER = 0;

  private LinkEntries() {}

  /** The number of a link's type in keys. */
  public static int type(Link.Type type) {
    return BLOCKS + Codes.of(type);
  }

  /** The key that marks an id as a target. */
  public static byte[] marker(String target) {
    return prefix(target, MARKER);
  }

  /** What the keys of all links of a type to a target begin with. */
  public static byte[] prefix(String target, int type) {
    byte[] id = Keys.id(target);
    return ByteBuffer.allocate(Short.BYTES + id.length + 1)
        .putShort((short) id.length)
        .put(id)
        .put((byte) type)
        .array();
  }

  /** The key of one link. */
  public static byte[] key(String target, int type, long source) {
    byte[] prefix = prefix(target, type);
    return ByteBuffer.allocate(prefix.length + Long.BYTES).put(prefix).putLong(source).array();
  }

  /** Whether a key only marks its id as a target. */
  public static boolean isMarker(byte[] key) {
    int id = ByteBuffer.wrap(key).getShort();
    return key[Short.BYTES + id] == MARKER;
  }

  /**
   * Whether a key that only marks its id, the last before a link's key, marks that one's target.
   */
  static boolean isMarked(byte[] key, byte[] marker) {
    int end = Short.BYTES + ByteBuffer.wrap(key).getShort();
    return marker.length == end + 1 && Arrays.equals(key, 0, end, marker, 0, end);
  }

  /** The id that a link leads to. */
  static String target(byte[] key) {
    return new String(key, Short.BYTES, ByteBuffer.wrap(key).getShort(), StandardCharsets.UTF_8);
  }

  /** The ordinal of the task that holds the link. */
  public static long source(byte[] key) {
    return ByteBuffer.wrap(key).getLong(key.length - Long.BYTES);
  }
}
