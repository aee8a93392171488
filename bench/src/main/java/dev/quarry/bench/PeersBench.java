package dev.quarry.bench;

import dev.quarry.bench.peers.PeerFactory;
import dev.quarry.bench.peers.Peers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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
      names = "--other-rounds",
      paramLabel = "ROUNDS",
      description = "How often the stores beside Quarry and the yardsticks; default: --rounds.")
  Integer otherRounds;

  @Option(
      names = "--seconds",
      paramLabel = "SECONDS",
      defaultValue = "0.3",
      description = "How long each figure is measured, after twice as long a warm-up; default 0.3.")
  double seconds;

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
      description = "A store that loads longer is given up, and the tables say so; default 300.")
  double loadBudget;

  @Option(
      names = "--within",
      paramLabel = "SECONDS",
      defaultValue = "86400",
      description = "No store is begun after this time; later rounds are left out; default: a day.")
  double withinSeconds;

  @Option(names = "--cache-mb", defaultValue = "256", description = "Cache bytes; default 256.")
  int cacheMegabytes;

  @Option(names = "--heap", defaultValue = "2g", description = "Heap of each JVM; default 2g.")
  String heap;

  @Option(
      names = "--limit",
      paramLabel = "SECONDS",
      defaultValue = "1800",
      description = "A store that takes longer is ended and counts as failed; default 1800.")
  int limitSeconds;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Keeps the raw results here, one file for each store and round.")
  Path out;

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    checkTasks(tasks);
    int others = otherRounds == null ? rounds : otherRounds;
    if (rounds < 1 || others < 0 || seconds <= 0 || mostSeconds <= 0) {
      throw usage("--rounds, --seconds and --most must be above 0, --other-rounds not below");
    }
    List<PeerFactory> factories = factories();
    Path results = results(directory);
    Set<PeerFactory> givenUp = new HashSet<>();
    long begin = System.nanoTime();
    int done = 0;
    for (int round = 1; round <= rounds; round++) {
      for (PeerFactory factory : factories) {
        if (round > (Peers.isYardstick(factory) ? rounds : others) || givenUp.contains(factory)) {
          continue;
        }
        if ((System.nanoTime() - begin) / 1e9 > withinSeconds) {
          report.target(factory.name() + ", round " + round, "begun", "left out", null);
          continue;
        }
        progress.at("peers, " + factory.name(), done++, (long) rounds * factories.size());
        if (!run(report, factory, round, results, directory)) {
          givenUp.add(factory); // it would take as long again
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

  /** Whether it was done. */
  private boolean run(
      Report report, PeerFactory factory, int round, Path results, TempDirectory directory) {
    Path json =
        results.resolve(PeerResults.PREFIX + tasks + "-" + factory.name() + "-r" + round + ".json");
    List<String> jvm = new ArrayList<>(List.of("-Xmx" + heap, "-XX:+ExitOnOutOfMemoryError"));
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
                "--most=" + mostSeconds,
                "--load-budget=" + loadBudget,
                "--time-scale=" + timeScale,
                "--cache-mb=" + cacheMegabytes,
                "--dir=" + directory.path(),
                "--json=" + json),
            directory.path().resolve("child.log"),
            Duration.ofSeconds(limitSeconds));
    String name = factory.name() + ", round " + round;
    String what = failure(outcome);
    boolean done = false;
    if (what == null) {
      Object tree = JsonFile.read(json);
      Object unfinished = JsonFile.at(tree, "data", "peer", PeerResults.UNFINISHED);
      done = unfinished == null;
      what = done ? PhaseTimes.text(tree) : (String) unfinished;
    } else {
      fail(factory, round, json, what);
      report.target(name, "equal answers", "failed: " + what, false);
      spec.commandLine().getErr().println(factory.name() + " failed: " + what);
      spec.commandLine().getErr().println(outcome.tail());
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT, "%s, %,d tasks: %.1f s: %s%n", name, tasks, outcome.millis() / 1e3, what);
    out.flush();
    return done;
  }

  /** Null if the child ended well. */
  private String failure(ChildJvm.Outcome outcome) {
    if (outcome.code() == 0) {
      return null;
    }
    if (outcome.code() == ChildJvm.TOO_LONG) {
      return "not done within " + limitSeconds + " s, ended";
    }
    if (outcome.output().contains("java.lang.OutOfMemoryError")) {
      return "out of memory with a heap of " + heap;
    }
    String said =
        outcome
            .output()
            .lines()
            .filter(line -> line.startsWith("wrong answer: ") || line.startsWith("failed: "))
            .findFirst()
            .orElse("");
    return ("exit code " + outcome.code() + " " + said).strip();
  }

  /** Puts a result without figures in place of what the child may have left: none of it counts. */
  private void fail(PeerFactory factory, int round, Path json, String why) {
    Report result = new Report("peer");
    Map<String, Object> about = result.section("peer");
    about.put("name", factory.name());
    about.put("description", factory.description());
    about.put("tasks", tasks);
    about.put("round", round);
    about.put(PeerResults.FAILED, why);
    result.section("figures");
    result.promise("answers", "all equal");
    result.broken(why);
    result.writeJson(json);
  }
}
