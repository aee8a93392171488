package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.internal.SteppedStores;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random queries, conditions and orders amid commits: in every step of a commit an answer is that
 * of the state before it or of the one behind it, whole; beside writing threads it is that of some
 * state between the query's begin and its end; and a walk over pages amid commits misses nothing
 * that held throughout and returns nothing twice that did not move.
 */
@Timeout(1_200)
class InterleavingTest {
  private static final int FACTOR = Boolean.getBoolean("quarry.long") ? 50 : 1;
  private static final int IDS = 150;
  private static final List<IndexSpec> INDEXES =
      List.of(
          IndexSpec.ordered(
              "built-in", TaskFields.PRIORITY.descending(), TaskFields.CREATED_AT.ascending()));

  @TempDir Path directory;

  private TaskModel before = new TaskModel();
  private TaskModel after = new TaskModel();
  private AssertionError wrong;
  private long checks;

  private TaskStoreOptions options(long seed) {
    return TaskStoreOptions.builder(directory.resolve("store-" + seed))
        .recordCacheBytes(seed % 2 == 0 ? 0 : 1 << 16)
        .build();
  }

  /** The answers of one query by several verbs. */
  private static List<Object> answers(TaskReader reader, Query query) {
    List<Object> answers = new ArrayList<>();
    answers.add(reader.page(query, PageRequest.first(1_000)).items());
    answers.add(reader.count(query));
    List<Task> scanned = new ArrayList<>();
    try (TaskCursor cursor = reader.scan(query, ScanOptions.chunks(40))) {
      for (List<Task> c = cursor.nextChunk(); !c.isEmpty(); c = cursor.nextChunk()) {
        scanned.addAll(c);
      }
    }
    answers.add(scanned);
    return answers;
  }

  private static List<Object> answers(TaskModel model, Query query) {
    List<Task> all = model.answer(query);
    long n = model.tasks().stream().filter(t -> model.holds(query.condition(), t)).count();
    return List.of(all, n, all);
  }

  /** In the committer's thread, within a commit. */
  private void look(TaskStore store, RandomWorld world, CommitSteps.Step step, String seed) {
    if (wrong != null || world.random.nextInt(3) > 0) {
      return;
    }
    Query query = world.query(INDEXES);
    boolean isNew = step != CommitSteps.Step.ANNOUNCED;
    try {
      TaskModel model = isNew ? after : before;
      assertThat(answers(store, query)).isEqualTo(answers(model, query));
      new SummaryChecks(store, model, world).check(query);
      checks++;
    } catch (AssertionError | RuntimeException e) {
      wrong = new AssertionError(seed + ", in " + step + ", " + query, e); // thrown behind it
    }
  }

  @Test
  void inEveryStepOfACommitAnswersAreWhole() {
    for (long seed = Campaign.seed(85); seed < Campaign.seed(85) + 2L * FACTOR; seed++) {
      inEveryStep(seed);
    }
  }

  private void inEveryStep(long seed) {
    RandomWorld world = new RandomWorld(seed, IDS);
    String name = "seed %d (-Dquarry.seed=%d)".formatted(seed, seed);
    TaskStore[] opened = new TaskStore[1];
    before = new TaskModel();
    after = new TaskModel();
    CommitSteps steps = step -> look(opened[0], world, step, name);
    try (TaskStore store = SteppedStores.open(options(seed), steps)) {
      opened[0] = store;
      for (int i = 0; i < 150; i++) {
        commit(store, world);
        if (wrong != null) {
          throw wrong;
        }
      }
      assertThat(store.verify().problems()).as(name).isEmpty();
      assertThat(checks).isGreaterThan(100);
    }
  }

  private Task next(RandomWorld world, TaskModel model, String id) {
    Task now = model.get(id);
    Task task = now == null ? world.task(id) : world.changed(now);
    return task.toBuilder()
        .createdAt(world.time())
        .updatedAt(world.time())
        .notes("write " + writes.incrementAndGet()) // so that it changes something
        .build();
  }

  /** A batch of a few writes; its tasks have the sequence that it will get as their version. */
  private void commit(TaskStore store, RandomWorld world) {
    long sequence = store.sequence() + 1;
    after = before.copy();
    TaskModel.Batch model = after.new Batch();
    try (WriteBatch batch = store.newBatch()) {
      for (int i = world.random.nextInt(6); i >= 0; i--) {
        String id = world.id();
        if (world.random.nextInt(4) == 0) {
          batch.delete(id);
          model.remove(id);
        } else {
          Task task = next(world, after, id);
          batch.put(task);
          model.put(task.toBuilder().version(sequence).build());
        }
      }
      batch.commit();
    }
    before = after;
  }

  /** What a reader saw, and the last sequences before and behind its look. */
  private record Seen(Query query, long from, long to, List<Task> tasks, long count) {}

  /** A walk over pages in the order of ids, which no task leaves. */
  private record Walk(Query query, long from, long to, List<Task> tasks) {}

  private final AtomicLong writes = new AtomicLong();

  /** By sequence, the tasks that a commit put, or ids that it removed. */
  private final ConcurrentSkipListMap<Long, Object> history = new ConcurrentSkipListMap<>();

  private void write(TaskStore store, RandomWorld world) {
    String id = world.id();
    if (world.random.nextInt(4) == 0) {
      store.delete(id).ifPresent(sequence -> history.put(sequence, id));
    } else {
      Task put = store.put(next(world, before, id));
      history.put(put.version(), put);
    }
  }

  /** The commit under way may be seen before its sequence is. */
  private static long upTo(TaskStore store) {
    return store.sequence() + 1;
  }

  private static Seen see(TaskStore store, RandomWorld world) {
    Query query = world.query(INDEXES);
    Query unlimited = Query.where(query.condition()).orderBy(query.order());
    long from = store.sequence();
    List<Task> tasks = store.page(unlimited, PageRequest.first(1_000)).items();
    long middle = upTo(store);
    return new Seen(unlimited, from, middle, tasks, -1);
  }

  private static Seen count(TaskStore store, RandomWorld world) {
    Query query = Query.where(world.query(INDEXES).condition());
    long from = store.sequence();
    long count = store.count(query);
    return new Seen(query, from, upTo(store), List.of(), count);
  }

  private static Walk walk(TaskStore store, RandomWorld world) {
    Query query = Query.where(world.query(INDEXES).condition()).orderBy(TaskFields.ID.ascending());
    long from = store.sequence();
    List<Task> tasks = new ArrayList<>();
    Page<Task> page = store.page(query, PageRequest.first(7));
    tasks.addAll(page.items());
    while (!page.continuation().isEnd()) {
      page = store.page(query, PageRequest.after(page.continuation(), 7));
      tasks.addAll(page.items());
    }
    return new Walk(query, from, upTo(store), tasks);
  }

  @Test
  void besideWritersAnswersAreOfOneState() throws Exception {
    long first = Campaign.seed(87);
    for (long seed = first; seed < first + 2L * FACTOR; seed++) {
      history.clear();
      besideWriters(seed);
    }
  }

  private void besideWriters(long seed) throws Exception {
    String name = "seed %d (-Dquarry.seed=%d)".formatted(seed, seed);
    ExecutorService threads = Executors.newCachedThreadPool();
    ConcurrentLinkedQueue<Seen> seen = new ConcurrentLinkedQueue<>();
    ConcurrentLinkedQueue<Walk> walks = new ConcurrentLinkedQueue<>();
    AtomicBoolean done = new AtomicBoolean();
    try (TaskStore store = TaskStore.open(options(seed))) {
      List<Future<?>> writers = new ArrayList<>();
      for (int w = 0; w < 2; w++) {
        RandomWorld world = new RandomWorld(seed * 7 + w, IDS);
        writers.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 700 || seen.size() <= 30; i++) {
                    write(store, world);
                  }
                }));
      }
      List<Future<?>> readers = new ArrayList<>();
      for (int r = 0; r < 3; r++) {
        RandomWorld world = new RandomWorld(seed * 11 + r, IDS);
        readers.add(
            threads.submit(
                () -> {
                  while (!done.get()) {
                    seen.add(see(store, world));
                    seen.add(count(store, world));
                    walks.add(walk(store, world));
                  }
                }));
      }
      try {
        for (Future<?> writer : writers) {
          writer.get();
        }
      } finally {
        done.set(true);
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
      assertThat(store.verify().problems()).as(name).isEmpty();
    } finally {
      threads.shutdownNow();
    }
    List<TaskModel> states = states();
    assertThat(seen.size()).isGreaterThan(30);
    seen.forEach(s -> check(s, states, name));
    walks.forEach(w -> check(w, states, name));
  }

  /** The model behind every commit, by sequence. */
  private List<TaskModel> states() {
    List<TaskModel> states = new ArrayList<>(List.of(new TaskModel()));
    for (Map.Entry<Long, Object> entry : history.entrySet()) {
      assertThat(entry.getKey()).as("no sequence is left out").isEqualTo(states.size());
      TaskModel next = states.get(states.size() - 1).copy();
      if (entry.getValue() instanceof Task task) {
        next.put(task);
      } else {
        next.remove((String) entry.getValue());
      }
      states.add(next);
    }
    return states;
  }

  private static void check(Seen seen, List<TaskModel> states, String name) {
    for (long s = seen.from(); s <= Math.min(seen.to(), states.size() - 1); s++) {
      TaskModel state = states.get((int) s);
      List<Task> want = state.answer(seen.query());
      if (seen.count() < 0 ? want.equals(seen.tasks()) : want.size() == seen.count()) {
        return;
      }
    }
    throw new AssertionError(
        "%s: no state from %d to %d explains %s of %s"
            .formatted(
                name,
                seen.from(),
                seen.to(),
                seen.count() < 0 ? seen.tasks().toString() : "" + seen.count(),
                seen.query()));
  }

  private static void check(Walk walk, List<TaskModel> states, String name) {
    int last = (int) Math.min(walk.to(), states.size() - 1);
    List<TaskModel> during = states.subList((int) walk.from(), last + 1);
    String shown = name + ": " + walk.from() + " to " + walk.to() + " " + walk.query();
    Set<String> ids = new HashSet<>();
    for (Task task : walk.tasks()) {
      assertThat(ids.add(task.id())).as("%s: twice %s", shown, task.id()).isTrue();
      assertThat(during)
          .as("%s: %s", shown, task)
          .anyMatch(m -> task.equals(m.get(task.id())) && m.holds(walk.query().condition(), task));
    }
    for (Task task : states.get(last).answer(walk.query())) {
      boolean throughout =
          during.stream()
              .allMatch(
                  m -> {
                    Task t = m.get(task.id());
                    return t != null && m.holds(walk.query().condition(), t);
                  });
      assertThat(!throughout || ids.contains(task.id())).as("%s: missed %s", shown, task).isTrue();
    }
  }
}
