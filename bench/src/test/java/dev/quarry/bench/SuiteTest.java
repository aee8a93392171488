package dev.quarry.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small forms of the long runs: what they print, and that a missed threshold ends with 1. */
class SuiteTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir Path directory;

  @Test
  void rampReportsEachStage() throws IOException {
    int code = run("ramp --tasks 1000 --users 0.02 --think 0.02 --time-scale 0.0005");
    // a busy machine may miss a target of time, which is 1; anything else is a fault
    assertThat(code).as(text(err)).isIn(0, 1);
    assertThat(text(out))
        .contains("stage to 100", "stage to 500", "stage to 1,000", "stage 1,000", "stage leave")
        .contains("requests_per_second", "p99_us", "overdue_at_end", "open loop")
        .containsPattern("lost updates +0 +0 +yes")
        .containsPattern("failed requests +< 1.0 % +0\\.0+ % +yes")
        .containsPattern("verify +0 problems +0 problems +yes");
    assertNothingLeft();
  }

  @Test
  void rampEndsWithOneWhenAThresholdFails() throws IOException {
    assertThat(
            run(
                "ramp --tasks 1000 --profile light --users 0.1 --think 0.02 --time-scale 0.0005"
                    + " --p99 0.000001"))
        .isEqualTo(1);
    assertThat(text(out)).containsPattern("p99 +< 0\\.000001 ms .* NO");
  }

  @Test
  void breakpointNamesTheStepThatBroke() throws IOException {
    String line =
        "ramp --tasks 1000 --profile breakpoint --users 0.1 --think 0.02 --time-scale 0.005";
    assertThat(run(line + " --p99 0.000001")).isEqualTo(1);
    assertThat(text(out)).containsPattern("held +none").containsPattern("broke +100 users");
  }

  @Test
  void enduranceFindsNoDriftBeyondAWideBoundAndSomeBeyondANarrowOne() throws IOException {
    String line = "endurance --tasks 1000 --duration 0.9 --windows 3 --memory-drift 100000";
    int code = run(line + " --latency-drift 1000000");
    assertThat(code).as(text(out) + text(err)).isZero();
    assertThat(text(out))
        .contains("p99_us_by_window", "resident_mb_by_window", "live heap", "native", "open files");
    assertThat(run(line + " --latency-drift -100")).isEqualTo(1);
    assertNothingLeft();
  }

  @Test
  void memoryPassesInLittleHeapAndFailsInNone() throws IOException {
    Path json = directory.resolve("memory.json");
    int code = run("memory --tasks 2000 --json " + json);
    assertThat(code).as(text(out) + text(err)).isZero();
    assertThat(text(out)).contains("live_heap_mb", "tasks in a scan", "exit code 0");
    assertThat(JsonFile.at(JsonFile.read(json), "data", "memory", "scanned")).isEqualTo(2_000.0);
    assertThat((Double) JsonFile.at(JsonFile.read(json), "data", "memory", "heap_mb"))
        .isLessThanOrEqualTo(64.0);
    assertThat(run("memory --tasks 2000 --heap 4m --limit 300")).isEqualTo(1);
    assertThat(text(out)).containsPattern("done with -Xmx4m .* NO");
    assertNothingLeft();
  }

  @Test
  void ioWritesCompactsAndScans() throws IOException {
    int code = run("io --tasks 1000 --duration 1.5");
    assertThat(code).as(text(out) + text(err)).isZero();
    assertThat(text(out))
        .contains("writes_with_fsync", "compactions", "scans")
        .containsPattern("each kind ran +yes +yes +yes");
    assertNothingLeft();
  }

  @Test
  void openSurvivesADeathAndMissesAnImpossibleTarget() throws IOException {
    String line = "open --tasks 1000 --unflushed 3000 --rounds 1 --kill-limit 600000";
    assertThat(run(line + " --open-limit 0")).as(text(out) + text(err)).isEqualTo(1);
    assertThat(text(out))
        .contains("after_kill_ms")
        .contains("date ", "kernel ", "processor ", "memory_mb ")
        .containsPattern("open, clean .* NO")
        .containsPattern("open after a kill .* yes")
        .containsPattern("unflushed_mb +[0-9]")
        .containsPattern("flushes before the kill +0 +0 +yes")
        .containsPattern("acknowledged tasks missing +0 +0 +yes")
        .containsPattern("verify after a kill +0 problems +0 problems +yes");
    assertNothingLeft();
  }

  @Test
  void acceptPrintsTargetMeasuredOk() throws IOException {
    int code = run("accept --profile seeds --tasks 1000 --time-scale 0.01");
    assertThat(code).as(text(err)).isIn(0, 1);
    assertThat(text(out))
        .contains("001-72", "001-73", "001-74", "001-75", "001-76")
        .contains("002-1", "002-2", "002-3", "002-4", "002-5", "002-6")
        .contains("004-1 ", "004-2 ", "004-25", "004-38")
        .contains("002-54 ping: to subscriber, p95", "002-54 requests of 1,000 users, p95")
        .contains("004-23 100 users, p95", "004-23 requests/s, no pause")
        .contains("004-24 create 5,000, mean", "004-24 list 10,000, p95", "004-24 events 15,000")
        .containsPattern("001-76 16 users: errors, lost updates +0 +0 +yes")
        .containsPattern("002-1 1,000 users: errors +0 +0 +yes")
        .containsPattern("002-1 1,000 users: lost updates +0 +0 +yes")
        .containsPattern("002-2 1,000 subscribers, 1,000/s: p99 .* ms +(yes|NO)")
        .contains("by a schedule that nothing moves");
    assertThat(text(out).contains(" NO")).isEqualTo(code == 1);
    assertNothingLeft();
  }

  @Test
  void peersAreMeasuredReportedAndCompared() throws IOException {
    Path results = directory.resolve("results");
    int code =
        run(
            "peers --tasks 1000 --rounds 1 --seconds 0.01 --heap 256m --cache-mb 16"
                + " --peers quarry,quarry-uncached,raw,expert --out "
                + results);
    assertThat(code).as(text(out) + text(err)).isZero();
    assertThat(text(out))
        .containsPattern("quarry, round 1, 1,000 tasks: .* s: load .* s, settle .* reads ")
        .contains("x quarry")
        .containsPattern("answers of 4 stores +equal");
    assertThat(results.toFile().list()).hasSize(4);

    Path document = directory.resolve("performance.md");
    Files.writeString(
        document, "# Mine\n" + ReportBench.BEGIN + "\nold\n" + ReportBench.END + "\nend\n");
    assertThat(only("report", results.toString(), "--into", document.toString())).isZero();
    String report = Files.readString(document);
    assertThat(report)
        .startsWith("# Mine\n" + ReportBench.BEGIN)
        .endsWith(ReportBench.END + "\nend\n")
        .doesNotContain("\nold\n")
        .containsPattern("\\| P1 \\| get, record cache hit: throughput \\| .* x \\|")
        .contains("| P15 | Q2, 1,000,000 beside 100,000 | <= 1.5 x | not measured | - |")
        .contains("](results/beside-1000.png)");
    for (int p = 1; p <= 16; p++) {
      assertThat(report).contains("| P" + p + " |");
    }
    assertThat(results.resolve("beside-1000.png")).isNotEmptyFile();
    assertThat(results.resolve("throughput-1000.png")).isNotEmptyFile();
    assertThat(report).contains("](results/throughput-1000.png)");
    assertThat(report).containsPattern("rocksdbjni  [0-9]").containsPattern("revision  \\w");
    assertThat(results.resolve("report.md")).isNotEmptyFile();

    // one round cannot tell a change from noise
    assertThat(only("compare", results.toString(), results.toString())).isEqualTo(1);
    assertThat(text(err)).contains("nothing to judge");
    assertThat(run("peers --tasks 1000 --peers raw --out " + results)).isEqualTo(2);
    assertThat(text(err)).contains("already holds results");
    assertNothingLeft();
  }

  @Test
  void aStoreThatLoadsTooLongIsGivenUpAndTheReportSaysSo() throws IOException {
    Path results = directory.resolve("results");
    int code =
        run(
            "peers --tasks 3000 --rounds 2 --seconds 0.01 --heap 256m --cache-mb 16"
                + " --peers raw --load-budget 0.000001 --out "
                + results);
    assertThat(code).as(text(out) + text(err)).isZero();
    assertThat(text(out)).contains("raw, round 1, 3,000 tasks").contains("did not finish loading");
    // it is not tried again
    assertThat(results.toFile().list()).containsExactly("peer-3000-raw-r1.json");
    assertThat(only("report", results.toString())).isZero();
    assertThat(Files.readString(results.resolve("report.md")))
        .containsPattern("- raw: did not finish loading in 0 s: 0 of 3,000 tasks");
    assertNothingLeft();
  }

  @Test
  void afterTheTimeNoStoreIsBegun() throws IOException {
    assertThat(run("peers --tasks 1000 --rounds 2 --peers raw --within 0")).isZero();
    assertThat(text(out)).containsPattern("raw, round 2 +begun +left out +n/a");
  }

  @Test
  void compressionTellsWhatEachKindCosts() throws IOException {
    Path json = directory.resolve("compression.json");
    int code = run("compression --tasks 2000 --time-scale 0.01 --json " + json);
    assertThat(code).as(text(out) + text(err)).isZero();
    Object tree = JsonFile.read(json);
    List<Double> bytes =
        Stream.of("none", "lz4", "zstd", "zstd_dictionary")
            .map(kind -> (Double) JsonFile.at(tree, "data", kind, "bytes_per_task"))
            .toList();
    assertThat(bytes.get(0)).as("each beside the next: %s", bytes).isGreaterThan(bytes.get(1));
    assertThat(bytes.get(1)).as("each beside the next: %s", bytes).isGreaterThan(bytes.get(2));
    // writing again with the same kind alone saves a few bytes
    assertThat(bytes.get(2))
        .as("each beside the next: %s", bytes)
        .isGreaterThan(1.1 * bytes.get(3));
    assertNothingLeft();
  }

  @Test
  void aFailingPeerIsNamedAndEndsWithOne() throws IOException {
    int code = run("peers --tasks 1000 --rounds 1 --peers raw --heap 2k");
    assertThat(code).isEqualTo(1);
    assertThat(text(out)).containsPattern("raw, round 1 +equal answers +failed");
    assertThat(text(err)).contains("raw failed");
  }

  @Test
  void aHangOrTooLittleMemoryOfAStoreFailsTheRunAndTheReportSaysSo() throws IOException {
    Path results = directory.resolve("results");
    String line = " --rounds 2 --peers raw --out " + results;
    assertThat(run("peers --tasks 1000 --limit 0" + line)).isEqualTo(1);
    assertThat(text(out))
        .containsPattern("raw, round 1 +equal answers +failed: not done within 0 s");
    assertThat(run("peers --tasks 100000 --heap 8m" + line)).isEqualTo(1);
    assertThat(text(out)).contains("raw, round 1, 100,000 tasks").contains("out of memory");
    // neither is tried again
    assertThat(results.toFile().list())
        .containsExactlyInAnyOrder("peer-1000-raw-r1.json", "peer-100000-raw-r1.json");
    Object tree = JsonFile.read(results.resolve("peer-1000-raw-r1.json"));
    assertThat(JsonFile.at(tree, "passed")).isEqualTo(false);
    assertThat(only("report", results.toString())).isZero();
    assertThat(Files.readString(results.resolve("report.md")))
        .contains("- raw: **failed**, round 1: not done within 0 s, ended.")
        .contains("- raw: **failed**, round 1: out of memory with a heap of 8m.");
    assertNothingLeft();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ramp --profile k7",
        "ramp --think 0",
        "endurance --windows 2",
        "memory --tasks 5",
        "io --tasks 5",
        "open --unflushed 0",
        "open --tool absent.jar",
        "accept --profile s003",
        "peers --peers oracle",
        "peers --rounds 0",
        "peer oracle",
        "report absent",
        "compare absent absent"
      })
  void mistakesInTheArgumentsEndWithTwoAndAreNamed(String line) {
    String[] args = line.split(" ", -1);
    assertThat(BenchMain.run(args, print(out), print(err))).isEqualTo(2);
    assertThat(text(out)).isEmpty();
    assertThat(text(err)).contains("Usage: bench " + args[0]);
  }

  private int run(String line) throws IOException {
    List<String> all =
        Stream.concat(
                Stream.of(line.split(" ", -1)),
                Stream.of("--dir", Files.createDirectories(directory.resolve("d")).toString()))
            .toList();
    return only(all.toArray(String[]::new));
  }

  private int only(String... args) {
    return BenchMain.run(args, print(out), print(err));
  }

  private void assertNothingLeft() throws IOException {
    try (Stream<Path> left = Files.list(directory.resolve("d"))) {
      assertThat(left).isEmpty();
    }
  }

  private static PrintStream print(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
