package dev.quarry.tools.watching;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Tells files that went from files that only cannot be seen: those of a drive that was unmounted,
 * or of a folder with another one in its place. It knows the root by its identity, and of each
 * folder with task files on which drive it is.
 */
final class FolderGuard {
  private final Path root;
  private final Drives drives;
  private final Object identity;
  private final Map<Path, Object> known = new HashMap<>();

  /** Tells on which drive a folder is. */
  @FunctionalInterface
  interface Drives {
    /** Something equal for all folders of a drive, as it is mounted there. */
    Object of(Path folder) throws IOException;
  }

  FolderGuard(Path root, Drives drives) {
    this.root = root;
    this.drives = drives;
    identity = identity(root);
    learn(root);
  }

  /** Remembers the drive of a folder in which a task file was seen. */
  void learn(Path folder) {
    known.computeIfAbsent(folder, this::drive);
  }

  /**
   * Throws unless the root is there and the same.
   *
   * @throws FolderGoneException if it is not
   */
  void requireRoot() {
    Object now = identity(root);
    if (now == null) {
      throw new FolderGoneException(root, "is gone");
    }
    if (!now.equals(identity)) {
      throw new FolderGoneException(root, "is not the one that it was");
    }
  }

  /**
   * Throws unless it is certain that these files went.
   *
   * @throws FolderGoneException if the root, or a drive below it, is not there as it was
   */
  void requireDrives(Collection<Path> gone) {
    requireRoot();
    Set<Path> folders = new HashSet<>();
    gone.forEach(file -> folders.add(file.getParent()));
    for (Path folder : folders) {
      Object before = known.get(folder);
      if (before != null && !before.equals(drive(existing(folder)))) {
        throw new FolderGoneException(folder, "is not on the drive that it was on");
      }
      if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
        known.remove(folder);
      }
    }
  }

  /** The folder, or that above it which is still there. */
  private Path existing(Path folder) {
    Path at = folder;
    while (!at.equals(root) && !Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
      at = at.getParent();
    }
    return at;
  }

  /** The drive of a folder; null where the system does not say. */
  private Object drive(Path folder) {
    try {
      return drives.of(folder);
    } catch (IOException e) {
      return null;
    }
  }

  /** What stays with a folder as long as it exists; null where there is none. */
  private static Object identity(Path folder) {
    try {
      BasicFileAttributes a =
          Files.readAttributes(folder, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return a.isDirectory() ? Objects.requireNonNullElse(a.fileKey(), a.creationTime()) : null;
    } catch (IOException e) {
      return null;
    }
  }
}
