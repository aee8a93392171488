package dev.quarry.internal.storage;

import dev.quarry.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that the folder of an open database was moved, or another one put into its place. RocksDB
 * goes by names, but for the files that it has open: it would write into the other folder, and
 * delete there what it does not know. Where the system gives files no identity only a missing
 * folder is noticed. Thread-safe.
 */
final class FolderPlace {
  private static final Logger LOG = LoggerFactory.getLogger(FolderPlace.class);
  private static final long CHECK_NANOS = 20_000_000;

  private final Path folder;
  private final Object key;
  private volatile boolean lost;
  private volatile long checkedAt = System.nanoTime();

  /** The place of a folder, as it is now. */
  FolderPlace(Path folder) {
    this.folder = folder;
    try {
      this.key = key();
    } catch (IOException e) {
      throw new StorageException("the store's folder cannot be read", Map.of("folder", folder), e);
    }
  }

  private Object key() throws IOException {
    return Files.readAttributes(folder, BasicFileAttributes.class).fileKey();
  }

  /** Whether the folder is no longer here, which is final. A system call. */
  boolean isLost() {
    if (!lost) {
      checkedAt = System.nanoTime();
      try {
        Object now = key();
        lost = key != null && !key.equals(now);
      } catch (NoSuchFileException e) {
        lost = true;
      } catch (IOException e) {
        // whether it was moved cannot be told; what cannot be read shows by itself
      }
    }
    return lost;
  }

  /** The same, for what is asked often: of some milliseconds ago. */
  boolean wasLost() {
    return System.nanoTime() - checkedAt < CHECK_NANOS ? lost : isLost();
  }

  /** Whether there is something else where the folder was; notes that its database stays open. */
  boolean isReplaced() {
    boolean replaced = isLost() && Files.exists(folder);
    if (replaced) {
      LOG.warn(
          "{} was replaced while its store was open, of which memory and files stay open until the"
              + " process ends",
          folder);
    }
    return replaced;
  }

  /** What says so. */
  StorageException moved(Throwable cause) {
    return new StorageException(
        "the store's directory was moved or replaced while the store was open; close the store, and"
            + " open it where it is now",
        Map.of("directory", folder.getParent()),
        cause);
  }
}
