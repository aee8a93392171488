package dev.quarry.internal.storage;

import dev.quarry.StorageException;
import dev.quarry.StoreLockedException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer's hold on a directory: an operating-system lock on {@code quarry.lock}, which a
 * dead process loses by itself. The holder's name stands in {@code quarry.holder}, for the others
 * to read.
 */
public final class StoreLock implements AutoCloseable {
  /** The lock file. */
  public static final String LOCK = "quarry.lock";

  /** Who holds the lock. */
  public static final String HOLDER = "quarry.holder";

  private static final Logger LOG = LoggerFactory.getLogger(StoreLock.class);

  private static final Path KERNEL_HOST = Path.of("/proc/sys/kernel/hostname");

  private static final int MAX_HOLDER_BYTES = 4_096;

  /** Anybody may have written the file, and what it says is shown to people. */
  private static final Pattern HOLDER_LINE = Pattern.compile("(pid|host|since)=\\P{Cc}{1,255}");

  private final Path directory;
  private final LockFile lock;
  private final FolderPlace place;

  /** The directory wherever it is moved; null where the system does not have that. */
  private final SecureDirectoryStream<Path> here;

  private StoreLock(
      Path directory, LockFile lock, FolderPlace place, SecureDirectoryStream<Path> here) {
    this.directory = directory;
    this.lock = lock;
    this.place = place;
    this.here = here;
  }

  /** Takes the lock or throws {@link StoreLockedException} with the holder. */
  public static StoreLock acquire(Path directory) {
    try {
      Path real = directory.toRealPath();
      FolderPlace place = new FolderPlace(real);
      LockFile lock = LockFile.tryAcquire(real.resolve(LOCK));
      if (lock == null) {
        throw locked(real);
      }
      StoreLock held = new StoreLock(real, lock, place, here(real));
      held.nameHolder();
      return held;
    } catch (IOException e) {
      throw new StorageException(
          "the store's lock file cannot be used; check the directory's permissions",
          Map.of("directory", directory),
          e);
    }
  }

  @SuppressWarnings("StreamResourceLeak") // it is closed with the lock
  private static SecureDirectoryStream<Path> here(Path directory) {
    try {
      DirectoryStream<Path> stream = Files.newDirectoryStream(directory);
      if (stream instanceof SecureDirectoryStream<Path> secure) {
        return secure;
      }
      stream.close();
    } catch (IOException e) {
      // it only helps to give the directory a clean end after it was moved
    }
    return null;
  }

  /** The locked directory, past all symbolic links: these may be changed under an open store. */
  public Path directory() {
    return directory;
  }

  /** It only informs: on a full device the store is opened without it. */
  private void nameHolder() {
    String holder =
        "pid="
            + ProcessHandle.current().pid()
            + "\nhost="
            + host()
            + "\nsince="
            + Instant.now().truncatedTo(ChronoUnit.SECONDS)
            + "\n";
    try {
      Files.writeString(directory.resolve(HOLDER), holder, StandardCharsets.UTF_8);
    } catch (IOException e) {
      LOG.warn("the name of the store's holder cannot be written into {}", directory, e);
      unnameHolder(); // what stands there is cut, or of another holder
    }
  }

  /** It only informs: one that stays is not worth a failure. */
  private void unnameHolder() {
    try {
      if (here != null) {
        here.deleteFile(Path.of(HOLDER));
      } else if (!place.isLost()) { // else it may be that of another store
        Files.deleteIfExists(directory.resolve(HOLDER));
      }
    } catch (NoSuchFileException e) {
      // it could not be written
    } catch (IOException e) {
      LOG.warn("the name of the store's holder cannot be removed from {}", directory, e);
    }
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

  /** Gives the lock back and leaves no file of it, in a directory that is to be empty again. */
  public void discard() {
    try {
      // while it is held: one who has opened the file, and gets the lock next, sees that it is gone
      Files.deleteIfExists(directory.resolve(LOCK));
    } catch (IOException e) {
      throw new StorageException(
          "the store's lock file cannot be removed", Map.of("directory", directory), e);
    } finally {
      close();
    }
  }

  @Override
  public void close() {
    try (lock;
        here) {
      unnameHolder();
    } catch (IOException e) {
      throw new StorageException(
          "the store's lock cannot be released", Map.of("directory", directory), e);
    }
  }
}
