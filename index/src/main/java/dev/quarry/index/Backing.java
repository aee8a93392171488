package dev.quarry.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Sees to it that the device has given room for the part of a sparse file that is about to be
 * written through its mapping: there, a full device is a signal, and what was to be written is
 * lost; here, it is an exception before anything is written. It writes what is there, through the
 * file, in steps. One thread.
 */
final class Backing {
  private static final int STEP = 256 << 10;

  private final Path path;
  private final long length;
  private long backed;

  /** For a file of that length. */
  Backing(Path path, long length) {
    this.path = path;
    this.length = length;
  }

  /** Of the file. */
  long length() {
    return length;
  }

  /** What lies before has been written before, and from {@code from} on nothing has. */
  void skipTo(long from) {
    backed = Math.max(backed, Math.min(from, length));
  }

  /** Gives room up to an offset; throws where the device has none. */
  void upTo(long offset) {
    long wanted = Math.min(offset, length);
    if (wanted <= backed) {
      return;
    }
    long to = Math.min(length, wanted + STEP);
    try {
      Apart.call(
          () -> {
            rewrite(backed, to);
            return null;
          });
    } catch (IOException e) {
      throw new UncheckedIOException("index file cannot get room on its device", e);
    }
    backed = to;
  }

  private void rewrite(long from, long to) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(STEP, to - from));
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      for (long at = from; at < to; at += buffer.position()) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), to - at));
        while (buffer.hasRemaining() && file.read(buffer, at + buffer.position()) >= 0) {
          // read on
        }
        buffer.flip();
        if (!buffer.hasRemaining()) {
          return;
        }
        while (buffer.hasRemaining()) {
          file.write(buffer, at + buffer.position());
        }
      }
    }
  }
}
