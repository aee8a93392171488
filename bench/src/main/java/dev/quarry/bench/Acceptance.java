package dev.quarry.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.quarry.Durability;
import dev.quarry.Priority;
import dev.quarry.StoreStats;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/** The targets of the source documents, one method each; {@link AcceptBench} says which. */
final class Acceptance {
  private static final double MEGABYTE = 1 << 20;
  private static final int USERS = 16;
  private static final int MANY_USERS = 1_000;
  private static final int READS_A_SECOND = 1_000;
  private static final int CHANGES_A_SECOND = 100;
  private static final int SUBSCRIBERS = 1_000;
  private static final int FEED_CHANGES_A_SECOND = 1_000;
  private static final int CACHE_READS = 100_000;
  private static final int LOCUST_CLIENTS = 8;
  private static final String ABSENT = "not in the API";

  private final Report report;
  private final TaskStore store;
  private final TaskWorkload workload;
  private final int tasks;
  private final long seed;
  private final Duration second;
  private final Progress progress;
  private final AtomicLong nextNew;
  private Throwable firstError;

  /** Targets of a store that holds the workload's first tasks; {@code second} is a scaled one. */
  Acceptance(
      Report report,
      TaskStore store,
      TaskWorkload workload,
      int tasks,
      long seed,
      Duration second,
      Progress progress) {
    this.report = report;
    this.store = store;
    this.workload = workload;
    this.tasks = tasks;
    this.seed = seed;
    this.second = second;
    this.progress = progress;
    nextNew = new AtomicLong(tasks);
  }

  /** What the first failed operation threw, or null. */
  Throwable firstError() {
    return firstError;
  }

  /** Loading, queries, memory, cache, concurrent operations (001-72 to 001-76). */
  void performanceDocument() {
    below(report, "001-73 complex filter, p99", compound(store).percentileMicros(99) / 1e3, 50);
    resident("001-74 whole process, resident", tasks <= 10_000);
    double rate = hitRate(store, tasks, seed);
    report.target(
        "001-75 cache hits, repeated operations",
        "> 90 %",
        percent(rate),
        tasks <= 10_000 ? rate > .9 : null);
    MixedLoad mix = new MixedLoad(store, tasks);
    mix.run(USERS, second.multipliedBy(3), seed, progress);
    remember(mix.firstError());
    long wrong = mix.errors() + mix.lostUpdates();
    report.target("001-76 16 users: errors, lost updates", "0", Long.toString(wrong), wrong == 0);
    below(report, "001-76 16 users: p99", mix.p99Millis(), 50);
  }

  /** Users, latencies, memory, processor (002-1 to 002-6, 002-54). */
  void realTimeDocument(TempDirectory directory) {
    UserRequests requests = new UserRequests(store, workload, tasks, nextNew.get());
    Users users = new Users(requests, Duration.ofSeconds(1), 8, seed);
    List<Users.Result> results =
        users.run(
            List.of(
                new Users.Stage("users come", second.multipliedBy(5), MANY_USERS),
                new Users.Stage("1,000 users", second.multipliedBy(60), MANY_USERS)),
            progress);
    remember(users.firstError());
    Users.Result full = results.get(1);
    below(
        report,
        "002-54 requests of 1,000 users, p95",
        full.times().percentileMicros(95) / 1e3,
        200);
    below(
        report,
        "002-54 requests of 1,000 users, p99",
        full.times().percentileMicros(99) / 1e3,
        500);
    report.target(
        "002-54 failed requests",
        "< 1 %",
        Report.number(full.failedPercent()) + " %",
        full.failedPercent() < 1);
    long failed = results.get(0).failed() + full.failed();
    report.target("002-1 1,000 users: errors", "0", Long.toString(failed), failed == 0);
    nextNew.set(requests.nextNew());
    long lost = requests.lost();
    report.target("002-1 1,000 users: lost updates", "0", Long.toString(lost), lost == 0);
    delivered(directory);
    Latencies listed = listed(2_000);
    below(report, "002-3 cached query, p95", listed.percentileMicros(95) / 1e3, 1);
    report.target("002-4 dashboard, first paint", "< 1 s", ABSENT, null);
    resident("002-5 resident under 1,000 users", true);
    double busy = processor();
    report.target(
        "002-6 processor, 100 changes + 1,000 reads/s",
        "< 70 % of a core",
        percent(busy),
        busy < .7);
  }

  /** Requests beside the figures of the performance report (004-1, 004-2, 004-23 to 004-25). */
  void reportDocument(TempDirectory directory) {
    report.target("004-1 health, p99", "< 1 ms", ABSENT, null);
    Latencies created = times(5_000, i -> create(store));
    Latencies listed = listed(10_000);
    Latencies events = times(15_000, this::event);
    Latencies got = times(5_000, this::get);
    Latencies updated = times(5_000, this::update);
    below(report, "004-2 list of 20, p99", listed.percentileMicros(99) / 1e3, 5);
    below(report, "004-2 create, p99", created.percentileMicros(99) / 1e3, 5);
    below(report, "004-2 create with fsync, p99", synced(directory), 50);
    beside("004-24 create 5,000", created, 180, 350, 500);
    beside("004-24 list 10,000", listed, 120, 250, 400);
    beside("004-24 events 15,000", events, 200, 450, 700);
    tenth("004-25 get by id, median", got, 5);
    tenth("004-25 list of 20, median", listed, 30);
    tenth("004-25 create, median", created, 15);
    tenth("004-25 update, median", updated, 20);
    tenth("004-25 complex query, median", compound(store), 80);
    report.target("004-25 full text, median", "<= 5 ms", ABSENT, null);
    locust();
    sustained();
  }

  /** 100 users who come and stay, then as many requests as the store can take (004-23). */
  private void locust() {
    UserRequests requests = new UserRequests(store, workload, tasks, nextNew.get());
    Users.Result stay =
        hundred(requests, Duration.ofSeconds(1), second.multipliedBy(5), second.multipliedBy(15));
    report.target(
        "004-23 100 users: requests that succeed",
        "100 %",
        Report.number(100 - stay.failedPercent()) + " %",
        stay.failed() == 0);
    beside("004-23 100 users", stay.times(), 280, 650, 1_200);
    below(report, "004-23 100 users, p99", stay.times().percentileMicros(99) / 1e3, 10);
    List<Crew.Worker> clients = new ArrayList<>();
    AtomicLong made = new AtomicLong();
    for (int c = 0; c < LOCUST_CLIENTS; c++) {
      int client = c;
      SplitMix random = new SplitMix(seed, client);
      clients.add(
          () -> {
            requests.run(client, random);
            made.incrementAndGet();
          });
    }
    Crew.Outcome outcome = Crew.run("no pause", clients, second.multipliedBy(5), progress);
    remember(outcome.firstError());
    nextNew.set(requests.nextNew());
    double rate = made.get() / outcome.seconds();
    report.target(
        "004-23 requests/s, no pause; 1,000 x theirs",
        ">= 50,000",
        Report.number(rate),
        rate >= 50_000);
  }

  /** What 100 users get while they stay; each makes a request and then a pause. */
  private Users.Result hundred(
      UserRequests requests, Duration pause, Duration coming, Duration staying) {
    Users users = new Users(requests, pause, 8, seed);
    List<Users.Result> results =
        users.run(
            List.of(
                new Users.Stage("100 users come", coming, 100),
                new Users.Stage("100 users", staying, 100)),
            progress);
    remember(users.firstError());
    return results.get(1);
  }

  /** Requests of 100 users, one after the other without a pause worth the name (004-38). */
  private void sustained() {
    UserRequests requests = new UserRequests(store, workload, tasks, nextNew.get());
    Users.Result result =
        hundred(requests, Duration.ofMillis(100), second, second.multipliedBy(20));
    nextNew.set(requests.nextNew());
    double aMinute = 60 * result.times().operations() / result.seconds();
    report.target(
        "004-38 requests sustained", ">= 1,000/min", Report.number(aMinute), aMinute >= 1_000);
    below(report, "004-38 p95", result.times().percentileMicros(95) / 1e3, 500);
    below(report, "004-38 p99", result.times().percentileMicros(99) / 1e3, 1_000);
    report.target(
        "004-38 failed requests",
        "< 0.5 %",
        Report.number(result.failedPercent()) + " %",
        result.failedPercent() < .5);
  }

  /** The compound query where no decoded task is kept (002-3). */
  static void uncached(
      Report report, TaskWorkload workload, int tasks, long seed, TempDirectory directory) {
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.sub("uncached"))
            .recordCacheBytes(0)
            .expectedTasks(tasks)
            .build();
    try (TaskStore cold = TaskStore.open(options)) {
      Loading.load(cold, workload, tasks, Progress.NONE);
      Acceptance acceptance =
          new Acceptance(report, cold, workload, tasks, seed, Duration.ZERO, Progress.NONE);
      double p95 = acceptance.compound(cold).percentileMicros(95) / 1e3;
      below(report, "002-3 uncached Q2, p95", p95, 50);
    }
  }

  /** A store whose cache holds a tenth; judged by what the best cache could do. */
  static void smallCache(
      Report report, TaskWorkload workload, int tasks, long seed, TempDirectory directory) {
    long bytes = 2_048L * tasks / 10;
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.sub("small-cache"))
            .recordCacheBytes(bytes)
            .expectedTasks(tasks)
            .build();
    try (TaskStore small = TaskStore.open(options)) {
      Loading.load(small, workload, tasks, Progress.NONE);
      double rate = hitRate(small, tasks, seed);
      double best = best(tasks, small.stats().cache().entries());
      // more than the best is out of any cache's reach, so the 90 % cannot be judged here
      report.target(
          "001-75 cache of a tenth, Zipf; best possible " + percent(best),
          "> 90 %",
          percent(rate),
          best > .9 ? rate > .9 : null);
    }
  }

  /** The hit rate of a cache that always holds exactly the most popular tasks. */
  private static double best(int tasks, long entries) {
    ZipfSampler zipf = new ZipfSampler(tasks, 1.0);
    double sum = 0;
    for (int rank = 0; rank < Math.min(entries, tasks); rank++) {
      sum += zipf.probability(rank);
    }
    return sum;
  }

  /** Reopening after the process died; in fresh JVMs. */
  static void recovery(Report report, int tasks, long seed, TempDirectory directory) {
    Path json = directory.path().resolve("recovery.json");
    ChildJvm.Outcome outcome =
        ChildJvm.bench(
            List.of(),
            List.of(
                "open",
                "--tasks=" + tasks,
                "--unflushed=" + Math.min(50_000, tasks),
                "--seed=" + seed,
                "--rounds=1",
                "--open-limit=5000",
                "--kill-limit=5000",
                "--dir=" + directory.path(),
                "--json=" + json),
            directory.path().resolve("recovery.log"),
            Duration.ofHours(1));
    Object tree = Files.exists(json) ? JsonFile.read(json) : null;
    Object measured = JsonFile.at(tree, "data", "open", "after_kill_ms");
    double millis = measured instanceof Double value ? value : Double.NaN;
    report.target(
        "004-38 reopen after a kill, nothing lost",
        "<= 5 s",
        Double.isNaN(millis) ? "exit code " + outcome.code() : millis(millis),
        outcome.code() == 0);
  }

  private Latencies compound(TaskStore asked) {
    CheckedPages pages = CheckedPages.ofQ2(workload, asked);
    return times(2_000, pages::ask, pages::check);
  }

  /** The first page of what is to be done. */
  private Latencies listed(int count) {
    CheckedPages pages = CheckedPages.ofQ1(workload, store);
    return times(count, pages::ask, pages::check);
  }

  /** Times after a warm-up of a tenth. */
  private static Latencies times(int count, IntConsumer operation) {
    return times(
        count,
        i -> {
          operation.accept(i);
          return i;
        },
        (i, same) -> {});
  }

  /** The same, with each answer checked beside the clock. */
  private static <T> Latencies times(
      int count, IntFunction<T> operation, BiConsumer<Integer, T> check) {
    Latencies times = new Latencies();
    for (int i = -count / 10; i < count; i++) {
      long before = System.nanoTime();
      T answer = operation.apply(Math.abs(i));
      long took = System.nanoTime() - before;
      check.accept(Math.abs(i), answer);
      if (i >= 0) {
        times.record(took);
      }
    }
    return times;
  }

  private void create(TaskStore into) {
    into.insert(workload.task(nextNew.getAndIncrement()));
  }

  /** As a web hook does: a new task, or a change of an old one. */
  private void event(int number) {
    if (number % 2 == 0) {
      create(store);
    } else {
      update(number);
    }
  }

  private void get(int number) {
    QueryTimes.get(store, (number * 7_919L) % tasks);
  }

  private void update(int number) {
    String id = TaskWorkload.id((number * 7_919L) % tasks);
    long[] before = {Long.MAX_VALUE};
    Task now =
        store.update(
            id,
            task -> {
              before[0] = task.version();
              return turned(task);
            });
    if (now.version() <= before[0]) {
      throw new WrongAnswerException("an update of " + id + " returned " + now);
    }
  }

  /** Commit to callback among many who watch, beside nothing else. */
  private void delivered(TempDirectory directory) {
    FeedLoad load = new FeedLoad(SUBSCRIBERS, FEED_CHANGES_A_SECOND, 1);
    TaskStoreOptions options = TaskStoreOptions.builder(directory.sub("feed")).build();
    try (TaskStore watched = TaskStore.open(options)) {
      load.run(watched, second.multipliedBy(30), progress);
    }
    below(report, "002-2 1,000 subscribers, 1,000/s: p99", load.millis(99), 100);
    // a ping of theirs is a message to a listener; there is no other connection here
    below(report, "002-54 ping: to subscriber, p95", load.millis(95), 100);
  }

  private static Task turned(Task task) {
    return task.withPriority(task.priority() == Priority.HIGH ? Priority.LOW : Priority.HIGH);
  }

  private double synced(TempDirectory directory) {
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.sub("synced")).durability(Durability.SYNC).build();
    try (TaskStore synced = TaskStore.open(options)) {
      return times(500, i -> synced.insert(workload.task(nextNew.getAndIncrement())))
              .percentileMicros(99)
          / 1e3;
    }
  }

  /** The part of one core that a steady, moderate load takes. */
  private double processor() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    AtomicLong made = new AtomicLong();
    Crew.Worker reads = paced(READS_A_SECOND, counted(this::get, made));
    Crew.Worker changes = paced(CHANGES_A_SECOND, counted(this::update, made));
    long cpu = system.getProcessCpuTime();
    Crew.Outcome outcome =
        Crew.run("steady load", List.of(reads, changes), second.multipliedBy(20), progress);
    remember(outcome.firstError());
    double part = made.get() / ((READS_A_SECOND + CHANGES_A_SECOND) * outcome.seconds());
    report.target("002-6 operations made", ">= 95 %", percent(part), part >= .95);
    return (system.getProcessCpuTime() - cpu) / 1e9 / outcome.seconds();
  }

  private static IntConsumer counted(IntConsumer operation, AtomicLong made) {
    return number -> {
      operation.accept(number);
      made.incrementAndGet();
    };
  }

  /** Does something so many times a second. */
  private static Crew.Worker paced(int aSecond, IntConsumer operation) {
    long begin = System.nanoTime();
    int[] done = {0};
    return () -> {
      long due = begin + done[0] * (1_000_000_000L / aSecond);
      LockSupport.parkNanos(due - System.nanoTime());
      if (System.nanoTime() >= due) {
        operation.accept(done[0]++);
      }
    };
  }

  private static double hitRate(TaskStore asked, int tasks, long seed) {
    KeySequence keys = new KeySequence(KeySequence.Distribution.ZIPF, tasks, seed);
    StoreStats.Cache before = asked.stats().cache();
    for (int round = 0; round < 2; round++) {
      before = asked.stats().cache();
      for (int i = 0; i < CACHE_READS; i++) {
        QueryTimes.get(asked, keys.next());
      }
    }
    StoreStats.Cache now = asked.stats().cache();
    long hits = now.hits() - before.hits();
    return hits / (double) Math.max(1, hits + now.misses() - before.misses());
  }

  private void resident(String name, boolean judged) {
    OptionalLong bytes = ProcessMemory.resident();
    double megabytes = bytes.orElse(0) / MEGABYTE;
    report.target(
        name,
        "< 512 MB",
        bytes.isPresent() ? String.format(Locale.ROOT, "%.0f MB", megabytes) : "unknown",
        (bytes.isPresent() && judged) ? megabytes < 512 : null);
  }

  private void remember(Throwable error) {
    if (firstError == null) {
      firstError = error;
    }
  }

  /** At most what the document reports of its own system, in milliseconds. */
  private void beside(String name, Latencies times, double mean, double p95, double p99) {
    beside(name + ", mean", times.meanMicros() / 1e3, mean);
    beside(name + ", p95", times.percentileMicros(95) / 1e3, p95);
    beside(name + ", p99", times.percentileMicros(99) / 1e3, p99);
  }

  private void beside(String name, double measured, double theirs) {
    report.target(
        name + "; the seed's", "<= " + millis(theirs), millis(measured), measured <= theirs);
  }

  /** At most a tenth of what the document reports of its own system. */
  private void tenth(String name, Latencies times, double theirs) {
    double measured = times.percentileMicros(50) / 1e3;
    report.target(name, "<= " + millis(theirs / 10), millis(measured), measured <= theirs / 10);
  }

  /** Adds a target in milliseconds. */
  static void below(Report report, String name, double measured, double limit) {
    report.target(name, "< " + millis(limit), millis(measured), measured < limit);
  }

  private static String millis(double value) {
    return Report.number(value) + " ms";
  }

  private static String percent(double part) {
    return String.format(Locale.ROOT, "%.1f %%", part * 100);
  }
}
