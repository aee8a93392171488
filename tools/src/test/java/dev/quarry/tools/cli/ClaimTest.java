package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.OpenMode;
import dev.quarry.Status;
import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
  void renewAndReleaseAreCommandsToo() {
    ok("add", "First", "--id", "A");
    ok("add", "Second", "--id", "B");
    String mine = ok("claim", "--next", "--count", "2", "--owner", "me", "--format", "jsonl");
    assertThat(ok("renew", "A", "--token", "1", "--owner", "me", "--lease", "2m"))
        .contains("2026-11-20T23:17:00Z");
    quarry.input(mine);
    assertThat(ok("renew", "-", "--lease", "5m", "--fields", "id,until", "--format", "csv"))
        .isEqualTo("id,until\nA,2026-11-20T23:20:00Z\nB,2026-11-20T23:20:00Z\n");
    assertThat(ok("release", "A", "--token", "1", "--owner", "me", "--format", "csv"))
        .isEqualTo("id,token,status\nA,1,TODO\n");
    fails(7, "no longer holds", "release", "A", "--token", "1", "--owner", "me");
    fails(7, "no longer holds", "renew", "A", "--token", "1", "--owner", "me");
    fails(2, "--token is missing", "release", "B");
    assertThat(ok("claim", "release", "B", "--token", "1", "--owner", "me")).contains("TODO");
    for (String name : List.of("renew", "release")) {
      String[] below = ok("help", "claim", name).split("\n", 2);
      String[] above = ok("help", name).split("\n", 2);
      assertThat(below[0]).startsWith("Usage: quarry claim " + name + " ");
      assertThat(above[0]).startsWith("Usage: quarry " + name + " ");
      assertThat(above[1]).isEqualTo(below[1]).contains("  quarry " + name + " TASK-1 --token 1");
    }
  }

  @Test
  void aListThatIsCutShortGoesOnBehindItsLastRow() {
    List<String> ids = new ArrayList<>();
    for (int i = 10; i < 50; i++) {
      ok("add", "t", "--id", "T-" + i);
      ids.add("T-" + i);
    }
    ok("claim", "--next", "--count", "40", "--owner", "me");
    for (String format : List.of("json", "jsonl", "csv", "table")) {
      List<String> seen = new ArrayList<>();
      String after = "";
      for (int page = 0; after != null; page++) {
        String[] list = {"claim", "list", "--limit", "16", "--after", after, "--format", format};
        Runner.Result result =
            quarry.run(and(and(list, "--fields", "owner,id"), bytes(format, page)));
        assertThat(result.exitCode()).as(result.err()).isZero();
        Pattern.compile("T-\\d+").matcher(result.out()).results().forEach(m -> seen.add(m.group()));
        Matcher next = NEXT.matcher(format.equals("json") ? result.out() : result.err());
        after = next.find() ? next.group(1) : null;
      }
      assertThat(seen).as(format).isEqualTo(ids);
    }
    fails(9, "not even one row fits", "claim", "list", "--max-bytes", "9", "--format", "jsonl");
  }

  /** Where a list goes on, as programs and as people are told. */
  private static final Pattern NEXT = Pattern.compile("(?:\"next\":\"|--after )([^\"\\s]+)");

  /** Every third page is not cut short by bytes. */
  private static String[] bytes(String format, int page) {
    int most = (format.equals("json") ? 400 : 60) + 10 * page; // an envelope has room for a token
    return page % 3 == 2 ? new String[0] : new String[] {"--max-bytes", "" + most};
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
  void manyAreClaimedAndEndedByOneCallEach() {
    for (int i = 0; i < 5; i++) {
      ok("add", "t", "--id", "T-" + i, "-p", i == 3 ? "high" : "low");
      now = now.plusSeconds(1);
    }
    String[] claim = {"claim", "--next", "--owner", "me", "--lease", "1h", "--count"};
    String three = ok(and(claim, "3", "--format", "jsonl"));
    assertThat(three.lines().map(line -> line.substring(0, 19)).toList())
        .containsExactly(
            "{\"id\":\"T-3\",\"token\"", "{\"id\":\"T-0\",\"token\"", "{\"id\":\"T-1\",\"token\"");
    assertThat(ok("history", "T-3", "--format", "csv", "--fields", "sequence"))
        .isEqualTo("sequence\n6\n4\n");
    assertThat(ok("history", "T-1", "--format", "csv", "--fields", "sequence"))
        .isEqualTo("sequence\n6\n2\n");
    assertThat(ok(and(claim, "9", "--format", "csv", "--fields", "id")))
        .isEqualTo("id\nT-2\nT-4\n");
    fails(1, "nothing ready (0 blocked, 5 claimed)", and(claim, "2"));
    ok("claim", "complete", "T-0", "--token", "1", "--owner", "me");

    Runner.Result done = quarry.input(three).run("claim", "complete", "-", "--format", "csv");
    assertThat(done.exitCode()).isEqualTo(7);
    assertThat(done.out()).isEqualTo("id,token,status\nT-3,1,DONE\nT-1,1,DONE\n");
    assertThat(done.err()).isEqualTo("lost: T-0, token 1\n");
    String others = "{\"id\":\"T-2\",\"token\":1}\n\n{\"id\":\"T-4\",\"token\":1}\n";
    assertThat(quarry.input(others).run("claim", "release", "-").err()).contains("--owner");
    assertThat(
            quarry.input(others).run("claim", "release", "-", "--owner", "me", "--format", "csv"))
        .isEqualTo(new Runner.Result(0, "id,token,status\nT-2,1,TODO\nT-4,1,TODO\n", ""));
    for (String wrong : List.of("[]", "{\"id\":\"T-2\"}", "{", "{\"id\":\"T-2\",\"token\":0.5}")) {
      quarry.input(others + wrong + "\n");
      fails(2, "line 4 of standard input", "claim", "complete", "-", "--owner", "me");
    }
    fails(2, "--token goes with one id", "claim", "complete", "-", "--token", "1");
    fails(2, "--count goes with --next", "claim", "T-2", "--count", "2", "--owner", "me");
    fails(2, "--count must be 1 to 10000", and(claim, "0"));
  }

  @Test
  void whatWasEndedBeforeAFailureIsTold() {
    for (int i = 0; i < 4; i++) {
      ok("add", "t", "--id", "T-" + i);
      now = now.plusSeconds(1);
    }
    String four = ok("claim", "--next", "--count", "4", "--owner", "me", "--format", "jsonl");
    ok("claim", "complete", "T-0", "--token", "1", "--owner", "me");
    quarry.opener(options -> failingAt("T-2", TaskStore.open(options)));
    String[] complete = {"-q", "claim", "complete", "-", "--format", "csv"};
    Runner.Result result = quarry.input(four).run(complete);
    assertThat(result.out()).isEqualTo("id,token,status\nT-1,1,DONE\n");
    assertThat(result.err())
        .startsWith("lost: T-0, token 1\nstopped at T-2, claim 3 of 4; the claims before it are")
        .contains("error: no space left on the device");
    assertThat(result.exitCode()).isEqualTo(9);
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    result = quarry.input(four).run(closed, complete);
    assertThat(result.err()).contains("lost: T-1", "error: no space left on the device");
    assertThat(result.exitCode()).isEqualTo(9);
    quarry.opener(TaskStore::open);
    assertThat(ok("count", "status = DONE")).isEqualTo("2\n");
  }

  /** The store on a device that is full when this claim is completed. */
  private static TaskStore failingAt(String id, TaskStore store) {
    Claims claims =
        proxy(
            Claims.class,
            (method, args) -> {
              if (method.getName().equals("complete") && ((Claim) args[0]).id().equals(id)) {
                throw new StorageException("no space left on the device", Map.of());
              }
              return method.invoke(store.claims(), args);
            });
    return proxy(
        TaskStore.class,
        (method, args) -> method.getName().equals("claims") ? claims : method.invoke(store, args));
  }

  /** What it calls throws what it throws. */
  private interface Answer {
    Object to(Method method, Object[] args) throws ReflectiveOperationException;
  }

  private static <T> T proxy(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, args) -> {
              try {
                return answer.to(method, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  @Test
  void whatALeaseOrRestHeldIsReadyOnceThatIsOver() {
    ok("add", "t", "--id", "A");
    ok("add", "t", "--id", "B");
    ok("claim", "A", "--owner", "killed", "--lease", "30s");
    ok("claim", "B", "--owner", "me");
    ok("claim", "fail", "B", "--token", "1", "--owner", "me", "--back-off", "20s");
    assertThat(quarry.run("ready").err()).isEqualTo("0 ready, 1 blocked\n");
    assertThat(ok("count", "ready")).isEqualTo("0\n");
    now = now.plusSeconds(31);
    assertThat(ok("count", "id != C and (ready or not ready) and ready")).isEqualTo("2\n");
    assertThat(quarry.run("ready", "--format", "raw", "--fields", "id"))
        .isEqualTo(new Runner.Result(0, "A\nB\n", "2 ready, 0 blocked\n"));
  }

  @Test
  void eachWayToAskWhatIsReadyEndsLeases() {
    List<List<String>> ways =
        List.of(
            List.of("ready", "--format", "raw", "--fields", "id"),
            List.of("query", "ready", "--format", "raw", "--fields", "id"),
            List.of("query", "status != DONE and ready", "--format", "raw", "--fields", "id"),
            List.of("query", "ready or status = DONE", "--format", "raw", "--fields", "id"),
            List.of("query", "not not ready", "--format", "raw", "--fields", "id"));
    ok("add", "t", "--id", "A");
    for (List<String> way : ways) {
      ok("claim", "A", "--owner", "killed", "--lease", "30s");
      now = now.plusSeconds(31);
      assertThat(ok(way.toArray(String[]::new))).as("%s", way).isEqualTo("A\n");
    }
    ok("claim", "A", "--owner", "killed", "--lease", "30s");
    now = now.plusSeconds(31);
    assertThat(ok("count", "ready", "--by", "status", "--format", "csv")).contains("TODO,1");
  }

  @Test
  void whatIsReadyIsAskedBesideAWriterAndWhereNothingCanBeWritten() throws Exception {
    ok("add", "t", "--id", "A");
    Runner.Result one = new Runner.Result(0, "A\n", "1 ready, 0 blocked\n");
    String[] ready = {"ready", "--format", "raw", "--fields", "id"};
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      assertThat(store.isReadOnly()).isFalse();
      assertThat(quarry.run(ready)).isEqualTo(one);
    }
    StoreOpener full =
        options -> {
          if (options.mode() == OpenMode.OPEN) {
            throw new StorageException("no space left on the device", Map.of());
          }
          return TaskStore.open(options);
        };
    String note = "note: leases that are over could not be ended: no space left on the device\n";
    Runner.Result told = new Runner.Result(0, one.out(), note + one.err());
    assertThat(quarry.opener(full).run(ready)).isEqualTo(told);
    assertThat(quarry.run("count", "ready")).isEqualTo(new Runner.Result(0, "1\n", note));
    // so it is in a store that is otherwise opened with its index
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      Random random = new Random(1);
      byte[] bytes = new byte[300_000];
      for (int i = 0; i < 60; i++) {
        random.nextBytes(bytes);
        String text = Base64.getEncoder().encodeToString(bytes);
        store.insert(Task.builder("L-" + i, "t").status(Status.DONE).description(text).build());
      }
    }
    assertThat(StoreFacts.dataBytes(directory.resolve("store"))).isGreaterThan(16L << 20);
    assertThat(quarry.run(ready)).isEqualTo(told);
    assertThat(quarry.run("count", "ready")).isEqualTo(new Runner.Result(0, "1\n", note));
  }

  @Test
  void whatCouldNotBePrintedIsNotClaimedOrEnded() {
    ok("add", "t", "--id", "A");
    String[] next = {"claim", "--next", "--owner", "me", "--count", "5"};
    for (String format : List.of("table", "jsonl", "json", "csv")) {
      fails(2, "unknown field `tokn`", and(next, "--fields", "id,tokn", "--format", format));
      fails(2, "--max-bytes does not go with claims", and(next, "--max-bytes", "9"));
      fails(2, "unknown field", "claim", "A", "--owner", "me", "--fields", "x", "--format", format);
    }
    fails(2, "--max-bytes", "claim", "A", "--owner", "me", "--max-bytes", "900");
    assertThat(ok("claim", "list", "--format", "jsonl")).isEmpty();
    ok(next);
    for (String verb : List.of("renew", "release", "complete", "fail")) {
      String[] end = {"claim", verb, "A", "--token", "1", "--owner", "me"};
      fails(2, "unknown field `stats`", and(end, "--fields", "id,stats", "--format", "json"));
      fails(2, "--max-bytes does not go with claims", and(end, "--max-bytes", "9"));
      quarry.input("{\"id\":\"A\",\"token\":1}\n");
      fails(2, "unknown field `x`", "claim", verb, "-", "--owner", "me", "--fields", "x");
    }
    assertThat(ok("claim", "list", "--format", "jsonl", "--max-bytes", "500")).contains("\"A\"");
    assertThat(ok("show", "A", "--fields", "version")).contains("2");
  }

  @Test
  void whatCouldNotBePrintedIsNotWritten() {
    ok("add", "t", "--id", "A");
    ok("add", "u", "--id", "B");
    for (String format : List.of("table", "json", "csv")) {
      String[] wrong = {"--fields", "id,idd", "--format", format};
      fails(2, "unknown field `idd`", and(wrong, "add", "v"));
      fails(2, "unknown field `idd`", and(wrong, "set", "A", "title=w"));
      fails(2, "unknown field `idd`", and(wrong, "done", "A"));
      fails(2, "unknown field `idd`", and(wrong, "dep", "add", "A", "B"));
      fails(2, "unknown field `idd`", and(wrong, "dep", "rm", "A", "B"));
      fails(2, "unknown field `idd`", and(wrong, "undo", "A"));
      fails(2, "unknown field `idd`", and(wrong, "undo"));
      fails(2, "unknown field `idd`", and(wrong, "delete", "A", "--yes"));
    }
    assertThat(ok("tail", "--format", "csv", "--fields", "sequence,id"))
        .isEqualTo("sequence,id\n1,A\n2,B\n");
    fails(9, "error: done, but", "set", "A", "title=w", "--max-bytes", "5", "--format", "json");
    assertThat(ok("show", "A", "--fields", "title")).contains("w");
    fails(9, "error: the output does not fit", "show", "A", "--max-bytes", "5");
  }

  private static String[] and(String[] args, String... more) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void aBatchClaimsInOneProcess() {
    String batch =
        """
        {"op":"insert","task":{"id":"A","title":"t"}}
        {"op":"insert","task":{"id":"B","title":"t"}}
        {"op":"insert","task":{"id":"C","title":"t"}}
        {"op":"claim","owner":"me","count":2,"lease":"1h","filter":"id != C"}
        {"op":"renew","owner":"me","id":"A","token":1,"lease":"2h"}
        {"op":"complete","owner":"me","id":"A","token":1}
        {"op":"complete","owner":"me","id":"A","token":1}
        {"op":"release","owner":"me","id":"B","token":1}
        {"op":"claim","owner":"me","filter":"id = B"}
        {"op":"fail","owner":"me","id":"B","token":2,"attempts":1,"reason":"no"}
        """;
    Runner.Result made = quarry.input(batch).run("batch", "--chunk", "1");
    assertThat(made.exitCode()).as(made.err()).isEqualTo(1);
    List<String> lines = made.out().lines().toList();
    assertThat(lines).hasSize(10);
    assertThat(lines.get(3)).contains("\"id\":\"A\",\"token\":1", "\"id\":\"B\",\"token\":1");
    assertThat(lines.get(4)).contains("\"until\":\"2026-11-21T01:15:00Z\"");
    assertThat(lines.get(5)).contains("\"status\":\"DONE\"");
    assertThat(lines.get(6)).contains("\"error\":\"line 7: the claim no longer holds");
    assertThat(lines.get(7)).contains("\"status\":\"TODO\"");
    assertThat(lines.get(8)).contains("\"token\":2");
    assertThat(lines.get(9)).contains("\"status\":\"FAILED\"");
    quarry.input(batch);
    fails(2, "takes --chunk 1", "batch", "--chunk", "5");
    quarry.input("{\"op\":\"claim\",\"count\":1}\n");
    fails(2, "\"owner\" must be a text", "batch", "--chunk", "1");
  }

  @Test
  void aNumberThatIsNoneOfTheVerbIsNotTakenAsAnother() {
    ok("add", "t", "--id", "A");
    ok("claim", "--next", "--owner", "me");
    for (String count : List.of("4294967297", "0", "10001", "-1")) {
      quarry.input("{\"op\":\"claim\",\"owner\":\"me\",\"count\":" + count + "}\n");
      fails(2, "\"count\" must be 1 to 10000, but is " + count, "batch", "--chunk", "1");
    }
    for (String attempts : List.of("4294967297", "0", "1000001")) {
      quarry.input(
          "{\"op\":\"fail\",\"owner\":\"me\",\"id\":\"A\",\"token\":1,\"attempts\":"
              + attempts
              + "}\n");
      fails(2, "\"attempts\" must be 1 to 1000000, but is " + attempts, "batch", "--chunk", "1");
    }
    assertThat(ok("query", "id = A", "--format", "jsonl", "--fields", "status"))
        .contains("IN_PROGRESS");
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
  void whatAClaimNoLongerHoldsIsReadyThoughNobodyWrites() {
    ok("add", "First", "--id", "A");
    ok("add", "Second", "--id", "B");
    ok("claim", "A", "--owner", "me", "--lease", "30s");
    ok("claim", "B", "--owner", "me", "--lease", "1h");
    String[] ready = {"ready", "--format", "raw", "--fields", "id"};
    assertThat(quarry.run(ready).exitCode()).isEqualTo(1);
    now = now.plusSeconds(31);
    assertThat(ok("count", "ready")).isEqualTo("1\n");
    assertThat(ok(ready)).isEqualTo("A\n");
    assertThat(ok("query", "not ready and id != A", "--format", "raw", "--fields", "id"))
        .isEqualTo("B\n");
    // a rest ends like that, too
    ok("claim", "A", "--owner", "me");
    ok("claim", "fail", "A", "--token", "2", "--owner", "me", "--back-off", "10s");
    assertThat(quarry.run(ready).exitCode()).isEqualTo(1);
    now = now.plusSeconds(21); // the second try rests up to twice as long
    assertThat(ok(ready)).isEqualTo("A\n");
  }

  @Test
  void readyLeavesAWriterAlone() {
    ok("add", "First", "--id", "A");
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      assertThat(ok("ready", "--format", "raw", "--fields", "id")).isEqualTo("A\n");
      assertThat(ok("count", "ready")).isEqualTo("1\n");
      assertThat(store.sequence()).isEqualTo(1);
    }
  }
}
