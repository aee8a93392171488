package dev.quarry.internal.storage;

import dev.quarry.StorageException;
import dev.quarry.StoreLockedException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The one writer's hold on a directory: an operating-system lock on {@code quarry.lock}, which a
 * dead process loses by itself. The holder's name stands in {@code quarry.holder}, for the others
 * to read.
 *
 * <p>POSIX drops a process's lock on a file as soon as the process closes any of its descriptors of
 * that file. So within a process the lock file is opened once: {@link #HELD} turns a second opener
 * away before it touches the file, and nobody else ever opens it.
 */
public final class StoreLock implements AutoCloseable {
  /** The lock file. */
  public static final String LOCK = "quarry.lock";

  /** Who holds the lock. */
  public static final String HOLDER = "quarry.holder";

  private static final Path KERNEL_HOST = Path.of("/proc/sys/kernel/hostname");

  private static final int MAX_HOLDER_BYTES = 4_096;

  /** Anybody may have written the file, and what it says is shown to people. */
  private static final Pattern HOLDER_LINE = Pattern.compile("(pid|host|since)=\\P{Cc}{1,255}");

  /** Directories that this process holds; process-wide because the operating system's lock is. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final FileChannel channel;
  private final FileLock lock;

  private StoreLock(Path directory, FileChannel channel, FileLock lock) {
    this.directory = directory;
    this.channel = channel;
    this.lock = lock;
  }

  /** Takes the lock or throws {@link StoreLockedException} with the holder. */
  public static StoreLock acquire(Path directory) {
    Path real;
    try {
      real = directory.toRealPath();
    } catch (IOException e) {
      throw unusable(directory, e);
    }
    if (!HELD.add(real)) {
      throw locked(real);
    }
    try {
      return lock(real);
    } catch (RuntimeException | Error e) {
      HELD.remove(real);
      throw e;
    }
  }

  private static StoreLock lock(Path directory) {
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        channel.close();
        throw locked(directory);
      }
      String holder =
          "pid="
              + ProcessHandle.current().pid()
              + "\nhost="
              + host()
              + "\nsince="
              + Instant.now().truncatedTo(ChronoUnit.SECONDS)
              + "\n";
      Files.writeString(directory.resolve(HOLDER), holder, StandardCharsets.UTF_8);
      return new StoreLock(directory, channel, lock);
    } catch (IOException e) {
      closeQuietly(channel, e);
      throw unusable(directory, e);
    }
  }

  private static StorageException unusable(Path directory, IOException cause) {
    return new StorageException(
        "the store's lock file cannot be used; check the directory's permissions",
        Map.of("directory", directory),
        cause);
  }

  private static StoreLockedException locked(Path directory) {
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("directory", directory);
    for (String line : holderLines(directory)) {
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

  private static List<String> holderLines(Path directory) {
    String text;
    try (InputStream in = Files.newInputStream(directory.resolve(HOLDER))) {
      text = new String(in.readNBytes(MAX_HOLDER_BYTES), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return List.of("holder=unknown (" + e.getClass().getSimpleName() + ")");
    }
    List<String> lines = text.lines().filter(l -> HOLDER_LINE.matcher(l).matches()).toList();
    return lines.isEmpty() ? List.of("holder=unknown") : lines;
  }

  /** Who holds the store, or empty where nobody does; a dead process of this host does not. */
  public static String holder(Path directory) {
    if (!Files.isRegularFile(directory.resolve(HOLDER))) {
      return "";
    }
    List<String> lines = holderLines(directory);
    if (lines.contains("host=" + host())) {
      for (String line : lines) {
        if (line.matches("pid=[0-9]{1,18}")
            && ProcessHandle.of(Long.parseLong(line.substring(4))).isEmpty()) {
          return "";
        }
      }
    }
    return String.join(" ", lines);
  }

  /** As the kernel has it: the JDK would also look up its address, perhaps in the network. */
  private static String host() {
    try {
      return Files.readString(KERNEL_HOST).strip();
    } catch (IOException e) {
      return hostOfJdk();
    }
  }

  private static String hostOfJdk() {
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
      Files.deleteIfExists(directory.resolve(HOLDER));
      lock.release();
      channel.close();
    } catch (IOException e) {
      throw new StorageException("the store's lock cannot be released", Map.of(), e);
    } finally {
      HELD.remove(directory);
    }
  }
}
