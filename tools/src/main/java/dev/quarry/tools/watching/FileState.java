package dev.quarry.tools.watching;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * What of a file shows without reading it whether it changed.
 *
 * @param isThere whether there is such a file, no folder and no link
 * @param size its bytes; -1 where they are not known
 * @param modified when it was written, or null
 * @param key what names it whatever its name is, or null
 */
record FileState(boolean isThere, long size, FileTime modified, Object key) {
  static final FileState ABSENT = new FileState(false, -1, null, null);

  /** There, but it cannot even be looked at; to read it says why. */
  static final FileState UNKNOWN = new FileState(true, -1, null, null);

  static FileState of(BasicFileAttributes a) {
    return a.isRegularFile()
        ? new FileState(true, a.size(), a.lastModifiedTime(), a.fileKey())
        : ABSENT;
  }

  static FileState of(Path file) {
    try {
      return of(read(file));
    } catch (NoSuchFileException e) {
      return ABSENT;
    } catch (IOException e) {
      return isNoFolder(file.getParent()) ? ABSENT : UNKNOWN;
    }
  }

  /** Whether a folder is certainly none: one that may not be looked into may have the file. */
  private static boolean isNoFolder(Path folder) {
    if (folder == null) {
      return false;
    }
    try {
      return !read(folder).isDirectory();
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      return isNoFolder(folder.getParent());
    }
  }

  private static BasicFileAttributes read(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }
}
