package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The verbs of a store are linearizable: put, get, getAll, update, compare-and-set, delete, a batch
 * of two tasks, counts and pages of queries, and snapshots. Many short histories of three threads,
 * each checked for an order that explains it; five planted mistakes are found by the same check.
 *
 * <p>Lincheck is not used here: its model checker can neither stop RocksDB's native code nor see
 * memory off the heap, and its stress mode instruments all classes of the process, of which some of
 * Chronicle's cannot be.
 */
@Timeout(1_200)
class LinearizabilityTest {
  private static final int RUNS =
      Integer.getInteger("quarry.histories", Boolean.getBoolean("quarry.long") ? 200_000 : 1_500);
  private static final int THREADS = 3;
  private static final int CALLS = 4;
  private static final int KEYS = 2;
  private static final int MAX_PLANTED = 30_000;

  @TempDir Path directory;

  private final AtomicLong clock = new AtomicLong();

  /** The verbs as they are, or with a mistake. */
  static class Verbs {
    final TaskStore store;
    final String run;

    Verbs(TaskStore store, String run) {
      this.store = store;
      this.run = run;
    }

    String id(int key) {
      return run + "-" + key;
    }

    Task task(int key, int value) {
      return Task.builder(id(key), "t").project(run).agent("a" + value).build();
    }

    static int value(Task task) {
      return Integer.parseInt(task.agent().substring(1));
    }

    void putBoth(int value) {
      try (WriteBatch batch = store.newBatch()) {
        for (int key = 0; key < KEYS; key++) {
          batch.put(task(key, value));
        }
        batch.commit();
      }
    }

    String update(int key) {
      try {
        return "" + value(store.update(id(key), t -> t.withAgent("a" + (value(t) + 1))));
      } catch (TaskNotFoundException e) {
        return "null";
      }
    }

    boolean compareAndSet(int key, int expected, int value) {
      while (true) {
        Task seen = store.get(id(key)).orElse(null);
        if (seen == null || value(seen) != expected) {
          return false;
        }
        try {
          store.replace(seen.withAgent("a" + value), seen.version());
          return true;
        } catch (ConflictException | TaskNotFoundException e) {
          Thread.onSpinWait(); // another was first: look again
        }
      }
    }

    String get(int key) {
      return store.get(id(key)).map(t -> "" + value(t)).orElse("null");
    }

    String both(TaskReader reader) {
      List<String> both = new ArrayList<>();
      reader
          .getAll(List.of(id(0), id(1)))
          .forEach(t -> both.add(t.map(Verbs::value).map(String::valueOf).orElse("null")));
      return String.join(" ", both);
    }

    String queried() {
      Query query =
          Query.where(TaskFields.PROJECT.is(run))
              .orderBy(TaskFields.AGENT.ascending(), TaskFields.ID.ascending());
      int[] values = new int[KEYS];
      for (Task task : store.page(query, PageRequest.first(10)).items()) {
        values[task.id().charAt(task.id().length() - 1) - '0'] = value(task);
      }
      return text(values[0]) + " " + text(values[1]);
    }
  }

  private static String text(int value) {
    return value == 0 ? "null" : String.valueOf(value);
  }

  private static List<Integer> with(List<Integer> state, int key, int value) {
    List<Integer> next = new ArrayList<>(state);
    next.set(key, value);
    return List.copyOf(next);
  }

  private static List<Integer> when(boolean holds, List<Integer> next) {
    return holds ? next : null;
  }

  /** Does one random verb and notes what it may mean; 0 stands for an absent task. */
  private Linearizer.Call<List<Integer>> call(Verbs v, Random random) {
    int key = random.nextInt(KEYS);
    int value = 1 + random.nextInt(3);
    int expected = 1 + random.nextInt(3);
    int kind = random.nextInt(10);
    long begin = clock.incrementAndGet();
    String answer =
        switch (kind) {
          case 0, 1 -> "" + v.store.put(v.task(key, value)).version();
          case 2 -> {
            v.putBoth(value);
            yield "";
          }
          case 3 -> v.get(key);
          case 4 -> v.both(v.store);
          case 5 -> v.update(key);
          case 6 -> "" + v.compareAndSet(key, expected, value);
          case 7 -> "" + v.store.delete(v.id(key)).isPresent();
          case 8 -> "" + v.store.count(Query.where(TaskFields.PROJECT.is(v.run)));
          default -> random.nextBoolean() ? v.queried() : ofSnapshot(v);
        };
    long end = clock.incrementAndGet();
    String text = "kind " + kind + " key " + key + " " + expected + "->" + value + ": " + answer;
    return new Linearizer.Call<>(
        begin, end, text, (s, a) -> step(s, kind, key, expected, value, a), answer);
  }

  private static String ofSnapshot(Verbs v) {
    try (Snapshot snapshot = v.store.snapshot()) {
      String first = v.both(snapshot);
      assertThat(v.both(snapshot)).as("a point in time").isEqualTo(first);
      return first;
    }
  }

  private static List<Integer> step(
      List<Integer> s, int kind, int key, int expected, int value, String answer) {
    int now = s.get(key);
    return switch (kind) {
      case 0, 1 -> with(s, key, value);
      case 2 -> List.of(value, value);
      case 3 -> when(answer.equals(text(now)), s);
      case 5 ->
          now == 0
              ? when(answer.equals("null"), s)
              : when(answer.equals("" + (now + 1)), with(s, key, now + 1));
      case 6 ->
          when(answer.equals("" + (now == expected)), now == expected ? with(s, key, value) : s);
      case 7 -> when(answer.equals("" + (now != 0)), with(s, key, 0));
      case 8 -> when(answer.equals("" + s.stream().filter(x -> x != 0).count()), s);
      default -> when(answer.equals(text(s.get(0)) + " " + text(s.get(1))), s);
    };
  }

  /** Makes the verbs of one run. */
  private interface Maker {
    Verbs make(TaskStore store, String run);
  }

  /** The first history that no order explains, or null. */
  private String search(TaskStore store, int runs, long seed, Maker maker) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      for (int run = 0; run < runs; run++) {
        Verbs verbs = maker.make(store, "run-" + seed + "-" + run);
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Future<List<Linearizer.Call<List<Integer>>>>> futures = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
          Random random = new Random(seed * 1_000_003 + run * 31L + t);
          futures.add(
              threads.submit(
                  () -> {
                    List<Linearizer.Call<List<Integer>>> calls = new ArrayList<>();
                    start.await();
                    for (int i = 0; i < CALLS; i++) {
                      calls.add(call(verbs, random));
                    }
                    return calls;
                  }));
        }
        List<Linearizer.Call<List<Integer>>> calls = new ArrayList<>();
        for (var future : futures) {
          calls.addAll(future.get());
        }
        if (!new Linearizer<>(calls).holds(List.of(0, 0))) {
          return "seed " + seed + ", run " + run + " (-Dquarry.seed=" + seed + "): " + shown(calls);
        }
      }
      return null;
    } finally {
      threads.shutdownNow();
    }
  }

  private static String shown(List<Linearizer.Call<List<Integer>>> calls) {
    StringBuilder text = new StringBuilder();
    calls.stream()
        .sorted((a, b) -> Long.compare(a.begin(), b.begin()))
        .forEach(c -> text.append("\n%d-%d %s".formatted(c.begin(), c.end(), c.text())));
    return text.toString();
  }

  private TaskStore open(long cacheBytes) {
    return TaskStore.open(
        TaskStoreOptions.builder(directory.resolve("store-" + cacheBytes))
            .recordCacheBytes(cacheBytes)
            .build());
  }

  @Test
  void theVerbsAreLinearizable() throws Exception {
    for (long cacheBytes : new long[] {0, 1 << 16}) {
      try (TaskStore store = open(cacheBytes)) {
        assertThat(search(store, RUNS / 2, Campaign.seed(81), Verbs::new)).isNull();
        assertThat(store.verify().problems()).isEmpty();
      }
    }
  }

  /** Between two steps of a planted fault, so that it shows however few processors there are. */
  static void letOthersIn() {
    LockSupport.parkNanos(20_000);
  }

  @Test
  void aLostUpdateIsFound() throws Exception {
    try (TaskStore store = open(1 << 16)) {
      Maker wrong =
          (s, run) ->
              new Verbs(s, run) {
                @Override
                String update(int key) {
                  Task seen = s.get(id(key)).orElse(null);
                  letOthersIn();
                  return seen == null
                      ? "null"
                      : "" + value(s.put(seen.withAgent("a" + (value(seen) + 1))));
                }
              };
      assertThat(search(store, MAX_PLANTED, Campaign.seed(82), wrong)).isNotNull();
    }
  }

  @Test
  void aTornBatchIsFound() throws Exception {
    try (TaskStore store = open(1 << 16)) {
      Maker wrong =
          (s, run) ->
              new Verbs(s, run) {
                @Override
                void putBoth(int value) {
                  s.put(task(0, value));
                  letOthersIn();
                  s.put(task(1, value));
                }
              };
      assertThat(search(store, MAX_PLANTED, Campaign.seed(83), wrong)).isNotNull();
    }
  }

  @Test
  void aTornReadIsFound() throws Exception {
    try (TaskStore store = open(0)) {
      Maker wrong =
          (s, run) ->
              new Verbs(s, run) {
                @Override
                String both(TaskReader reader) {
                  String[] values = new String[KEYS];
                  for (int key = 0; key < KEYS; key++) {
                    values[key] = reader.get(id(key)).map(t -> "" + value(t)).orElse("null");
                    letOthersIn();
                  }
                  return String.join(" ", Arrays.asList(values));
                }
              };
      assertThat(search(store, MAX_PLANTED, Campaign.seed(84), wrong)).isNotNull();
    }
  }

  @Test
  void aCompareAndSetThatLooksFirstIsFound() throws Exception {
    try (TaskStore store = open(1 << 16)) {
      Maker wrong =
          (s, run) ->
              new Verbs(s, run) {
                @Override
                boolean compareAndSet(int key, int expected, int value) {
                  Task seen = s.get(id(key)).orElse(null);
                  if (seen == null || value(seen) != expected) {
                    return false;
                  }
                  letOthersIn();
                  s.put(seen.withAgent("a" + value));
                  return true;
                }
              };
      assertThat(search(store, MAX_PLANTED, Campaign.seed(85), wrong)).isNotNull();
    }
  }

  @Test
  void aStaleCopyIsFound() throws Exception {
    try (TaskStore store = open(1 << 16)) {
      Maker wrong =
          (s, run) ->
              new Verbs(s, run) {
                private final Map<Integer, String> copies = new ConcurrentHashMap<>();

                @Override
                String get(int key) {
                  return copies.computeIfAbsent(key, super::get);
                }
              };
      assertThat(search(store, MAX_PLANTED, Campaign.seed(86), wrong)).isNotNull();
    }
  }
}
