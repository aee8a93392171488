package dev.quarry.bench.torture;

import dev.quarry.IndexInfo;
import dev.quarry.Job;
import dev.quarry.ProgressListener;
import dev.quarry.Status;
import dev.quarry.TaskStore;
import dev.quarry.VerifyReport;
import dev.quarry.bench.WrongAnswerException;
import dev.quarry.query.Query;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/**
 * Kills a process at random moments of a random mix of writing verbs, again and again, and compares
 * the store after each death with what the process had announced and been told. Behind some deaths
 * the recovery dies, too, once or twice. The mix has the verbs that write tasks or claims; {@code
 * undoLast} comes right behind another call, while the other threads wait, for else it is not known
 * whose commit it takes back. Each of three threads owns a range of ids, whose state is known
 * exactly, but for the call under way; in a fourth range all write at once. Not thread-safe.
 */
public final class Torture {
  /** What the child's change log keeps; so few that it is trimmed. */
  static final int CHANGE_LOG_COMMITS = 6_000;

  /** How calls of the shared range may be refused. */
  static final Set<String> SHARED_REFUSALS =
      Set.of(
          "TaskNotFoundException",
          "DependencyCycleException",
          "StaleClaimException",
          "ConflictException");

  private static final long CALLS_A_LIFE = 1_000_000;

  /** So often the check behind a death reads all files as well; always behind the last. */
  private static final long DEEP_EVERY = 5;

  /** In one of so many cycles the recovery is killed as well. */
  private static final int OPENING_DEATHS = 3;

  private final Path store;
  private final long seed;
  private final boolean powerLoss;
  private final List<Ledger> ledgers = new ArrayList<>();
  private final Feed feed = new Feed();
  private final Map<String, Long> tokens = new HashMap<>();
  private final AtomicReference<Instant> clock = new AtomicReference<>(Content.START);
  private Set<String> indexes = new TreeSet<>();
  private long calls;
  private long deepVerified;
  private String struck = "";
  private final Opening opening;

  /**
   * A run.
   *
   * @param store where the store is made; absent
   * @param powerLoss whether each death also takes a random part of what was not synced, as the
   *     death of a machine does; without updates and restorings in chunks, indexes and the shared
   *     range then
   */
  public Torture(Path store, long seed, boolean powerLoss) {
    this.store = store;
    this.seed = seed;
    this.powerLoss = powerLoss;
    this.opening = new Opening(store);
    for (String range : Content.OWNED) {
      ledgers.add(new Ledger(range, new World(range, Content.START)));
    }
  }

  /**
   * Runs so many cycles.
   *
   * @param first number of the first cycle; 1, or that of a failed one
   * @return calls of owners that were compared
   * @throws WrongAnswerException if the store is not as it must be; says seed and cycle
   */
  public long run(long first, long cycles, IntConsumer progress) {
    for (long cycle = first; cycle < first + cycles; cycle++) {
      try {
        cycle(cycle, cycle % DEEP_EVERY == 0 || cycle == first + cycles - 1);
      } catch (RuntimeException e) {
        throw new WrongAnswerException(
            "seed %d, cycle %d (again with --seed %d --first %d, or -Dquarry.seed=%d"
                    .formatted(seed, cycle, seed, cycle, seed)
                + " -Dquarry.torture.first=%d)%s: ".formatted(cycle, struck)
                + e,
            e);
      }
      progress.accept((int) (cycle - first + 1));
    }
    return calls;
  }

  /** How many of the checks so far read all files as well. */
  public long deepVerified() {
    return deepVerified;
  }

  /** How many processes died amid the recovery of the store, beside those of the cycles. */
  public int diedOpening() {
    return opening.amid();
  }

  /** How many died just behind that, before they wrote anything. */
  public int diedOpen() {
    return opening.behind();
  }

  private void cycle(long cycle, boolean deep) {
    Random random = new Random(seed * 1_000_003 + cycle);
    struck = "";
    boolean trimmed = feed.sequence() > CHANGE_LOG_COMMITS / 2;
    Life life = new Life(ledgers, indexes, trimmed, random);
    Death death = powerLoss ? Death.anywhere(random) : Death.of(cycle, random);
    List<String> arguments = new ArrayList<>();
    arguments.add(store.toString());
    arguments.add(String.valueOf(random.nextLong()));
    arguments.add(String.valueOf(cycle * CALLS_A_LIFE));
    arguments.add(String.valueOf(clock.get().toEpochMilli()));
    arguments.add(String.valueOf(powerLoss));
    life.live(arguments, death);
    if (powerLoss) {
      struck = " [" + life.synced.strike(store, random) + "]";
    } else {
      ledgers.forEach(Ledger::holdAll);
    }
    moveClock();
    if (random.nextInt(OPENING_DEATHS) == 0) {
      dieOpening(life, random);
    }
    try (TaskStore opened = TaskStore.open(TortureProgram.options(store, clock).build())) {
      check(opened, life, deep);
    }
  }

  /**
   * Has the recovery cut short by another death or two, so that it begins with half of its work.
   */
  private void dieOpening(Life life, Random random) {
    for (int n = 1 + random.nextInt(2); n > 0; n--) {
      opening.die(clock.get(), random);
      if (powerLoss) {
        struck += " [" + life.synced.strike(store, random) + "]";
      }
    }
  }

  /** To where the child moved it, or was about to. */
  private void moveClock() {
    Ledger timed = ledgers.get(0);
    clock.set(timed.now());
    if (timed.pending() != null && timed.pending().verb().equals("tick")) {
      clock.set(Instant.ofEpochMilli(timed.pending().number(0)));
    }
  }

  private void check(TaskStore opened, Life life, boolean deep) {
    opened.claims().reapExpired();
    VerifyReport report = opened.verify(deep, ProgressListener.NONE);
    deepVerified += report.deep() ? 1 : 0;
    if (!report.isOk()) {
      throw new WrongAnswerException((deep ? "deep " : "") + "verify: " + report.problems());
    }
    if (report.indexes() != opened.indexes().size()) {
      throw new WrongAnswerException("not all was compared: " + report);
    }
    finishJobs(opened);
    Map<String, Map<String, String>> found = Found.in(opened);
    Op tick = Op.of("tick", clock.get().toEpochMilli());
    List<Ledger.Survived> survived = new ArrayList<>();
    for (int i = 0; i < ledgers.size(); i++) {
      calls += ledgers.get(i).calls();
      survived.add(ledgers.get(i).settle(found.get(Content.OWNED.get(i)), tick));
    }
    checkPrefix(survived);
    checkShared(found.get(Content.SHARED), opened);
    feed.follow(opened);
    feed.checkAcknowledged(life.wrote);
    feed.checkDelivered(life.delivered);
    checkTokens(life);
    checkIndexes(opened, life);
    if (!opened.graph().findCycle().isEmpty()) {
      throw new WrongAnswerException("a circle: " + opened.graph().findCycle());
    }
  }

  /** Ends the updates in chunks that death cut short. */
  private void finishJobs(TaskStore opened) {
    Map<String, Map<String, String>> found = Found.in(opened);
    for (int i = 0; i < ledgers.size(); i++) {
      Op pending = ledgers.get(i).pending();
      if (pending != null && pending.verb().equals(Op.UPDATE_ALL)) {
        ledgers.get(i).checkChunks(found.get(Content.OWNED.get(i)));
        try {
          Job.Progress progress = Actor.updateAll(opened, pending, () -> {}).await();
          ledgers.get(i).chunksEnded("ok " + progress.changed());
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted", e);
        }
      }
    }
  }

  /** What ended before the begin of something that survived has survived as well. */
  private static void checkPrefix(List<Ledger.Survived> all) {
    for (Ledger.Survived one : all) {
      for (Ledger.Survived other : all) {
        if (other.next() < one.begin()) {
          throw new WrongAnswerException("a later commit survived an earlier one: " + all);
        }
      }
    }
  }

  /** In the range of all threads, ready is what a look at all its tasks says. */
  private static void checkShared(Map<String, String> found, TaskStore opened) {
    TreeSet<String> ready = new TreeSet<>(List.of(found.get("ready").split(" ", -1)));
    ready.remove("");
    TreeSet<String> expected = new TreeSet<>();
    opened.forEachChunk(
        Query.all(),
        1_000,
        tasks ->
            tasks.stream()
                .filter(t -> Content.range(t.id()).equals(Content.SHARED))
                .filter(t -> t.status() == Status.TODO)
                .filter(
                    t ->
                        t.dependencies().stream()
                            .allMatch(id -> opened.statusOf(id).orElse(null) == Status.DONE))
                .forEach(t -> expected.add(t.id())));
    if (!ready.equals(expected)) {
      throw new WrongAnswerException("ready is " + ready + " instead of " + expected);
    }
  }

  private void checkTokens(Life life) {
    life.oldest.forEach(
        (id, token) -> {
          if (token <= tokens.getOrDefault(id, 0L)) {
            throw new WrongAnswerException("the token " + token + " of " + id + " went back");
          }
        });
    life.tokens.forEach((id, token) -> tokens.merge(id, token, Math::max));
  }

  private void checkIndexes(TaskStore opened, Life life) {
    Set<String> there = new TreeSet<>();
    for (IndexInfo index : opened.indexes()) {
      if (index.state() != IndexInfo.State.READABLE) {
        throw new WrongAnswerException("the index " + index + " is not readable");
      }
      if (!index.builtIn()) {
        there.add(index.spec().name());
      }
    }
    Set<String> unsure = life.unsureIndex == null ? Set.of() : Set.of(life.unsureIndex);
    Set<String> expected = new TreeSet<>(life.indexes);
    expected.removeAll(unsure);
    indexes = new TreeSet<>(there);
    there.removeAll(unsure);
    if (!there.equals(expected)) {
      throw new WrongAnswerException("the indexes are " + there + " instead of " + expected);
    }
  }
}
