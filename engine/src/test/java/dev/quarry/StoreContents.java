package dev.quarry;

import dev.quarry.change.Change;
import dev.quarry.change.Subscriptions;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.work.Claim;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * All that callers can find in a store, every field of it, so that two stores are equal where these
 * are. Of a store that nobody writes to.
 *
 * @param sequence its last one
 * @param tasks by their ordinals, as their records say, with what is not seen in a task
 * @param archived by id
 * @param ready ids in the order of the walk
 * @param claims those whose lease has not run out
 * @param subscriptions the named ones
 * @param log every change
 * @param histories the changes of each task and archived task
 * @param indexes the definitions
 */
record StoreContents(
    long sequence,
    List<Line> tasks,
    List<Line> archived,
    List<String> ready,
    List<Claimed> claims,
    List<Subscriptions.Named> subscriptions,
    List<Logged> log,
    Map<String, List<Logged>> histories,
    List<IndexSpec> indexes) {
  private static final int MOST = 1_000_000;

  /** A task as it stands; {@link Task#equals} leaves the version out. */
  record Line(long ordinal, long version, Task task) {
    static Line of(Task task) {
      return task == null ? null : new Line(-1, task.version(), task);
    }

    @Override
    public String toString() {
      List<Object> fields =
          Arrays.asList(
              task.project(),
              task.description(),
              task.notes(),
              task.agent(),
              task.assignee(),
              task.createdAt(),
              task.updatedAt(),
              task.dueAt(),
              task.completedAt(),
              task.dependencies(),
              task.links(),
              task.estimatedHours(),
              task.actualHours(),
              task.attributes());
      return ordinal + " at " + version + ": " + task + " " + fields;
    }
  }

  /** A change, and the versions of what it has. */
  record Logged(Change change, long before, long after) {
    static Logged of(Change change) {
      Task before = change.before();
      Task after = change.after();
      return new Logged(
          change, before == null ? 0 : before.version(), after == null ? 0 : after.version());
    }
  }

  /** A claim, and the version of its task. */
  record Claimed(Claim claim, long version) {}

  static StoreContents of(TaskStore store) {
    List<Line> tasks = new ArrayList<>();
    Map<String, List<Logged>> histories = new TreeMap<>();
    store.dump(
        raw -> {
          tasks.add(new Line(raw.ordinal(), raw.sequence(), raw.task()));
          histories.put(raw.task().id(), history(store, raw.task().id()));
        });
    List<Line> archived = new ArrayList<>();
    for (PageRequest request = PageRequest.first(1_000); request != null; ) {
      Page<Task> page = store.archived(Query.all(), request);
      for (Task task : page.items()) {
        archived.add(Line.of(task));
        histories.put(task.id(), history(store, task.id()));
      }
      request = page.hasNext() ? PageRequest.after(page.continuation(), 1_000) : null;
    }
    List<String> ready;
    try (Stream<Task> found = store.stream(Query.where(Condition.ready()))) {
      ready = found.map(Task::id).toList();
    }
    return new StoreContents(
        store.sequence(),
        tasks,
        archived,
        ready,
        store.claims().list(10_000).stream().map(c -> new Claimed(c, c.task().version())).toList(),
        store.subscriptions().list(),
        store.changesAfter(0, MOST).stream().map(Logged::of).toList(),
        histories,
        store.indexes().stream().map(IndexInfo::spec).toList());
  }

  private static List<Logged> history(TaskStore store, String id) {
    return store.history(id, MOST).stream().map(Logged::of).toList();
  }

  /** The first part in which another differs, and how; empty where it is equal. */
  String differenceTo(StoreContents other) {
    List<?> mine = parts();
    List<?> others = other.parts();
    for (int i = 0; i < mine.size(); i++) {
      String part = getClass().getRecordComponents()[i].getName();
      if (mine.get(i) instanceof List<?> a && others.get(i) instanceof List<?> b) {
        for (int k = 0; k < Math.min(a.size(), b.size()); k++) {
          if (!a.get(k).equals(b.get(k))) {
            return "%s, %d: %s instead of %s".formatted(part, k, b.get(k), a.get(k));
          }
        }
        if (a.size() != b.size()) {
          return "%s: %d instead of %d".formatted(part, b.size(), a.size());
        }
      } else if (!mine.get(i).equals(others.get(i))) {
        return "%s: %s instead of %s".formatted(part, others.get(i), mine.get(i));
      }
    }
    return "";
  }

  private List<?> parts() {
    return List.of(
        sequence, tasks, archived, ready, claims, subscriptions, log, histories, indexes);
  }

  /** Whether each part that can be empty has something, so that a comparison says something. */
  boolean isFull() {
    return Stream.of(tasks, archived, ready, claims, subscriptions, log, indexes)
        .noneMatch(List::isEmpty);
  }
}
