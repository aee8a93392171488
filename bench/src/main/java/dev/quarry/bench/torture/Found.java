package dev.quarry.bench.torture;

import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a store holds, range by range, as text to compare and to print. */
final class Found {
  private static final int MOST = 10_000;

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
        "description of " + task.description().length(),
        new TreeMap<>(task.attributes()).toString());
  }

  private static String time(Instant instant) {
    return instant == null ? "none" : instant.isBefore(Content.OLD) ? instant.toString() : "recent";
  }

  static String claim(String id, long token, String owner, int attempt, Instant until) {
    boolean exact = Content.range(id).equals(Content.TIMED);
    return token + " " + owner + " attempt " + attempt + (exact ? " until " + until : "");
  }

  /** All ranges. */
  static Map<String, Map<String, String>> in(TaskStore store) {
    Map<String, Map<String, String>> found = new HashMap<>();
    Content.OWNED.forEach(range -> found.put(range, new TreeMap<>()));
    found.put(Content.SHARED, new TreeMap<>());
    store.forEachChunk(
        Query.all(), 1_000, tasks -> tasks.forEach(t -> put(found, t.id(), "", text(t))));
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

  private static void put(
      Map<String, Map<String, String>> found, String id, String what, String text) {
    found.get(Content.range(id)).put(id + what, text);
  }
}
