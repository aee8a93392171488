package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first fifteen minutes at the command line, in a locale with its own rules of case. */
final class WalkTest {
  private static final String FIRST = "TASK-20261120-231500-0001";

  private final Locale before = Locale.getDefault();

  @TempDir private Path directory;

  private Runner quarry;

  @BeforeEach
  void setUp() {
    Locale.setDefault(Locale.forLanguageTag("tr-TR"));
    quarry = new Runner(directory);
  }

  @AfterEach
  void tearDown() {
    Locale.setDefault(before);
  }

  private String ok(String... args) {
    Runner.Result result = quarry.run(args);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }

  @Test
  void walk() throws IOException {
    // C1
    assertThat(quarry.run().exitCode()).isEqualTo(2);
    // C2
    assertThat(ok("init", "demo")).isEqualTo("created demo (format 1)\n");
    assertThat(ok("--db", "demo", "info"))
        .contains("format 1")
        .containsPattern(
            "tasks 0, indexes \\d+, size [0-9.]+ [KM]B, last backup never, last verify never");
    // C3
    assertThat(
            ok(
                "--db",
                "demo",
                "add",
                "Write docs",
                "-p",
                "high",
                "-t",
                "docs",
                "--due",
                "2026-12-01"))
        .isEqualTo(FIRST + "\n");
    // C4
    assertThat(ok("--db", "demo", "add", "Publish", "--dep", FIRST))
        .isEqualTo("TASK-20261120-231500-0002\n");
    assertThat(ok("--db", "demo", "list", "--tag", "docs"))
        .isEqualTo(
            """
            ID                          STATUS  PRIO  DUE         TITLE
            TASK-20261120-231500-0001   TODO    HIGH  2026-12-01  Write docs
            """);
    importFiles();
    countAndQuery();
    // C21
    assertThat(quarry.run("--db", "demo", "query", "statsu = TODO"))
        .isEqualTo(
            new Runner.Result(
                2, "", "error: unknown field `statsu` at column 1; did you mean `status`?\n"));
    // C22
    for (String format :
        new String[] {"table", "json", "jsonl", "csv", "tsv", "md", "yaml", "raw"}) {
      assertThat(ok("--db", "demo", "list", "--format", format)).doesNotContain("\u001b");
    }
    assertThat(ok("--db", "demo", "show", FIRST, "--format", "json"))
        .contains("\"due_at\":\"2026-12-01T00:00:00Z\"")
        .contains("\"created_at\":\"2026-11-20T23:15:00Z\"");
    assertThat(ok("--db", "demo", "verify", "--deep")).startsWith("OK 6 tasks, ");
    assertThat(ok("--db", "demo", "info")).contains("last verify 2026-11-20T23:15:00Z");
  }

  private void importFiles() throws IOException {
    // C5
    Files.writeString(
        directory.resolve("plan.md"),
        """
        ---
        id: plan-it
        title: Plan it
        status: In Progress
        dependencies: [nowhere]
        ---
        ## Steps
        - [x] one
        - [ ] two
        """);
    assertThat(ok("--db", "demo", "import", "plan.md", "--dry-run")).contains("would create 1");
    assertThat(ok("--db", "demo", "import", "plan.md"))
        .startsWith("md: 1 task (plan-it)")
        .contains("2 checklist items")
        .contains("0 fields lost");
    assertThat(ok("--db", "demo", "import", "plan.md")).contains("unchanged 1");
    assertThat(ok("--db", "demo", "show", "plan-it", "--checklist", "--format", "csv"))
        .isEqualTo("number,done,text\n1,true,one\n2,false,two\n");
    // C7
    Files.writeString(
        directory.resolve("issues.jsonl"),
        """
        {"id":"bd-1","title":"Faster index","status":"open","priority":0,"labels":["performance"],"created_at":"2026-01-02T03:04:05Z","issue_type":"task"}
        {"id":"bd-2","title":"Slow list","status":"closed","priority":2,"labels":["performance"],"created_at":"2026-01-03T03:04:05Z","issue_type":"task"}
        {"id":"bd-3","title":"Cache","status":"open","priority":1,"labels":["performance"],"created_at":"2026-01-04T03:04:05Z","issue_type":"task"}
        """);
    assertThat(ok("--db", "demo", "import", "issues.jsonl", "--format", "beads"))
        .startsWith("beads: 3 tasks");
    assertThat(quarry.run("--db", "demo", "import", "absent.md").exitCode()).isEqualTo(2);
    assertThat(quarry.run("--db", "demo", "import", "plan.md", "--format", "doc").err())
        .startsWith("error: unknown import format `doc`; it is one of md, json");
  }

  private void countAndQuery() {
    // C8
    assertThat(ok("--db", "demo", "count", "--by", "status", "--format", "json"))
        .isEqualTo(
            "{\"schema_version\":1,\"data\":[{\"status\":\"TODO\",\"count\":4},"
                + "{\"status\":\"IN_PROGRESS\",\"count\":1},{\"status\":\"DONE\",\"count\":1}]}\n");
    assertThat(ok("--db", "demo", "count")).isEqualTo("6\n");
    // C9
    String query =
        "status = TODO and priority >= HIGH and tag = performance order by priority desc, created";
    assertThat(ok("--db", "demo", "query", query, "--limit", "20"))
        .isEqualTo(
            """
            ID     STATUS  PRIO      DUE  TITLE
            bd-1   TODO    CRITICAL       Faster index
            bd-3   TODO    HIGH           Cache
            """);
    assertThat(ok("--db", "demo", "query", query, "--format", "raw", "--fields", "id"))
        .isEqualTo("bd-1\nbd-3\n");
    assertThat(ok("--db", "demo", "query", query, "--format", "md", "--fields", "id,title"))
        .isEqualTo("| id | title |\n| --- | --- |\n| bd-1 | Faster index |\n| bd-3 | Cache |\n");
    // C10
    assertThat(ok("--db", "demo", "explain", query))
        .containsPattern("\\(est \\d+, examined \\d+\\) → .* → 2 rows, \\d+\\.\\d+ ms\n");
  }
}
