package dev.quarry.tools.watching;

import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The keys of the watched folders, both ways: one key for a folder, one folder for a key. A path
 * costs one look-up, and what is below it one step for each folder there. Used by one thread.
 */
final class FolderKeys {
  /** Name by name: by their text, {@code a-b} would stand between {@code a} and {@code a/b}. */
  private static final Comparator<Path> BY_NAMES =
      (a, b) -> {
        int common = Math.min(a.getNameCount(), b.getNameCount());
        for (int i = 0; i < common; i++) {
          int order = a.getName(i).compareTo(b.getName(i));
          if (order != 0) {
            return order;
          }
        }
        return Integer.compare(a.getNameCount(), b.getNameCount());
      };

  private final Map<WatchKey, Path> folders = new HashMap<>();
  private final TreeMap<Path, WatchKey> keys = new TreeMap<>(BY_NAMES);

  /**
   * Notes a folder's key. A folder that was renamed keeps its key, and is known by its new name.
   */
  void put(WatchKey key, Path folder) {
    Path old = folders.put(key, folder);
    if (old != null) {
      keys.remove(old, key);
    }
    WatchKey before = keys.put(folder, key);
    if (before != null && !before.equals(key)) {
      // it is of a folder that was moved away unnoticed, and goes on telling under its old name
      folders.remove(before);
      before.cancel();
    }
  }

  /** The folder of a key, or null. */
  Path folder(WatchKey key) {
    return folders.get(key);
  }

  /** Forgets a key that is no more valid; its folder, or null. */
  Path remove(WatchKey key) {
    Path folder = folders.remove(key);
    if (folder != null) {
      keys.remove(folder);
    }
    return folder;
  }

  /** Cancels and forgets the keys of a path and of all folders below it. */
  void cancelBelow(Path path) {
    Map.Entry<Path, WatchKey> entry = keys.ceilingEntry(path);
    while (entry != null && entry.getKey().startsWith(path)) {
      entry.getValue().cancel();
      remove(entry.getValue());
      entry = keys.higherEntry(entry.getKey());
    }
  }
}
