package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.tools.Quarry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is ready, and who takes it: {@code ready} and {@code claim}. */
@Timeout(300)
final class ClaimTest {
  private static final Pattern CLAIM =
      Pattern.compile("\"id\":\"([^\"]+)\",\"token\":(\\d+),\"owner\":\"([^\"]+)\"");

  @TempDir private Path directory;

  private Instant now = Instant.parse("2026-11-20T23:15:00Z");
  private Runner quarry;

  @BeforeEach
  void setUp() {
    quarry = new Runner(directory).variable("QUARRY_DB", "store").clock(() -> now);
    ok("init");
  }

  private String ok(String... args) {
    Runner.Result result = quarry.run(args);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }

  private void fails(int exitCode, String message, String... args) {
    Runner.Result result = quarry.run(args);
    assertThat(result.err()).contains(message);
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void readyListsWhatCanBeStarted() {
    ok("add", "Write docs", "--id", "A", "-p", "high", "--due", "2026-12-01");
    ok("add", "Publish", "--id", "B", "--dep", "A", "-p", "critical");
    assertThat(quarry.run("ready"))
        .isEqualTo(
            new Runner.Result(
                0,
                """
                ID   PRIO  DUE         TITLE
                A    HIGH  2026-12-01  Write docs
                """,
                "1 ready, 1 blocked\n"));
    ok("done", "A");
    assertThat(ok("ready", "--format", "csv", "--fields", "id")).isEqualTo("id\nB\n");
    assertThat(quarry.run("ready", "priority = LOW").exitCode()).isEqualTo(1);
    assertThat(quarry.run("ready", "priority = LOW").err()).isEqualTo("0 ready, 0 blocked\n");
    assertThat(quarry.run("ready", "prioriti = LOW").exitCode()).isEqualTo(2);
    ok("start", "B");
    Runner.Result nothing = quarry.run("ready", "--format", "jsonl");
    assertThat(nothing.out()).isEmpty();
    assertThat(nothing.exitCode()).isEqualTo(1);
  }

  @Test
  void readyGoesByPriorityAndAgeAndPages() {
    for (int i = 0; i < 5; i++) {
      now = now.plusSeconds(1);
      ok("add", "t", "--id", "T-" + i, "-p", i == 3 ? "high" : "low");
    }
    assertThat(ok("ready", "--format", "raw", "--fields", "id", "--limit", "2"))
        .isEqualTo("T-3\nT-0\n");
    assertThat(ok("ready", "order by created desc", "--format", "raw", "--fields", "id"))
        .isEqualTo("T-4\nT-3\nT-2\nT-1\nT-0\n");
    String note = quarry.run("ready", "-n", "2").err();
    assertThat(note).endsWith("5 ready, 0 blocked\n");
    String token = note.lines().findFirst().orElseThrow().replace("more: --after ", "");
    assertThat(ok("ready", "--format", "raw", "--fields", "id", "--after", token))
        .isEqualTo("T-1\nT-2\nT-4\n");
  }

  @Test
  void aClaimGoesThroughItsLife() {
    ok("add", "First", "--id", "A", "-p", "high");
    ok("add", "Second", "--id", "B", "--dep", "A");
    assertThat(ok("claim", "--next", "--owner", "me", "--lease", "30s", "--format", "json"))
        .isEqualTo(
            "{\"schema_version\":1,\"data\":{\"id\":\"A\",\"token\":1,\"owner\":\"me\","
                + "\"until\":\"2026-11-20T23:15:30Z\",\"attempt\":1,\"priority\":\"HIGH\","
                + "\"title\":\"First\"}}\n");
    fails(1, "nothing ready (1 blocked, 1 claimed)\n", "claim", "--next", "--owner", "me");
    fails(7, "task `A` is claimed by me", "claim", "A", "--owner", "you");
    fails(1, "task `B` is not ready", "claim", "B", "--owner", "you");
    fails(1, "no task", "claim", "C", "--owner", "you");
    assertThat(ok("claim", "list", "--format", "csv"))
        .isEqualTo("id,token,owner,until,attempt\nA,1,me,2026-11-20T23:15:30Z,1\n");
    assertThat(ok("claim", "renew", "A", "--token", "1", "--owner", "me", "--lease", "2m"))
        .contains("2026-11-20T23:17:00Z");
    assertThat(ok("claim", "complete", "A", "--token", "1", "--owner", "me", "--format", "csv"))
        .isEqualTo("id,token,status\nA,1,DONE\n");
    fails(7, "no longer holds", "claim", "complete", "A", "--token", "1", "--owner", "me");
    assertThat(ok("claim", "B", "--owner", "me", "--format", "csv")).contains("B,1,me");
    assertThat(ok("claim", "release", "B", "--token", "1", "--owner", "me")).contains("TODO");
    fails(1, "its status is DONE", "claim", "A", "--owner", "me");
  }

  @Test
  void aLostClaimEndsWithSeven() {
    ok("add", "t", "--id", "A");
    ok("claim", "A", "--owner", "first", "--lease", "30s");
    for (String verb : List.of("renew", "release", "complete", "fail")) {
      fails(7, "no longer holds", "claim", verb, "A", "--token", "1", "--owner", "thief");
      fails(7, "no longer holds", "claim", verb, "A", "--token", "2", "--owner", "first");
    }
    now = now.plusSeconds(30).plusMillis(1);
    assertThat(ok("claim", "--next", "--owner", "second", "--format", "json"))
        .contains("\"token\":2,\"owner\":\"second\"");
    for (String verb : List.of("renew", "release", "complete", "fail")) {
      Runner.Result result = quarry.run("claim", verb, "A", "--token", "1", "--owner", "first");
      assertThat(result.exitCode()).isEqualTo(7);
      assertThat(result.err()).contains("currentToken 2", "currentOwner second");
    }
  }

  @Test
  void aFailedTaskRestsAndFailsInTheEnd() {
    ok("add", "t", "--id", "A");
    ok("claim", "A", "--owner", "me");
    ok(
        "claim",
        "fail",
        "A",
        "--token",
        "1",
        "--owner",
        "me",
        "--reason",
        "no net",
        "--attempts",
        "2",
        "--back-off",
        "10s");
    assertThat(ok("show", "A", "--format", "json")).contains("\"failure\":\"no net\"");
    fails(1, "nothing ready (1 blocked, 0 claimed)", "claim", "--next", "--owner", "me");
    now = now.plusSeconds(10).plusMillis(1);
    assertThat(ok("claim", "--next", "--owner", "me", "--format", "json"))
        .contains("\"attempt\":2");
    assertThat(ok("claim", "fail", "A", "--token", "2", "--owner", "me", "--attempts", "2"))
        .contains("FAILED");
  }

  @Test
  void claimsAreAskedForProperly() {
    fails(2, "either the id of a task or --next", "claim", "--owner", "me");
    fails(2, "either the id of a task or --next", "claim", "A", "--next", "--owner", "me");
    fails(2, "--owner is missing", "claim", "--next");
    fails(2, "--filter goes with --next", "claim", "A", "--filter", "tag = x", "--owner", "me");
    fails(
        2,
        "--filter takes a condition",
        "claim",
        "--next",
        "--filter",
        "order by id",
        "--owner",
        "m");
    fails(2, "--lease must be a time span", "claim", "A", "--owner", "me", "--lease", "soon");
    fails(2, "a lease must last", "claim", "--next", "--owner", "me", "--lease", "0s");
    fails(2, "--wait must be a time span", "claim", "A", "--owner", "me", "--wait", "5");
    fails(2, "--token", "claim", "renew", "A", "--owner", "me");
    fails(2, "token is at least 1", "claim", "renew", "A", "--owner", "me", "--token", "0");
    fails(
        2,
        "attempts must be",
        "claim",
        "fail",
        "A",
        "--owner",
        "me",
        "--token",
        "1",
        "--attempts",
        "0");
  }

  @Test
  void nextTakesWhatTheFilterSays() {
    ok("add", "t", "--id", "A", "-p", "critical");
    ok("add", "t", "--id", "B", "-t", "docs");
    assertThat(ok("claim", "--next", "--filter", "tag = docs", "--owner", "me", "--format", "csv"))
        .contains("\nB,1,me");
  }

  @Test
  void aHeldStoreIsWaitedForOrNot() throws Exception {
    ok("add", "t", "--id", "A");
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      Future<Runner.Result> waiting;
      try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
        assertThat(store.isReadOnly()).isFalse();
        fails(4, "locked", "claim", "--next", "--owner", "me", "--wait", "0s");
        waiting =
            other.submit(() -> quarry.run("claim", "--next", "--owner", "me", "--wait", "5m"));
      }
      assertThat(waiting.get().exitCode()).isZero();
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void processesDrainTheStore() throws Exception {
    int tasks = Integer.getInteger("quarry.claims.processTasks", 6);
    int workers = Integer.getInteger("quarry.claims.processes", 3);
    List<Task> added = new ArrayList<>();
    for (int i = 0; i < tasks; i++) {
      added.add(Task.builder("T-" + i, "t").build());
    }
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      store.insertAll(added);
    }
    ConcurrentLinkedQueue<String> claimed = new ConcurrentLinkedQueue<>();
    ExecutorService pool = Executors.newFixedThreadPool(workers);
    try {
      List<Future<?>> futures = new ArrayList<>();
      for (int w = 0; w < workers; w++) {
        String owner = "w" + w;
        futures.add(pool.submit(() -> drain(owner, claimed)));
      }
      for (Future<?> future : futures) {
        future.get();
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(claimed).doesNotHaveDuplicates().hasSize(tasks);
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      assertThat(store.count(Query.where(TaskFields.STATUS.is(Status.DONE)))).isEqualTo(tasks);
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  private Void drain(String owner, ConcurrentLinkedQueue<String> claimed) throws Exception {
    while (true) {
      Ended next =
          process("claim", "--next", "--owner", owner, "--lease", "1h", "--format", "json");
      if (next.exitCode() == ExitCode.NEGATIVE) {
        return null;
      }
      assertThat(next.exitCode()).as(next.out()).isZero();
      Matcher claim = CLAIM.matcher(next.out());
      assertThat(claim.find()).as(next.out()).isTrue();
      claimed.add(claim.group(1));
      Ended done =
          process("claim", "complete", claim.group(1), "--token", claim.group(2), "--owner", owner);
      assertThat(done.exitCode()).as(done.out()).isZero();
    }
  }

  private record Ended(int exitCode, String out) {}

  private Ended process(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Quarry.class.getName()));
    command.addAll(List.of("--db", directory.resolve("store").toString()));
    command.addAll(List.of(args));
    command.addAll(List.of("--wait", "4m"));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), out);
  }
}
