package dev.quarry.internal.write;

import dev.quarry.BulkResult;
import dev.quarry.ConflictException;
import dev.quarry.Durability;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskNotFoundException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** The write verbs. Thread-safe: each runs alone, inside the committer. */
public final class Writes {
  private final Committer committer;
  private final TaskRules rules;
  private final Durability durability;

  /** Verbs over a committer. */
  public Writes(Committer committer, TaskRules rules, Durability durability) {
    this.committer = committer;
    this.rules = rules;
    this.durability = durability;
  }

  /** As {@link dev.quarry.TaskStore#insert}. */
  public Task insert(Task task) {
    return committer.exclusively(inserting(task));
  }

  Function<Staging, Task> inserting(Task task) {
    Task given = rules.given(task);
    return staging -> {
      staging.insert(given);
      return stored(given, staging.commit(durability));
    };
  }

  /** As {@link dev.quarry.TaskStore#put}. */
  public Task put(Task task) {
    return committer.exclusively(putting(task));
  }

  Function<Staging, Task> putting(Task task) {
    Task alone = rules.given(task);
    return staging -> {
      Task before = staging.get(task.id());
      Task given = over(before, task, alone);
      if (given.equals(before)) {
        return before;
      }
      staging.put(given);
      return stored(given, staging.commit(durability));
    };
  }

  /** As {@link dev.quarry.TaskStore#replace}. */
  public Task replace(Task task, long expectedVersion) {
    return committer.exclusively(replacing(task, expectedVersion));
  }

  Function<Staging, Task> replacing(Task task, long expectedVersion) {
    Task alone = rules.given(task);
    return staging -> {
      Task before = present(staging, task.id());
      if (before.version() != expectedVersion) {
        Map<String, Object> context = new LinkedHashMap<>();
        context.put("id", task.id());
        context.put("expectedVersion", expectedVersion);
        context.put("storedVersion", before.version());
        throw new ConflictException(
            "the task was changed since it was read; read it again and retry", context);
      }
      Task given = over(before, task, alone);
      if (given.equals(before)) {
        return before;
      }
      staging.put(given);
      return stored(given, staging.commit(durability));
    };
  }

  /** As {@link dev.quarry.TaskStore#update}. */
  public Task update(String id, UnaryOperator<Task> change) {
    return committer.exclusively(updating(id, change));
  }

  Function<Staging, Task> updating(String id, UnaryOperator<Task> change) {
    return staging -> {
      Task before = present(staging, id);
      Task after = rules.changed(before, change.apply(before));
      if (after.equals(before)) {
        return before;
      }
      staging.put(after);
      return stored(after, staging.commit(durability));
    };
  }

  /** As {@link dev.quarry.TaskStore#delete}. */
  public OptionalLong delete(String id) {
    return committer.exclusively(deleting(id));
  }

  Function<Staging, OptionalLong> deleting(String id) {
    Objects.requireNonNull(id, "id");
    return staging -> {
      if (staging.get(id) == null) {
        return OptionalLong.empty();
      }
      staging.remove(id);
      return OptionalLong.of(staging.commit(durability));
    };
  }

  /** As {@link dev.quarry.TaskStore#insertAll}. */
  public BulkResult insertAll(Collection<Task> tasks) {
    List<Task> given = new ArrayList<>(tasks.size());
    for (Task task : tasks) {
      given.add(rules.given(task));
    }
    return committer.exclusively(
        staging -> {
          given.forEach(staging::insert);
          return new BulkResult(staging.commit(durability), given.size(), 0, List.of());
        });
  }

  /** As {@link dev.quarry.TaskStore#setStatus}. */
  public BulkResult setStatus(Collection<String> ids, Status status) {
    Objects.requireNonNull(status, "status");
    LinkedHashSet<String> distinct = new LinkedHashSet<>(ids);
    return committer.exclusively(
        staging -> {
          List<String> missing = new ArrayList<>();
          int updated = 0;
          int unchanged = 0;
          for (String id : distinct) {
            Task before = staging.get(id);
            if (before == null) {
              missing.add(id);
            } else if (before.status() == status) {
              unchanged++;
            } else {
              staging.put(rules.changed(before, before.withStatus(status)));
              updated++;
            }
          }
          return new BulkResult(staging.commit(durability), updated, unchanged, missing);
        });
  }

  /** Stages {@code operations} in order and commits them as one. */
  public long commit(List<Consumer<Staging>> operations, Durability wanted) {
    return committer.exclusively(
        staging -> {
          operations.forEach(operation -> operation.accept(staging));
          return staging.commit(wanted);
        });
  }

  /** An insert for {@link #commit}. */
  public Consumer<Staging> insertion(Task task) {
    Task given = rules.given(task);
    return staging -> staging.insert(given);
  }

  /** An upsert for {@link #commit}. */
  public Consumer<Staging> upsert(Task task) {
    Task alone = rules.given(task);
    return staging -> staging.put(over(staging.get(task.id()), task, alone));
  }

  /** An update for {@link #commit}. */
  public Consumer<Staging> change(String id, UnaryOperator<Task> change) {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(change, "change");
    return staging -> {
      Task before = present(staging, id);
      staging.put(rules.changed(before, change.apply(before)));
    };
  }

  /**
   * The task as it is stored over {@code before}; {@code alone} is what it is over none, made
   * before the committer is held.
   */
  private Task over(Task before, Task task, Task alone) {
    return before == null || task.updatedAt() != null ? alone : rules.given(task, before);
  }

  /** What {@link #commit} without a wish uses. */
  public Durability durability() {
    return durability;
  }

  private static Task present(Staging staging, String id) {
    Objects.requireNonNull(id, "id");
    Task task = staging.get(id);
    if (task == null) {
      throw new TaskNotFoundException(
          "there is no task with this id; use put to add it", Map.of("id", id));
    }
    return task;
  }

  private static Task stored(Task task, long sequence) {
    return Committer.versioned(task, sequence);
  }

  /** As {@link dev.quarry.TaskStore#sync}. */
  public void sync() {
    committer.sync();
  }
}
