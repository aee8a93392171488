package dev.quarry.internal.storage;

import dev.quarry.StorageException;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Refuses writes while the device has less free space than the reserve. The reserve is what lets
 * RocksDB flush and compact, and what keeps the sparse mapped files of the off-heap index from
 * meeting a full device, where touching a hole is a fault. The free space is asked for every so
 * many bytes and milliseconds, since each question costs a system call. Used by one thread at a
 * time.
 */
final class SpaceGuard {
  private static final long CHECK_BYTES = 128 << 10;
  private static final long CHECK_NANOS = 20_000_000;

  private final Path directory;
  private final FileStore device;
  private final long reserveBytes;
  private long bytesLeft;
  private long checkedAt;

  /** A guard of the device that holds {@code directory}; a reserve of 0 turns it off. */
  SpaceGuard(Path directory, long reserveBytes) {
    this.directory = directory;
    this.reserveBytes = reserveBytes;
    try {
      this.device = Files.getFileStore(directory);
    } catch (IOException e) {
      throw new StorageException(
          "the free space of the device cannot be read", Map.of("directory", directory), e);
    }
  }

  /** Throws a retryable {@link StorageException} where {@code bytes} more would be too many. */
  void check(long bytes) {
    if (reserveBytes == 0) {
      return;
    }
    bytesLeft -= bytes;
    long now = System.nanoTime();
    if (bytesLeft > 0 && now - checkedAt < CHECK_NANOS) {
      return;
    }
    long free = freeBytes();
    if (free - bytes < reserveBytes) {
      bytesLeft = 0;
      Map<String, Object> context = new LinkedHashMap<>();
      context.put("directory", directory);
      context.put("freeBytes", free);
      context.put("reservedBytes", reserveBytes);
      context.put("writeBytes", bytes);
      throw new StorageException(
          "no space is left for writes; free space on the device, then writes go on by themselves;"
              + " reads are not affected",
          context,
          null,
          true);
    }
    bytesLeft = CHECK_BYTES;
    checkedAt = now;
  }

  /** Whether {@code bytes} more would leave the reserve. For any thread; a system call. */
  boolean hasRoomFor(long bytes) {
    return freeBytes() - bytes >= reserveBytes;
  }

  private long freeBytes() {
    try {
      return device.getUsableSpace();
    } catch (IOException e) {
      throw new StorageException(
          "the free space of the device cannot be read", Map.of("directory", directory), e);
    }
  }
}
