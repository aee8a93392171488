package dev.quarry.tools.watching;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** In which files each task is. Used by one thread; no call looks at other tasks than its own. */
final class Holders {
  /** Most tasks are in one file: their sets hold just that, and cannot be changed. */
  private final Map<String, Set<Path>> files = new HashMap<>();

  /** Notes that a file has a task. */
  void add(String id, Path file) {
    Set<Path> before = files.get(id);
    if (before == null) {
      files.put(id, Set.of(file));
    } else if (before instanceof HashSet) {
      before.add(file);
    } else if (!before.contains(file)) {
      Set<Path> more = new HashSet<>(before);
      more.add(file);
      files.put(id, more);
    }
  }

  /** Notes that a file has a task no more. */
  void remove(String id, Path file) {
    Set<Path> before = of(id);
    if (before instanceof HashSet && before.size() > 1) {
      before.remove(file);
    } else if (before.contains(file)) {
      files.remove(id);
    }
  }

  /** Whether a file has the task. */
  boolean has(String id) {
    return files.containsKey(id);
  }

  /** The files that have a task, as they are until the next change. */
  Set<Path> of(String id) {
    return files.getOrDefault(id, Set.of());
  }
}
