package dev.quarry.internal.storage;

import dev.quarry.StorageException;
import dev.quarry.StoreLockedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The one writer's hold on a directory: an operating-system lock on {@code quarry.lock}, which a
 * dead process loses by itself, with the holder's name inside for the others to read.
 */
public final class StoreLock implements AutoCloseable {
  /** The file's name. */
  public static final String FILE = "quarry.lock";

  /**
   * The lock files that this process holds. A second attempt must not even open the file: on POSIX
   * systems, closing any descriptor of a file drops all of the process's locks on it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final FileChannel channel;
  private final FileLock lock;
  private final Path held;

  private StoreLock(FileChannel channel, FileLock lock, Path held) {
    this.channel = channel;
    this.lock = lock;
    this.held = held;
  }

  /** Takes the lock or throws {@link StoreLockedException} with the holder. */
  public static StoreLock acquire(Path directory) {
    Path held = realPath(directory).resolve(FILE);
    if (!HELD.add(held)) {
      throw locked(directory, holder());
    }
    StoreLock lock = null;
    try {
      lock = acquire(directory, held);
      return lock;
    } finally {
      if (lock == null) {
        HELD.remove(held);
      }
    }
  }

  private static Path realPath(Path directory) {
    try {
      return directory.toRealPath();
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  private static StorageException unusable(Path file, IOException cause) {
    return new StorageException(
        "the store's lock file cannot be used; check the directory's permissions",
        Map.of("file", file),
        cause);
  }

  private static StoreLock acquire(Path directory, Path held) {
    Path file = directory.resolve(FILE);
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        StoreLockedException locked = locked(directory, channel);
        channel.close();
        throw locked;
      }
      write(channel);
      return new StoreLock(channel, lock, held);
    } catch (IOException e) {
      closeQuietly(channel, e);
      throw unusable(file, e);
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held by another store object of this process
    }
  }

  private static StoreLockedException locked(Path directory, FileChannel channel)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(512);
    channel.read(buffer, 0);
    return locked(
        directory, new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8));
  }

  private static StoreLockedException locked(Path directory, String holder) {
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("directory", directory.toAbsolutePath());
    for (String line : holder.lines().toList()) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        context.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    return new StoreLockedException(
        "the store is open in another process or store object; close it there, or open with"
            + " TaskStore.openReadOnly",
        context);
  }

  private static void write(FileChannel channel) throws IOException {
    String since = "since=" + Instant.now().truncatedTo(ChronoUnit.SECONDS) + "\n";
    ByteBuffer bytes = ByteBuffer.wrap((holder() + since).getBytes(StandardCharsets.UTF_8));
    channel.truncate(0);
    while (bytes.hasRemaining()) {
      channel.write(bytes, bytes.position());
    }
  }

  private static String holder() {
    return "pid=" + ProcessHandle.current().pid() + "\nhost=" + host() + "\n";
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }

  private static void closeQuietly(FileChannel channel, IOException cause) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  @Override
  public void close() {
    try {
      channel.truncate(0);
      lock.release();
      channel.close();
    } catch (IOException e) {
      throw new StorageException("the store's lock cannot be released", Map.of(), e);
    } finally {
      HELD.remove(held);
    }
  }
}
