package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.tools.Quarry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two who want one task through the tool, round after round: one gets it each time, by a token
 * larger than all before, and only that one can give it back. In some rounds the lease runs out
 * instead.
 */
@Timeout(600)
final class OneTaskRaceTest {
  private static final boolean LONG = Boolean.getBoolean("quarry.long");
  private static final int PROCESS_ROUNDS =
      Integer.getInteger("quarry.race.processes", LONG ? 100 : 4);
  private static final int THREAD_ROUNDS =
      Integer.getInteger("quarry.race.threads", LONG ? 2_000 : 60);

  /** Long: the other may come to the store late, and must still find the task taken. */
  private static final Duration LEASE = Duration.ofMinutes(10);

  private static final List<String> OWNERS = List.of("left", "right");
  private static final Pattern TOKEN = Pattern.compile("\"token\":(\\d+)");

  @TempDir private Path directory;

  private volatile Instant now = Instant.parse("2026-11-20T23:15:00Z");
  private final List<Process> processes = new ArrayList<>();
  private Runner quarry;
  private long lastToken;

  @BeforeEach
  void setUp() {
    quarry = new Runner(directory).variable("QUARRY_DB", "store").clock(() -> now);
    assertThat(quarry.run("init").exitCode()).isZero();
    assertThat(quarry.run("add", "t", "--id", "T").exitCode()).isZero();
  }

  private static List<String> claim(String owner) {
    return List.of(
        "claim", "T", "--owner", owner, "--lease", "10m", "--wait", "5m", "--format", "jsonl");
  }

  @Test
  void ofTwoThreads() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(OWNERS.size());
    try {
      CyclicBarrier begin = new CyclicBarrier(OWNERS.size());
      for (int round = 0; round < THREAD_ROUNDS; round++) {
        List<Callable<Runner.Result>> race = new ArrayList<>();
        for (String owner : OWNERS) {
          race.add(
              () -> {
                begin.await(1, TimeUnit.MINUTES);
                return quarry.run(claim(owner).toArray(new String[0]));
              });
        }
        List<Runner.Result> results = new ArrayList<>();
        for (var result : threads.invokeAll(race)) {
          results.add(result.get());
        }
        settle(round, results);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void ofTwoProcesses() throws Exception {
    for (int round = 0; round < PROCESS_ROUNDS; round++) {
      List<Process> race = new ArrayList<>();
      for (String owner : OWNERS) {
        race.add(start(owner));
      }
      List<Runner.Result> results = new ArrayList<>();
      for (int i = 0; i < race.size(); i++) {
        int code = race.get(i).waitFor();
        String owner = OWNERS.get(i);
        results.add(new Runner.Result(code, told(owner, "out"), told(owner, "err")));
      }
      now = Instant.now(); // as theirs
      settle(round, results);
    }
  }

  private Process start(String owner) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Quarry.class.getName()));
    command.addAll(List.of("--db", directory.resolve("store").toString()));
    command.addAll(claim(owner));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(directory.resolve(owner + "-out").toFile())
            .redirectError(directory.resolve(owner + "-err").toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("QUARRY_"));
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  @AfterEach
  void endProcesses() {
    processes.forEach(Process::destroyForcibly);
  }

  private String told(String owner, String stream) throws IOException {
    return Files.readString(directory.resolve(owner + "-" + stream), StandardCharsets.UTF_8);
  }

  /** One has won; the other can do nothing with the claim, and the task is free again. */
  private void settle(int round, List<Runner.Result> results) {
    String all = "round " + round + ": " + results;
    assertThat(results)
        .as(all)
        .extracting(Runner.Result::exitCode)
        .containsExactlyInAnyOrder(ExitCode.OK, ExitCode.CONFLICT);
    int winner = results.get(0).exitCode() == ExitCode.OK ? 0 : 1;
    String owner = OWNERS.get(winner);
    String other = OWNERS.get(1 - winner);
    assertThat(results.get(1 - winner).err()).as(all).contains("is claimed by " + owner);
    assertThat(results.get(1 - winner).out()).as(all).isEmpty();
    Matcher token = TOKEN.matcher(results.get(winner).out());
    assertThat(token.find()).as(all).isTrue();
    assertThat(Long.parseLong(token.group(1))).as(all).isGreaterThan(lastToken);
    lastToken = Long.parseLong(token.group(1));
    assertThat(end("complete", other)).as(all).isEqualTo(ExitCode.CONFLICT);
    assertThat(end("release", other)).as(all).isEqualTo(ExitCode.CONFLICT);
    if (round % 2 == 0) {
      assertThat(end("release", owner)).as(all).isEqualTo(ExitCode.OK);
    } else {
      now = now.plus(LEASE).plusMillis(1);
      assertThat(end("complete", owner)).as(all).isEqualTo(ExitCode.CONFLICT);
      assertThat(quarry.run("ready").exitCode()).as(all).isZero(); // ends the lease for certain
    }
  }

  private int end(String verb, String owner) {
    return quarry
        .run("claim", verb, "T", "--token", String.valueOf(lastToken), "--owner", owner)
        .exitCode();
  }
}
