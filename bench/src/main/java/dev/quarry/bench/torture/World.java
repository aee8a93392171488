package dev.quarry.bench.torture;

import dev.quarry.Status;
import dev.quarry.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a range must look like: the meaning of every verb over a plain map, written without a look
 * at the engine. Not thread-safe.
 */
final class World {
  /** Tries of a claimed task. */
  static final int ATTEMPTS = 3;

  /** An id, also of a task that is not there. */
  private static final class Row {
    Task task;
    Task archived;
    long token;
    int attempt;
    String owner;
    Instant until;
    Instant rest;
    long version;
    Last last;

    Row copy() {
      Row copy = new Row();
      copy.task = task;
      copy.archived = archived;
      copy.token = token;
      copy.attempt = attempt;
      copy.owner = owner;
      copy.until = until;
      copy.rest = rest;
      copy.version = version;
      copy.last = last;
      return copy;
    }

    boolean behavesLike(Row other) {
      return Objects.equals(task, other.task)
          && Objects.equals(archived, other.archived)
          && token == other.token
          && attempt == other.attempt
          && Objects.equals(owner, other.owner)
          && Objects.equals(until, other.until)
          && Objects.equals(rest, other.rest)
          && version == other.version
          && Objects.equals(last, other.last);
    }

    /** The task as the archive takes it. */
    Task unclaimed() {
      return owner == null ? task : task.withStatus(Status.TODO);
    }

    void end(int attemptThen) {
      if (owner != null) {
        owner = null;
        until = null;
        attempt = attemptThen;
      }
    }
  }

  /** The last change of a task, which was claimed before it or not. */
  private record Last(Task before, Task after, boolean fromArchive, boolean claimed, long commit) {
    /** What an undo makes of it: a claim does not come back. */
    Task restored() {
      boolean leaves = after == null || after.status() != Status.IN_PROGRESS;
      return claimed && leaves ? before.withStatus(Status.TODO) : before;
    }
  }

  /** A verb refuses. */
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(String type) {
      super(type, null, false, false);
    }
  }

  private final String range;
  private Map<String, Row> rows = new TreeMap<>();
  private Instant now;
  private long commits;

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
    return copy;
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
    Map<String, Row> before = copyOf(rows);
    try {
      String answer = apply(op);
      commit(before);
      return answer;
    } catch (Refused e) {
      rows = before;
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
      case "restore" -> move(op.args(), false);
      case "undo" -> undo(op.arg(0));
      case "claim" -> claim(op.arg(0), op.arg(1), op.number(2));
      case "next" -> next(op.arg(1), op.number(2));
      case "renew", "cupdate", "complete", "fail", "release" -> fenced(op);
      case "tick" -> tick(Instant.ofEpochMilli(op.number(0)));
      case "archiveOld" -> archiveOld();
      case "purgeOld" -> purgeOld();
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

  private String undo(String id) {
    Row row = rows.get(id);
    Last last = row.last;
    if (last == null) {
      throw new Refused("TaskNotFoundException");
    }
    boolean goes = last.before == null;
    boolean wasDone = last.after != null && last.after.status() == Status.DONE;
    boolean reopens = !goes && wasDone && last.before.status() != Status.DONE;
    for (Row other : rows.values()) {
      if (other.task == null
          || !other.task.dependencies().contains(id)
          || other.version <= last.commit) {
        continue;
      }
      Status status = other.task.status();
      if (goes || (reopens && (status == Status.IN_PROGRESS || status == Status.DONE))) {
        throw new Refused("ConflictException");
      }
    }
    if (!goes) {
      row.task = row.archived != null ? row.archived : last.restored();
      row.archived = null;
    } else {
      row.archived = last.fromArchive ? row.task : null;
      row.task = null;
    }
    return row.task == null ? "ok gone" : "ok there";
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

  private String next(String owner, long millis) {
    List<String> ready = ready();
    return ready.isEmpty() ? "ok none" : claim(ready.get(0), owner, millis);
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

  private String archiveOld() {
    int moved = 0;
    for (Row row : rows.values()) {
      if (row.task != null
          && Actor.OLD_STATUSES.contains(row.task.status())
          && row.task.updatedAt().isBefore(Content.OLD)) {
        row.archived = row.unclaimed();
        row.task = null;
        moved++;
      }
    }
    return "ok " + moved;
  }

  private String purgeOld() {
    int purged = 0;
    for (Map.Entry<String, Row> entry : rows.entrySet()) {
      Row row = entry.getValue();
      boolean needed =
          rows.values().stream()
              .anyMatch(o -> o.task != null && o.task.dependencies().contains(entry.getKey()));
      if (row.archived != null && row.archived.updatedAt().isBefore(Content.OLD) && !needed) {
        row.archived = null;
        purged++;
      }
    }
    return "ok " + purged;
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

  /** What every commit does beside its own work, and its refusals. */
  private void commit(Map<String, Row> before) {
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
      boolean fromArchive = old.task == null && old.archived != null;
      row.last = new Last(old.task, row.task, fromArchive, old.owner != null, commits);
      if (row.task == null || row.task.status() != Status.IN_PROGRESS) {
        row.end(0);
      }
      if (row.task == null || row.task.status() != Status.TODO) {
        row.rest = null;
      }
    }
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
