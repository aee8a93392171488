package dev.quarry.tools.importing;

import dev.quarry.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Keeps tasks in memory, fills in times as a store does, and counts what is written. */
public final class MemoryTarget implements ImportTarget {
  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00.123456Z");

  private final Map<String, Task> tasks = new LinkedHashMap<>();
  private int writes;
  private int largestBatch;

  @Override
  public List<Optional<Task>> getAll(Collection<String> ids) {
    List<Optional<Task>> found = new ArrayList<>();
    ids.forEach(id -> found.add(Optional.ofNullable(tasks.get(id))));
    return found;
  }

  @Override
  public Set<String> archived(Collection<String> ids) {
    return Set.of();
  }

  @Override
  public void write(List<Task> batch) {
    largestBatch = Math.max(largestBatch, batch.size());
    for (Task task : batch) {
      writes++;
      Instant now = NOW.plusSeconds(writes);
      Instant created = task.createdAt() == null ? now : task.createdAt();
      Instant changed = tasks.containsKey(task.id()) ? now : created;
      Task.Builder b = task.toBuilder().version(writes).createdAt(created);
      b.updatedAt(task.updatedAt() == null ? changed : task.updatedAt());
      tasks.put(task.id(), b.build());
    }
  }

  /** The task with this id. */
  public Task get(String id) {
    Task task = tasks.get(id);
    if (task == null) {
      throw new AssertionError("no task " + id + " among " + tasks.keySet());
    }
    return task;
  }

  /** All tasks in the order of their first writing. */
  public List<Task> all() {
    return List.copyOf(tasks.values());
  }

  /** How many tasks were written so far. */
  public int writes() {
    return writes;
  }

  /** The most tasks of one write. */
  public int largestBatch() {
    return largestBatch;
  }

  @Override
  public Task writeOne(Task task, Task stored) {
    write(List.of(task));
    return task;
  }
}
