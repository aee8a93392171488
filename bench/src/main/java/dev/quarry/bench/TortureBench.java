package dev.quarry.bench;

import dev.quarry.bench.torture.Torture;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Kills a process amid its writes, again and again, and compares the store with a model. */
@Command(
    name = "torture",
    mixinStandardHelpOptions = true,
    description =
        "Kills a process at random moments of a mix of writing verbs, and checks that nothing that it"
            + " was told is lost.")
final class TortureBench extends BenchCommand {
  @Option(names = "--cycles", defaultValue = "25", description = "How many deaths; default 25.")
  int cycles;

  @Option(
      names = "--first",
      defaultValue = "1",
      description = "Number of the first cycle, to repeat a failure; default 1.")
  long first;

  @Option(
      names = "--power-loss",
      description = "Each death also takes a part of what was not synced from the logs.")
  boolean powerLoss;

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    if (cycles < 1 || first < 1) {
      throw usage("--cycles and --first must be at least 1");
    }
    Torture torture = new Torture(directory.path().resolve("store"), seed, powerLoss);
    long begin = System.nanoTime();
    Map<String, Object> figures = report.section("torture");
    figures.put("seed", seed);
    figures.put("power_loss", powerLoss);
    report.promise("deaths survived", "all");
    long calls =
        torture.run(
            first,
            cycles,
            done -> {
              figures.put("deaths_survived", done);
              progress.at("torture", done, cycles);
            });
    figures.put("calls", calls);
    figures.put("verified_deep", torture.deepVerified());
    figures.put("deaths_while_opening", torture.diedOpening());
    figures.put("deaths_once_open", torture.diedOpen());
    figures.put("seconds", (System.nanoTime() - begin) / 1e9);
    report.kept("deaths survived", cycles + " of " + cycles);
  }
}
