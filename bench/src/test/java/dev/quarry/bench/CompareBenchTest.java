package dev.quarry.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.bench.CompareBench.Verdict;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompareBenchTest {
  private static final int ROUNDS = 7;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @TempDir Path directory;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aPlantedSlowdownOfAFifthIsFlaggedAndNoiseIsNot(long seed) throws IOException {
    Random random = new Random(seed);
    Path base = results("base", random, 1);
    Path same = results("same", random, 1);
    Path slow = results("slow", random, 1.2);
    assertThat(compare(base, same)).as("noise of seed %d: %s", seed, out).isZero();
    assertThat(compare(base, slow)).as("slowdown of seed %d: %s", seed, out).isEqualTo(1);
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("SLOWER")
        .contains("1 figures judged, 1 slower");
    assertThat(compare(slow, base)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("faster");
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {11, 12, 13, 14})
  void aSlowdownWithinTheSpreadIsNoFinding(long seed) {
    Random random = new Random(seed);
    int flagged = 0;
    for (int i = 0; i < 200; i++) {
      Spread a = Spread.of(series(random, 1, .3));
      Spread b = Spread.of(series(random, 1, .3));
      flagged += CompareBench.judge(a, b, .1) == Verdict.SAME ? 0 : 1;
    }
    assertThat(flagged).as("of 200 pairs of pure noise, seed %d", seed).isLessThanOrEqualTo(2);
  }

  @Test
  void oneOddRoundIsNoFinding() {
    Spread base = Spread.of(List.of(10.0, 10.1, 9.9));
    assertThat(CompareBench.judge(base, Spread.of(List.of(10.0, 10.1, 40.0)), .1))
        .isEqualTo(Verdict.SAME);
    assertThat(CompareBench.judge(base, Spread.of(List.of(12.1, 12.2, 12.0)), .1))
        .isEqualTo(Verdict.SLOWER);
    assertThat(CompareBench.judge(base, Spread.of(List.of(12.1, 12.2)), .1))
        .isEqualTo(Verdict.TOO_FEW);
  }

  @Test
  void jmhResultsAreReadAndThroughputIsTurnedOver() throws IOException {
    Path base = jmh("jmh-base", "[[100, 101, 99], [100, 102, 100]]");
    Path slow = jmh("jmh-slow", "[[80, 81, 79], [80, 82, 80]]");
    assertThat(compare(base, base)).isZero();
    assertThat(compare(base, slow)).isEqualTo(1);
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("GetBench.get", "+25.0%", "SLOWER");
  }

  @Test
  void whatTheNewResultsLackIsAFinding() throws IOException {
    Random random = new Random(21);
    Path base = results("base", random, 1);
    Path now = results("now", random, 1);
    jmhFile(base, "[[100, 101, 99]]");
    assertThat(compare(base, now)).isEqualTo(1);
    assertThat(out.toString(StandardCharsets.UTF_8))
        .containsPattern("GetBench.get.*MISSING in NEW")
        .contains("1 figures judged, 0 slower, 1 missing");
    assertThat(compare(now, base)).as("what is new is none").isZero();
  }

  private Path jmh(String name, String data) throws IOException {
    return jmhFile(Files.createDirectory(directory.resolve(name)), data);
  }

  private static Path jmhFile(Path place, String data) throws IOException {
    Files.writeString(
        place.resolve("get.json"),
        "[{\"benchmark\":\"dev.quarry.bench.jmh.GetBench.get\",\"mode\":\"thrpt\","
            + "\"params\":{\"tasks\":\"1000\"},\"primaryMetric\":{\"rawData\":"
            + data
            + "}}]");
    return place;
  }

  private Path results(String name, Random random, double factor) throws IOException {
    Path place = Files.createDirectory(directory.resolve(name));
    int round = 0;
    for (double value : series(random, factor, .03)) {
      round++;
      Files.writeString(
          place.resolve("peer-1000-quarry-r" + round + ".json"),
          "{\"data\":{\"peer\":{\"name\":\"quarry\",\"tasks\":1000,\"round\":"
              + round
              + "},\"figures\":{\"q1\":{\"value\":"
              + value
              + ",\"unit\":\"us\"}}}}");
    }
    return place;
  }

  /** Measurements around a mean of 100 times {@code factor}. */
  private static List<Double> series(Random random, double factor, double deviation) {
    List<Double> series = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      series.add(100 * factor * Math.max(.1, 1 + deviation * random.nextGaussian()));
    }
    return series;
  }

  private int compare(Path base, Path now) {
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    return BenchMain.run(new String[] {"compare", base.toString(), now.toString()}, print, print);
  }
}
