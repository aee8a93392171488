package dev.quarry.index;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A file written at a clean close that says what could also be gathered from the files of entries,
 * only slower. It is believed if it is whole and was made for exactly those files: it repeats the
 * checksum of their list, in which each file's own checksum stands. So one that is missing, damaged
 * or left from an earlier close costs time and nothing else.
 */
final class SideFile {
  /** What entries each file holds: for each file of the list their number, then the entries. */
  static final String ENTRIES = "index.entries";

  /** The table of keys. */
  static final String KEYS = "index.keys";

  private static final long MAGIC = 0x6564_6953_7251L;
  private static final int HEADER = 16;

  private SideFile() {}

  /** Writes the file; where that fails, as on a full device, there is none. */
  static void write(Path path, int list, ByteBuffer body) {
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(MAGIC).putInt(list).putInt(check(body)).flip();
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      for (ByteBuffer part : new ByteBuffer[] {header, body.duplicate()}) {
        while (part.hasRemaining()) {
          channel.write(part);
        }
      }
    } catch (IOException e) {
      Contents.deleteQuietly(path); // it saves time at the next open; close must not fail for it
    }
  }

  /** The body, in direct memory; null where there is none for this list, or it is damaged. */
  static ByteBuffer read(Path path, int list) throws IOException {
    if (!Files.isRegularFile(path)) {
      return null;
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long length = channel.size() - HEADER;
      if (length < 0 || length > Integer.MAX_VALUE - Long.BYTES) {
        return null;
      }
      ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
      if (!fill(channel, header) || header.getLong() != MAGIC || header.getInt() != list) {
        return null;
      }
      ByteBuffer body = room(length);
      return body != null && fill(channel, body) && check(body) == header.getInt() ? body : null;
    }
  }

  /** Room for a body, little-endian; null where the JVM grants no such direct memory. */
  static ByteBuffer room(long bytes) {
    try {
      return ByteBuffer.allocateDirect((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    } catch (OutOfMemoryError e) {
      return null; // what is in the file spares time only
    }
  }

  private static boolean fill(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        return false;
      }
    }
    buffer.flip();
    return true;
  }

  private static int check(ByteBuffer body) {
    CRC32C crc = new CRC32C();
    crc.update(body.duplicate());
    return (int) crc.getValue();
  }
}
