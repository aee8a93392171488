package dev.quarry.internal.write;

import dev.quarry.DependencyCycleException;
import dev.quarry.Task;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.index.LinkEntries;
import dev.quarry.internal.storage.Family;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Refuses commits that close a cycle of dependencies. The new edges are added one task at a time. A
 * task on which nobody depends closes none. For the others the search goes from both ends of the
 * new edge in turn, one task a step, and ends when either side has nothing left: so it costs at
 * most twice the smaller side, not the whole graph (as in the two-way search of Bender, Fineman,
 * Gilbert and Tarjan, "A new approach to incremental cycle detection", 2016).
 */
final class Cycles {
  private final Staging staging;
  private final StagedState state;
  private final List<Staging.Entry> changed;
  private final Map<String, Staging.Entry> pending = new HashMap<>();
  private final Map<String, List<String>> ownDependents = new HashMap<>();

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
        for (String from : gained) {
          search(entry.id, from);
        }
      }
      pending.remove(entry.id);
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
  private static final class Side {
    final Map<String, String> from = new HashMap<>();
    final ArrayDeque<String> next = new ArrayDeque<>();

    Side(String start) {
      from.put(start, null);
      next.add(start);
    }

    void reach(String id, String by) {
      if (!from.containsKey(id)) {
        from.put(id, by);
        next.add(id);
      }
    }
  }

  /** Looks for a way from {@code blocker} along dependencies to {@code task}. */
  private void search(String task, String blocker) {
    Side down = new Side(blocker);
    Side up = new Side(task);
    while (!down.next.isEmpty() && !up.next.isEmpty()) {
      String id = down.next.poll();
      for (String next : dependencies(id)) {
        down.reach(next, id);
        if (up.from.containsKey(next)) {
          throw cycle(path(task, next, down, up));
        }
      }
      String other = up.next.poll();
      for (String next : dependents(other)) {
        up.reach(next, other);
        if (down.from.containsKey(next)) {
          throw cycle(path(task, next, down, up));
        }
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

  private List<String> dependents(String id) {
    byte[] prefix = LinkEntries.prefix(id, LinkEntries.BLOCKS);
    List<String> ids = new ArrayList<>(ownDependents.getOrDefault(id, List.of()));
    for (long ordinal : state.ordinals(Family.LINKS, prefix, OrderedKeys.successor(prefix))) {
      Task source = state.task(ordinal);
      if (source == null) {
        continue;
      }
      // a task that this commit changes may have dropped the edge
      if (staging.known(source.id()) == null || dependencies(source.id()).contains(id)) {
        ids.add(source.id());
      }
    }
    return ids;
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
