package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Condition;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import dev.quarry.work.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The verbs of claims are linearizable: each history of three threads on three tasks has an order
 * in which one map of tokens and owners explains every answer, {@code next} taking the ready tasks
 * of highest priority, then age. An end that looks first and writes afterwards, and a {@code next}
 * that does, are found by the same check.
 *
 * <p>Not by Lincheck, for the reasons that {@link LinearizabilityTest} gives: a claim is a commit
 * of the same store.
 */
@Timeout(1_200)
class ClaimLinearizabilityTest {
  private static final int RUNS =
      Integer.getInteger("quarry.histories", Boolean.getBoolean("quarry.long") ? 100_000 : 500);
  private static final int THREADS = 3;
  private static final int CALLS = 5;
  private static final int TASKS = 3;

  /** The tasks in the order in which {@code next} takes them: the second is the most urgent. */
  private static final List<Integer> URGENCY = List.of(1, 0, 2);

  private static final int MAX_PLANTED = 30_000;
  private static final Duration LEASE = Duration.ofDays(1);

  @TempDir Path directory;

  private final AtomicLong clock = new AtomicLong();

  /**
   * The state of one task.
   *
   * @param token the last one given
   * @param owner who has it, or -1
   * @param done whether it is DONE, and cannot be claimed
   */
  private record One(long token, int owner, boolean done) {
    boolean isReady() {
      return owner < 0 && !done;
    }
  }

  /** The state of all tasks. */
  private record State(List<One> tasks) {
    static State first() {
      return new State(Collections.nCopies(TASKS, new One(0, -1, false)));
    }

    State with(int task, One now) {
      List<One> changed = new ArrayList<>(tasks);
      changed.set(task, now);
      return new State(List.copyOf(changed));
    }
  }

  /** The verbs as they are, or with a mistake. */
  static class Verbs {
    final TaskStore store;
    final String run;

    /** Verbs on the tasks of a run, which have it as their project. */
    Verbs(TaskStore store, String run) {
      this.store = store;
      this.run = run;
    }

    String id(int task) {
      return run + "-" + task;
    }

    int task(Claim claim) {
      return Integer.parseInt(claim.id().substring(run.length() + 1));
    }

    long claim(int task, int owner) {
      Optional<Claim> claim = store.claims().tryClaim(id(task), "w" + owner, LEASE);
      return claim.map(Claim::token).orElse(0L);
    }

    List<Claim> next(int owner, int most) {
      Condition mine = TaskFields.PROJECT.is(run);
      return most == 1
          ? store.claims().next(mine, "w" + owner, LEASE).stream().toList()
          : store.claims().next(mine, "w" + owner, LEASE, most);
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

  private Linearizer.Call<State> call(
      Verbs verbs, int thread, Random random, AtomicLongArray newest) {
    int kind = random.nextInt(12);
    int task = random.nextInt(TASKS);
    if (kind < 2) {
      long begin = clock.incrementAndGet();
      long token = verbs.claim(task, thread);
      long end = clock.incrementAndGet();
      newest.accumulateAndGet(task, token, Math::max);
      String text = "claim of " + task + " by " + thread + ": " + token;
      return new Linearizer.Call<>(
          begin, end, text, (s, a) -> claimed(s, task, thread, a), "" + token);
    }
    if (kind < 6) {
      return next(verbs, thread, 1 + Math.max(0, random.nextInt(2 + TASKS) - 2), newest);
    }
    if (kind == 6) {
      long begin = clock.incrementAndGet();
      verbs.store.setStatus(List.of(verbs.id(task)), Status.TODO);
      long end = clock.incrementAndGet();
      return new Linearizer.Call<>(
          begin,
          end,
          "reopened " + task,
          (s, a) -> s.with(task, new One(s.tasks().get(task).token(), -1, false)),
          "");
    }
    // the newest token that anybody knows, or one before it, under the own name or another's
    long token = Math.max(1, newest.get(task) - random.nextInt(2));
    int owner = random.nextInt(4) == 0 ? random.nextInt(THREADS) : thread;
    int ending = random.nextInt(4);
    long begin = clock.incrementAndGet();
    boolean held = verbs.end(ending, Claim.reference(verbs.id(task), token, "w" + owner));
    long end = clock.incrementAndGet();
    String text = "end %d of %d, token %d by %d: %s".formatted(ending, task, token, owner, held);
    return new Linearizer.Call<>(
        begin, end, text, (s, a) -> ended(s, task, ending, token, owner, a), "" + held);
  }

  private Linearizer.Call<State> next(Verbs verbs, int thread, int most, AtomicLongArray newest) {
    long begin = clock.incrementAndGet();
    List<Claim> claims = verbs.next(thread, most);
    long end = clock.incrementAndGet();
    StringBuilder answer = new StringBuilder();
    for (Claim claim : claims) {
      newest.accumulateAndGet(verbs.task(claim), claim.token(), Math::max);
      answer.append(taken(verbs.task(claim), claim.token()));
    }
    String text = "next " + most + " by " + thread + ":" + answer;
    return new Linearizer.Call<>(
        begin, end, text, (s, a) -> nextTaken(s, most, thread, a), answer.toString());
  }

  private static String taken(int task, long token) {
    return " " + task + "/" + token;
  }

  private static State claimed(State s, int task, int owner, String answer) {
    One one = s.tasks().get(task);
    if (!one.isReady()) {
      return answer.equals("0") ? s : null;
    }
    One now = new One(one.token() + 1, owner, false);
    return answer.equals("" + now.token()) ? s.with(task, now) : null;
  }

  private static State nextTaken(State s, int most, int owner, String answer) {
    StringBuilder expected = new StringBuilder();
    State after = s;
    int left = most;
    for (int task : URGENCY) {
      One one = s.tasks().get(task);
      if (left > 0 && one.isReady()) {
        left--;
        after = after.with(task, new One(one.token() + 1, owner, false));
        expected.append(taken(task, one.token() + 1));
      }
    }
    return expected.toString().equals(answer) ? after : null;
  }

  private static State ended(State s, int task, int kind, long token, int owner, String answer) {
    One one = s.tasks().get(task);
    boolean holds = one.owner() == owner && one.token() == token;
    if (!answer.equals("" + holds)) {
      return null;
    }
    return !holds || kind == 0 ? s : s.with(task, new One(token, -1, kind == 1));
  }

  /** Makes the verbs of one run. */
  private interface Maker {
    Verbs make(TaskStore store, String run);
  }

  private String search(TaskStore store, int runs, long seed, Maker maker) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      for (int run = 0; run < runs; run++) {
        Verbs verbs = maker.make(store, "C-" + seed + "-" + run);
        store.insertAll(tasks(verbs));
        CyclicBarrier start = new CyclicBarrier(THREADS);
        AtomicLongArray newest = new AtomicLongArray(TASKS);
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
        if (!new Linearizer<>(calls).holds(State.first())) {
          return "seed " + seed + ", run " + run + " (-Dquarry.seed=" + seed + "): " + shown(calls);
        }
      }
      return null;
    } finally {
      threads.shutdownNow();
    }
  }

  private static List<Task> tasks(Verbs verbs) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      tasks.add(
          Task.builder(verbs.id(i), "t")
              .project(verbs.run)
              .priority(i == URGENCY.get(0) ? Priority.HIGH : Priority.MEDIUM)
              .createdAt(Instant.EPOCH.plusSeconds(i))
              .build());
    }
    return tasks;
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
          (s, run) ->
              new Verbs(s, run) {
                @Override
                boolean end(int kind, Claim claim) {
                  Claim now = s.claims().claimOf(claim.id()).orElse(null);
                  if (now == null
                      || now.token() != claim.token()
                      || !now.owner().equals(claim.owner())) {
                    return false;
                  }
                  LinearizabilityTest.letOthersIn();
                  if (kind != 0) {
                    s.setStatus(List.of(claim.id()), kind == 1 ? Status.DONE : Status.TODO);
                  }
                  return true;
                }
              };
      assertThat(search(store, MAX_PLANTED, Campaign.seed(92), wrong)).isNotNull();
    }
  }

  @Test
  void aNextThatTakesWhatIsClaimedAlreadyIsFound() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      Maker wrong =
          (s, run) ->
              new Verbs(s, run) {
                @Override
                List<Claim> next(int owner, int most) {
                  List<Claim> claims = new ArrayList<>();
                  PageRequest page = PageRequest.first(most);
                  for (Task task : s.ready(TaskFields.PROJECT.is(run), page).items()) {
                    LinearizabilityTest.letOthersIn();
                    // who comes too late takes the other's claim for its own
                    s.claims()
                        .tryClaim(task.id(), "w" + owner, LEASE)
                        .or(() -> s.claims().claimOf(task.id()))
                        .ifPresent(claims::add);
                  }
                  return claims;
                }
              };
      assertThat(search(store, MAX_PLANTED, Campaign.seed(93), wrong)).isNotNull();
    }
  }
}
