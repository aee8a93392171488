package dev.quarry.bench;

import dev.quarry.bench.peers.PeerFactory;
import dev.quarry.bench.peers.Peers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures stores in turn, each in fresh JVMs, and compares them. */
@Command(
    name = "peers",
    mixinStandardHelpOptions = true,
    description = {
      "Loads, reads, queries and updates the same tasks in Quarry and in other stores, in turn,",
      "each time in a fresh JVM with the same heap and cache; answers must be equal."
    })
final class PeersBench extends BenchCommand {
  @Option(names = "--tasks", defaultValue = "100000", description = "How many; default 100000.")
  int tasks;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "How often each store is measured, in turn; default 3.")
  int rounds;

  @Option(
      names = "--peers",
      split = ",",
      paramLabel = "NAME",
      description = "Which; default: all on the class path. Others come with -Ppeers.")
  List<String> names = List.of();

  @Option(
      names = "--seconds",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "How long each figure is measured, after as long a warm-up; default 1.")
  double seconds;

  @Option(names = "--cache-mb", defaultValue = "256", description = "Cache bytes; default 256.")
  int cacheMegabytes;

  @Option(names = "--heap", defaultValue = "2g", description = "Heap of each JVM; default 2g.")
  String heap;

  @Option(
      names = "--limit",
      paramLabel = "SECONDS",
      defaultValue = "1800",
      description = "A store that takes longer is ended and has no figures; default 1800.")
  int limitSeconds;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Keeps the raw results here, one file for each store and round.")
  Path out;

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    checkTasks(tasks);
    if (rounds < 1 || seconds <= 0) {
      throw usage("--rounds and --seconds must be above 0");
    }
    List<PeerFactory> factories = factories();
    Path results = results(directory);
    int done = 0;
    for (int round = 1; round <= rounds; round++) {
      for (PeerFactory factory : factories) {
        progress.at("peers, " + factory.name(), done++, (long) rounds * factories.size());
        String failure = run(factory, round, results, directory);
        if (failure != null) {
          report.target(factory.name() + ", round " + round, "equal answers", failure, false);
        }
      }
    }
    progress.clear();
    PeerResults all = new PeerResults(results);
    Map<String, Object> setup = report.section("peers");
    setup.put("tasks", tasks);
    setup.put("rounds", rounds);
    setup.put("heap", heap);
    setup.put("cache_mb", cacheMegabytes);
    for (PeerFactory factory : factories) {
      setup.put(factory.name(), factory.description());
    }
    for (String figure : PeerTable.figures(all)) {
      Map<String, Object> section = report.section(figure);
      for (String peer : all.peers()) {
        all.figure(tasks, peer, figure)
            .ifPresent(s -> section.put(peer, s.text() + ratio(all, peer, figure)));
      }
    }
    report.target(
        "answers of " + factories.size() + " stores",
        "equal",
        report.passed() ? "equal" : "see above",
        report.passed());
  }

  private String ratio(PeerResults all, String peer, String figure) {
    return all.ratio(tasks, peer, figure, "quarry", figure)
        .map(s -> "  = " + s.text() + " x quarry")
        .orElse("");
  }

  private List<PeerFactory> factories() {
    try {
      return names.isEmpty()
          ? List.copyOf(Peers.all().values())
          : names.stream().map(Peers::named).toList();
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  private Path results(TempDirectory directory) {
    try {
      if (out == null) {
        return directory.sub("results");
      }
      Files.createDirectories(out);
      try (Stream<Path> files = Files.list(out)) {
        String own = PeerResults.PREFIX + tasks + "-";
        if (files.anyMatch(f -> f.getFileName().toString().startsWith(own))) {
          throw usage(
              "--out "
                  + out
                  + " already holds results for "
                  + tasks
                  + " tasks; name another directory");
        }
      }
      return out;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What went wrong, or null. */
  private String run(PeerFactory factory, int round, Path results, TempDirectory directory) {
    Path json =
        results.resolve(PeerResults.PREFIX + tasks + "-" + factory.name() + "-r" + round + ".json");
    List<String> jvm = new ArrayList<>(List.of("-Xmx" + heap));
    jvm.addAll(factory.jvmArguments());
    ChildJvm.Outcome outcome =
        ChildJvm.bench(
            jvm,
            List.of(
                "peer",
                factory.name(),
                "--tasks=" + tasks,
                "--round=" + round,
                "--seed=" + seed,
                "--seconds=" + seconds,
                "--time-scale=" + timeScale,
                "--cache-mb=" + cacheMegabytes,
                "--dir=" + directory.path(),
                "--json=" + json),
            directory.path().resolve("child.log"),
            Duration.ofSeconds(limitSeconds));
    if (outcome.code() == 0) {
      return null;
    }
    if (outcome.code() == -1) {
      return "not done within " + limitSeconds + " s";
    }
    spec.commandLine().getErr().println(factory.name() + " failed:\n" + outcome.tail());
    return "failed, exit code " + outcome.code();
  }
}
