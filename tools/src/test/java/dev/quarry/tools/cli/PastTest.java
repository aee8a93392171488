package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.tools.Quarry;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands about the past, and the one that follows the present. */
@Timeout(120)
final class PastTest {
  @TempDir private Path directory;

  private final AtomicReference<Instant> clock =
      new AtomicReference<>(Instant.parse("2026-11-20T23:15:00Z"));
  private Runner quarry;

  @BeforeEach
  void setUp() {
    quarry = new Runner(directory).variable("QUARRY_DB", "store").clock(clock::get);
    ok("init");
    ok("add", "first", "--id", "T-1");
    step();
    ok("add", "second", "--id", "T-2");
    step();
    ok("done", "T-1");
    step();
    ok("delete", "T-2", "--yes");
    step();
  }

  private void step() {
    clock.set(clock.get().plusSeconds(60));
  }

  private String ok(String... args) {
    Runner.Result result = quarry.run(args);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }

  private Runner.Result fails(int code, String... args) {
    Runner.Result result = quarry.run(args);
    assertThat(result.exitCode()).as(result.out() + result.err()).isEqualTo(code);
    return result;
  }

  @Test
  void readsAsOfATimeOrACommit() {
    assertThat(ok("list", "--at", "2", "--format", "jsonl", "--fields", "id,status"))
        .isEqualTo("{\"id\":\"T-1\",\"status\":\"TODO\"}\n{\"id\":\"T-2\",\"status\":\"TODO\"}\n");
    assertThat(ok("--at", "2026-11-20T23:16:30Z", "count")).isEqualTo("2\n");
    assertThat(ok("count", "--at", "4")).isEqualTo("1\n");
    assertThat(ok("query", "status = DONE", "--at", "3", "--format", "jsonl", "--fields", "id"))
        .isEqualTo("{\"id\":\"T-1\"}\n");
    assertThat(ok("show", "T-2", "--at", "3", "--fields", "title")).contains("second");
    assertThat(fails(1, "show", "T-2", "--at", "1").err()).contains("T-2");
    assertThat(ok("export", "--at", "2")).hasLineCount(2);
    assertThat(fails(2, "add", "x", "--at", "2").err()).contains("--at");
    assertThat(fails(2, "count", "--at", "tomorrow").err()).contains("--at");
    assertThat(fails(2, "query", "ready", "--at", "2").err()).contains("ready");
  }

  @Test
  void aPointOutOfReachIsNamedWithTheRangeThatThereIs() {
    for (String command : List.of("list", "count", "export")) {
      assertThat(fails(1, command, "--at", "99").err())
          .contains("commit 99 is out of reach")
          .contains("the change log reaches from commit 0 to commit 4")
          .contains("a number from 0 to 4 or a time in between");
      assertThat(fails(1, command, "--at", "2020-01-01").err())
          .contains("no commit at or before 2020-01-01T00:00:00Z")
          .contains("from commit 1 of 2026-11-20T23:15:00Z to commit 4")
          .contains("a number from 1 to 4 or a time in between")
          .contains("change_log_commits");
    }
    assertThat(fails(1, "diff", "2", "99").err()).contains("commit 99 is out of reach");
    assertThat(fails(1, "diff", "2020-01-01", "now").err())
        .contains("no commit at or before 2020-01-01T00:00:00Z");
    assertThat(fails(1, "tail", "--from", "2020-01-01").err())
        .contains("no commit at or before 2020-01-01T00:00:00Z");
    assertThat(fails(1, "undo", "--commit", "99").err()).contains("commit 99 is out of reach");
    ok("--db", "empty", "init");
    assertThat(fails(1, "--db", "empty", "list", "--at", "2020-01-01").err())
        .contains("no commit at or before this time")
        .contains("2020-01-01T00:00:00Z");
  }

  @Test
  void whatTheChangeLogHasDroppedIsNamedToo() {
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("store")).changeLogCommits(1_000).build();
    try (TaskStore store = TaskStore.open(options)) {
      for (int i = 0; i < 4_000; i++) {
        String title = "title " + i;
        store.update("T-1", t -> t.withTitle(title));
      }
    }
    String error = fails(1, "list", "--at", "2").err();
    assertThat(error).contains("commit 2 is out of reach").contains("to commit 4004");
    Matcher first = Pattern.compile("a number from (\\d+) to").matcher(error);
    assertThat(first.find()).isTrue();
    long oldest = Long.parseLong(first.group(1));
    assertThat(oldest).isGreaterThan(2);
    assertThat(ok("count", "--at", first.group(1))).isEqualTo("1\n");
    assertThat(fails(1, "count", "--at", String.valueOf(oldest - 1)).err())
        .contains("commit " + (oldest - 1) + " is out of reach");
  }

  @Test
  void aClosedPipeEndsQuietly() {
    OutputStream closed = closingAfter(0);
    Runner.Result result = quarry.run(closed, "list", "--at", "2");
    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).isEmpty();
    result = quarry.run(closed, "tail", "-f");
    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).isEmpty();
  }

  @Test
  void tailEndsAmidACommitOfMoreChangesThanWait() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      List<Task> many = new ArrayList<>();
      for (int i = 0; i < 5_000; i++) {
        many.add(Task.builder("M-" + i, "one of many").build());
      }
      store.insertAll(many);
    }
    assertThat(ended("tail", "--last", "1", "-n", "5").out()).hasLineCount(5);
    assertThat(ended(closingAfter(100), "tail", "--last", "1").exitCode()).isZero();
    assertThat(ended(closingAfter(100), "tail", "-f", "--last", "1").exitCode()).isZero();
  }

  private Runner.Result ended(String... args) throws Exception {
    return ended(new ByteArrayOutputStream(), args);
  }

  /** Runs a command in a thread of its own, which no interrupt would get out of a hanging close. */
  private Runner.Result ended(OutputStream out, String... args) throws Exception {
    FutureTask<Runner.Result> run = new FutureTask<>(() -> quarry.run(out, args));
    Thread thread = new Thread(run, "tail");
    thread.setDaemon(true);
    thread.start();
    return run.get(60, TimeUnit.SECONDS);
  }

  private static OutputStream closingAfter(int bytes) {
    return new OutputStream() {
      private int left = bytes;

      @Override
      public void write(int b) throws IOException {
        if (left-- <= 0) {
          throw new IOException("Broken pipe");
        }
      }
    };
  }

  @Test
  void rowsThatDoNotFitAreTold() throws Exception {
    String[][] commands = {
      {"tail"}, {"tail", "-f"}, {"diff", "0", "4"}, {"diff", "1", "2"}, {"history", "T-1"}
    };
    for (String[] command : commands) {
      for (String format : List.of("json", "jsonl", "csv", "table")) {
        Runner.Result none = ended(within("5", format, command));
        String run = String.join(" ", command) + " " + format;
        assertThat(none.exitCode()).as(run).isEqualTo(9);
        assertThat(none.err()).as(run).contains("not even one row fits");
      }
    }
    for (String[] command : new String[][] {{"tail"}, {"tail", "-f"}, {"history", "T-1"}}) {
      for (String format : List.of("jsonl", "table")) {
        Runner.Result some = ended(within("230", format, command));
        assertThat(some.exitCode()).as(some.err()).isZero();
        assertThat(some.out().lines().count()).isBetween(1L, 3L);
        assertThat(some.out().length()).isLessThanOrEqualTo(230);
        assertThat(some.err()).contains("more rows did not fit into --max-bytes 230");
      }
    }
    Runner.Result json = ended(within("600", "json", "tail", "-f"));
    assertThat(json.exitCode()).isZero();
    assertThat(json.out()).contains("T-1").endsWith("}]}\n");
    ok("add", "third", "--id", "T-3");
    Runner.Result diff = fails(1, within("50", "jsonl", "diff", "0", "5", "--fields", "id"));
    assertThat(diff.err()).isEqualTo("2 differences\n");
    diff = fails(1, within("15", "jsonl", "diff", "0", "5", "--fields", "id"));
    assertThat(diff.out()).isEqualTo("{\"id\":\"T-1\"}\n");
    assertThat(diff.err())
        .isEqualTo("1 more rows did not fit into --max-bytes 15\n2 differences\n");
  }

  private static String[] within(String bytes, String format, String... command) {
    List<String> args = new ArrayList<>(List.of("--max-bytes", bytes, "--format", format));
    args.addAll(List.of(command));
    return args.toArray(new String[0]);
  }

  @Test
  void tailBeginsWithWhatTheLogHas() {
    ok("salvage", "store", "saved"); // it begins the log anew
    assertThat(quarry.run("--db", "saved", "tail")).isEqualTo(new Runner.Result(0, "", ""));
    ok("--db", "saved", "add", "more", "--id", "T-9");
    assertThat(ok("--db", "saved", "tail")).contains("T-9").hasLineCount(1);
    assertThat(ok("--db", "saved", "tail", "-f", "-n", "1")).contains("T-9");
    assertThat(fails(1, "--db", "saved", "tail", "--from", "1").err()).contains("no longer has");
  }

  @Test
  void historyTellsTheChangesNewestFirst() {
    assertThat(ok("history", "T-1", "--format", "csv", "--fields", "sequence,time,action,changed"))
        .isEqualTo(
            "sequence,time,action,changed\n"
                + "3,2026-11-20T23:17:00Z,updated,\"status TODO -> DONE, completed_at - ->"
                + " 2026-11-20T23:17:00Z\"\n"
                + "1,2026-11-20T23:15:00Z,created,TODO first\n");
    assertThat(ok("history", "T-2", "--format", "csv", "--fields", "action"))
        .isEqualTo("action\ndeleted\ncreated\n");
    assertThat(fails(1, "history", "T-3").err()).contains("T-3");
  }

  @Test
  void aPointInTimeBehindTheLastBackupIsRefused() {
    ok("backup", "create", "bk");
    String made = clock.get().toString();
    step();
    ok("add", "third", "--id", "T-3");
    String then = clock.get().toString();
    String[] restore = {"backup", "pitr", "bk", "new", "--to", then};
    String refused = "backup 1 was made before " + then;
    assertThat(fails(1, restore).err()).contains(refused).contains("quarry backup restore");
    assertThat(fails(1, "backup", "pitr", "bk", "new", "--to", then, "--dry-run").err())
        .contains(refused);
    assertThat(fails(1, "backup", "pitr", "bk", "new", "--to", then, "--number", "1").err())
        .contains(refused);
    assertThat(directory.resolve("new")).doesNotExist();
    ok("backup", "create", "bk");
    assertThat(ok(restore)).startsWith("restored backup 2: 2 tasks, sequence 5,");
    assertThat(ok("backup", "pitr", "bk", "older", "--to", made))
        .startsWith("restored backup 1: 1 tasks, sequence 4,");
  }

  @Test
  void undoTakesBackTheLastCommitOrTheLastChangeOfATask() {
    assertThat(ok("undo")).isEqualTo("undid: write of T-2, TODO second\n");
    assertThat(ok("show", "T-2", "--fields", "title")).contains("second");
    assertThat(ok("undo", "T-1")).contains("undid: write of T-1, status TODO -> DONE");
    assertThat(ok("count", "status = TODO")).isEqualTo("2\n");
    assertThat(ok("history", "T-1", "--format", "csv", "--fields", "cause"))
        .isEqualTo("cause\nundo\nwrite\nwrite\n");
    ok("add", "third", "--id", "T-3", "--dep", "T-2");
    assertThat(fails(7, "undo", "T-2").err()).contains("T-3");
  }

  /** Of the lease that ran out nobody wants to hear: it is the claim that was done last. */
  @Test
  void undoBehindTheEndOfALeaseTakesBackWhatCameBefore() {
    ok("add", "third", "--id", "T-3", "-p", "high");
    ok("claim", "--next", "--lease", "1s", "--owner", "me");
    step();
    assertThat(ok("ready", "--format", "jsonl", "--fields", "id")).contains("T-3"); // ended by it
    assertThat(ok("undo")).isEqualTo("undid: claim of T-3, status TODO -> IN_PROGRESS\n");
    assertThat(ok("show", "T-3", "--fields", "status")).contains("TODO");
    assertThat(ok("history", "T-3", "--format", "csv", "--fields", "cause"))
        .isEqualTo("cause\nundo\nexpire\nclaim\nwrite\n");
    for (boolean ended : new boolean[] {true, false}) {
      ok("claim", "--next", "--lease", "1s", "--owner", "me");
      ok("set", "T-3", "title=other");
      step();
      if (ended) {
        ok("ready");
      } // else the lease ends while the command runs
      assertThat(ok("undo", "T-3")).isEqualTo("undid: write of T-3, title third -> other\n");
      assertThat(ok("query", "id = T-3", "--format", "jsonl", "--fields", "title,status"))
          .contains("third");
    }
    ok("ready");
    assertThat(ok("query", "id = T-3", "--format", "jsonl", "--fields", "title,status"))
        .isEqualTo("{\"title\":\"third\",\"status\":\"TODO\"}\n");
  }

  @Test
  void diffComparesCommitsTimesAndStores() {
    Runner.Result result =
        fails(1, "diff", "2", "4", "--format", "csv", "--fields", "id,difference");
    assertThat(result.out()).isEqualTo("id,difference\nT-1,differs\nT-2,only in 2\n");
    assertThat(result.err()).contains("2 differences");
    result = quarry.run("diff", "3", "3");
    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).contains("no differences");
    assertThat(fails(1, "diff", "2026-11-20T23:16:00Z", "now").err()).contains("2 differences");
    ok("export", "-o", "all.jsonl");
    ok("--db", "other", "init");
    ok("--db", "other", "import", "all.jsonl");
    result = quarry.run("diff", "store", "other");
    assertThat(result.exitCode()).as(result.out()).isZero();
    assertThat(result.err()).contains("no differences");
    ok("--db", "other", "add", "more", "--id", "A-0");
    ok("--db", "other", "start", "T-1");
    result = fails(1, "diff", "store", "other", "--format", "csv", "--fields", "id,difference");
    assertThat(result.out()).isEqualTo("id,difference\nA-0,only in other\nT-1,differs\n");
  }

  @Test
  void tailTellsThePast() {
    assertThat(ok("tail", "--format", "csv", "--fields", "sequence,action,id")).isNotEmpty();
    assertThat(ok("tail", "--from", "1", "--format", "jsonl")).hasLineCount(3);
    assertThat(ok("tail", "--filter", "id = T-1", "--format", "jsonl")).hasLineCount(2);
    assertThat(ok("tail", "--last", "1")).contains("deleted").hasLineCount(1);
    assertThat(ok("tail", "-n", "2")).hasLineCount(2);
    assertThat(ok("tail", "-f", "-n", "4", "--from", "0")).hasLineCount(4);
    assertThat(fails(2, "tail", "--filter", "order by id").err()).contains("--filter");
  }

  @Test
  void anotherProcessFollowsTheWriter() throws Exception {
    int changes = 500;
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Quarry.class.getName(),
                    "--db",
                    directory.resolve("store").toString(),
                    "tail",
                    "-f",
                    "--from",
                    "0",
                    "-n",
                    String.valueOf(4 + changes),
                    "--format",
                    "jsonl"))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        TaskStore store = TaskStore.open(directory.resolve("store"))) {
      for (int i = 1; i <= 4; i++) {
        assertThat(lines.readLine()).startsWith("{\"sequence\":" + i + ",");
      }
      for (int i = 0; i < changes; i++) {
        store.put(Task.builder("T-1", "turn " + i).status(Status.TODO).build());
      }
      for (int i = 5; i <= 4 + changes; i++) {
        assertThat(lines.readLine()).startsWith("{\"sequence\":" + i + ",").contains("T-1");
      }
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }
}
