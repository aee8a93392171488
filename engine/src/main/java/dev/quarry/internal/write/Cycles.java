package dev.quarry.internal.write;

import dev.quarry.DependencyCycleException;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.index.LinkEntries;
import dev.quarry.internal.storage.Family;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Refuses commits that close a cycle of dependencies. The new edges are added one task at a time. A
 * task on which nobody depends closes none. For the others one search goes from both ends of all of
 * its new edges in turn, one record a step, and ends when either side has nothing left: so it reads
 * at most about twice the records of the smaller side, not the whole graph (as in the two-way
 * search of Bender, Fineman, Gilbert and Tarjan, "A new approach to incremental cycle detection",
 * 2016).
 */
final class Cycles {
  /** So many that the ids of one check take little beside what it searches. */
  private static final int MOST_IDS = 1 << 16;

  private final Staging staging;
  private final StagedState state;
  private final List<Staging.Entry> changed;
  private final Map<String, Staging.Entry> pending = new HashMap<>();
  private final Map<String, List<String>> ownDependents = new HashMap<>();
  private final Map<Long, String> ids = new HashMap<>();
  private final Map<String, Set<String>> standing = new HashMap<>();

  Cycles(Staging staging, List<Staging.Entry> changed) {
    this.staging = staging;
    this.state = staging.state();
    this.changed = changed;
  }

  void check() {
    List<Staging.Entry> gaining = new ArrayList<>();
    for (Staging.Entry entry : changed) {
      if (!gained(entry).isEmpty()) {
        gaining.add(entry);
        pending.put(entry.id, entry);
      }
    }
    for (Staging.Entry entry : gaining) {
      List<String> gained = gained(entry);
      if (gained.contains(entry.id)) {
        throw cycle(List.of(entry.id, entry.id));
      }
      if (hasDependents(entry.id)) {
        search(entry.id, gained);
      }
      pending.remove(entry.id);
      standing.remove(entry.id);
      for (String target : gained) {
        ownDependents.computeIfAbsent(target, id -> new ArrayList<>()).add(entry.id);
      }
    }
  }

  private static List<String> gained(Staging.Entry entry) {
    if (entry.now == null || entry.now.dependencies().isEmpty()) {
      return List.of();
    }
    if (entry.stored == null || entry.stored.dependencies().isEmpty()) {
      return entry.now.dependencies();
    }
    if (entry.stored.dependencies().equals(entry.now.dependencies())) {
      return List.of();
    }
    Set<String> old = new HashSet<>(entry.stored.dependencies());
    List<String> gained = new ArrayList<>();
    for (String id : entry.now.dependencies()) {
      if (!old.contains(id)) {
        gained.add(id);
      }
    }
    return gained;
  }

  private boolean hasDependents(String id) {
    return ownDependents.containsKey(id)
        || state.side(Family.LINKS, LinkEntries.marker(id)) != null;
  }

  /** One side of a search: how each task was reached, and which are still to be looked at. */
  private static class Side {
    final Map<String, String> from = new HashMap<>();
    final ArrayDeque<String> next = new ArrayDeque<>();

    Side(List<String> starts) {
      starts.forEach(start -> reach(start, null));
    }

    final void reach(String id, String by) {
      if (!from.containsKey(id)) {
        from.put(id, by);
        next.add(id);
      }
    }
  }

  /** The side of those that wait, which takes them one by one: of one task there may be many. */
  private final class Up extends Side {
    private String target;
    private Iterator<String> own = Collections.emptyIterator();
    private Dependents stored;

    Up(String task) {
      super(List.of(task));
    }

    /** Whether nothing is left, which the last step may not have known. */
    boolean isDone() {
      return target == null && next.isEmpty();
    }

    /** Looks at one more; the one that it came to, or null. */
    String step() {
      if (target == null) {
        target = next.remove();
        own = ownDependents.getOrDefault(target, List.of()).iterator();
        stored = hasDependents(target) ? new Dependents(state, target) : null;
      }
      String id = own.hasNext() ? own.next() : nextStored();
      if (id != null) {
        reach(id, target);
      }
      return id;
    }

    /** The next that stands by now, or null: one that did not, or the end of this task's. */
    private String nextStored() {
      long ordinal = stored == null ? -1 : stored.next();
      if (ordinal < 0) {
        target = null;
        return null;
      }
      String source = id(ordinal);
      // a task that this commit changes may have dropped the edge
      boolean stands =
          source != null && (staging.known(source) == null || standing(source).contains(target));
      return stands ? source : null;
    }
  }

  /** The id of a stored task, or null: many searches may come to the same few tasks. */
  private String id(long ordinal) {
    String known = ids.get(ordinal);
    if (known != null) {
      return known;
    }
    IndexedFields fields = state.fields(ordinal);
    if (fields == null) {
      return null;
    }
    if (ids.size() == MOST_IDS) {
      ids.clear();
    }
    ids.put(ordinal, fields.id());
    return fields.id();
  }

  /** The same as {@link #dependencies}, of a task that the commit has looked at. */
  private Set<String> standing(String id) {
    return standing.computeIfAbsent(id, source -> Set.copyOf(dependencies(source)));
  }

  /** Looks for a way from one of the blockers along dependencies to {@code task}. */
  private void search(String task, List<String> blockers) {
    Side down = new Side(blockers);
    Up up = new Up(task);
    while (!down.next.isEmpty() && !up.isDone()) {
      String id = down.next.remove();
      for (String next : dependencies(id)) {
        down.reach(next, id);
        if (up.from.containsKey(next)) {
          throw cycle(path(task, next, down, up));
        }
      }
      String reached = down.next.isEmpty() ? null : up.step();
      if (reached != null && down.from.containsKey(reached)) {
        throw cycle(path(task, reached, down, up));
      }
    }
  }

  /** The dependencies of a task as far as their edges stand by now. */
  private List<String> dependencies(String id) {
    Staging.Entry entry = staging.known(id);
    if (entry == null) {
      Overlay.Staged stored = state.task(id);
      return stored == null ? List.of() : stored.task().dependencies();
    }
    if (entry.now == null) {
      return List.of();
    }
    if (!pending.containsKey(id)) {
      return entry.now.dependencies();
    }
    if (entry.stored == null) {
      return List.of();
    }
    List<String> kept = new ArrayList<>(entry.now.dependencies());
    kept.retainAll(new HashSet<>(entry.stored.dependencies()));
    return kept;
  }

  /** The cycle, from the task along its new dependency back to it. */
  private static List<String> path(String task, String meeting, Side down, Side up) {
    List<String> path = new ArrayList<>();
    for (String id = meeting; id != null; id = down.from.get(id)) {
      path.add(id);
    }
    path.add(task);
    Collections.reverse(path);
    for (String id = up.from.get(meeting); id != null; id = up.from.get(id)) {
      path.add(id);
    }
    if (!path.get(path.size() - 1).equals(task)) {
      path.add(task);
    }
    return path;
  }

  private static DependencyCycleException cycle(List<String> path) {
    return new DependencyCycleException(
        "tasks cannot wait for each other in a circle; leave one of these dependencies out",
        context(path));
  }

  private static Map<String, Object> context(List<String> path) {
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("task", path.get(0));
    context.put("dependency", path.get(1));
    context.put("cycle", shown(path));
    return context;
  }

  private static String shown(List<String> path) {
    int most = 20;
    if (path.size() <= most) {
      return String.join(" -> ", path);
    }
    int half = most / 2;
    return String.join(" -> ", path.subList(0, half))
        + " -> ... "
        + (path.size() - most)
        + " more ... -> "
        + String.join(" -> ", path.subList(path.size() - half, path.size()));
  }
}
