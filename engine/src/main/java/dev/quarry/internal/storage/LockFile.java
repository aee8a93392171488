package dev.quarry.internal.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * An exclusive operating-system lock on a file, which a dead process loses by itself. Thread-safe.
 *
 * <p>POSIX drops a process's lock on a file as soon as the process closes any of its descriptors of
 * that file, by whatever name it was opened. So a second taker of this process is turned away
 * before the file is opened, and nobody else may ever open it.
 */
public final class LockFile implements AutoCloseable {
  /**
   * What this process holds, by the files' paths and identities; process-wide because the lock is.
   */
  private static final Map<Object, FileChannel> HELD = new HashMap<>();

  /**
   * Channels of files that other code of this process holds, such as this class of another loader.
   * To close one would give the lock away, so it waits here for the next attempt.
   */
  private static final Map<Object, FileChannel> KEPT = new HashMap<>();

  private static final Semaphore ONE_AT_A_TIME = new Semaphore(1);

  private final FileChannel channel;

  private LockFile(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock, without waiting; the file is created where there is none.
   *
   * @return null where somebody else holds it, in this process or another
   */
  public static LockFile tryAcquire(Path file) throws IOException {
    ONE_AT_A_TIME.acquireUninterruptibly();
    try {
      return tryLock(SafeDirectories.real(file));
    } finally {
      ONE_AT_A_TIME.release();
    }
  }

  private static LockFile tryLock(Path path) throws IOException {
    if (HELD.containsKey(path)) { // also where the file itself was deleted meanwhile
      return null;
    }
    FileChannel created = create(path);
    Object key = key(path);
    if (HELD.containsKey(key)) {
      return null;
    }
    FileChannel channel = created == null ? KEPT.remove(key) : created;
    if (channel == null) {
      channel = FileChannel.open(path, StandardOpenOption.WRITE);
    }
    return lock(path, key, channel);
  }

  /** A file that is new is held by nobody; null where it is there already. */
  private static FileChannel create(Path path) throws IOException {
    if (Files.exists(path)) {
      return null;
    }
    try {
      return FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      return null; // another was faster
    }
  }

  private static LockFile lock(Path path, Object key, FileChannel channel) throws IOException {
    boolean stays = false;
    try {
      if (channel.tryLock() == null || !isStill(path, key)) {
        return null;
      }
      stays = true;
      HELD.put(path, channel);
      HELD.put(key, channel);
      return new LockFile(channel);
    } catch (OverlappingFileLockException e) {
      stays = true;
      KEPT.put(key, channel);
      return null;
    } finally {
      if (!stays) {
        channel.close();
      }
    }
  }

  /** A file that was removed before it was locked here is not the one that others will find. */
  private static boolean isStill(Path path, Object key) throws IOException {
    return Files.exists(path) && key.equals(key(path));
  }

  /** What is the same for all names of a file; its path where the system tells nothing else. */
  private static Object key(Path path) throws IOException {
    Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    return key == null ? path : key;
  }

  /** Gives the lock back; once only. */
  @Override
  public void close() throws IOException {
    ONE_AT_A_TIME.acquireUninterruptibly();
    try {
      if (HELD.values().removeIf(held -> held == channel)) {
        channel.close(); // with it goes the lock
      }
    } finally {
      ONE_AT_A_TIME.release();
    }
  }
}
