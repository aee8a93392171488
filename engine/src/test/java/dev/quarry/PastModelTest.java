package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.change.Change;
import dev.quarry.internal.read.Matcher;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import dev.quarry.work.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Reads of the past against copies of a model, one of each commit. */
@Timeout(240)
class PastModelTest {
  private static final int COMMITS = Boolean.getBoolean("quarry.long") ? 2_000 : 400;
  private static final int IDS = 40;

  private static final String OWNER = "worker";

  /** Longer than all commits take. */
  private static final Duration LEASE = Duration.ofDays(30);

  private static final Set<String> BY_OWNERS =
      Set.of("claim", "complete", "fail", "release", "write by owner");

  @TempDir Path directory;

  private final AtomicReference<Instant> clock =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  private final TreeMap<Long, TaskModel> models = new TreeMap<>();
  private final Map<Long, String> causes = new HashMap<>();
  private final TreeMap<Long, Instant> times = new TreeMap<>();
  private TaskModel now;
  private RandomWorld world;
  private Random random;
  private long seed;
  private int byIndex;

  @Seeds({31, 32})
  void everySequenceAnswersAsItDidThen(long given) {
    seed = given;
    world = new RandomWorld(seed, IDS);
    random = new Random(seed);
    now = new TaskModel();
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("store")).clock(clock::get).build();
    try (TaskStore store = TaskStore.open(options)) {
      note(0);
      for (int i = 0; i < COMMITS; i++) {
        commit(store);
      }
      for (int i = 0; i < 25; i++) {
        checkAsOf(store, sequence());
      }
      for (int i = 0; i < 25; i++) {
        checkDiff(store, sequence(), sequence());
      }
      checkHistories(store);
      try (TaskStore reader = TaskStore.openReadOnly(store.directory())) {
        checkAsOf(reader, sequence());
        checkDiff(reader, sequence(), sequence());
        assertThatThrownBy(() -> reader.undo("x")).isInstanceOf(StorageException.class);
      }
    }
    try (TaskStore store = TaskStore.open(options)) {
      checkAsOf(store, sequence());
      checkHistories(store);
      checkUndo(store);
    }
    assertThat(causes.values()).as("causes, seed " + seed).containsAll(BY_OWNERS);
    assertThat(causes.values()).contains("write", "archive", "restore", "undo");
    assertThat(byIndex).as("queries answered by indexes, seed " + seed).isGreaterThan(10);
  }

  /** More of them than are asked for at once, and few enough of all to go by the ids. */
  @Test
  void aRangeOfIdsIsTakenOnce() {
    try (TaskStore store = TaskStore.open(directory.resolve("ids"))) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        tasks.add(Task.builder("T-" + i, "t").build());
      }
      store.insertAll(tasks);
      try (WriteBatch batch = store.newBatch()) {
        tasks.subList(300, 2_000).forEach(task -> batch.delete(task.id()));
        batch.commit();
      }
      long then = store.sequence();
      store.setStatus(List.of("T-7", "T-270"), Status.DONE);
      Query query = Query.where(TaskFields.ID.startsWith("T-"));
      try (Snapshot past = store.asOf(then)) {
        assertThat(past.explain(query).access()).isEqualTo(QueryPlan.Access.ID_RANGE);
        assertThat(past.count(query)).isEqualTo(300);
        List<String> found = new ArrayList<>();
        past.forEachChunk(query, 7, chunk -> chunk.forEach(task -> found.add(task.id())));
        assertThat(found).isEqualTo(tasks.subList(0, 300).stream().map(Task::id).toList());
      }
    }
  }

  private long sequence() {
    return random.nextInt((int) (models.lastKey() + 1));
  }

  private void note(long sequence) {
    models.put(sequence, now.copy());
    times.put(sequence, clock.get());
  }

  private void commit(TaskStore store) {
    clock.set(clock.get().plusSeconds(1 + random.nextInt(5)));
    String id = world.id();
    String cause = "write";
    switch (random.nextInt(10)) {
      case 4 -> {
        store.claims().next(Query.all().condition(), OWNER, LEASE, 1 + random.nextInt(3));
        cause = "claim";
      }
      case 5 -> cause = endClaim(store);
      case 6 -> {
        store.archive(List.of(id, world.id()));
        cause = "archive";
      }
      case 7 -> {
        store.restore(List.of(id, world.id(), world.id()));
        cause = "restore";
      }
      case 8 -> {
        undo(store, id);
        cause = "undo";
      }
      case 0 -> {
        store.delete(id);
      }
      case 1 -> {
        try (WriteBatch batch = store.newBatch()) {
          for (int k = 0; k < 1 + random.nextInt(6); k++) {
            Task task = world.task();
            if (store.getArchived(task.id()).isEmpty()) {
              batch.put(task);
            }
          }
          batch.commit();
        }
      }
      case 2 -> {
        if (now.get(id) != null) {
          store.update(id, world::changed);
        }
      }
      default -> {
        if (store.getArchived(id).isEmpty()) {
          store.put(world.task(id));
        }
      }
    }
    if (store.sequence() > models.lastKey()) {
      causes.put(store.sequence(), cause);
      take(store);
      note(store.sequence());
    }
  }

  /** Ends a claim, if there is one, in one of four ways; as what that is told. */
  private String endClaim(TaskStore store) {
    List<Claim> claims = store.claims().list(IDS);
    if (claims.isEmpty()) {
      return "none";
    }
    Claim claim = claims.get(random.nextInt(claims.size()));
    switch (random.nextInt(4)) {
      case 0 -> {
        store.claims().complete(claim);
        return "complete";
      }
      case 1 -> {
        store.claims().fail(claim, "no", RetryPolicy.of(2, Duration.ZERO));
        return "fail";
      }
      case 2 -> {
        store.claims().release(claim);
        return "release";
      }
      default -> {
        Task before = claim.task();
        store.claims().update(claim, t -> t.withTitle(before.title() + "+"));
        return "write by owner";
      }
    }
  }

  private static void undo(TaskStore store, String id) {
    try {
      store.undo(id);
    } catch (ConflictException | TaskNotFoundException | DependencyCycleException e) {
      assertThat(e.getMessage()).contains(id); // nothing was done
    }
  }

  /** The model takes over what the commit has left, which other tests check. */
  private void take(TaskStore store) {
    for (Task task : List.copyOf(now.tasks())) {
      if (store.get(task.id()).isEmpty()) {
        now.remove(task.id());
      }
    }
    try (var changed = store.stream(Query.all())) {
      changed.filter(task -> task.version() > models.lastKey()).forEach(now::put);
    }
  }

  private void checkAsOf(TaskStore store, long sequence) {
    TaskModel model = models.get(sequence);
    String what = "seed " + seed + ", sequence " + sequence;
    try (Snapshot past =
        sequence == 0 || random.nextBoolean()
            ? store.asOf(sequence)
            : store.asOf(times.get(sequence))) {
      assertThat(past.sequence()).as(what).isEqualTo(sequence);
      for (Task task : model.tasks()) {
        Task found = past.get(task.id()).orElseThrow(() -> new AssertionError(what + task));
        assertThat(found).as(what).isEqualTo(task);
        assertThat(found.version()).as(what).isEqualTo(task.version());
        assertThat(past.statusOf(task.id())).as(what).contains(task.status());
      }
      assertThat(past.count(Query.all())).as(what).isEqualTo(model.size());
      assertThat(past.get("no such")).isEmpty();
      for (int i = 0; i < 10; i++) {
        checkQuery(
            past,
            model,
            world.query(List.of(IndexSpec.ordered("none", TaskFields.DUE_AT.ascending()))),
            what);
      }
      assertThatThrownBy(() -> past.count(Query.where(Condition.ready())))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("ready");
    }
  }

  private void checkQuery(Snapshot past, TaskModel model, Query query, String what) {
    if (Matcher.asksForReady(query.condition())) {
      return;
    }
    String as = what + ", " + query;
    List<Task> wanted = model.answer(query);
    List<Task> paged = new ArrayList<>();
    PageRequest request = PageRequest.first(1 + random.nextInt(20));
    Page<Task> page = past.page(query, request);
    paged.addAll(page.items());
    while (page.stopReason() != StopReason.EXHAUSTED) {
      page = past.page(query, new PageRequest(request.size(), page.continuation()));
      paged.addAll(page.items());
    }
    assertThat(paged).as(as).isEqualTo(wanted);
    List<Task> scanned = new ArrayList<>();
    past.forEachChunk(query, 1 + random.nextInt(9), scanned::addAll);
    assertThat(scanned).as(as).isEqualTo(wanted);
    if (past.explain(query).access() != QueryPlan.Access.FULL_SCAN) {
      byIndex++;
    }
    assertThat(past.explain(query).returnedRows())
        .as(as)
        .isEqualTo(Math.min(query.limit().orElse(20), wanted.size()));
    Query unlimited = Query.where(query.condition());
    assertThat(past.count(unlimited)).as(as).isEqualTo(model.answer(unlimited).size());
    Field<?> field = world.field();
    Map<Object, Long> counts = new HashMap<>();
    past.countBy(unlimited, field).forEach((value, n) -> counts.put(TaskModel.plain(value), n));
    assertThat(counts).as(as).isEqualTo(model.countBy(query.condition(), field));
    new SummaryChecks(past, model, world).check(query);
  }

  private void checkDiff(TaskStore store, long from, long to) {
    String what = "seed " + seed + ", from " + from + " to " + to;
    Map<String, Change> found = new HashMap<>();
    store.diff(from, to, change -> assertThat(found.put(change.id(), change)).as(what).isNull());
    for (int n = 0; n < IDS * 2; n++) {
      String id = world.id();
      Task before = models.get(from).get(id);
      Task after = models.get(to).get(id);
      Change change = found.get(id);
      if (Objects.equals(before, after)) {
        assertThat(change).as(what + " " + id).isNull();
      } else {
        assertThat(change).as(what + " " + id).isNotNull();
        assertThat(change.before()).as(what + " " + id).isEqualTo(before);
        assertThat(change.after()).as(what + " " + id).isEqualTo(after);
      }
    }
  }

  private void checkHistories(TaskStore store) {
    for (int n = 0; n < 20; n++) {
      String id = world.id();
      List<Change> wanted = new ArrayList<>();
      Task state = null;
      for (Map.Entry<Long, TaskModel> entry : models.entrySet()) {
        Task next = entry.getValue().get(id);
        boolean same =
            next == null ? state == null : state != null && next.version() == state.version();
        if (!same) {
          Change.Kind kind =
              state == null
                  ? Change.Kind.CREATED
                  : next == null ? Change.Kind.DELETED : Change.Kind.UPDATED;
          Instant at = times.get(entry.getKey());
          String cause = causes.get(entry.getKey());
          String actor = BY_OWNERS.contains(cause) ? OWNER : null;
          String told = cause.equals("write by owner") ? "write" : cause;
          wanted.add(0, new Change(entry.getKey(), at, kind, told, actor, id, state, next));
        }
        state = next;
      }
      String what = "seed " + seed + ", " + id;
      if (wanted.isEmpty()) {
        assertThatThrownBy(() -> store.history(id, 5)).isInstanceOf(TaskNotFoundException.class);
        continue;
      }
      assertThat(store.history(id, 10_000)).as(what).isEqualTo(wanted);
      int limit = 1 + random.nextInt(5);
      assertThat(store.history(id, limit))
          .as(what)
          .isEqualTo(wanted.subList(0, Math.min(limit, wanted.size())));
    }
  }

  private static boolean isInProgress(Task task) {
    return task != null && task.status() == Status.IN_PROGRESS;
  }

  /** Undone twice, a task is as it was; undone once, as it was before. */
  private void checkUndo(TaskStore store) {
    for (int n = 0; n < 20; n++) {
      String id = world.id();
      if (models.values().stream().allMatch(model -> model.get(id) == null)) {
        continue;
      }
      Change last = store.history(id, 1).get(0);
      if (!last.cause().equals("write") || isInProgress(last.before())) {
        continue; // a claim would not come back
      }
      clock.set(clock.get().plus(Duration.ofSeconds(1)));
      Optional<Task> undone;
      try {
        undone = store.undo(id);
      } catch (ConflictException e) {
        assertThat(e.context()).containsKey("dependent");
        continue;
      }
      assertThat(undone.orElse(null)).isEqualTo(last.before());
      assertThat(store.get(id)).isEqualTo(undone);
      Change undoing = store.history(id, 1).get(0);
      assertThat(undoing.cause()).isEqualTo("undo");
      assertThat(undoing.sequence()).isEqualTo(store.sequence());
      assertThat(store.undo(id).orElse(null)).isEqualTo(last.after());
      assertThat(store.history(id, 2)).hasSize(2).allMatch(c -> c.cause().equals("undo"));
      assertThat(store.verify().problems()).isEmpty();
      try (Snapshot past = store.asOf(models.lastKey())) {
        assertThat(past.get(id))
            .isEqualTo(Optional.ofNullable(models.lastEntry().getValue().get(id)));
      }
    }
  }
}
