package dev.quarry.internal.storage;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Reads the physical records of a file in RocksDB's log format, which write-ahead logs and
 * manifests have, and goes on behind damage. The format ({@code db/log_format.h}): blocks of 32
 * KiB, each filled with fragments of masked CRC32C (4 bytes, little-endian), length (2), type (1)
 * and payload; a record is one full fragment, or a first, middles and a last.
 */
final class LogFile {
  private static final int BLOCK_BYTES = 32 << 10;
  private static final int HEADER_BYTES = 7;
  private static final int FULL = 1;
  private static final int FIRST = 2;
  private static final int LAST = 4;

  /** A machine that died leaves zeros; so many in a row are no accident of a flip. */
  private static final int TORN_ZEROS = 64;

  /** A lost page begins at a multiple of this, and may be the last one and short. */
  private static final int PAGE_BYTES = 4 << 10;

  private final Sink sink;
  private final ByteArrayOutputStream parts = new ByteArrayOutputStream();
  private long fileBytes;
  private long writtenBytes;
  private long partsOffset = -1;

  /** Receives what a file holds, in its order. */
  interface Sink {
    /** A record whose checksums are right. */
    void record(long offset, byte[] payload);

    /**
     * Bytes that are no record.
     *
     * @param torn whether they look like the end of a write that was cut short
     */
    void damage(long offset, long bytes, String why, boolean torn);
  }

  private LogFile(Sink sink) {
    this.sink = sink;
  }

  /** Reads a file from its begin to its end. */
  static void read(Path file, Sink sink) throws IOException {
    new LogFile(sink).read(file);
  }

  private void read(Path file) throws IOException {
    fileBytes = Files.size(file);
    writtenBytes = fileBytes - zerosAtEnd(file);
    try (InputStream in = Files.newInputStream(file)) {
      long offset = 0;
      byte[] block = in.readNBytes(BLOCK_BYTES);
      while (block.length > 0) {
        boolean last = offset + block.length >= writtenBytes;
        readBlock(offset, ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN), last);
        offset += block.length;
        block = in.readNBytes(BLOCK_BYTES);
      }
    }
    if (partsOffset >= 0) {
      sink.damage(partsOffset, fileBytes - partsOffset, "the record has no end", true);
    }
  }

  private void readBlock(long blockOffset, ByteBuffer block, boolean last) {
    while (block.remaining() >= HEADER_BYTES) {
      int at = block.position();
      int length = block.getShort(at + 4) & 0xffff;
      int type = block.get(at + 6) & 0xff;
      if (type == 0 && length == 0 && zerosFrom(block, at)) {
        if (!last) {
          drop(blockOffset, block, "zeros stand before the end", false);
        }
        return; // allocated, never written
      }
      int end = at + HEADER_BYTES + length;
      if (end > block.limit()) {
        boolean torn = last && !matches(block, at, block.limit()) && !goesOn(block, at + 1);
        drop(blockOffset, block, "a length goes beyond its block", torn);
        return;
      }
      if (!matches(block, at, end)) {
        drop(
            blockOffset,
            block,
            "a checksum is wrong",
            last && endsInZeros(blockOffset + at) && !goesOn(block, at + 1));
        return;
      }
      block.position(at + HEADER_BYTES);
      byte[] payload = new byte[length];
      block.get(payload);
      fragment(blockOffset + at, type > LAST && type <= LAST + 4 ? type - 4 : type, payload);
    }
    if (last && block.hasRemaining() && !zerosFrom(block, block.position())) {
      drop(blockOffset, block, "the record has no end", true);
    }
  }

  private void fragment(long offset, int type, byte[] payload) {
    boolean begins = type == FULL || type == FIRST;
    if (type < FULL || type > LAST) {
      return; // facts about the log, such as its compression, which Quarry does not use
    }
    if (begins == (partsOffset >= 0)) {
      long from = partsOffset >= 0 ? partsOffset : offset;
      if (begins) {
        sink.damage(from, offset - from, "the record has no end", false);
      }
      partsOffset = -1;
      parts.reset();
      if (!begins) {
        return; // the rest of a record whose begin was damaged, which was reported
      }
    }
    if (begins) {
      partsOffset = offset;
    }
    parts.writeBytes(payload);
    if (type == FULL || type == LAST) {
      sink.record(partsOffset, parts.toByteArray());
      partsOffset = -1;
      parts.reset();
    }
  }

  private void drop(long blockOffset, ByteBuffer block, String why, boolean torn) {
    long from = partsOffset >= 0 ? partsOffset : blockOffset + block.position();
    sink.damage(from, blockOffset + block.limit() - from, why, torn);
    partsOffset = -1;
    parts.reset();
  }

  private static boolean matches(ByteBuffer block, int at, int end) {
    CRC32C crc = new CRC32C();
    int from = at + 6;
    int type = block.get(from) & 0xff;
    crc.update(block.slice(from, end - from));
    int value = (int) crc.getValue();
    int masked = ((value >>> 15) | (value << 17)) + 0xa282ead8;
    return type != 0 && masked == block.getInt(at);
  }

  /** Whether a whole fragment begins anywhere behind; then the log was not cut here. */
  private static boolean goesOn(ByteBuffer block, int from) {
    for (int at = from; at + HEADER_BYTES <= block.limit(); at++) {
      int end = at + HEADER_BYTES + (block.getShort(at + 4) & 0xffff);
      int type = block.get(at + 6);
      if (type >= FULL && type <= 2 * LAST && end <= block.limit() && matches(block, at, end)) {
        return true;
      }
    }
    return false;
  }

  private static boolean zerosFrom(ByteBuffer block, int from) {
    for (int i = from; i < block.limit(); i++) {
      if (block.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether the end of the file looks never written, from somewhere behind an offset on. */
  private boolean endsInZeros(long offset) {
    long from = Math.max(writtenBytes, offset);
    long page = (from + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    return fileBytes - from >= TORN_ZEROS || page < fileBytes;
  }

  private static long zerosAtEnd(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
      long end = channel.size();
      for (long from = end; from > 0; ) {
        long begin = Math.max(0, from - BLOCK_BYTES);
        block.clear().limit((int) (from - begin));
        while (block.hasRemaining() && channel.read(block, begin + block.position()) >= 0) {}
        for (int i = block.position() - 1; i >= 0; i--) {
          if (block.get(i) != 0) {
            return end - begin - i - 1;
          }
        }
        from = begin;
      }
      return end;
    }
  }
}
