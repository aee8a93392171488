package dev.quarry.bench.torture;

import dev.quarry.Status;
import dev.quarry.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What a range must look like: the meaning of every verb over a plain map, written without a look
 * at the engine. Not thread-safe.
 */
final class World {
  /** Tries of a claimed task. */
  static final int ATTEMPTS = 3;

  /** A commit of several tasks. */
  private record Made(long commit, Set<String> ids) {}

  /** A verb refuses. */
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(String type) {
      super(type, null, false, false);
    }
  }

  private final String range;
  private Map<String, Row> rows = new TreeMap<>();
  private final Map<String, Made> made = new HashMap<>();
  private Instant now;
  private long commits;

  /**
   * What the last call changed; with that commit, which is also the store's last at that moment.
   */
  private Set<String> fresh = Set.of();

  World(String range, Instant now) {
    this.range = range;
    this.now = now;
    for (int i = 0; i < Content.IDS; i++) {
      rows.put(Content.id(range, i), new Row());
    }
  }

  World copy() {
    World copy = new World(range, now);
    copy.rows = copyOf(rows);
    copy.commits = commits;
    copy.fresh = fresh;
    copy.made.putAll(made);
    return copy;
  }

  /** A new child does not know by which commits the last one named ids. */
  void newLife() {
    made.clear();
  }

  /** The last call was refused, for a reason that this does not know of. */
  World refused() {
    fresh = Set.of();
    return this;
  }

  /** Whether every call will be answered alike; more than {@link #seen} shows. */
  boolean behavesLike(World other) {
    return now.equals(other.now)
        && rows.entrySet().stream()
            .allMatch(row -> row.getValue().behavesLike(other.rows.get(row.getKey())));
  }

  private static Map<String, Row> copyOf(Map<String, Row> rows) {
    Map<String, Row> copy = new TreeMap<>();
    rows.forEach((id, row) -> copy.put(id, row.copy()));
    return copy;
  }

  Instant now() {
    return now;
  }

  /** Carries out a step; what the child must have answered. */
  String run(Op op) {
    if (op.verb().equals(Op.RESTORE_ALL)) {
      List<Op> chunks = chunks(op);
      chunks.forEach(this::run);
      return "ok " + chunks.stream().mapToInt(chunk -> chunk.args().size()).sum();
    }
    Map<String, Row> before = copyOf(rows);
    try {
      String answer = apply(op);
      Set<String> changed = commit(before, op.verb().equals("tick"));
      if (!changed.isEmpty()) {
        op.named().forEach(id -> made.put(id, new Made(commits, changed)));
      }
      fresh = changed;
      return answer;
    } catch (Refused e) {
      rows = before;
      fresh = Set.of();
      return "no " + e.getMessage();
    }
  }

  private String apply(Op op) {
    return switch (op.verb()) {
      case "insert", "put", "update", "delete" -> plain(op);
      case "replace" -> replace(op);
      case "insertAll" -> each(op.from(1), id -> plain(Op.of("insert", id, op.arg(0))));
      case "batch" -> each(op.from(2), item -> plain(Op.item(item, op.arg(1))));
      case "status" -> status(Status.valueOf(op.arg(0)), op.args().subList(1, op.args().size()));
      case "archive" -> move(op.args(), true);
      case "restore", Op.RESTORE_CHUNK -> move(op.args(), false);
      case "purge" -> purge(op.args());
      case "undo" -> undo(op.arg(0));
      case "undoCommit" -> undoCommit(op.arg(0));
      case Op.UNDO_LAST -> undoLast();
      case Op.WAKE ->
          ready(op.arg(2)).isEmpty() ? plain(Op.of("put", op.arg(0), op.arg(1))) : Actor.BUSY;
      case "claim" -> claim(op.arg(0), op.arg(1), op.number(2));
      case "next" -> next(op);
      case "nextMany" -> nextMany(op);
      case "renew", "cupdate", "complete", "fail", "release" -> fenced(op);
      case "tick" -> tick(Instant.ofEpochMilli(op.number(0)));
      case "archiveOld" -> archive(t -> isOld(t) && Actor.OLD_STATUSES.contains(t.status()));
      case "purgeOld" -> purge(World::isOld);
      case "archiveAll" -> archive(t -> t.status() == Status.valueOf(op.arg(1)));
      case "purgeAll" -> purge(t -> t.status() == Status.valueOf(op.arg(1)));
      case Op.UPDATE_ALL -> updateAll(op);
      case "sync" -> "ok";
      default -> throw new IllegalArgumentException("unknown verb in " + op);
    };
  }

  private interface Each {
    String accept(String text);
  }

  private static String each(List<String> items, Each each) {
    items.forEach(each::accept);
    return "ok";
  }

  private String plain(Op op) {
    Row row = rows.get(op.arg(0));
    switch (op.verb()) {
      case "insert", "put" -> {
        if (row.archived != null || (row.task != null && op.verb().equals("insert"))) {
          throw new Refused("DuplicateTaskException");
        }
        row.task = Content.task(op.arg(0), op.number(1));
      }
      case "update" -> {
        present(row);
        row.task = changed(row.task, Content.changed(row.task, op.number(1)));
      }
      default -> {
        boolean was = row.task != null;
        row.task = null;
        return was ? "ok" : "ok none";
      }
    }
    return "ok";
  }

  private static void present(Row row) {
    if (row.task == null) {
      throw new Refused("TaskNotFoundException");
    }
  }

  private String replace(Op op) {
    Row row = rows.get(op.arg(0));
    present(row);
    if (op.arg(2).equals("stale")) {
      throw new Refused("ConflictException");
    }
    row.task = Content.task(op.arg(0), op.number(1));
    return "ok";
  }

  /** What the store sets by itself in a changed task. */
  private Task changed(Task before, Task after) {
    Task.Builder builder = after.toBuilder();
    if (after.equals(before)) {
      return before;
    }
    if (Objects.equals(before.updatedAt(), after.updatedAt())) {
      builder.updatedAt(now);
    }
    if (before.status() != after.status()) {
      if (after.status() == Status.DONE) {
        builder.completedAt(now);
      } else if (before.status() == Status.DONE) {
        builder.completedAt(null);
      }
    }
    return builder.build();
  }

  private String status(Status status, List<String> ids) {
    int updated = 0;
    int unchanged = 0;
    int missing = 0;
    for (String id : ids) {
      Row row = rows.get(id);
      if (row.task == null) {
        missing++;
      } else if (row.task.status() == status) {
        unchanged++;
      } else {
        row.task = changed(row.task, row.task.withStatus(status));
        updated++;
      }
    }
    return "ok " + updated + " " + unchanged + " " + missing;
  }

  private String move(List<String> ids, boolean toArchive) {
    int updated = 0;
    int unchanged = 0;
    int missing = 0;
    for (String id : ids) {
      Row row = rows.get(id);
      Task from = toArchive ? row.task : row.archived;
      Task to = toArchive ? row.archived : row.task;
      if (from != null) {
        row.archived = toArchive ? row.unclaimed() : null;
        row.task = toArchive ? null : from;
        updated++;
      } else if (to != null) {
        unchanged++;
      } else {
        missing++;
      }
    }
    return "ok " + updated + " " + unchanged + " " + missing;
  }

  private String purge(List<String> ids) {
    List<String> there = ids.stream().filter(id -> rows.get(id).archived != null).toList();
    if (there.stream().anyMatch(this::isNeeded)) {
      throw new Refused("ConflictException");
    }
    there.forEach(id -> rows.get(id).archived = null);
    return "ok " + there.size() + " 0 " + (ids.size() - there.size());
  }

  private String undo(String id) {
    Row row = rows.get(id);
    if (row.last == null) {
      throw new Refused("TaskNotFoundException");
    }
    checkUndo(id);
    takeBack(row);
    return row.task == null ? "ok gone" : "ok there";
  }

  private String undoCommit(String id) {
    Made last = made.get(id);
    if (last == null) {
      return "ok none";
    }
    if (last.ids().stream().anyMatch(one -> rows.get(one).last.commit() != last.commit())) {
      throw new Refused("ConflictException");
    }
    last.ids().forEach(this::checkUndo);
    last.ids().forEach(one -> takeBack(rows.get(one)));
    return "ok " + last.ids().size();
  }

  /** Nothing can stand on it. A call that changed no task has no commit to be undone. */
  private String undoLast() {
    fresh.forEach(id -> takeBack(rows.get(id)));
    return fresh.isEmpty() ? "ok none" : "ok " + fresh.size();
  }

  /** Refuses where something later stands on the last change of a task. */
  private void checkUndo(String id) {
    Row.Last last = rows.get(id).last;
    boolean goes = last.before() == null;
    boolean wasDone = last.after() != null && last.after().status() == Status.DONE;
    boolean reopens = !goes && wasDone && last.before().status() != Status.DONE;
    for (Row other : rows.values()) {
      if (other.task == null
          || !other.task.dependencies().contains(id)
          || other.version <= last.commit()) {
        continue;
      }
      Status status = other.task.status();
      if (goes || (reopens && (status == Status.IN_PROGRESS || status == Status.DONE))) {
        throw new Refused("ConflictException");
      }
    }
  }

  private static void takeBack(Row row) {
    if (row.last.before() != null) {
      row.task = row.archived != null ? row.archived : row.last.restored(row.task);
      row.archived = null;
    } else {
      row.archived = row.last.fromArchive() ? row.task : null;
      row.task = null;
    }
  }

  private boolean isReady(Row row) {
    return row.task != null
        && row.task.status() == Status.TODO
        && row.rest == null
        && row.task.dependencies().stream().map(rows::get).allMatch(World::isDone);
  }

  private static boolean isDone(Row row) {
    Task task = row.task == null ? row.archived : row.task;
    return task != null && task.status() == Status.DONE;
  }

  /** The ids that are ready, the one to be taken first at the head. */
  List<String> ready() {
    return rows.entrySet().stream()
        .filter(entry -> isReady(entry.getValue()))
        .sorted(
            Comparator.comparing((Map.Entry<String, Row> e) -> e.getValue().task.priority())
                .reversed()
                .thenComparing(e -> e.getValue().task.createdAt()))
        .map(Map.Entry::getKey)
        .toList();
  }

  private String claim(String id, String owner, long millis) {
    Row row = rows.get(id);
    present(row);
    if (!isReady(row)) {
      return "ok none";
    }
    row.token++;
    row.attempt++;
    row.owner = owner;
    row.until = now.plusMillis(millis);
    row.task = changed(row.task, row.task.withStatus(Status.IN_PROGRESS));
    return "ok " + id + " " + row.token + " " + row.attempt;
  }

  private String next(Op op) {
    List<String> ready = op.args().size() > 3 ? ready(op.arg(3)) : ready();
    return ready.isEmpty() ? "ok none" : claim(ready.get(0), op.arg(1), op.number(2));
  }

  private List<String> ready(String agent) {
    return ready().stream().filter(id -> rows.get(id).task.agent().equals(agent)).toList();
  }

  private String nextMany(Op op) {
    StringBuilder answer = new StringBuilder("ok");
    ready().stream() // a claim makes no other task ready, nor one that is ready wait
        .limit(op.number(3))
        .forEach(id -> answer.append(claim(id, op.arg(1), op.number(2)).substring(2)));
    return answer.toString();
  }

  private String fenced(Op op) {
    Row row = rows.get(op.arg(0));
    if (!op.arg(2).equals(row.owner) || row.token != op.number(1) || !now.isBefore(row.until)) {
      throw new Refused("StaleClaimException");
    }
    switch (op.verb()) {
      case "renew" -> row.until = now.plusMillis(op.number(3));
      case "cupdate" -> row.task = changed(row.task, Content.changed(row.task, op.number(3)));
      case "complete" -> {
        row.end(0);
        row.task = changed(row.task, failure(row.task, null).withStatus(Status.DONE));
      }
      case "release" -> {
        row.end(row.attempt - 1);
        row.task = changed(row.task, row.task.withStatus(Status.TODO));
      }
      default -> fail(row, op.number(3));
    }
    return "ok";
  }

  private void fail(Row row, long restMillis) {
    boolean last = row.attempt >= ATTEMPTS;
    row.end(last ? 0 : row.attempt);
    Status status = last ? Status.FAILED : Status.TODO;
    row.task = changed(row.task, failure(row.task, "reason").withStatus(status));
    row.rest = last || restMillis == 0 ? null : now.plusMillis(restMillis);
  }

  private static Task failure(Task task, String reason) {
    Map<String, String> attributes = new LinkedHashMap<>(task.attributes());
    attributes.remove("failure");
    if (reason != null) {
      attributes.put("failure", reason);
    }
    return task.toBuilder().attributes(attributes).build();
  }

  private String tick(Instant then) {
    now = then;
    for (Row row : rows.values()) {
      if (row.owner != null && !now.isBefore(row.until)) {
        row.end(row.attempt);
        row.task = changed(row.task, row.task.withStatus(Status.TODO));
      }
      if (row.rest != null && !now.isBefore(row.rest)) {
        row.rest = null;
      }
    }
    return "ok";
  }

  private static boolean isOld(Task task) {
    return task.updatedAt().isBefore(Content.OLD);
  }

  private String archive(Predicate<Task> which) {
    int moved = 0;
    for (Row row : rows.values()) {
      if (row.task != null && which.test(row.task)) {
        row.archived = row.unclaimed();
        row.task = null;
        moved++;
      }
    }
    return "ok " + moved;
  }

  private boolean isNeeded(String id) {
    return rows.values().stream()
        .anyMatch(o -> o.task != null && o.task.dependencies().contains(id));
  }

  private String purge(Predicate<Task> which) {
    int purged = 0;
    for (Map.Entry<String, Row> entry : rows.entrySet()) {
      Row row = entry.getValue();
      if (row.archived != null && which.test(row.archived) && !isNeeded(entry.getKey())) {
        row.archived = null;
        purged++;
      }
    }
    return "ok " + purged;
  }

  /**
   * The commits of a restoring by query, by id: one, but where that would close a circle. It is
   * tried in halves then, until the task that closes it stands alone and stays; behind that, chunks
   * grow again.
   */
  List<Op> chunks(Op restoreAll) {
    Status status = Status.valueOf(restoreAll.arg(1));
    List<String> ids = new ArrayList<>();
    rows.forEach(
        (id, row) -> {
          if (row.archived != null && row.archived.status() == status) {
            ids.add(id);
          }
        });
    World trial = copy();
    List<Op> chunks = new ArrayList<>();
    int size = ids.size();
    while (!ids.isEmpty()) {
      List<String> some = ids.subList(0, Math.min(size, ids.size()));
      Op chunk = new Op(Op.RESTORE_CHUNK, some);
      if (trial.run(chunk).startsWith("ok")) {
        chunks.add(chunk);
        size *= 2;
        some.clear();
      } else if (some.size() > 1) {
        size = some.size() / 2;
      } else {
        size = 1;
        some.clear();
      }
    }
    return chunks;
  }

  /** The tasks that an update in chunks treats. */
  Set<String> targets(Op updateAll) {
    Set<String> targets = new HashSet<>();
    Status status = Status.valueOf(updateAll.arg(2));
    rows.forEach(
        (id, row) -> {
          if (row.task != null && row.task.status() == status) {
            targets.add(id);
          }
        });
    return targets;
  }

  private String updateAll(Op op) {
    Set<String> targets = targets(op);
    for (String id : targets) {
      Row row = rows.get(id);
      row.task = changed(row.task, Content.counted(row.task, op.number(1)));
    }
    return "ok " + targets.size();
  }

  /**
   * What every commit does beside its own work, and its refusals; the ids that it changed.
   *
   * @param byTime whether it only ended leases, which is in no undo's way
   */
  private Set<String> commit(Map<String, Row> before, boolean byTime) {
    Set<String> changed = new HashSet<>();
    rows.forEach(
        (id, row) -> {
          if (!Objects.equals(row.task, before.get(id).task)) {
            changed.add(id);
          }
        });
    for (String id : changed) {
      if (rows.get(id).task != null && reaches(id, id)) {
        throw new Refused("DependencyCycleException");
      }
    }
    commits++;
    for (String id : changed) {
      Row row = rows.get(id);
      Row old = before.get(id);
      row.version = commits;
      if (!byTime) {
        boolean fromArchive = old.task == null && old.archived != null;
        row.last = new Row.Last(old.task, row.task, fromArchive, old.owner != null, commits);
      }
      if (row.task == null || row.task.status() != Status.IN_PROGRESS) {
        row.end(0);
      }
      if (row.task == null || row.task.status() != Status.TODO) {
        row.rest = null;
      }
    }
    return changed;
  }

  /** Whether a way of dependencies leads from one task to the other. */
  private boolean reaches(String from, String to) {
    Set<String> seen = new HashSet<>();
    List<String> open = new ArrayList<>(rows.get(from).task.dependencies());
    while (!open.isEmpty()) {
      String id = open.remove(open.size() - 1);
      if (id.equals(to)) {
        return true;
      }
      Task task = rows.get(id).task;
      if (task != null && seen.add(id)) {
        open.addAll(task.dependencies());
      }
    }
    return false;
  }

  /** Everything that can be seen of the range, by id; see {@link Found}. */
  Map<String, String> seen() {
    Map<String, String> seen = new TreeMap<>();
    rows.forEach(
        (id, row) -> {
          if (row.task != null) {
            seen.put(id, Found.text(row.task));
          }
          if (row.archived != null) {
            seen.put(id + " archived", Found.text(row.archived));
          }
          if (row.owner != null) {
            seen.put(id + " claim", Found.claim(id, row.token, row.owner, row.attempt, row.until));
          }
        });
    seen.put("ready", String.join(" ", ready()));
    return seen;
  }

  /** The time for which leases and rests last in ranges other than the timed one. */
  static Duration longTime() {
    return Duration.ofDays(3_000);
  }
}
