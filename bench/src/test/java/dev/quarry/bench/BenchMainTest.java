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

class BenchMainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir Path directory;

  @Test
  void loadPrintsTheFiguresAndJudgesThem() throws IOException {
    Path json = directory.resolve("load.json");
    int code = run("load", "--tasks", "1000", "--time-scale", "0.1", "--json", json.toString());
    // a busy machine may miss a target of time, which is 1; anything else is a fault
    assertThat(code).as(text(err)).isIn(0, 1);
    assertThat(text(out))
        .contains("write_time", "read_time", "update_time", "status_filter", "agent_filter")
        .contains("complex_query", "result_count", "hit_rate", "16 users, 95 % reads: errors");
    assertThat(text(out)).contains(code == 0 ? "yes" : "NO");
    assertThat(text(err)).isEmpty();
    String written = Files.readString(json);
    assertThat(written)
        .startsWith("{\"schema_version\":1,\"command\":\"load\"")
        .contains("\"complex_query\":{\"time\":")
        .endsWith("\"passed\":" + (code == 0) + "}");
    assertNothingLeft();
  }

  @Test
  void queryPrintsTimes() throws IOException {
    assertThat(run("query", "--tasks", "1000", "--time-scale", "0.05")).isIn(0, 1);
    assertThat(text(out))
        .contains("complex_query", "count_by_status", "get_zipf", "p99_us", "closed loop");
    assertThat(text(err)).isEmpty();
    assertNothingLeft();
  }

  @Test
  void feedReachesEverySubscriber() throws IOException {
    String[] few = {"--subscribers", "20", "--rate", "200", "--matching", "4"};
    int code = run("feed", few[0], few[1], few[2], few[3], few[4], few[5], "--time-scale", "0.02");
    assertThat(code).as(text(out) + text(err)).isIn(0, 1); // 1 for a target of time missed
    assertThat(text(out))
        .contains("deliveries               2,080", "p99_ms", "peak_resident_mb", "open loop");
    assertThat(text(err)).isEmpty();
    assertNothingLeft();
  }

  @Test
  void stressFindsNoFault() throws IOException {
    int code = run("stress", "--tasks", "1000", "--duration", "60", "--time-scale", "0.02");
    assertThat(code).as(text(out) + text(err)).isZero();
    assertThat(text(out)).contains("ops_per_second", "verify --deep");
    assertThat(text(out)).contains("closed loop", "p99_corrected_us");
    assertNothingLeft();
  }

  @Test
  void concurrentLosesNoUpdate() throws IOException {
    int code = run("concurrent", "--tasks", "1000", "--threads", "2,4", "--duration", "0.5");
    assertThat(code).as(text(out) + text(err)).isZero();
    assertThat(text(out)).contains("2 threads: lost updates", "4 threads: lost updates");
    assertNothingLeft();
  }

  @Test
  void traceReplays() throws IOException {
    Path trace = directory.resolve("trace.jsonl");
    Files.writeString(
        trace,
        """
        {"t":1,"op":"create","id":"a-1","set":{"title":"One","status":"open",\
        "created_at":"2025-10-12T00:43:03Z","updated_at":"2025-10-12T00:43:03Z"}}
        {"t":2,"op":"status","id":"a-1","set":{"status":"closed",\
        "closed_at":"2025-10-13T00:43:03Z","updated_at":"2025-10-13T00:43:03Z"}}
        """);
    int code = run("trace", trace.toString());
    assertThat(code).as(text(out) + text(err)).isZero();
    assertThat(text(out)).contains("events_per_second");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "fly",
        "load --tasks 5",
        "load --time-scale 0",
        "concurrent --threads 0",
        "trace absent.jsonl"
      })
  void mistakesInTheArgumentsEndWithTwo(String line) {
    String[] args = line.isEmpty() ? new String[0] : line.split(" ", -1);
    assertThat(BenchMain.run(args, print(out), print(err))).isEqualTo(2);
    assertThat(text(out)).isEmpty();
    assertThat(text(err)).contains("Usage: bench");
  }

  private int run(String... args) throws IOException {
    List<String> all =
        Stream.concat(
                Stream.of(args),
                Stream.of("--dir", Files.createDirectories(directory.resolve("d")).toString()))
            .toList();
    return BenchMain.run(all.toArray(String[]::new), print(out), print(err));
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
