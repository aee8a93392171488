package dev.quarry;

import dev.quarry.change.Change;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Reads a damaged store by every way that there is. What comes is right, item by item and in its
 * order, or there is an exception that names the place: all else is an {@link AssertionError}.
 */
final class DamageReads {
  private static final int MOST = 100_000;

  /** Ids that are looked up where each costs several reads. */
  private static final int EACH = 10;

  private final TaskStore store;
  private final DamageModel.State state;
  private final DamageModel.State past;
  private final long pastSequence;
  private int refused;

  DamageReads(TaskStore store, DamageModel model, long sequence) {
    this.store = store;
    state = model.at(sequence);
    pastSequence = sequence / 2;
    past = model.at(pastSequence);
  }

  /** How many reads ended in an exception. */
  int refused() {
    return refused;
  }

  void all() {
    for (int i = 0; i < DamageModel.IDS; i++) {
      String id = "D-" + i;
      same("task " + id, state.live.get(id), () -> store.get(id).orElse(null));
      if (i % EACH == 0) {
        same("status of " + id, status(state.live.get(id)), () -> store.statusOf(id).orElse(null));
      }
    }
    for (Status status : Status.values()) {
      Query query =
          Query.where(TaskFields.STATUS.is(status)).orderBy(TaskFields.CREATED_AT.ascending());
      query("", store, state, query);
    }
    for (int i = 0; i < 7; i++) {
      Query own = Query.where(TaskFields.AGENT.is("a" + i));
      query("own index: ", store, state, own.orderBy(TaskFields.DUE_AT.descending()));
    }
    query("", store, state, Query.where(TaskFields.TAGS.contains("t1")));
    query("", store, state, Query.where(Condition.ready()));
    scans();
    sums();
    archive();
    claims();
    log();
    past();
  }

  private static Status status(Task task) {
    return task == null ? null : task.status();
  }

  private void query(String what, TaskReader reader, DamageModel.State then, Query query) {
    List<Task> wanted = then.live.answer(query);
    same(
        what + "page of " + query,
        wanted,
        () -> reader.page(query, PageRequest.first(1_000)).items());
    same(what + "count of " + query, (long) wanted.size(), () -> reader.count(query));
  }

  private void scans() {
    List<Task> all = List.copyOf(state.live.tasks());
    same(
        "scan",
        all,
        () -> {
          try (Stream<Task> tasks = store.stream(Query.all())) {
            return tasks.toList();
          }
        });
    Function<Task, String> some = task -> task.id() + task.status() + task.agent() + task.dueAt();
    same(
        "scan of some fields",
        all.stream().map(some).toList(),
        () -> {
          List<String> found = new ArrayList<>();
          ScanOptions options =
              ScanOptions.chunks(50).only(TaskFields.STATUS, TaskFields.AGENT, TaskFields.DUE_AT);
          try (TaskCursor cursor = store.scan(Query.all(), options)) {
            for (List<Task> chunk = cursor.nextChunk();
                !chunk.isEmpty();
                chunk = cursor.nextChunk()) {
              chunk.forEach(task -> found.add(some.apply(task)));
            }
          }
          return found;
        });
  }

  private void sums() {
    DoubleSummaryStatistics wanted = new DoubleSummaryStatistics();
    state.live.tasks().forEach(task -> wanted.accept(task.estimatedHours()));
    same(
        "sum of hours",
        wanted.toString(),
        () -> store.summarize(Query.all(), TaskFields.ESTIMATED_HOURS).toString());
    same(
        "count by status",
        state.live.countBy(Query.all().condition(), TaskFields.STATUS),
        () -> new HashMap<Object, Long>(store.countBy(Query.all(), TaskFields.STATUS)));
  }

  private void archive() {
    same(
        "archive",
        List.copyOf(state.archived.values()),
        () -> store.archived(Query.all(), PageRequest.first(1_000)).items());
    state.archived.forEach(
        (id, task) -> same("archived " + id, task, () -> store.getArchived(id).orElse(null)));
  }

  private void claims() {
    same(
        "claims",
        List.copyOf(state.claimed.values()),
        () -> store.claims().list(1_000).stream().map(Claim::task).toList());
    state.claimed.forEach(
        (id, task) ->
            same(
                "claim of " + id,
                task,
                () -> store.claims().claimOf(id).map(Claim::task).orElse(null)));
  }

  private void log() {
    same("changes", state.log, () -> logged(store.changesAfter(0, MOST)));
    Map<String, List<DamageModel.Logged>> histories = new HashMap<>();
    for (DamageModel.Logged change : state.log) {
      histories.computeIfAbsent(change.id(), id -> new ArrayList<>()).add(0, change);
    }
    for (int i = 0; i < DamageModel.IDS; i += EACH) {
      String id = "D-" + i;
      if (histories.containsKey(id)) {
        same("history of " + id, histories.get(id), () -> logged(store.history(id, MOST)));
      }
    }
  }

  private static List<DamageModel.Logged> logged(List<Change> changes) {
    List<DamageModel.Logged> found = new ArrayList<>();
    changes.forEach(change -> found.add(DamageModel.Logged.of(change)));
    return found;
  }

  private void past() {
    try (Snapshot snapshot = store.asOf(pastSequence)) {
      for (Status status : Status.values()) {
        query("then: ", snapshot, past, Query.where(TaskFields.STATUS.is(status)));
      }
      for (int i = 0; i < DamageModel.IDS; i += EACH) {
        String id = "D-" + i;
        same("then: " + id, past.live.get(id), () -> snapshot.get(id).orElse(null));
      }
    } catch (TaskStoreException e) {
      told("as of " + pastSequence, e);
    }
  }

  private void same(String what, Object wanted, Supplier<?> read) {
    Object found;
    try {
      found = read.get();
    } catch (TaskStoreException e) {
      told(what, e);
      return;
    }
    if (!Objects.equals(found, wanted)) {
      throw new AssertionError(what + ": " + shown(found) + " instead of " + shown(wanted));
    }
  }

  private void told(String what, TaskStoreException e) {
    refused++;
    if (!DamageProgram.isNamed(e)) {
      throw new AssertionError(what + " is refused without a place: " + e, e);
    }
  }

  private static String shown(Object value) {
    String text = String.valueOf(value);
    return text.length() > 600 ? text.substring(0, 600) + "..." : text;
  }
}
