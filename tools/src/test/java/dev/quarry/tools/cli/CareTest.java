package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.SalvageReport;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.VerifyReport;
import dev.quarry.tools.render.Output;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that keep a store: backup, restore, salvage, repair and what tells of it. */
final class CareTest {
  private static final int TASKS = 3_000;
  private static final Comparator<Path> SIZE = Comparator.comparingLong(f -> f.toFile().length());

  @TempDir private Path directory;

  private Runner quarry;

  @BeforeEach
  void setUp() {
    quarry = new Runner(directory).variable("QUARRY_DB", "demo");
    run(0, "init");
    try (TaskStore store = TaskStore.open(directory.resolve("demo"))) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        String text = ("what task " + i + " is about, at some length ").repeat(10);
        tasks.add(Task.builder("T-" + i, "Task number " + i).description(text).build());
      }
      store.insertAll(tasks);
    }
  }

  private String run(int code, String... args) {
    Runner.Result result = quarry.run(args);
    assertThat(result.exitCode())
        .as("%s: %s %s", String.join(" ", args), result.out(), result.err())
        .isEqualTo(code);
    return result.out() + result.err();
  }

  @Test
  void backupVerifyRestoreDiff() throws IOException {
    assertThat(run(0, "backup", "create", "bk")).startsWith("backup 1: 3000 tasks, sequence 1");
    assertThat(run(0, "backup", "verify", "bk")).startsWith("OK backup 1");
    assertThat(run(0, "backup", "restore", "bk", "demo2", "--dry-run")).startsWith("would restore");
    assertThat(directory.resolve("demo2")).doesNotExist();
    assertThat(run(0, "backup", "restore", "bk", "demo3")).startsWith("restored backup 1");
    assertThat(run(0, "diff", "demo", "demo3")).contains("no differences");
    assertThat(run(0, "info")).contains("last backup 2026-11-20T23:15:00Z");
    run(0, "delete", "T-5", "--yes");
    assertThat(run(1, "diff", "demo", "demo3")).contains("T-5").contains("only in demo3");
    assertThat(run(7, "backup", "restore", "bk", "demo3")).contains("not empty");

    run(0, "backup", "create", "bk");
    String list = run(0, "backup", "list", "bk", "--format", "json");
    assertThat(list).contains("\"schema_version\":1").contains("\"number\":2,");
    assertThat(run(0, "backup", "restore", "bk", "old", "--number", "1")).contains("backup 1");
    assertThat(run(1, "backup", "verify", "bk", "--number", "9")).contains("no backup 9");
    assertThat(run(2, "backup", "purge", "bk", "--keep", "1")).contains("--yes");
    assertThat(run(0, "backup", "purge", "bk", "--keep", "1", "--dry-run")).contains("[1]");
    assertThat(run(0, "backup", "purge", "bk", "--keep=1", "--dry-run", "--format", "json"))
        .contains("{\"would_delete\":[1]}");
    assertThat(run(0, "backup", "purge", "bk", "--keep=1", "--yes", "--format", "json"))
        .contains("{\"deleted\":[1]}");
    assertThat(run(0, "backup", "delete", "bk", "2", "--yes")).contains("deleted backup 2");
    assertThat(run(1, "backup", "verify", "bk")).contains("no backups");
    assertThat(run(2, "backup")).contains("create, list, verify");
    assertThat(run(2, "backup", "pritn")).contains("unexpected argument");
  }

  @Test
  void pointInTimeRestore() throws IOException {
    run(0, "delete", "T-5", "--yes"); // sequence 2
    run(0, "backup", "create", "bk");
    run(0, "delete", "T-6", "--yes");
    run(0, "backup", "create", "bk");
    String dry = run(0, "backup", "pitr", "bk", "then", "--to", "1", "--dry-run");
    assertThat(dry).startsWith("would restore from backup 1");
    assertThat(directory.resolve("then")).doesNotExist();
    assertThat(run(0, "backup", "pitr", "bk", "then", "--to", "1"))
        .startsWith("restored backup 1: 3000 tasks, sequence 1,");
    assertThat(run(0, "--db", "then", "show", "T-5")).contains("Task number 5");
    assertThat(run(0, "--db", "then", "verify")).contains("OK");
    assertThat(run(0, "backup", "pitr", "bk", "then2", "--to", "2", "--number", "2"))
        .startsWith("restored backup 2: 2999 tasks, sequence 2,");
    assertThat(run(7, "backup", "pitr", "bk", "then", "--to", "1")).contains("not empty");
    assertThat(run(1, "backup", "pitr", "bk", "none", "--to", "9"))
        .contains("its last commit is 3");
    String[] dryToo = {"backup", "pitr", "bk", "none", "--to", "9", "--dry-run"};
    assertThat(run(1, dryToo)).contains("backup 2 was made before 9");
    assertThat(run(1, "backup", "pitr", "bk", "none", "--to", "2001-01-01"))
        .contains("no commit at or before 2001-01-01T00:00:00Z");
    assertThat(run(2, "backup", "pitr", "bk", "none")).contains("--to");
    assertThat(run(2, "backup", "pitr", "bk", "none", "--to", "whenever")).contains("--to");

    assertThat(run(0, "backup", "pitr", "demo", "live", "--to", "1", "--dry-run"))
        .startsWith("would restore demo at sequence 1, 3000 tasks");
    assertThat(directory.resolve("live")).doesNotExist();
    String json = run(0, "backup", "pitr", "demo", "live", "--to", "1", "--format", "json");
    assertThat(json).contains("\"sequence\":1").contains("\"tasks\":3000");
    assertThat(run(0, "diff", "then", "live")).contains("no differences");
    assertThat(run(1, "backup", "pitr", "demo", "none", "--to", "9")).contains("to commit 3");
    assertThat(run(2, "backup", "pitr", "demo", "none", "--to", "1", "--number", "1"))
        .contains("is a store");
    try (TaskStore store = TaskStore.open(directory.resolve("demo"))) {
      assertThat(run(4, "backup", "pitr", "demo", "none", "--to", "1")).contains("locked");
      assertThat(store.stats().tasks()).isEqualTo(TASKS - 2);
    }
    Path pool = directory.resolve("bk").resolve("files");
    try (var files = Files.list(pool)) {
      for (Path file : files.toList()) {
        Files.write(file, new byte[] {1});
      }
    }
    run(5, "backup", "pitr", "bk", "none", "--to", "1");
    run(5, "backup", "pitr", "bk", "none", "--to", "1", "--dry-run");
  }

  @Test
  void aNewerFormatHasAnExitCodeOfItsOwn() throws IOException {
    Path format = directory.resolve("demo").resolve("QUARRY");
    Files.writeString(format, Files.readString(format).replace("format=1", "format=2"));
    for (String command : List.of("list", "info", "verify")) {
      assertThat(run(6, command)).contains("newer release").contains("format 2");
    }
    assertThat(run(6, "delete", "T-1", "--yes")).contains("open it with that release");
    assertThat(run(6, "salvage", "demo", "saved")).contains("newestKnown 1");
    Files.writeString(format, Files.readString(format).replace("format=2", "format=1"));
    assertThat(run(0, "show", "T-1")).contains("Task number 1");
  }

  /** The file of the store's records. */
  private Path table() {
    String name =
        TaskStore.inspect(directory.resolve("demo")).files().stream()
            .filter(file -> file.family().equals("records"))
            .findFirst()
            .orElseThrow()
            .name();
    return directory.resolve("demo").resolve("data").resolve(name);
  }

  private void flip(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 3] ^= 4;
    Files.write(file, bytes);
  }

  @Test
  void aFlippedByteIsFoundSalvagedAndRepaired() throws IOException {
    Path table = table();
    flip(table);
    assertThat(run(5, "verify", "--deep"))
        .contains("CORRUPT " + table.getFileName())
        .contains("family records, keys 00");
    String[] chosen = {"verify", "--deep", "--fields", "ok,tasks", "--format", "json"};
    Runner.Result damaged = quarry.run(chosen);
    assertThat(damaged.exitCode()).as(damaged.err()).isEqualTo(5);
    assertThat(damaged.out().lines()).as("one answer: %s", damaged.out()).hasSize(1);
    assertThat(damaged.out()).contains("\"data\":{\"ok\":false");
    assertThat(run(2, "verify", "--fields", "problem")).contains("did you mean `problems`?");
    assertThat(run(5, "doctor")).contains("DAMAGED");
    String saved = run(5, "salvage", "demo", "demo4");
    assertThat(saved).containsPattern("salvaged 29[0-9][0-9] of 3000 tasks, lost: [0-9]{1,2}\n");
    assertThat(saved).contains("lost T-").contains("damage file " + table.getFileName());
    int left = Integer.parseInt(saved.replaceFirst("(?s)salvaged ([0-9]+) .*", "$1"));
    assertThat(run(0, "count", "--db", "demo4")).contains(String.valueOf(left));
    assertThat(run(0, "verify", "--deep", "--db", "demo4")).startsWith("OK " + left);
  }

  @Test
  void repairKeepsWhatWasThere() throws IOException {
    assertThat(run(0, "repair", "--yes")).contains("nothing to repair");
    flip(table());
    assertThat(run(5, "repair", "--dry-run")).contains("would repair");
    assertThat(run(2, "repair")).contains("--yes");
    assertThat(run(5, "repair", "--yes", "--format", "json")).contains("\"aside\":\"");
    assertThat(run(0, "verify", "--deep")).startsWith("OK 29");
    assertThat(run(0, "space")).contains("kept aside by a repair");
    assertThat(run(0, "repair", "--yes")).contains("nothing to repair");
  }

  @Test
  void whatALogHeldIsLostWithoutANumber() throws IOException {
    run(0, "--db", "small", "init");
    Path crashed = directory.resolve("crashed");
    try (TaskStore store = TaskStore.open(directory.resolve("small"))) {
      for (int i = 0; i < 40; i++) {
        store.insert(Task.builder("S-" + i, "Small " + i).description("d".repeat(300)).build());
      }
      copy(store.directory(), crashed); // as if the process had died
    }
    Path log;
    try (Stream<Path> files = Files.list(crashed.resolve("data"))) {
      log = files.filter(f -> f.toString().endsWith(".log")).max(SIZE).orElseThrow();
    }
    flip(log);
    String saved = run(5, "salvage", "crashed", "saved");
    assertThat(saved).containsPattern("^salvaged [0-9]{1,2} tasks, lost: unknown\n");
    assertThat(run(5, "--db", "crashed", "repair", "--yes"))
        .containsPattern("^repaired [0-9]{1,2} tasks, lost: unknown\n");
    assertThat(run(0, "salvage", "saved", "again"))
        .containsPattern("^salvaged ([0-9]+) of \\1 tasks, lost: none\n");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
  }

  @Test
  void theDryRunOfARepairSaysThatItOpensTheStore() {
    assertThat(run(0, "repair", "--help"))
        .contains("--dry-run", "leases that are", "an off-heap index that is missing");
  }

  @Test
  void whatCouldNotBePrintedIsNotMade() throws IOException {
    for (String format : List.of("table", "json")) {
      List<List<String>> commands =
          List.of(
              List.of("backup", "create", "bk"),
              List.of("checkpoint", "copy"),
              List.of("compact"),
              List.of("index", "create", "by-team", "attr.team"),
              List.of("index", "rebuild"),
              List.of("index", "drop", "by-team", "--yes"));
      for (List<String> command : commands) {
        List<String> args = new ArrayList<>(command);
        args.addAll(List.of("--fields", "idd", "--format", format));
        assertThat(run(2, args.toArray(String[]::new))).contains("unknown field `idd`");
      }
      Files.writeString(directory.resolve("x.jsonl"), "{\"id\":\"X\",\"title\":\"x\"}\n");
      assertThat(run(2, "--fields", "idd", "--format", format, "import", "x.jsonl"))
          .contains("unknown field `idd`");
    }
    assertThat(directory.resolve("bk")).doesNotExist();
    assertThat(directory.resolve("copy")).doesNotExist();
    assertThat(run(0, "index", "list")).doesNotContain("by-team");
    assertThat(run(1, "show", "X")).contains("no task `X`");
    assertThat(run(0, "compact", "--fields", "bytes_after", "--format", "json"))
        .contains("bytes_after");
    assertThat(run(0, "checkpoint", "copy", "--fields", "tasks", "--format", "json"))
        .contains("{\"tasks\":3000}");
    run(0, "index", "create", "by-team", "attr.team", "--fields", "created", "--format", "json");
    run(0, "index", "rebuild", "--fields", "rebuilt", "--format", "json");
    run(0, "index", "drop", "by-team", "--yes", "--fields", "dropped", "--format", "json");
  }

  @Test
  void aRepairOrSalvageWhoseLossesCouldNotBeToldIsNotMade() throws IOException {
    flip(table());
    for (String format : List.of("table", "json")) {
      for (List<String> command :
          List.of(
              List.of("repair", "--yes"),
              List.of("repair", "--dry-run"),
              List.of("salvage", "demo", "saved"))) {
        List<String> args = new ArrayList<>(command);
        args.addAll(List.of("--format", format, "--fields", "lots"));
        assertThat(run(2, args.toArray(String[]::new))).contains("unknown field `lots`");
      }
      assertThat(run(2, "repair", "--yes", "--format", format, "--max-bytes", "10"))
          .contains("--max-bytes does not go with repair");
      assertThat(run(2, "salvage", "demo", "saved", "--format", format, "--max-bytes", "10"))
          .contains("--max-bytes does not go with salvage");
    }
    assertThat(directory.resolve("saved")).doesNotExist();
    assertThat(run(5, "repair", "--dry-run", "--fields", "problems", "--format", "json"))
        .as("nothing was repaired")
        .contains("{\"problems\":[\"");
    String all = String.join(",", SalvageCommand.FIELDS);
    String told = run(5, "salvage", "demo", "saved", "--fields", all, "--format", "json");
    assertThat(run(5, "salvage", "demo", "again", "--format", "json")).isEqualTo(told);
    assertThat(run(5, "repair", "--yes", "--fields", all, "--format", "json"))
        .contains("\"lost\":[\"T-", "\"aside\":\"");
  }

  @Test
  void whatBackupsAndNewStoresCouldNotTellIsNotDone() throws IOException {
    run(0, "backup", "create", "bk");
    Files.writeString(
        Files.createDirectory(directory.resolve("tasks")).resolve("a.md"), "---\nid: A\n---\n");
    List<List<String>> commands =
        List.of(
            List.of("backup", "restore", "bk", "new"),
            List.of("backup", "pitr", "bk", "new", "--to", "1"),
            List.of("backup", "pitr", "demo", "new", "--to", "1"),
            List.of("init", "new"),
            List.of("--db", "new", "watch", "tasks", "--once"),
            List.of("--config", "c.yaml", "config", "set", "query.timeout_seconds", "60"),
            List.of("backup", "delete", "bk", "1", "--yes"),
            List.of("backup", "purge", "bk", "--keep", "0", "--yes"));
    for (String format : List.of("table", "jsonl")) {
      for (List<String> command : commands) {
        List<String> args = new ArrayList<>(List.of("--format", format, "--fields", "idd"));
        args.addAll(command);
        assertThat(run(2, args.toArray(String[]::new))).contains("unknown field `idd`");
      }
    }
    assertThat(directory.resolve("new")).doesNotExist();
    assertThat(directory.resolve("c.yaml")).doesNotExist();
    assertThat(run(0, "backup", "list", "bk", "--format", "jsonl")).contains("\"number\":1,");
  }

  @Test
  void whatIsDoneAndCouldNotBeToldSaysSo() {
    run(0, "backup", "create", "bk");
    assertThat(run(9, "--max-bytes", "10", "backup", "purge", "bk", "--keep=9", "--format", "json"))
        .doesNotContain("done, but");
    List<List<String>> commands =
        List.of(
            List.of("backup", "restore", "bk", "a"),
            List.of("backup", "pitr", "bk", "b", "--to", "1"),
            List.of("backup", "pitr", "demo", "c", "--to", "1"),
            List.of("init", "d"),
            List.of("--config", "c.yaml", "config", "set", "query.timeout_seconds", "60"),
            List.of("backup", "delete", "bk", "1", "--yes"));
    for (List<String> command : commands) {
      assertThat(tooLarge(command)).contains("error: done, but the output does not fit");
    }
    assertThat(run(0, "--db", "a", "count")).isEqualTo("3000\n");
    assertThat(run(0, "--db", "b", "count")).isEqualTo("3000\n");
    assertThat(run(0, "--db", "c", "count")).isEqualTo("3000\n");
    assertThat(run(0, "--db", "d", "count")).isEqualTo("0\n");
    run(0, "backup", "create", "bk");
    assertThat(tooLarge(List.of("backup", "purge", "bk", "--keep", "0", "--yes")))
        .contains("error: done, but", "next: do not repeat it; quarry backup list");
    assertThat(run(0, "backup", "list", "bk", "--format", "raw")).isEmpty();
  }

  private String tooLarge(List<String> command) {
    List<String> args = new ArrayList<>(List.of("--format", "json", "--max-bytes", "10"));
    args.addAll(command);
    return run(9, args.toArray(String[]::new));
  }

  @Test
  void anImportIntoANewStoreThatCannotBeToldIsDone() throws IOException {
    Files.writeString(directory.resolve("x.jsonl"), "{\"id\":\"X\",\"title\":\"x\"}\n");
    assertThat(run(9, "--db", "new", "--max-bytes", "5", "--format", "json", "import", "x.jsonl"))
        .contains("error: done, but the output does not fit", "do not repeat it");
    Files.writeString(directory.resolve("y.jsonl"), "{\"id\":\"Y\",\"title\":\"y\"}\n");
    String[] two = {"--db", "two", "--max-bytes", "5", "--format", "json", "import"};
    String[] files = {"x.jsonl", "y.jsonl"};
    assertThat(run(9, Stream.of(two, files).flatMap(Stream::of).toArray(String[]::new)))
        .contains("error: done, but the output does not fit");
    assertThat(run(0, "--db", "two", "count")).isEqualTo("2\n");
    assertThat(run(0, "--db", "new", "show", "X", "--format", "json")).contains("\"X\"");
    String all = String.join(",", ImportCommand.FIELDS);
    String told = run(0, "--fields", all, "--format", "json", "import", "x.jsonl");
    assertThat(run(0, "--format", "json", "import", "x.jsonl").split("\":", -1))
        .hasSameSizeAs(told.split("\":", -1));
  }

  @Test
  void aWrongIndexIsToldByARepairAndItsDryRun() {
    String wrong = "posting list of status TODO lacks T-1";
    VerifyReport found = new VerifyReport(1, TASKS, 1, 1, List.of(), true, List.of(wrong), 1);
    quarry.opener(options -> verifying(TaskStore.open(options), found));
    assertThat(run(5, "repair", "--dry-run")).isEqualTo("would repair:\n" + wrong + "\n");
    quarry.opener(TaskStore::open);
    assertThat(run(0, "repair", "--dry-run")).isEqualTo("no damage found\n");

    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    Context context = new Context(Terminal.ofProcess(), TaskStore::open, InstantSource.system());
    SessionOptions options =
        SessionOptions.of(context.terminal(), new RootCommand(), new RepairCommand());
    try (Output out = new Output(printed)) {
      RepairCommand.print(
          new Session(context, options, out),
          new SalvageReport(
              7, 9, List.of(), 0, List.of(), 0, List.of(), 0, Optional.empty(), true));
    }
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .isEqualTo("the off-heap index was wrong and is built anew: 7 tasks\n");
  }

  @Test
  void verifyNamesWhatItDidNotCompare() {
    List<String> names = List.of("status", "team");
    VerifyReport found = new VerifyReport(1, TASKS, 1, 9, names, false, List.of(), 0);
    quarry.opener(options -> verifying(TaskStore.open(options), found));
    Runner.Result result = quarry.run("verify");
    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .isEqualTo(
            "OK " + TASKS + " tasks, 9 indexes, 0 differences; not compared: status, team\n");
    assertThat(result.err()).startsWith("note: the off-heap index was not compared");
    assertThat(quarry.run("verify", "--format", "json").out())
        .contains("\"indexes\":9,\"not_compared\":[\"status\",\"team\"],");
  }

  private static TaskStore verifying(TaskStore store, VerifyReport found) {
    return (TaskStore)
        Proxy.newProxyInstance(
            TaskStore.class.getClassLoader(),
            new Class<?>[] {TaskStore.class},
            (proxy, method, arguments) ->
                method.getName().equals("verify") ? found : method.invoke(store, arguments));
  }

  @Test
  void lockInfoSpaceCheckpointDoctor() {
    assertThat(run(0, "lock-info")).isEqualTo("not locked\n");
    try (TaskStore store = TaskStore.open(directory.resolve("demo"))) {
      String locked = run(4, "lock-info", "--format", "json");
      assertThat(locked)
          .contains("\"locked\":true")
          .contains("\"pid\":\"" + ProcessHandle.current().pid() + "\"");
      assertThat(run(4, "checkpoint", "now")).contains("locked by pid");
      assertThat(store.isReadOnly()).isFalse();
    }
    assertThat(run(0, "checkpoint", "now")).isEqualTo("checkpoint now: 3000 tasks\n");
    assertThat(run(0, "diff", "demo", "now")).contains("no differences");
    assertThat(run(0, "space", "--format", "json")).contains("records and ordered indexes");
    assertThat(run(1, "doctor")).contains("every block read").contains("advice");
    run(0, "verify", "--deep");
    run(0, "backup", "create", "bk");
    assertThat(run(0, "doctor")).doesNotContain("advice");
    assertThat(run(3, "doctor", "--db", "nowhere")).contains("no store");
    assertThat(run(3, "salvage", "nowhere", "x")).contains("no store at");
    assertThat(run(0, "help", "backup")).contains("quarry backup restore /media/backups restored");
  }
}
