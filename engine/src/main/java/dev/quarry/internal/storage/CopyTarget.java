package dev.quarry.internal.storage;

import dev.quarry.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A directory that becomes a store by copying. While that goes on its lock is held, and the file
 * {@code quarry.unfinished} lies in it from before the first copied file until behind the last one:
 * tables without a manifest would be taken for a store that has not been created yet. Not
 * thread-safe.
 */
public final class CopyTarget implements AutoCloseable {
  /** The file that marks a copy which is under way or was cut short. */
  public static final String MARK = "quarry.unfinished";

  /** RocksDB makes a checkpoint under the second name. */
  private static final List<String> FOLDERS = List.of("data", "data.tmp");

  private static final Set<String> OF_LOCK = Set.of(StoreLock.LOCK, StoreLock.HOLDER);

  private final Path directory;
  private final StoreLock lock;
  private boolean finished;

  private CopyTarget(StoreLock lock) {
    this.directory = lock.directory();
    this.lock = lock;
  }

  /** Takes an absent or empty directory, and marks it. */
  public static CopyTarget claim(Path directory) {
    SafeDirectories.createEmpty(directory);
    return claim(StoreLock.acquire(directory));
  }

  private static CopyTarget claim(StoreLock lock) {
    Path directory = lock.directory();
    boolean marked = false;
    try {
      refuseForeign(directory);
      Files.write(
          directory.resolve(MARK),
          new byte[0],
          StandardOpenOption.CREATE_NEW,
          StandardOpenOption.WRITE);
      marked = true;
      SafeDirectories.sync(directory);
      return new CopyTarget(lock);
    } catch (IOException e) {
      StorageException failed =
          new StorageException(
              "the target directory cannot be written", Map.of("directory", directory), e);
      giveUp(directory, lock, marked, failed);
      throw failed;
    } catch (RuntimeException | Error e) {
      giveUp(directory, lock, marked, e);
      throw e;
    }
  }

  /** Another may have made a store here between the first look and the lock. */
  private static void refuseForeign(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      if (files.anyMatch(f -> !OF_LOCK.contains(f.getFileName().toString()))) {
        throw new StorageException(
            "the target directory is not empty; choose another", Map.of("directory", directory));
      }
    }
  }

  private static void giveUp(Path directory, StoreLock lock, boolean marked, Throwable cause) {
    try (lock) {
      if (marked) {
        Files.delete(directory.resolve(MARK));
      }
    } catch (IOException | RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  /** Refuses a directory into which a copy is under way or was cut short. */
  public static void refuseUnfinished(Path directory) {
    if (Files.exists(directory.resolve(MARK), LinkOption.NOFOLLOW_LINKS)) {
      Map<String, Object> context = new LinkedHashMap<>();
      context.put("directory", directory);
      String holder = StoreLock.holder(directory);
      if (!holder.isEmpty()) {
        context.put("holder", holder);
      }
      throw new StorageException(
          "a restore or another copy into this directory has not been finished; wait while it is"
              + " under way, else delete the directory and begin it again",
          context);
    }
  }

  /** The directory, past all symbolic links. */
  public Path directory() {
    return directory;
  }

  /** Says that all is there and durable: behind this the directory is a store. */
  public void finish() {
    try {
      SafeDirectories.sync(directory);
      Files.delete(directory.resolve(MARK));
      SafeDirectories.sync(directory);
    } catch (IOException e) {
      throw new StorageException(
          "the mark of an unfinished copy cannot be removed", Map.of("directory", directory), e);
    }
    finished = true;
  }

  /** Gives the lock back; of a copy that is not finished nothing remains. */
  @Override
  public void close() {
    if (finished) {
      lock.close();
      return;
    }
    boolean removed = false;
    try {
      removeCopied();
      removed = true;
    } finally {
      if (removed) {
        lock.discard();
      } else {
        lock.close();
      }
    }
  }

  private void removeCopied() {
    try {
      for (String name : FOLDERS) {
        Storage.deleteTree(directory.resolve(name));
      }
      Files.deleteIfExists(directory.resolve(StoreFormat.FILE));
      Files.deleteIfExists(directory.resolve(MARK)); // last: what is left behind stays marked
    } catch (IOException e) {
      throw new StorageException(
          "what was copied cannot be removed; delete the directory",
          Map.of("directory", directory),
          e);
    }
  }
}
