package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.tools.format.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on real stores. */
final class StoreTest {
  private static final Pattern NEXT = Pattern.compile("\"next\":\"([^\"]+)\"");

  @TempDir private Path directory;

  private Runner quarry;

  @BeforeEach
  void setUp() {
    quarry = new Runner(directory).variable("QUARRY_DB", "store");
    ok("init");
  }

  private String ok(String... args) {
    Runner.Result result = quarry.run(args);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }

  private void fill(int count) {
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        tasks.add(Task.builder("T-" + i, "Task number " + i).tag("t" + i % 7).build());
      }
      store.insertAll(tasks);
    }
  }

  @Test
  void initRefusesWhatIsThere() {
    Runner.Result result = quarry.run("init");
    assertThat(result.exitCode()).isEqualTo(7);
    assertThat(result.err()).contains("exists and is not empty").hasLineCount(3);
  }

  @Test
  void addFillsEveryField() {
    ok("add", "first", "--id", "T-1");
    String id =
        ok(
                "add",
                "@title",
                "-p",
                "CRITICAL",
                "-s",
                "in-progress",
                "-t",
                "a",
                "-t",
                "b",
                "--due",
                "+1d",
                "--dep",
                "T-1",
                "--project",
                "p",
                "--agent",
                "A",
                "--assignee",
                "me",
                "-d",
                "long\ntext",
                "--notes",
                "n",
                "--attr",
                "k=v=w",
                "--estimated",
                "2.5")
            .strip();
    assertThat(ok("show", id, "--format", "json"))
        .contains(
            "\"status\":\"IN_PROGRESS\",\"priority\":\"CRITICAL\","
                + "\"due_at\":\"2026-11-21T23:15:00Z\",\"title\":\"@title\",\"project\":\"p\","
                + "\"agent\":\"A\",\"assignee\":\"me\",\"tags\":[\"a\",\"b\"],"
                + "\"dependencies\":[\"T-1\"]")
        .contains("\"estimated_hours\":2.5,\"description\":\"long\\ntext\",\"notes\":\"n\"")
        .contains("\"attributes\":{\"k\":\"v=w\"}");
    assertThat(ok("show", id)).contains("description\n  long\n  text\n");
    assertThat(quarry.run("add", "again", "--id", "T-1").exitCode()).isEqualTo(7);
    assertThat(quarry.run("add", "x", "--id", " ").exitCode()).isEqualTo(2);
  }

  @Test
  void idsOfOneSecondDiffer() {
    Set<String> ids = new LinkedHashSet<>();
    for (int i = 0; i < 5; i++) {
      ids.add(ok("add", "task " + i).strip());
    }
    assertThat(ids).hasSize(5).allMatch(id -> id.startsWith("TASK-20261120-231500-000"));
  }

  @Test
  void setChangesFields() {
    ok("add", "x", "--id", "T", "-t", "a");
    ok("set", "T", "status=done", "priority=low", "tags+=b,c", "tags-=a", "due=2026-12-24");
    ok("set", "T", "attr.team=core", "title=New title", "estimated=3", "deps=A,B");
    assertThat(
            ok(
                "show",
                "T",
                "--fields",
                "status,priority,tags,due,attr.team,title",
                "--format",
                "csv"))
        .isEqualTo(
            """
            status,priority,tags,due_at,attr.team,title
            DONE,LOW,b;c,2026-12-24T00:00:00Z,core,New title
            """);
    ok("set", "T", "due=", "attr.team=", "tags=");
    assertThat(ok("show", "T", "--format", "json")).doesNotContain("due_at", "team", "tags");
    assertThat(quarry.run("set", "T", "title=").exitCode()).isEqualTo(2);
    assertThat(quarry.run("set", "T", "id=U").exitCode()).isEqualTo(2);
    assertThat(quarry.run("set", "absent", "title=x").exitCode()).isEqualTo(1);
  }

  @Test
  void setChecksTheVersion() {
    ok("add", "x", "--id", "T");
    String version = ok("show", "T", "--fields", "version", "--format", "raw").strip();
    ok("set", "T", "title=y", "--if-version", version);
    Runner.Result late = quarry.run("set", "T", "title=z", "--if-version", version);
    assertThat(late.exitCode()).isEqualTo(7);
    assertThat(late.err().lines()).hasSize(3);
  }

  @Test
  void verbsSetTheStatus() {
    fill(6);
    ok("start", "T-0");
    ok("done", "T-1", "T-2");
    ok("fail", "T-3");
    ok("cancel", "T-4");
    assertThat(ok("block", "T-5")).isEqualTo("ID    STATUS\nT-5   BLOCKED\n");
    assertThat(ok("count", "--by", "status", "--format", "csv"))
        .isEqualTo("status,count\nIN_PROGRESS,1\nBLOCKED,1\nDONE,2\nFAILED,1\nCANCELLED,1\n");
    Runner.Result partly = quarry.run("done", "T-0", "T-99");
    assertThat(partly.exitCode()).isEqualTo(1);
    assertThat(partly.out()).contains("T-0   DONE");
    assertThat(partly.err()).contains("no task `T-99`");
  }

  @Test
  void countsByTheAttributeThatIsNamed() {
    fill(3);
    ok("set", "T-0", "attr.start_at=monday", "attr.start=x");
    ok("set", "T-1", "attr.start_at=monday", "attr.spent_hours=2");
    assertThat(ok("count", "--by", "attr.start_at", "--format", "csv"))
        .isEqualTo("attr.start_at,count\nmonday,2\n,1\n");
    assertThat(ok("count", "--by", "attr.spent_hours", "--format", "csv")).contains("2,1\n");
    assertThat(ok("count", "--by", "created_at", "--format", "csv")).startsWith("created,");
  }

  @Test
  void chosenFieldsAreShownInATableToo() throws IOException {
    Files.writeString(directory.resolve("x.jsonl"), "{\"id\":\"X\",\"title\":\"x\"}\n{\n");
    Path folder = Files.createDirectory(directory.resolve("tasks"));
    Files.writeString(folder.resolve("w.md"), "---\nid: W\ntitle: w\n---\n");
    String[][] shown = {
      {"title   New\nstatus  TODO\n", "title,status", "add", "New", "--id", "A"},
      {"id  B\n", "id", "add", "Other", "--id", "B"},
      {"dependencies  A\n", "dependencies", "dep", "add", "B", "A"},
      {"count  2\n", "count", "count"},
      {"returned_rows  2\n", "returned_rows", "explain", "status = todo"},
      {"tasks  2\n", "tasks", "checkpoint", "now"},
      {"created  by-team\n", "created", "index", "create", "by-team", "attr.team"},
      {"rebuilt  all\n", "rebuilt", "index", "rebuild"},
      {"format  1\n", "format", "init", "other"},
      {"ok             true\nproblem_count  0\n", "ok,problem_count", "verify"},
      {"ID   UNDID\nB    write\n", "id,undid", "undo"},
      {"version  " + Version.number() + "\n", "version", "version"},
      {"complete  true\n", "complete", "repair", "--yes"},
      {"database  readable\n", "database", "repair", "--dry-run"},
      {"write  -  B\n", "cause,actor,id", "tail", "--from", "1", "--limit", "1"},
      {"0  1\n", "errors,files", "watch", "tasks", "--once"},
    };
    for (String[] one : shown) {
      List<String> args = new ArrayList<>(List.of("--fields", one[1]));
      args.addAll(List.of(one).subList(2, one.length));
      assertThat(ok(args.toArray(String[]::new))).as("%s", args).isEqualTo(one[0]);
    }
    assertThat(ok("--fields", "bytes_after", "compact")).containsPattern("^bytes_after  \\d+\n$");
    Runner.Result imported = quarry.run("--fields", "created", "import", "x.jsonl");
    assertThat(imported.out()).isEqualTo("created  1\n");
    assertThat(imported.err()).contains("error: ");
  }

  @Test
  void aDryRunOfADeletionNeedsNoWritersPlace() {
    fill(5);
    ok("dep", "add", "T-1", "T-0");
    try (TaskStore held = TaskStore.open(directory.resolve("store"))) {
      String[] raw = {"--format", "raw", "--fields", "id", "delete", "--dry-run", "--query", ""};
      raw[7] = "id >= 'T-3'";
      assertThat(ok(raw)).isEqualTo("T-3\nT-4\n");
      raw[7] = "ready and id < 'T-3'";
      assertThat(ok(raw)).isEqualTo("T-0\nT-2\n");
      Runner.Result partly = quarry.run("delete", "T-0", "nobody", "--dry-run");
      assertThat(partly.exitCode()).isEqualTo(1);
      assertThat(partly.out()).contains("T-0");
      assertThat(partly.err()).contains("no task `nobody`");
      assertThat(quarry.run("delete", "T-0", "--yes").exitCode()).isEqualTo(4);
      assertThat(held.stats().tasks()).isEqualTo(5);
    }
  }

  @Test
  void deleteAsksOrRefuses() {
    fill(5);
    Runner.Result refused = quarry.run("delete", "T-0");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("--yes").hasLineCount(3);
    assertThat(ok("delete", "T-0", "--dry-run")).contains("T-0");
    assertThat(ok("count")).isEqualTo("5\n");
    ok("delete", "T-0", "--yes");
    assertThat(
            new Runner(directory).terminal("n\n").run("--db", "store", "delete", "T-1").exitCode())
        .isEqualTo(1);
    assertThat(ok("count")).isEqualTo("4\n");
    Runner.Result asked =
        new Runner(directory).terminal("y\n").run("--db", "store", "delete", "T-1");
    assertThat(asked.exitCode()).isZero();
    assertThat(asked.err()).contains("delete 1 task? [y/N] ");
    ok("delete", "--query", "id >= 'T-3'", "-y");
    assertThat(ok("list", "--format", "raw", "--fields", "id")).isEqualTo("T-2\n");
    assertThat(quarry.run("delete", "T-77", "-y").exitCode()).isEqualTo(1);
    assertThat(quarry.run("delete").exitCode()).isEqualTo(2);
  }

  @Test
  void pagesGoOnWithoutHoleOrDouble() {
    fill(103);
    List<String> seen = new ArrayList<>();
    String after = "";
    do {
      String json =
          ok("list", "--limit", "10", "--after", after, "--format", "json", "--fields", "id");
      Matcher ids = Pattern.compile("\"id\":\"([^\"]+)\"").matcher(json);
      while (ids.find()) {
        seen.add(ids.group(1));
      }
      Matcher next = NEXT.matcher(json);
      after = next.find() ? next.group(1) : null;
    } while (after != null);
    assertThat(seen).hasSize(103).doesNotHaveDuplicates();
    Runner.Result table = quarry.run("list", "-n", "3");
    assertThat(table.out()).hasLineCount(4);
    assertThat(table.err()).startsWith("more: --after ");
    assertThat(quarry.run("list", "--after", "nonsense").exitCode()).isEqualTo(2);
    assertThat(ok("list", "--all", "--format", "raw", "--fields", "id")).hasLineCount(103);
    assertThat(ok("list", "--tag", "t1", "--format", "raw", "--fields", "id")).hasLineCount(15);
  }

  @Test
  void budgetOfBytesKeepsTheContinuationExact() {
    fill(50);
    List<String> seen = new ArrayList<>();
    String after = "";
    do {
      String json =
          ok("list", "--after", after, "--format", "json", "--fields", "id", "--max-bytes", "600");
      assertThat(json.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(600);
      Matcher ids = Pattern.compile("\"id\":\"([^\"]+)\"").matcher(json);
      while (ids.find()) {
        seen.add(ids.group(1));
      }
      Matcher next = NEXT.matcher(json);
      after = next.find() ? next.group(1) : null;
    } while (after != null);
    assertThat(seen).hasSize(50).doesNotHaveDuplicates();
    assertThat(quarry.run("list", "--format", "jsonl", "--max-bytes", "10").exitCode())
        .isEqualTo(9);
  }

  @Test
  void notFoundIsOne() {
    Runner.Result result = quarry.run("show", "nope");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("error: no task `nope`\nwhy: ").hasLineCount(3);
  }

  @Test
  void readersWorkBesideAWriterAndWritersAreRefused() {
    fill(3);
    try (TaskStore writer = TaskStore.open(directory.resolve("store"))) {
      assertThat(writer.isReadOnly()).isFalse();
      assertThat(ok("count")).isEqualTo("3\n");
      assertThat(ok("list", "--tag", "t1", "--format", "raw", "--fields", "id")).isEqualTo("T-1\n");
      Runner.Result stats = quarry.run("stats", "--fields", "tasks", "--format", "raw");
      assertThat(stats.exitCode()).as(stats.err()).isZero();
      assertThat(stats.out()).isEqualTo("3\n");
      assertThat(stats.err()).startsWith("note: the store is held by pid ");
      Runner.Result add = quarry.run("add", "x");
      assertThat(add.exitCode()).isEqualTo(4);
      assertThat(add.err()).contains("locked").contains("pid");
    }
  }

  @Test
  void closedPipeIsQuiet() {
    fill(2_000);
    OutputStream head =
        new OutputStream() {
          private int left = 1;

          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }

          @Override
          public void write(byte[] b, int off, int len) throws IOException {
            if (left-- == 0) {
              throw new IOException("Broken pipe");
            }
          }
        };
    assertThat(quarry.run(head, "list", "--all", "--format", "csv"))
        .isEqualTo(new Runner.Result(0, "", ""));
  }

  @Test
  void memoryIsATreeWhosePartsSumUp() {
    fill(2_000);
    Object read = Json.parse(ok("stats", "memory", "--format", "json"));
    Map<?, ?> data = (Map<?, ?>) ((Map<?, ?>) read).get("data");
    assertThat(number(data.get("limit_bytes"))).isEqualTo(512L << 20);
    assertThat(data.get("fits")).isEqualTo(true);
    List<?> parts = (List<?>) data.get("parts");
    assertThat(parts.stream().map(part -> ((Map<?, ?>) part).get("name").toString()))
        .containsExactly("record_cache", "index", "block_cache", "memtables", "open_files");
    long total = number(data.get("total_bytes"));
    assertThat(total).isPositive();
    assertThat(sum(parts)).isCloseTo(total, withinPercentage(5));
    long branches = 0;
    for (Object part : parts) {
      Map<?, ?> node = (Map<?, ?>) part;
      if (node.get("parts") != null) {
        branches++;
        assertThat(sum((List<?>) node.get("parts")))
            .as("parts of %s", node.get("name"))
            .isCloseTo(number(node.get("bytes")), withinPercentage(5));
      }
    }
    assertThat(branches).isEqualTo(3);
    Map<?, ?> process = (Map<?, ?>) data.get("process");
    assertThat(process.keySet().stream().map(String::valueOf))
        .containsExactly("rss", "vms", "cpu_percent", "current", "peak");
    assertThat(number(process.get("peak"))).isGreaterThanOrEqualTo(number(process.get("current")));
    assertThat(ok("stats", "memory")).contains("limit", "512", "block_cache", "rss");
  }

  private static long sum(List<?> parts) {
    return parts.stream().mapToLong(part -> number(((Map<?, ?>) part).get("bytes"))).sum();
  }

  private static long number(Object value) {
    return new BigDecimal(value.toString()).longValueExact();
  }

  @Test
  void lookingInside() {
    fill(10);
    assertThat(ok("dump")).hasLineCount(10).contains("{\"key\":\"", "\"ordinal\":");
    assertThat(ok("stats", "--format", "json")).contains("\"tasks\":10");
    assertThat(ok("stats")).contains("families");
    assertThat(ok("inspect")).contains("database", "Column families", "Files", "records");
    assertThat(ok("inspect", "--format", "json")).contains("\"tasks\":10", "\"problems\":[]");
    assertThat(ok("info", "--format", "json")).contains("\"tasks\":10");
    assertThat(ok("verify")).startsWith("OK 10 tasks, ");
    assertThat(ok("verify", "--deep", "--format", "json")).contains("\"ok\":true");
    assertThat(ok("compact")).startsWith("compacted: ");
    assertThat(ok("explain", "status = TODO", "--format", "json")).contains("\"access\":");
  }

  @Test
  void indexesComeAndGo() {
    fill(10);
    String before = ok("index", "list", "--format", "raw", "--fields", "name");
    ok("index", "create", "by-project", "project", "priority desc");
    ok("index", "create", "by-team", "attr.team", "--equality");
    assertThat(ok("index", "list", "--format", "csv"))
        .contains("by-project,ordered,\"project, priority desc\",READABLE,false")
        .contains("by-team,equality,attr.team,READABLE,false");
    assertThat(quarry.run("index", "drop", "by-team").exitCode()).isEqualTo(2);
    ok("index", "drop", "by-team", "--dry-run");
    Runner.Result tight =
        quarry.run("index", "drop", "by-team", "--dry-run", "--max-bytes", "5", "--format", "json");
    assertThat(tight.exitCode()).isEqualTo(9);
    assertThat(tight.err()).startsWith("error: the output does not fit into --max-bytes 5");
    assertThat(ok("index", "list")).contains("by-team");
    ok("index", "drop", "by-team", "--yes");
    ok("index", "drop", "by-project", "--yes");
    assertThat(ok("index", "list", "--format", "raw", "--fields", "name")).isEqualTo(before);
    assertThat(quarry.run("index", "drop", "nope", "-y").exitCode()).isEqualTo(1);
    assertThat(
            quarry.run("index", "drop", before.lines().findFirst().orElseThrow(), "-y").exitCode())
        .isEqualTo(2);
    ok("index", "rebuild");
    ok("verify");
  }

  @Test
  void colourOnATerminalOnly() {
    fill(1);
    Runner terminal = new Runner(directory).terminal("").variable("TERM", "xterm");
    assertThat(terminal.run("--db", "store", "list").out()).contains("\u001b[1m");
    assertThat(terminal.run("--db", "store", "list", "--no-color").out()).doesNotContain("\u001b");
    assertThat(terminal.variable("NO_COLOR", "1").run("--db", "store", "list").out())
        .doesNotContain("\u001b");
  }

  @Test
  void demoRunsInItsOwnDirectoryOnly() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Runner.Result result = quarry.run(out, "demo", "tour");
    assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
    assertThat(result.out()).contains("verify --deep", "quarry --db tour ");
    assertThat(quarry.run("demo", "store").exitCode()).isEqualTo(7);
    Files.createDirectory(directory.resolve("empty"));
  }
}
