package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.work.Claim;
import dev.quarry.work.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The verbs of claims on one task are linearizable: each history of three threads has an order in
 * which one map of token and owner explains every answer. A claim table that looks first and writes
 * afterwards is found by the same check.
 */
@Timeout(1_200)
class ClaimLinearizabilityTest {
  private static final int RUNS =
      Integer.getInteger("quarry.histories", Boolean.getBoolean("quarry.long") ? 100_000 : 500);
  private static final int THREADS = 3;
  private static final int CALLS = 5;
  private static final int MAX_PLANTED = 30_000;
  private static final Duration LEASE = Duration.ofDays(1);

  @TempDir Path directory;

  private final AtomicLong clock = new AtomicLong();

  /**
   * The state of the task.
   *
   * @param token the last one given
   * @param owner who has it, or -1
   * @param done whether it is DONE, and cannot be claimed
   */
  private record State(long token, int owner, boolean done) {}

  /** The verbs as they are, or with a mistake. */
  static class Verbs {
    final TaskStore store;
    final String id;

    Verbs(TaskStore store, String id) {
      this.store = store;
      this.id = id;
    }

    long claim(int owner) {
      Optional<Claim> claim = store.claims().tryClaim(id, "w" + owner, LEASE);
      return claim.map(Claim::token).orElse(0L);
    }

    /** Whether the claim held. */
    boolean end(int kind, Claim claim) {
      try {
        switch (kind) {
          case 0 -> store.claims().renew(claim, LEASE);
          case 1 -> store.claims().complete(claim);
          case 2 ->
              store.claims().fail(claim, null, new RetryPolicy(99, Duration.ZERO, LEASE, 1, 0));
          default -> store.claims().release(claim);
        }
        return true;
      } catch (StaleClaimException e) {
        return false;
      }
    }
  }

  private Linearizer.Call<State> call(Verbs verbs, int thread, Random random, AtomicLong newest) {
    int kind = random.nextInt(9);
    if (kind < 4) {
      long begin = clock.incrementAndGet();
      long token = verbs.claim(thread);
      long end = clock.incrementAndGet();
      newest.accumulateAndGet(token, Math::max);
      String text = "claim by " + thread + ": " + token;
      return new Linearizer.Call<>(begin, end, text, (s, a) -> claimed(s, thread, a), "" + token);
    }
    if (kind == 4) {
      long begin = clock.incrementAndGet();
      verbs.store.setStatus(List.of(verbs.id), Status.TODO);
      long end = clock.incrementAndGet();
      return new Linearizer.Call<>(
          begin, end, "reopened", (s, a) -> new State(s.token(), -1, false), "");
    }
    // the newest token that anybody knows, or one before it, under the own name or another's
    long token = Math.max(1, newest.get() - random.nextInt(2));
    int owner = random.nextInt(4) == 0 ? random.nextInt(THREADS) : thread;
    int ending = random.nextInt(4);
    long begin = clock.incrementAndGet();
    boolean held = verbs.end(ending, Claim.reference(verbs.id, token, "w" + owner));
    long end = clock.incrementAndGet();
    String text = "end " + ending + " of " + token + " by " + owner + ": " + held;
    return new Linearizer.Call<>(
        begin, end, text, (s, a) -> ended(s, ending, token, owner, a), "" + held);
  }

  private static State claimed(State s, int owner, String answer) {
    boolean free = s.owner() < 0 && !s.done();
    if (!free) {
      return answer.equals("0") ? s : null;
    }
    return answer.equals("" + (s.token() + 1)) ? new State(s.token() + 1, owner, false) : null;
  }

  private static State ended(State s, int kind, long token, int owner, String answer) {
    boolean holds = s.owner() == owner && s.token() == token;
    if (!answer.equals("" + holds)) {
      return null;
    }
    return !holds || kind == 0 ? s : new State(token, -1, kind == 1);
  }

  /** Makes the verbs of one run. */
  private interface Maker {
    Verbs make(TaskStore store, String id);
  }

  private String search(TaskStore store, int runs, long seed, Maker maker) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      for (int run = 0; run < runs; run++) {
        String id = "C-" + seed + "-" + run;
        store.insert(Task.builder(id, "t").build());
        Verbs verbs = maker.make(store, id);
        CyclicBarrier start = new CyclicBarrier(THREADS);
        AtomicLong newest = new AtomicLong();
        List<Future<List<Linearizer.Call<State>>>> futures = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
          int thread = t;
          Random random = new Random(seed * 1_000_003 + run * 31L + t);
          futures.add(
              threads.submit(
                  () -> {
                    List<Linearizer.Call<State>> calls = new ArrayList<>();
                    start.await();
                    for (int i = 0; i < CALLS; i++) {
                      calls.add(call(verbs, thread, random, newest));
                    }
                    return calls;
                  }));
        }
        List<Linearizer.Call<State>> calls = new ArrayList<>();
        for (var future : futures) {
          calls.addAll(future.get());
        }
        if (!new Linearizer<>(calls).holds(new State(0, -1, false))) {
          return "seed " + seed + ", run " + run + " (-Dquarry.seed=" + seed + "): " + shown(calls);
        }
      }
      return null;
    } finally {
      threads.shutdownNow();
    }
  }

  private static String shown(List<Linearizer.Call<State>> calls) {
    StringBuilder text = new StringBuilder();
    calls.stream()
        .sorted((a, b) -> Long.compare(a.begin(), b.begin()))
        .forEach(c -> text.append("\n%d-%d %s".formatted(c.begin(), c.end(), c.text())));
    return text.toString();
  }

  @Test
  void claimsAreLinearizable() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      assertThat(search(store, RUNS, Campaign.seed(91), Verbs::new)).isNull();
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  @Test
  void anEndThatLooksFirstAndWritesAfterwardsIsFound() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      Maker wrong =
          (s, id) ->
              new Verbs(s, id) {
                @Override
                boolean end(int kind, Claim claim) {
                  Claim now = s.claims().claimOf(id).orElse(null);
                  if (now == null
                      || now.token() != claim.token()
                      || !now.owner().equals(claim.owner())) {
                    return false;
                  }
                  if (kind != 0) {
                    s.setStatus(List.of(id), kind == 1 ? Status.DONE : Status.TODO);
                  }
                  return true;
                }
              };
      assertThat(search(store, MAX_PLANTED, Campaign.seed(92), wrong)).isNotNull();
    }
  }
}
