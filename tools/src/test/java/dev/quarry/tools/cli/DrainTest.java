package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.tools.Quarry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Workers that are processes drain a store through the tool, as a script would: claim a few, work,
 * complete them, each a process of its own that opens the store and waits for its turn. Some are
 * killed while they write, some workers give up what they hold without a word, and what they held
 * is taken over after the lease.
 *
 * <p>Who goes wrong claims for a short lease, which the others then wait for. Who does not claims
 * for a long one: each worker waits for all others before it has the store again, and on a busy
 * machine a lease shorter than that would end before any of them could complete what it holds.
 *
 * <p>Long form, the profile {@code long}: 8 workers drain 100,000 tasks.
 */
@Timeout(6_000)
final class DrainTest {
  private static final boolean LONG = Boolean.getBoolean("quarry.long");
  private static final int TASKS = Integer.getInteger("quarry.drain.tasks", LONG ? 100_000 : 300);
  private static final int WORKERS = Integer.getInteger("quarry.drain.workers", LONG ? 8 : 3);
  private static final int COUNT = Integer.getInteger("quarry.drain.count", LONG ? 5_000 : 60);
  private static final String LEASE =
      System.getProperty("quarry.drain.lease", LONG ? "20s" : "10s");
  private static final String WORKING_LEASE = "30m";
  private static final long SEED = Long.getLong("quarry.drain.seed", 77);

  /** After the first round, of so many rounds one goes wrong. */
  private static final int MISHAPS = Integer.getInteger("quarry.drain.mishaps", 4);

  private static final int KILLED = -1;
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

  @TempDir private Path directory;

  private final Set<String> completed = ConcurrentHashMap.newKeySet();
  private final Set<String> claimed = ConcurrentHashMap.newKeySet();
  private final AtomicInteger killed = new AtomicInteger();
  private final AtomicInteger abandoned = new AtomicInteger();
  private final AtomicInteger processes = new AtomicInteger();

  /** All have been through their first round: the fast leave enough for that of the slow. */
  private final CyclicBarrier firstRound = new CyclicBarrier(WORKERS);

  @Test
  void everyTaskIsDoneOnceWhoeverDies() throws Exception {
    List<Task> added = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      Priority priority = Priority.values()[i % Priority.values().length];
      added.add(Task.builder("T-" + i, "t").priority(priority).build());
    }
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      store.insertAll(added);
    }
    ExecutorService pool = Executors.newFixedThreadPool(WORKERS);
    try {
      List<Future<?>> futures = new ArrayList<>();
      for (int w = 0; w < WORKERS; w++) {
        int worker = w;
        futures.add(pool.submit(() -> drain(worker)));
      }
      for (Future<?> future : futures) {
        future.get();
      }
    } finally {
      pool.shutdownNow();
    }
    check();
  }

  private void check() {
    String what = "seed " + SEED + ", killed " + killed + ", abandoned " + abandoned;
    assertThat(killed.get()).as(what).isPositive();
    assertThat(abandoned.get()).as(what).isPositive();
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      assertThat(store.count(Query.where(TaskFields.STATUS.is(Status.DONE))))
          .as(what)
          .isEqualTo(TASKS);
      Map<String, Integer> completions = new TreeMap<>();
      Map<String, Integer> takenOver = new TreeMap<>();
      long from = 0;
      while (true) {
        List<Change> changes = store.changesAfter(from, 10_000);
        if (changes.isEmpty()) {
          break;
        }
        for (Change change : changes) {
          if (change.cause().equals("complete")) {
            completions.merge(change.id(), 1, Integer::sum);
          } else if (change.cause().equals("expire")) {
            takenOver.merge(change.id(), 1, Integer::sum);
          }
          from = change.sequence();
        }
      }
      assertThat(completions).as(what).hasSize(TASKS);
      assertThat(completions.values()).as(what).allMatch(n -> n == 1);
      assertThat(takenOver).as(what).isNotEmpty();
      assertThat(store.verify().problems()).as(what).isEmpty();
    }
  }

  private enum Mishap {
    KILLED_CLAIMING,
    KILLED_COMPLETING,
    WALKS_AWAY,
    NONE
  }

  /** Each kind in the first rounds for sure, then at random, but not without end. */
  private Mishap mishap(int worker, int round, Random random) {
    if (round == 0) {
      return Mishap.values()[worker % 3];
    }
    boolean more = killed.get() + abandoned.get() < 2 * WORKERS;
    return more && random.nextInt(MISHAPS) == 0 ? Mishap.values()[random.nextInt(3)] : Mishap.NONE;
  }

  private Void drain(int worker) throws Exception {
    String owner = "w" + worker;
    Random random = new Random(SEED + worker);
    for (int round = 0; ; round++) {
      if (round == 1) {
        firstRound.await(20, TimeUnit.MINUTES);
      }
      Mishap mishap = mishap(worker, round, random);
      Path mine = directory.resolve(owner + "-" + round);
      String lease = mishap == Mishap.NONE ? WORKING_LEASE : LEASE;
      List<String> args =
          List.of("claim", "--next", "--owner", owner, "--lease", lease, "--format", "jsonl");
      args = new ArrayList<>(args);
      args.addAll(List.of("--count", String.valueOf(COUNT)));
      int code = run(args, null, mine, mishap == Mishap.KILLED_CLAIMING);
      if (code == ExitCode.NEGATIVE) {
        if (isDrained()) {
          return null;
        }
        continue; // others hold the rest, or held it
      }
      if (code != ExitCode.OK) {
        assertThat(code).isEqualTo(KILLED);
        continue; // it may hold what it could not tell, until the lease ends
      }
      for (String line : lines(mine)) {
        String idAndToken = line.substring(0, line.indexOf(",\"owner\""));
        assertThat(claimed.add(idAndToken)).as(line).isTrue();
      }
      if (mishap == Mishap.WALKS_AWAY) {
        abandoned.incrementAndGet();
      } else {
        complete(mine, owner + "-" + round + "-done", mishap);
      }
    }
  }

  private void complete(Path mine, String output, Mishap mishap) throws Exception {
    Path done = directory.resolve(output);
    boolean kill = mishap == Mishap.KILLED_COMPLETING;
    int code = run(List.of("claim", "complete", "-", "--format", "jsonl"), mine, done, kill);
    if (code == KILLED) {
      return; // what it completed is done, the rest comes back
    }
    if (mishap == Mishap.NONE) {
      assertThat(code).as("nobody takes over what is held by a lease").isEqualTo(ExitCode.OK);
    }
    assertThat(code).isIn(ExitCode.OK, ExitCode.CONFLICT);
    for (String line : lines(done)) {
      String id = line.substring(0, line.indexOf(",\"token\""));
      assertThat(completed.add(id)).as(line).isTrue();
    }
  }

  /** Whether all is done; if not, returns when something has changed, or soon. */
  private boolean isDrained() throws InterruptedException {
    try (TaskStore store = TaskStore.openReadOnly(directory.resolve("store"))) {
      if (store.count(Query.where(TaskFields.STATUS.isNot(Status.DONE))) == 0) {
        return true;
      }
      try (Subscription next = store.watch(WatchOptions.builder().build(), change -> {})) {
        next.await(store.sequence() + 1, LOOK_AGAIN); // a lease ends in whoever opens the store
      }
      return false;
    }
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.readAllLines(file, StandardCharsets.UTF_8);
  }

  /** Runs the tool; its exit code. */
  private int run(List<String> args, Path input, Path output, boolean kill) throws Exception {
    int moment = Math.floorMod(SEED * 31 + processes.incrementAndGet() * 37L, 300);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Quarry.class.getName()));
    command.addAll(List.of("--db", directory.resolve("store").toString()));
    command.addAll(args);
    command.addAll(List.of("--wait", "10m"));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectError(directory.resolve(output.getFileName() + "-errors").toFile())
            .redirectOutput(output.toFile());
    if (input != null) {
      builder.redirectInput(input.toFile());
    }
    Process process = builder.start();
    if (!kill) {
      return process.waitFor();
    }
    // as soon as it has the store, so somewhere between opening and closing it
    String pid = "pid=" + process.pid() + " ";
    while (!process.waitFor(1, TimeUnit.MILLISECONDS)) {
      if (TaskStore.holder(directory.resolve("store")).orElse("").startsWith(pid)) {
        process.waitFor(moment, TimeUnit.MILLISECONDS);
        process.destroyForcibly().waitFor();
        killed.incrementAndGet();
        return KILLED;
      }
    }
    return process.exitValue();
  }
}
