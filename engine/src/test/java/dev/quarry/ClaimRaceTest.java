package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many threads want the same tasks: each is had once. Long form: 10,000 rounds and 100,000 tasks.
 */
@Timeout(1_800)
class ClaimRaceTest {
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final boolean LONG = Boolean.getBoolean("quarry.long");
  private static final int ROUNDS = Integer.getInteger("quarry.claims.rounds", LONG ? 10_000 : 200);
  private static final int TASKS =
      Integer.getInteger("quarry.claims.tasks", LONG ? 100_000 : 5_000);
  private static final int RACERS = 64;
  private static final int WORKERS = 8;

  @TempDir Path directory;

  private final FakeClock clock = new FakeClock();

  private TaskStore open() {
    return TaskStore.open(TaskStoreOptions.builder(directory.resolve("s")).clock(clock).build());
  }

  private static <R> List<R> together(int threads, Callable<R> work) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<R>> futures = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        futures.add(pool.submit(work));
      }
      List<R> results = new ArrayList<>();
      for (Future<R> future : futures) {
        results.add(future.get());
      }
      return results;
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void oneOfManyThreadsWinsEachRound() throws Exception {
    try (TaskStore store = open()) {
      store.insert(Task.builder("T", "t").build());
      Claims claims = store.claims();
      ConcurrentLinkedQueue<Claim> won = new ConcurrentLinkedQueue<>();
      AtomicInteger names = new AtomicInteger();
      AtomicInteger round = new AtomicInteger();
      List<String> faults = new ArrayList<>();
      CyclicBarrier start = new CyclicBarrier(RACERS);
      CyclicBarrier end = new CyclicBarrier(RACERS, () -> settle(store, won, round, faults));
      together(
          RACERS,
          () -> {
            String owner = "w" + names.getAndIncrement();
            for (int i = 0; i < ROUNDS; i++) {
              start.await();
              boolean byNext = (i + owner.length()) % 2 == 0;
              Optional<Claim> claim =
                  byNext ? claims.next(owner, LEASE) : claims.tryClaim("T", owner, LEASE);
              claim.ifPresent(won::add);
              end.await();
            }
            return null;
          });
      assertThat(faults).isEmpty();
      assertThat(round.get()).isEqualTo(ROUNDS);
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  /** Checks the round and frees the task, in each of the ways there are. */
  private void settle(
      TaskStore store, ConcurrentLinkedQueue<Claim> won, AtomicInteger round, List<String> faults) {
    int n = round.incrementAndGet();
    Claim claim = won.poll();
    if (claim == null || !won.isEmpty() || claim.token() != n) {
      faults.add("round " + n + ": " + claim + " and " + won);
      won.clear();
    }
    if (n % 3 == 0) {
      clock.move(LEASE); // the next round takes it over
    } else if (n % 3 == 1) {
      store.claims().release(claim);
    } else {
      store.claims().complete(claim);
      store.setStatus(List.of("T"), Status.TODO);
    }
  }

  @Test
  void workersDrainTheStoreAndTakeOverFromTheDead() throws Exception {
    try (TaskStore store = open()) {
      fill(store);
      Map<String, List<Long>> held = new ConcurrentHashMap<>();
      Map<String, Long> completed = new ConcurrentHashMap<>();
      AtomicInteger names = new AtomicInteger();
      // the first shift dies on every 50th task; the second finds what it left behind
      together(WORKERS, () -> drain(store, "a" + names.getAndIncrement(), 50, held, completed));
      assertThat(store.claims().next("early", LEASE)).isEmpty();
      int lost = TASKS - completed.size();
      assertThat(lost).isBetween(TASKS / 100, TASKS / 10);
      clock.move(LEASE);
      together(WORKERS, () -> drain(store, "b" + names.getAndIncrement(), 0, held, completed));
      assertThat(completed).hasSize(TASKS);
      held.forEach(
          (id, tokens) -> {
            List<Long> expected = tokens.size() == 1 ? List.of(1L) : List.of(1L, 2L);
            assertThat(tokens).as(id).isEqualTo(expected);
            assertThat(completed.get(id)).isEqualTo(tokens.size());
          });
      assertThat(held.values().stream().filter(tokens -> tokens.size() == 2)).hasSize(lost);
      assertThat(store.count(Query.where(TaskFields.STATUS.is(Status.DONE)))).isEqualTo(TASKS);
      assertThat(store.claims().list(10)).isEmpty();
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  private static void fill(TaskStore store) {
    List<Task> chunk = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      chunk.add(Task.builder("T-" + i, "t").priority(Priority.values()[i % 4]).build());
      if (chunk.size() == 1_000 || i == TASKS - 1) {
        store.insertAll(chunk);
        chunk.clear();
      }
    }
  }

  private static Void drain(
      TaskStore store,
      String owner,
      int deadly,
      Map<String, List<Long>> held,
      Map<String, Long> completed) {
    Random random = new Random(owner.hashCode());
    while (true) {
      Optional<Claim> next = store.claims().next(owner, LEASE);
      if (next.isEmpty()) {
        return null;
      }
      Claim claim = next.get();
      List<Long> tokens = held.computeIfAbsent(claim.id(), id -> new ArrayList<>());
      synchronized (tokens) {
        tokens.add(claim.token());
      }
      if (deadly == 0 || random.nextInt(deadly) > 0) {
        store.claims().complete(claim);
        assertThat(completed.put(claim.id(), claim.token())).isNull();
      }
    }
  }
}
