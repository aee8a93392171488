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

  @Parameters(paramLabel = "NAME", description = "Which, such as quarry, raw, expert.")
  String name;

  @Option(names = "--tasks", defaultValue = "100000", description = "How many; default 100000.")
  int tasks;

  @Option(names = "--round", defaultValue = "1", description = "The number of this round.")
  int round;

  @Option(
      names = "--seconds",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "How long each figure is measured, after as long a warm-up; default 1.")
  double seconds;

  @Option(
      names = "--cache-mb",
      paramLabel = "MB",
      defaultValue = "256",
      description = "Memory for all caches of the store together; default 256.")
  int cacheMegabytes;

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
    Map<String, Object> figures = report.section("figures");
    try (Peer peer = factory.open(settings)) {
      load(peer, workload, model, figures, progress);
      memory(figures, "resident_after_load");
      settle(peer, figures);
    }
    figures.put("disk", bytes(Peers.diskBytes(place)));
    Sampler sampler = new Sampler(scaled(seconds), scaled(seconds));
    try (Peer peer = reopen(factory, settings, figures)) {
      progress.at("check", 0, 0);
      model.check(peer);
      new PeerReads(peer, workload, model, sampler, seed, progress).measure(figures);
      if (peer.abilities().contains(Peer.Ability.CONCURRENT_READS)) {
        new PeerReaders(peer, workload, tasks, scaled(seconds), seed).measure(model, figures);
      }
      new PeerWrites(peer, workload, model, sampler, progress).measure(figures);
      peer.indexBytes().ifPresent(b -> figures.put("index", bytes(b)));
      memory(figures, "resident_at_end");
      model.check(peer);
    }
    try (Peer peer = factory.open(settings)) {
      model.check(peer);
    }
    report.target("answers", "all equal", "all equal", true);
  }

  private void load(
      Peer peer,
      TaskWorkload workload,
      PeerModel model,
      Map<String, Object> figures,
      Progress progress) {
    long inside = 0;
    Latencies batches = new Latencies();
    for (int from = 0; from < tasks; from += Loading.CHUNK) {
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
