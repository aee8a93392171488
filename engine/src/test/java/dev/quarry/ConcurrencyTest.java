package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Readers beside writers: whole commits only, nothing missed, nothing lost. */
@Timeout(600)
class ConcurrencyTest {
  private static final int FACTOR = Boolean.getBoolean("quarry.long") ? 30 : 1;
  private static final int TASKS = 240;

  @TempDir Path directory;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  private TaskStore open(long seed) {
    return TaskStore.open(
        TaskStoreOptions.builder(directory.resolve("store"))
            .recordCacheBytes(seed % 2 == 0 ? 0 : 1 << 16)
            .build());
  }

  private void join(List<Future<?>> futures) throws Exception {
    for (Future<?> future : futures) {
      future.get();
    }
  }

  /** Runs the readers until the writers have ended. */
  private void run(List<Callable<Void>> writers, Callable<Void> reader, int readers)
      throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(readers);
    List<Future<?>> reading = new ArrayList<>();
    for (int i = 0; i < readers; i++) {
      reading.add(
          threads.submit(
              () -> {
                do {
                  begun.countDown();
                  reader.call();
                } while (!done.get());
                return null;
              }));
    }
    begun.await(); // else the writers may have ended before a reader has its turn
    List<Future<?>> writing = new ArrayList<>();
    writers.forEach(writer -> writing.add(threads.submit(writer)));
    try {
      join(writing);
    } finally {
      done.set(true);
    }
    join(reading);
  }

  @Seeds({601, 602})
  void batchesAreAllOrNothing(long seed) throws Exception {
    try (TaskStore store = open(seed)) {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        ids.add("T-" + i);
        store.insert(
            Task.builder("T-" + i, "t")
                .status(i % 2 == 0 ? Status.TODO : Status.DONE)
                .agent(i % 2 == 0 ? "even" : "odd")
                .priority(Priority.values()[i % 4])
                .tag("x")
                .build());
      }
      List<Callable<Void>> writers = new ArrayList<>();
      for (int w = 0; w < 2; w++) {
        Random random = new Random(seed * 31 + w);
        writers.add(
            () -> {
              for (int i = 0; i < 250 * FACTOR; i++) {
                transfer(store, random);
              }
              return null;
            });
      }
      run(writers, () -> checkTransfers(store, ids), 4);
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  /** One task goes from TODO to DONE and one the other way, of two given at random. */
  private static void transfer(TaskStore store, Random random) {
    String a = "T-" + random.nextInt(TASKS);
    String b = "T-" + random.nextInt(TASKS);
    Status[] statuses = new Status[2];
    String[] agents = new String[2];
    if (a.equals(b)) {
      return;
    }
    try (WriteBatch batch = store.newBatch()) {
      batch.update(
          a,
          t -> {
            statuses[0] = t.status();
            agents[0] = t.agent();
            return t;
          });
      batch.update(
          b,
          t -> {
            statuses[1] = t.status();
            agents[1] = t.agent();
            return t.withStatus(statuses[0]).withAgent(agents[0]);
          });
      batch.update(a, t -> t.withStatus(statuses[1]).withAgent(agents[1]));
      batch.commit();
    }
  }

  private static Void checkTransfers(TaskReader store, List<String> ids) {
    Query todo = Query.where(TaskFields.STATUS.is(Status.TODO));
    Query even =
        Query.where(TaskFields.AGENT.is("even").and(TaskFields.TAGS.contains("x")))
            .orderBy(TaskFields.PRIORITY.descending(), TaskFields.CREATED_AT.ascending());
    assertThat(store.count(todo)).isEqualTo(TASKS / 2);
    assertThat(store.count(Query.where(todo.condition().and(TaskFields.AGENT.is("odd"))))).isZero();
    assertThat(store.countBy(Query.all(), TaskFields.STATUS))
        .isEqualTo(Map.of(Status.TODO, TASKS / 2L, Status.DONE, TASKS / 2L));
    assertThat(store.countBy(todo, TaskFields.AGENT)).isEqualTo(Map.of("even", TASKS / 2L));
    List<Task> page = store.page(even, PageRequest.first(TASKS)).items();
    assertThat(page).hasSize(TASKS / 2).allMatch(t -> t.status() == Status.TODO);
    Set<String> scanned = new HashSet<>();
    try (TaskCursor cursor = store.scan(todo, ScanOptions.chunks(50))) {
      for (List<Task> c = cursor.nextChunk(); !c.isEmpty(); c = cursor.nextChunk()) {
        c.forEach(t -> scanned.add(t.id()));
      }
    }
    assertThat(scanned).hasSize(TASKS / 2);
    long there =
        store.getAll(ids).stream()
            .map(Optional::orElseThrow)
            .filter(t -> t.status() == Status.TODO)
            .count();
    assertThat(there).isEqualTo(TASKS / 2);
    return null;
  }

  @Seeds({611, 612})
  void queriesNeverMissWhatHoldsThroughout(long seed) throws Exception {
    try (TaskStore store = open(seed)) {
      Set<String> steady = new HashSet<>();
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        if (i % 3 == 0) {
          steady.add("T-" + i);
        }
        tasks.add(
            Task.builder("T-" + i, "t").agent("keep").dueAt(null).tag("keep").tag("x").build());
      }
      store.insertAll(tasks);
      Condition keep =
          TaskFields.AGENT
              .is("keep")
              .and(TaskFields.TAGS.contains("keep"))
              .and(TaskFields.STATUS.isNot(Status.FAILED));
      List<Callable<Void>> writers = new ArrayList<>();
      for (int w = 0; w < 2; w++) {
        Random random = new Random(seed * 17 + w);
        writers.add(
            () -> {
              for (int i = 0; i < 500 * FACTOR; i++) {
                disturb(store, random, steady);
              }
              return null;
            });
      }
      List<Query> queries =
          List.of(
              Query.where(keep),
              Query.where(keep).orderBy(TaskFields.UPDATED_AT.ascending()),
              Query.where(keep)
                  .orderBy(TaskFields.PRIORITY.descending(), TaskFields.CREATED_AT.ascending()),
              Query.where(keep).orderBy(TaskFields.ID.ascending()));
      AtomicInteger turn = new AtomicInteger();
      run(
          writers,
          () -> {
            Query query = queries.get(turn.getAndIncrement() % queries.size());
            List<Task> items = store.page(query, PageRequest.first(1_000)).items();
            Set<String> found = new HashSet<>();
            items.forEach(t -> found.add(t.id()));
            assertThat(found).hasSameSizeAs(items).containsAll(steady);
            assertThat(items).allMatch(t -> new TaskModel().holds(keep, t));
            assertThat(store.count(query)).isBetween(100L, 300L);
            return null;
          },
          4);
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  /** Changes what the queries do not ask of a steady task, and anything of another. */
  private static void disturb(TaskStore store, Random random, Set<String> steady) {
    String id = "T-" + random.nextInt(300);
    if (steady.contains(id)) {
      store.update(
          id,
          t ->
              t.toBuilder()
                  .priority(Priority.values()[random.nextInt(4)])
                  .status(random.nextBoolean() ? Status.TODO : Status.BLOCKED)
                  .tags(random.nextBoolean() ? List.of("keep") : List.of("y", "keep"))
                  .build());
    } else if (random.nextInt(3) == 0) {
      store.delete(id);
    } else {
      store.put(
          Task.builder(id, "t")
              .agent(random.nextBoolean() ? "keep" : "other")
              .status(Status.values()[random.nextInt(6)])
              .tags(random.nextBoolean() ? List.of("keep") : List.of())
              .build());
    }
  }

  @Seeds({621})
  void sixteenThreadsLoseNoUpdate(long seed) throws Exception {
    int count = 16;
    int rounds = 1_500 * FACTOR;
    long[] expected = new long[count];
    try (TaskStore store = open(seed)) {
      for (int i = 0; i < 20; i++) {
        store.insert(Task.builder("T-" + i, "t").agent("a" + i % 4).build());
      }
      List<Future<?>> futures = new ArrayList<>();
      for (int t = 0; t < count; t++) {
        int thread = t;
        Random random = new Random(seed * 1_000 + t);
        futures.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < rounds; i++) {
                    String id = "T-" + random.nextInt(20);
                    if (random.nextInt(100) < 5) {
                      store.update(id, task -> counted(task, thread));
                      expected[thread]++;
                    } else if (random.nextInt(10) == 0) {
                      Query query = Query.where(TaskFields.AGENT.is("a" + random.nextInt(4)));
                      assertThat(store.count(query)).isEqualTo(5);
                    } else {
                      assertThat(store.get(id)).isPresent();
                    }
                  }
                }));
      }
      join(futures);
      for (int t = 0; t < count; t++) {
        long sum = 0;
        for (int i = 0; i < 20; i++) {
          String n = store.get("T-" + i).orElseThrow().attributes().getOrDefault("c" + t, "0");
          sum += Long.parseLong(n);
        }
        assertThat(sum).isEqualTo(expected[t]);
      }
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  private static Task counted(Task task, int thread) {
    String name = "c" + thread;
    long n = Long.parseLong(task.attributes().getOrDefault(name, "0"));
    return task.withAttribute(name, String.valueOf(n + 1));
  }

  @Seeds({631, 632})
  void indexesComeAndGoWhileWritesGoOn(long seed) throws Exception {
    RandomWorld names = new RandomWorld(seed, 1_000);
    try (TaskStore store = open(seed)) {
      for (int i = 0; i < 1_500; i++) {
        store.put(names.task());
      }
      AtomicBoolean done = new AtomicBoolean();
      List<Future<?>> writers = new ArrayList<>();
      CountDownLatch begun = new CountDownLatch(2);
      for (int w = 0; w < 2; w++) {
        RandomWorld world = new RandomWorld(seed * 13 + w, 1_000);
        writers.add(
            threads.submit(
                () -> {
                  while (!done.get()) {
                    begun.countDown();
                    store.put(world.task());
                    store.delete(world.id());
                  }
                }));
      }
      List<IndexSpec> specs = new ArrayList<>();
      try {
        begun.await();
        for (int i = 0; i < 4 * FACTOR; i++) {
          IndexSpec spec = names.index("own-" + i);
          store.createIndex(spec, ProgressListener.NONE);
          assertThat(store.indexes())
              .contains(new IndexInfo(spec, IndexInfo.State.READABLE, false));
          if (spec.kind() == IndexSpec.Kind.ORDERED) {
            Query query = Query.all().orderBy(spec.parts());
            try (Snapshot snapshot = store.snapshot()) {
              int n = (int) snapshot.count(query);
              assertThat(snapshot.page(query, PageRequest.first(10_000)).items()).hasSize(n);
              if (i % 3 == 0) {
                store.dropIndex(spec.name());
              }
              assertThat(snapshot.page(query, PageRequest.first(10_000)).items()).hasSize(n);
            }
          }
          specs.add(spec);
        }
      } finally {
        done.set(true);
      }
      join(writers);
      assertThat(store.verify().problems()).isEmpty();
      TaskModel model = new TaskModel();
      store.forEachChunk(Query.all(), 500, chunk -> chunk.forEach(model::put));
      specs.removeIf(spec -> spec.kind() == IndexSpec.Kind.EQUALITY);
      store.indexes().forEach(info -> specs.add(info.spec()));
      new ReaderChecks(store, model, names, specs).run(25);
    }
  }
}
