package dev.quarry.internal.read;

import dev.quarry.LimitExceededException;
import dev.quarry.Link;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskNotFoundException;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.LinkEntries;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.work.TaskGraph;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Walks over dependencies and links in one view. Not thread-safe; lives as long as the call. */
public final class GraphReader {
  /** What one multi-get asks for: a few milliseconds' worth. */
  private static final int PART = 1_000;

  private final PinnedView view;
  private final RecordCodec codec;
  private final Deadline deadline;
  private final int mostTasks;

  GraphReader(PinnedView view, RecordCodec codec, Deadline deadline) {
    this(view, codec, deadline, TaskGraph.MAX_TASKS);
  }

  /** A reader in a view; what would have, or hold, more than {@code mostTasks} is refused. */
  public GraphReader(PinnedView view, RecordCodec codec, Deadline deadline, int mostTasks) {
    this.view = view;
    this.codec = codec;
    this.deadline = deadline;
    this.mostTasks = mostTasks;
  }

  private Task present(String id) {
    Task task = view.task(id);
    if (task == null) {
      throw new TaskNotFoundException("there is no task with this id", Map.of("id", id));
    }
    return task;
  }

  private List<Task> tasks(Collection<String> ids) {
    checkCount(ids.size());
    return loaded(List.copyOf(ids));
  }

  private List<Task> loaded(List<String> ids) {
    List<Task> found = new ArrayList<>(ids.size());
    inParts(
        ids,
        part -> {
          for (Task task : view.tasks(part)) {
            if (task != null) {
              found.add(task);
            }
          }
        });
    return found;
  }

  private List<Task> tasksAt(List<Long> ordinals) {
    List<Task> found = new ArrayList<>(ordinals.size());
    inParts(ordinals, part -> found.addAll(view.tasksAt(part)));
    return found;
  }

  /** Asks the storage for so many at a time, and looks at the time before each. */
  private <T> void inParts(List<T> all, Consumer<List<T>> ask) {
    for (int from = 0; from < all.size(); from += PART) {
      deadline.check();
      ask.accept(all.subList(from, Math.min(all.size(), from + PART)));
    }
    deadline.check();
  }

  private void checkCount(int count) {
    if (count > mostTasks) {
      throw new LimitExceededException(
          "more tasks than one answer may have; ask for less depth",
          Map.of("tasks", count, "limit", mostTasks));
    }
  }

  /** What a walk over the whole store holds, which no answer has to have. */
  private void checkHeld(int count) {
    if (count > mostTasks) {
      throw new LimitExceededException(
          "more tasks that wait, or are waited for, than a walk over the whole store may hold; ask"
              + " for the critical path of one task instead",
          Map.of("tasks", count, "limit", mostTasks));
    }
  }

  private void addSources(Collection<Long> ordinals, String target, int type) {
    byte[] prefix = LinkEntries.prefix(target, type);
    byte[] upper = OrderedKeys.successor(prefix);
    deadline.step();
    try (StorageIterator it = view.iterate(Family.LINKS, prefix, upper, false)) {
      for (it.first(); it.isValid(); it.next()) {
        deadline.step();
        ordinals.add(LinkEntries.source(it.key()));
      }
    }
    checkCount(ordinals.size());
  }

  private List<Task> sources(String target, int type) {
    List<Long> ordinals = new ArrayList<>();
    addSources(ordinals, target, type);
    return tasksAt(ordinals);
  }

  /** As {@link TaskGraph#blockersOf}. */
  public List<Task> blockersOf(String id) {
    return tasks(present(id).dependencies());
  }

  /** As {@link TaskGraph#dependentsOf}. */
  public List<Task> dependentsOf(String id) {
    present(id);
    return sources(id, LinkEntries.BLOCKS);
  }

  /** As {@link TaskGraph#linkedTo}. */
  public List<Task> linkedTo(String id, Link.Type type) {
    present(id);
    return sources(id, LinkEntries.type(type));
  }

  /** As {@link TaskGraph#subtree}. */
  public List<Task> subtree(String id, int depth) {
    present(id);
    int parent = LinkEntries.type(Link.Type.PARENT);
    Set<String> seen = new HashSet<>(Set.of(id));
    List<Task> tree = new ArrayList<>();
    List<String> level = List.of(id);
    for (int d = 0; d < depth && !level.isEmpty(); d++) {
      List<Long> ordinals = new ArrayList<>();
      for (String one : level) {
        addSources(ordinals, one, parent);
      }
      List<String> next = new ArrayList<>();
      for (Task task : tasksAt(ordinals)) {
        if (seen.add(task.id())) {
          tree.add(task);
          next.add(task.id());
        }
      }
      checkCount(tree.size());
      level = next;
    }
    return tree;
  }

  /** As {@link TaskGraph#whatUnlocks}. */
  public List<Task> whatUnlocks(String id) {
    if (present(id).status() == Status.DONE) {
      return List.of();
    }
    List<Long> ordinals = new ArrayList<>();
    addSources(ordinals, id, LinkEntries.BLOCKS);
    List<Integer> waits = new ArrayList<>(ordinals.size());
    inParts(ordinals, part -> waits.addAll(view.waits(part)));
    List<Long> last = new ArrayList<>();
    for (int i = 0; i < waits.size(); i++) {
      if (waits.get(i) == 1) { // waits for this one only, not held
        last.add(ordinals.get(i));
      }
    }
    List<Task> unlocked = tasksAt(last);
    unlocked.removeIf(task -> task.status() != Status.TODO);
    return unlocked;
  }

  /** As {@link TaskGraph#withDependencies}. */
  public Map<String, Task> withDependencies(Collection<String> ids, int depth) {
    Map<String, Task> found = new LinkedHashMap<>();
    Set<String> asked = new HashSet<>(ids);
    Collection<String> level = asked;
    for (int d = 0; d <= depth && !level.isEmpty(); d++) {
      Set<String> next = new HashSet<>();
      for (Task task : tasks(level)) {
        found.put(task.id(), task);
        for (String other : task.dependencies()) {
          if (asked.add(other)) {
            next.add(other);
          }
        }
      }
      checkCount(asked.size());
      level = next;
    }
    return found;
  }

  /** As {@link TaskGraph#criticalPath(String)}. */
  public List<Task> criticalPath(String id) {
    present(id);
    Map<String, Task> open = withDependencies(List.of(id), Integer.MAX_VALUE - 1);
    open.values().removeIf(task -> task.status() == Status.DONE);
    return open.containsKey(id) ? new LongestPath(open, deadline).endingAt(id) : List.of();
  }

  /** As {@link TaskGraph#criticalPath()}. */
  public List<Task> criticalPath() {
    Map<String, Task> open = new LinkedHashMap<>();
    Set<String> targets = new HashSet<>();
    try (StorageIterator it = view.iterate(Family.RECORDS, null, null, true)) {
      for (it.first(); it.isValid(); it.next()) {
        deadline.step();
        if (RecordCodec.status(it.value()) != Status.DONE) {
          Task task = codec.decode(it.value());
          if (!task.dependencies().isEmpty()) {
            open.put(task.id(), withoutTexts(task));
            targets.addAll(task.dependencies());
            checkHeld(Math.max(open.size(), targets.size()));
          }
        }
      }
    }
    targets.removeAll(open.keySet());
    inParts(
        List.copyOf(targets),
        part -> {
          for (Task task : view.tasks(part)) {
            if (task != null && task.status() != Status.DONE) {
              open.put(task.id(), withoutTexts(task));
            }
          }
        });
    // not counted again: a chain has one task more than it has targets
    return loaded(new LongestPath(open, deadline).longest().stream().map(Task::id).toList());
  }

  /** What a walk over many tasks keeps of each. */
  private static Task withoutTexts(Task task) {
    return task.toBuilder().description(null).notes(null).build();
  }

  /** As {@link TaskGraph#findCycle}. */
  public List<String> findCycle() {
    Map<String, Task> waiting = new LinkedHashMap<>();
    try (StorageIterator it = view.iterate(Family.RECORDS, null, null, true)) {
      for (it.first(); it.isValid(); it.next()) {
        deadline.step();
        Task task = codec.decode(it.value());
        if (!task.dependencies().isEmpty()) {
          waiting.put(task.id(), withoutTexts(task));
          checkCount(waiting.size());
        }
      }
    }
    return new LongestPath(waiting, deadline).cycle();
  }
}
