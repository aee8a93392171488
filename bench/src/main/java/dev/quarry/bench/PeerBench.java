package dev.quarry.bench;

import dev.quarry.Task;
import dev.quarry.bench.peers.Peer;
import dev.quarry.bench.peers.PeerFactory;
import dev.quarry.bench.peers.PeerModel;
import dev.quarry.bench.peers.Peers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures one peer in this process; {@link PeersBench} runs it for each, in a fresh JVM. */
@Command(
    name = "peer",
    hidden = true,
    mixinStandardHelpOptions = true,
    description = "Measures one store in this process.")
final class PeerBench extends BenchCommand {
  /** The {@code updatedAt} of changed tasks: after every other time of the workload. */
  static final Instant NOW = TaskWorkload.EPOCH.plus(Duration.ofDays(1_000));

  /** The 99.9th percentile needs many. */
  private static final double READER_TIMES = 3;

  @Parameters(paramLabel = "NAME", description = "Which, such as quarry, raw, expert.")
  String name;

  @Option(names = "--tasks", defaultValue = "100000", description = "How many; default 100000.")
  int tasks;

  @Option(names = "--round", defaultValue = "1", description = "The number of this round.")
  int round;

  @Option(
      names = "--seconds",
      paramLabel = "SECONDS",
      defaultValue = "0.3",
      description = "How long each figure is measured, after twice as long a warm-up; default 0.3.")
  double seconds;

  @Option(
      names = "--cache-mb",
      paramLabel = "MB",
      defaultValue = "256",
      description = "Memory for all caches of the store together; default 256.")
  int cacheMegabytes;

  @Option(
      names = "--most",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "A figure is done after this time with fewer operations; default 5.")
  double mostSeconds;

  @Option(
      names = "--load-budget",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description = "Loading is given up after this time, or once it cannot be met; default 300.")
  double loadBudget;

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    PeerFactory factory;
    try {
      factory = Peers.named(name);
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
    checkTasks(tasks);
    TaskWorkload workload = new TaskWorkload(seed);
    PeerModel model = new PeerModel(workload, NOW);
    Path place = directory.sub("store");
    Peer.Settings settings = new Peer.Settings(place, (long) cacheMegabytes << 20, tasks, NOW);
    Map<String, Object> about = report.section("peer");
    about.put("name", name);
    about.put("description", factory.description());
    about.put("durable", factory.durable());
    about.put("tasks", tasks);
    about.put("round", round);
    about.put("seed", seed);
    about.put("cache_mb", cacheMegabytes);
    about.put(
        Latencies.HOW,
        "value: median of blocks of reads, mean of writes; percentiles: inside calls of one thread,"
            + " one after the other, *_beside_writer and readers_* of several (closed loop, not"
            + " corrected)");
    Map<String, Object> figures = report.section("figures");
    PhaseTimes phases = new PhaseTimes(report.section("phases"));
    try (Peer peer = factory.open(settings)) {
      phases.next("load");
      String unfinished = load(peer, workload, model, figures, progress);
      if (unfinished != null) {
        about.put(PeerResults.UNFINISHED, unfinished);
        report.target("loading", "done", unfinished, null);
        return;
      }
      memory(figures, "resident_after_load");
      phases.next("settle");
      settle(peer, figures);
      phases.next("close");
    }
    figures.put("disk", bytes(Peers.diskBytes(place)));
    report.promise("answers", "all equal");
    measureLoaded(factory, settings, model, figures, phases, directory, progress);
    report.kept("answers", "all equal");
  }

  private void measureLoaded(
      PeerFactory factory,
      Peer.Settings settings,
      PeerModel model,
      Map<String, Object> figures,
      PhaseTimes phases,
      TempDirectory directory,
      Progress progress) {
    TaskWorkload workload = model.workload();
    Sampler sampler = new Sampler(scaled(2 * seconds), scaled(seconds), scaled(mostSeconds));
    PeerWrites writes;
    phases.next("reopen");
    try (Peer peer = reopen(factory, settings, figures)) {
      phases.next("check");
      progress.at("check", 0, 0);
      Answers answers = model.check(peer);
      phases.next("reads");
      new PeerReads(peer, workload, answers, sampler, seed, progress).measure(figures);
      phases.next("writes");
      writes = new PeerWrites(peer, workload, model, sampler, progress);
      writes.measure(figures);
      if (peer.abilities().contains(Peer.Ability.CONCURRENT_READS)) {
        phases.next("readers");
        new PeerReaders(peer, workload, tasks, scaled(READER_TIMES * seconds), seed)
            .measure(model, figures);
      }
      // the writes above have added tasks to those that were loaded
      peer.indexBytes()
          .ifPresent(b -> figures.put("index", figure((double) b / model.tasks(), "bytes")));
      memory(figures, "resident_at_end");
      model.checkBriefly(peer);
      phases.next("close again");
    }
    phases.next("check reopened");
    try (Peer peer = factory.open(settings)) {
      model.check(peer);
    }
    phases.next("same bytes");
    writes.writeAgain(directory, figures);
    phases.end();
  }

  /** Null, or why it was given up. */
  private String load(
      Peer peer,
      TaskWorkload workload,
      PeerModel model,
      Map<String, Object> figures,
      Progress progress) {
    long inside = 0;
    long begin = System.nanoTime();
    Latencies batches = new Latencies();
    for (int from = 0; from < tasks; from += Loading.CHUNK) {
      String unfinished = givenUp(from, (System.nanoTime() - begin) / 1e9);
      if (unfinished != null) {
        return unfinished;
      }
      List<Task> chunk = List.copyOf(workload.tasks(from, Math.min(Loading.CHUNK, tasks - from)));
      peer.prepare(chunk);
      long before = System.nanoTime();
      peer.insertAll(chunk);
      long took = System.nanoTime() - before;
      inside += took;
      batches.record(took / chunk.size());
      model.added(chunk.size());
      progress.at("load " + name, from, tasks);
    }
    Map<String, Object> load = new LinkedHashMap<>();
    load.put("value", inside / 1e3 / tasks);
    load.put("unit", "us");
    load.putAll(batches.figures());
    figures.put("load", load);
    return null;
  }

  /** No store becomes faster as it grows, so a third of the budget tells enough. */
  private String givenUp(int loaded, double elapsed) {
    if (elapsed > loadBudget) {
      return String.format(
          Locale.ROOT,
          "did not finish loading in %.0f s: %,d of %,d tasks",
          loadBudget,
          loaded,
          tasks);
    }
    if (elapsed > loadBudget / 3 && elapsed * tasks / Math.max(1, loaded) > 2 * loadBudget) {
      return String.format(
          Locale.ROOT,
          "loading given up after %.0f s with %,d of %,d tasks, too few to be done in %.0f s",
          elapsed,
          loaded,
          tasks,
          loadBudget);
    }
    return null;
  }

  private static void settle(Peer peer, Map<String, Object> figures) {
    long before = System.nanoTime();
    peer.settle();
    figures.put("settle", micros(System.nanoTime() - before));
  }

  /** Until the first task has been read. */
  private static Peer reopen(
      PeerFactory factory, Peer.Settings settings, Map<String, Object> figures) {
    long before = System.nanoTime();
    Peer peer = factory.open(settings);
    Task first = peer.get(TaskWorkload.id(0));
    figures.put("reopen", micros(System.nanoTime() - before));
    if (first == null) {
      peer.close();
      throw new WrongAnswerException("after reopening, the first task is gone");
    }
    return peer;
  }

  private static void memory(Map<String, Object> figures, String at) {
    ProcessMemory.resident().ifPresent(b -> figures.put(at, bytes(b)));
    ProcessMemory.peak().ifPresent(b -> figures.put(at.replace("resident", "peak"), bytes(b)));
  }

  static Map<String, Object> bytes(long bytes) {
    return figure((double) bytes, "bytes");
  }

  static Map<String, Object> micros(long nanos) {
    return figure(nanos / 1e3, "us");
  }

  static Map<String, Object> figure(double value, String unit) {
    Map<String, Object> figure = new LinkedHashMap<>();
    figure.put("value", value);
    figure.put("unit", unit);
    return figure;
  }
}
