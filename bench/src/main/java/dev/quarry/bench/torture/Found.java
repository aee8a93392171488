package dev.quarry.bench.torture;

import dev.quarry.PageRequest;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.bench.WrongAnswerException;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a store holds, range by range, as text to compare and to print. */
final class Found {
  private static final int MOST = 10_000;
  private static final List<String> RANGES =
      Stream.concat(Content.OWNED.stream(), Stream.of(Content.SHARED)).toList();

  private Found() {}

  /** A task without its version; times that the store set are only told from the old ones. */
  static String text(Task task) {
    return String.join(
        "|",
        task.id(),
        task.project(),
        task.title(),
        task.status().name(),
        task.priority().name(),
        task.agent(),
        task.tags().toString(),
        task.dependencies().toString(),
        task.links().toString(),
        task.createdAt().toString(),
        time(task.updatedAt()),
        time(task.completedAt()),
        "description " + sum(task.description()),
        "notes " + sum(task.notes()),
        "assignee " + task.assignee(),
        "due " + task.dueAt(),
        "hours " + task.estimatedHours() + " " + task.actualHours(),
        new TreeMap<>(task.attributes()).toString());
  }

  /** Of a long text, which nobody wants to read whole: other texts have another sum. */
  private static String sum(String text) {
    return text.length() + "#" + Integer.toHexString(text.hashCode());
  }

  private static String time(Instant instant) {
    return instant == null ? "none" : instant.isBefore(Content.OLD) ? instant.toString() : "recent";
  }

  static String claim(String id, long token, String owner, int attempt, Instant until) {
    boolean exact = Content.range(id).equals(Content.TIMED);
    return token + " " + owner + " attempt " + attempt + (exact ? " until " + until : "");
  }

  /**
   * All ranges.
   *
   * @throws WrongAnswerException if the store does not give a task by its id as it gives it in a
   *     scan
   */
  static Map<String, Map<String, String>> in(TaskStore store) {
    Map<String, String> named = named(store); // first, while no record is in the cache
    Map<String, Map<String, String>> found = new HashMap<>();
    RANGES.forEach(range -> found.put(range, new TreeMap<>()));
    store.forEachChunk(
        Query.all(), 1_000, tasks -> tasks.forEach(t -> put(found, t.id(), "", text(t))));
    found.forEach((range, tasks) -> check(range, tasks, named));
    for (Task task : store.archived(Query.all(), PageRequest.first(MOST)).items()) {
      put(found, task.id(), " archived", text(task));
    }
    for (Claim claim : store.claims().list(MOST)) {
      String text = claim(claim.id(), claim.token(), claim.owner(), claim.attempt(), claim.until());
      put(found, claim.id(), " claim", text);
    }
    found.forEach(
        (range, seen) -> {
          Condition mine = TaskFields.PROJECT.is(range);
          List<Task> ready = store.ready(mine, PageRequest.first(MOST)).items();
          seen.put("ready", String.join(" ", ready.stream().map(Task::id).toList()));
        });
    return found;
  }

  private static Map<String, String> named(TaskStore store) {
    Map<String, String> named = new HashMap<>();
    for (String range : RANGES) {
      for (int i = 0; i < Content.IDS; i++) {
        String id = Content.id(range, i);
        Status status = store.statusOf(id).orElse(null);
        Task task = store.get(id).orElse(null);
        if (status != (task == null ? null : task.status())) {
          throw new WrongAnswerException("the status of " + id + " is " + status + ", of " + task);
        }
        if (task != null) {
          named.put(id, text(task));
        }
      }
    }
    return named;
  }

  private static void check(String range, Map<String, String> scanned, Map<String, String> named) {
    for (int i = 0; i < Content.IDS; i++) {
      String id = Content.id(range, i);
      if (!Objects.equals(scanned.get(id), named.get(id))) {
        throw new WrongAnswerException(
            "by its id, " + id + " is " + named.get(id) + ", in a scan " + scanned.get(id));
      }
    }
  }

  private static void put(
      Map<String, Map<String, String>> found, String id, String what, String text) {
    found.get(Content.range(id)).put(id + what, text);
  }
}
