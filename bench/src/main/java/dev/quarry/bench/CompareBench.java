package dev.quarry.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Compares two results directories. A figure has become slower if its median has moved by more than
 * the tolerance, by more than three deviations of the two series together, and further than the
 * better half of the old and the worse half of the new overlap; so one odd round is no finding. A
 * figure with fewer than three measurements on a side is shown and not judged.
 */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
      "Compares the figures of two results directories and says what became slower, beyond the",
      "noise of both, and what NEW does not have; exit code 1 if there is anything of either.",
      "Reads results of \"bench peers\" and of JMH."
    })
final class CompareBench implements Callable<Integer> {
  private static final int FEWEST = 3;
  private static final double DEVIATIONS = 3;

  @Spec CommandSpec spec;

  @Parameters(index = "0", paramLabel = "BASE", description = "The results from before.")
  Path base;

  @Parameters(index = "1", paramLabel = "NEW", description = "The results from now.")
  Path now;

  @Option(
      names = "--tolerance",
      paramLabel = "PERCENT",
      defaultValue = "10",
      description = "A smaller change is none; default 10.")
  double tolerancePercent;

  @Override
  public Integer call() {
    Map<String, List<Double>> before = read(base);
    Map<String, List<Double>> after = read(now);
    PrintWriter out = spec.commandLine().getOut();
    out.printf("%-52s %12s %12s %8s  %s%n", "figure", "base", "new", "change", "verdict");
    int slower = 0;
    int judged = 0;
    int missing = 0;
    for (Map.Entry<String, List<Double>> figure : before.entrySet()) {
      List<Double> other = after.get(figure.getKey());
      Spread a = Spread.of(figure.getValue());
      if (other == null) {
        missing++;
        out.printf(
            "%-52s %12s %12s %8s  %s%n",
            figure.getKey(), Spread.short3(a.median()), "-", "", "MISSING in NEW");
        continue;
      }
      Spread b = Spread.of(other);
      Verdict verdict = judge(a, b, tolerancePercent / 100);
      slower += verdict == Verdict.SLOWER ? 1 : 0;
      judged += verdict == Verdict.TOO_FEW ? 0 : 1;
      out.printf(
          Locale.ROOT,
          "%-52s %12s %12s %+7.1f%%  %s%n",
          figure.getKey(),
          Spread.short3(a.median()),
          Spread.short3(b.median()),
          (b.median() / a.median() - 1) * 100,
          verdict.text);
    }
    out.printf("%d figures judged, %d slower, %d missing%n", judged, slower, missing);
    out.flush();
    if (judged == 0) {
      spec.commandLine()
          .getErr()
          .println(
              "nothing to judge: no figure has "
                  + FEWEST
                  + " measurements in both; use --rounds "
                  + FEWEST
                  + " or more");
      return 1;
    }
    return slower + missing == 0 ? 0 : 1;
  }

  /** What a comparison says. */
  enum Verdict {
    /** No difference beyond noise and tolerance. */
    SAME("same"),
    /** Costs more. */
    SLOWER("SLOWER"),
    /** Costs less. */
    FASTER("faster"),
    /** Not enough measurements to know the noise. */
    TOO_FEW("not judged, too few measurements");

    private final String text;

    Verdict(String text) {
      this.text = text;
    }
  }

  /** Judges costs: less is better. */
  static Verdict judge(Spread base, Spread now, double tolerance) {
    if (base.count() < FEWEST || now.count() < FEWEST) {
      return Verdict.TOO_FEW;
    }
    double noise = DEVIATIONS * Math.hypot(base.deviation(), now.deviation());
    double moved = now.median() - base.median();
    double least = Math.max(noise, tolerance * base.median());
    if (moved > least && now.median() > base.maximum() && now.minimum() > base.median()) {
      return Verdict.SLOWER;
    }
    if (-moved > least && now.median() < base.minimum() && now.maximum() < base.median()) {
      return Verdict.FASTER;
    }
    return Verdict.SAME;
  }

  private Map<String, List<Double>> read(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new ParameterException(spec.commandLine(), directory + " is not a directory");
    }
    Map<String, List<Double>> figures = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file :
          files.filter(f -> f.getFileName().toString().endsWith(".json")).sorted().toList()) {
        Object tree = JsonFile.read(file);
        if (tree instanceof List<?> benchmarks) {
          benchmarks.forEach(b -> jmh(b, figures));
        } else if (JsonFile.at(tree, "data", "figures") instanceof Map<?, ?> map) {
          peer(tree, map, figures);
        }
      }
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (figures.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), directory + " holds no results of \"bench peers\" or JMH");
    }
    return figures;
  }

  private static void peer(Object tree, Map<?, ?> map, Map<String, List<Double>> figures) {
    Object name = JsonFile.at(tree, "data", "peer", "name");
    Object tasks = JsonFile.at(tree, "data", "peer", "tasks");
    map.forEach(
        (figure, members) -> {
          if (JsonFile.at(members, "value") instanceof Double value
              && !"page".equals(JsonFile.at(members, "unit"))) {
            String key = name + " " + Spread.short3((Double) tasks) + " " + figure;
            figures.computeIfAbsent(key, k -> new ArrayList<>()).add(value);
          }
        });
  }

  /** Throughput is turned over, so that less is better here too. */
  private static void jmh(Object benchmark, Map<String, List<Double>> figures) {
    if (!(JsonFile.at(benchmark, "benchmark") instanceof String name)
        || !(JsonFile.at(benchmark, "primaryMetric", "rawData") instanceof List<?> forks)) {
      return;
    }
    boolean throughput = "thrpt".equals(JsonFile.at(benchmark, "mode"));
    String key =
        name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1)
            + " "
            + JsonFile.at(benchmark, "params");
    List<Double> values = figures.computeIfAbsent(key, k -> new ArrayList<>());
    for (Object fork : forks) {
      for (Object value : (List<?>) fork) {
        values.add(throughput ? 1 / (Double) value : (Double) value);
      }
    }
  }
}
