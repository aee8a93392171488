package dev.quarry.internal.storage;

import dev.quarry.StorageException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Makes directories that only their owner can read, and looks before it writes into one. */
public final class SafeDirectories {
  private SafeDirectories() {}

  /** Creates a directory, readable by its owner only; its parents as usual. */
  public static void create(Path directory) {
    try {
      Path parent = directory.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      if (parent != null && Files.getFileStore(parent).supportsFileAttributeView("posix")) {
        Files.createDirectory(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } else {
        Files.createDirectory(directory);
      }
      if (parent != null && Files.isReadable(parent)) {
        sync(parent); // what is synced in it must be found again
      }
    } catch (IOException e) {
      throw new StorageException(
          "the directory cannot be created", Map.of("directory", directory), e);
    }
  }

  /** Where a path leads, past all symbolic links; the end of it need not exist. */
  public static Path real(Path path) {
    Path existing = path.toAbsolutePath();
    Path rest = Path.of("");
    while (true) {
      try {
        return existing.toRealPath().resolve(rest).normalize();
      } catch (NoSuchFileException e) {
        Path parent = existing.getParent();
        if (parent == null) {
          return path.toAbsolutePath().normalize();
        }
        rest = existing.getFileName().resolve(rest);
        existing = parent;
      } catch (IOException e) {
        throw new StorageException(
            "it cannot be found out where the path leads; check the permissions",
            Map.of("path", path),
            e);
      }
    }
  }

  /** Whether a path leads to a directory or into it. */
  public static boolean isInside(Path path, Path directory) {
    return real(path).startsWith(real(directory));
  }

  /** Creates a directory where there is none; refuses a symbolic link, or what is none. */
  public static void createPlain(Path directory) {
    if (Files.isSymbolicLink(directory)) {
      throw new StorageException(
          "the target is a symbolic link; name the directory itself",
          Map.of("directory", directory));
    }
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      create(directory);
    } else if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      throw new StorageException(
          "the target is no directory; choose another", Map.of("directory", directory));
    }
  }

  /** The same; refuses a directory that is not empty, too. */
  public static void createEmpty(Path directory) {
    createPlain(directory);
    refuseOthers(directory, file -> false);
  }

  /** Refuses a directory that has anything but what is known in it. */
  static void refuseOthers(Path directory, Predicate<Path> known) {
    try (Stream<Path> files = Files.list(directory)) {
      if (!files.allMatch(known)) {
        throw new StorageException(
            "the target directory is not empty; choose another", Map.of("directory", directory));
      }
    } catch (IOException e) {
      throw new StorageException(
          "the target directory cannot be listed", Map.of("directory", directory), e);
    }
  }

  /**
   * Refuses a store's folder that is a symbolic link. RocksDB goes by names: led elsewhere while
   * the store is open it would write, and delete, among the files of another one; and two
   * directories that share a folder have a lock each.
   */
  public static void refuseLinked(Path folder) {
    if (Files.isSymbolicLink(folder)) {
      throw new StorageException(
          "a folder of the store is a symbolic link; move the folder itself to the link's place, or"
              + " the whole store, to whose directory a link may lead",
          Map.of("folder", folder));
    }
  }

  /** Makes a directory's entries survive the death of the machine, where the system can. */
  public static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (FileSystemException e) {
      if (Files.isReadable(directory) && !isPosix(directory)) {
        return; // such a system does not open directories, and needs no such step
      }
      throw e;
    }
  }

  private static boolean isPosix(Path directory) throws IOException {
    return Files.getFileStore(directory).supportsFileAttributeView("posix");
  }
}
