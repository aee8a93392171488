package dev.quarry.internal.storage;

import dev.quarry.StorageException;
import dev.quarry.StoreLockedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A directory that becomes a store by copying. While that goes on its lock is held, and the file
 * {@code quarry.unfinished} lies in it from before the first copied file until behind the last one:
 * tables without a manifest would be taken for a store that has not been created yet. What a copy
 * that was killed leaves is taken up by the next one into the same directory. Not thread-safe.
 */
public final class CopyTarget implements AutoCloseable {
  /** The file that marks a copy which is under way or was cut short. */
  public static final String MARK = "quarry.unfinished";

  /** Folder of RocksDB's own messages about a damaged store that is read. */
  static final String MESSAGES = "salvage.tmp";

  /** RocksDB makes a checkpoint under the second name. */
  private static final List<String> FOLDERS = List.of("data", "data.tmp", MESSAGES);

  private static final Set<String> FILES = Set.of(MARK, StoreFormat.FILE, StoreFormat.TEMPORARY);
  private static final Set<String> OF_LOCK = Set.of(StoreLock.LOCK, StoreLock.HOLDER);

  /** What RocksDB keeps in a folder; the name of a log of messages may begin with a path. */
  private static final Pattern OF_DATABASE =
      Pattern.compile(
          "CURRENT|IDENTITY|LOCK|([A-Za-z0-9_.-]+_)?LOG(\\.old\\.[0-9]+)?"
              + "|(MANIFEST|OPTIONS)-[0-9]+(\\.dbtmp)?|[0-9]+\\.(sst|log|dbtmp)");

  private final Path directory;
  private final StoreLock lock;
  private boolean finished;

  private CopyTarget(StoreLock lock) {
    this.directory = lock.directory();
    this.lock = lock;
  }

  /**
   * Takes a directory, and marks it: one that is absent or empty, or that holds nothing but a copy
   * that was cut short, which is removed.
   */
  public static CopyTarget claim(Path directory) {
    SafeDirectories.createPlain(directory);
    if (!isMarked(directory)) {
      refuseForeign(directory); // before a lock is put beside what is there
    }
    boolean locked = Files.exists(directory.resolve(StoreLock.LOCK), LinkOption.NOFOLLOW_LINKS);
    StoreLock lock = lock(directory);
    boolean marked = isMarked(lock.directory());
    try {
      refuseForeign(lock.directory()); // another may have made a store here meanwhile
      return claim(lock);
    } catch (RuntimeException | Error e) {
      giveUp(lock, marked, locked, e);
      throw e;
    }
  }

  private static StoreLock lock(Path directory) {
    try {
      return StoreLock.acquire(directory);
    } catch (StoreLockedException e) {
      throw new StoreLockedException(
          "another copy into the target directory, or a store in it, is under way; wait for its"
              + " end, or choose another directory",
          e.context(),
          e);
    }
  }

  private static CopyTarget claim(StoreLock lock) {
    Path directory = lock.directory();
    CopyTarget target = new CopyTarget(lock);
    try {
      Files.write(
          directory.resolve(MARK),
          new byte[0],
          StandardOpenOption.CREATE,
          StandardOpenOption.WRITE,
          LinkOption.NOFOLLOW_LINKS);
      SafeDirectories.sync(directory);
      target.removeCopied();
      return target;
    } catch (IOException e) {
      throw new StorageException(
          "the target directory cannot be written", Map.of("directory", directory), e);
    }
  }

  private static boolean isMarked(Path directory) {
    return Files.isRegularFile(directory.resolve(MARK), LinkOption.NOFOLLOW_LINKS);
  }

  private static void refuseForeign(Path directory) {
    boolean marked = isMarked(directory);
    SafeDirectories.refuseOthers(
        directory,
        file -> OF_LOCK.contains(file.getFileName().toString()) || (marked && isCopied(file)));
  }

  /** Whether it is what a copy makes: nothing else may be removed. */
  private static boolean isCopied(Path file) {
    String name = file.getFileName().toString();
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return FILES.contains(name);
    }
    if (!FOLDERS.contains(name) || !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (Stream<Path> files = Files.list(file)) {
      return files.allMatch(
          f ->
              Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS)
                  && OF_DATABASE.matcher(f.getFileName().toString()).matches());
    } catch (IOException e) {
      return false; // what cannot be listed cannot be removed
    }
  }

  /** Leaves a directory as it was: with a mark or without, with a lock file or without. */
  private static void giveUp(StoreLock lock, boolean marked, boolean locked, Throwable cause) {
    try {
      if (!marked) {
        Files.deleteIfExists(lock.directory().resolve(MARK));
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    try {
      if (locked) {
        lock.close();
      } else {
        lock.discard();
      }
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  /** Whether a copy into the directory is under way or was cut short. */
  public static boolean isUnfinished(Path directory) {
    return Files.exists(directory.resolve(MARK), LinkOption.NOFOLLOW_LINKS);
  }

  /** Refuses such a directory. */
  public static void refuseUnfinished(Path directory) {
    if (isUnfinished(directory)) {
      Map<String, Object> context = new LinkedHashMap<>();
      context.put("directory", directory);
      String holder = StoreLock.holder(directory);
      if (!holder.isEmpty()) {
        context.put("holder", holder);
      }
      throw new StorageException(
          "a restore or another copy into this directory has not been finished; wait while it is"
              + " under way, else make it again into the same directory, or delete the directory",
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
      Files.deleteIfExists(directory.resolve(MARK)); // last: what is left behind stays marked
      removed = true;
    } catch (IOException e) {
      throw left(directory, e);
    } finally {
      if (removed) {
        lock.discard();
      } else {
        lock.close();
      }
    }
  }

  /** All but the mark. */
  private void removeCopied() throws IOException {
    for (String name : FOLDERS) {
      Storage.deleteTree(directory.resolve(name));
    }
    Files.deleteIfExists(directory.resolve(StoreFormat.FILE));
    Files.deleteIfExists(directory.resolve(StoreFormat.TEMPORARY));
  }

  private static StorageException left(Path directory, IOException cause) {
    return new StorageException(
        "what was copied cannot be removed; delete the directory",
        Map.of("directory", directory),
        cause);
  }
}
