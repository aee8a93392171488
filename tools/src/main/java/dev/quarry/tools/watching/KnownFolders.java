package dev.quarry.tools.watching;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The folders that have known files in or below them. Used by one thread. */
final class KnownFolders {
  /** How many files are in or below each. */
  private final Map<Path, Integer> counts = new HashMap<>();

  void add(Path file) {
    for (Path at = file.getParent(); at != null; at = at.getParent()) {
      counts.merge(at, 1, Integer::sum);
    }
  }

  /** Takes back one {@link #add}. */
  void remove(Path file) {
    for (Path at = file.getParent(); at != null; at = at.getParent()) {
      counts.computeIfPresent(at, (folder, n) -> n == 1 ? null : n - 1);
    }
  }

  boolean has(Path folder) {
    return counts.containsKey(folder);
  }
}
