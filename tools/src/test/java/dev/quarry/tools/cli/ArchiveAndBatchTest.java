package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands archive, restore, purge and batch. */
class ArchiveAndBatchTest {
  private static final Instant LATER = Instant.parse("2027-06-01T00:00:00Z");

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

  private Runner.Result batch(String input, String... more) {
    String[] args = new String[1 + more.length];
    args[0] = "batch";
    System.arraycopy(more, 0, args, 1, more.length);
    return new Runner(directory).variable("QUARRY_DB", "store").input(input).run(args);
  }

  private static String insert(String id) {
    return "{\"op\":\"insert\",\"task\":{\"id\":\"" + id + "\",\"title\":\"t\"}}\n";
  }

  @Test
  void anAtomicBatch() {
    Runner.Result made =
        batch(
            insert("A")
                + insert("B")
                + "\n"
                + "{\"op\":\"set\",\"id\":\"A\",\"set\":[\"priority=high\",\"tags+=x\"]}\n"
                + "{\"op\":\"status\",\"id\":\"B\",\"status\":\"done\"}\n"
                + "{\"op\":\"put\",\"task\":{\"id\":\"C\",\"title\":\"t\"}}\n"
                + "{\"op\":\"delete\",\"id\":\"C\"}\n");
    assertThat(made.exitCode()).as(made.err()).isZero();
    assertThat(made.out().lines()).hasSize(6);
    assertThat(made.out().lines().toList().get(2))
        .isEqualTo("{\"line\":4,\"op\":\"set\",\"id\":\"A\",\"sequence\":1}");
    assertThat(ok("count", "priority = high and tags = x")).isEqualTo("1\n");
    assertThat(ok("count", "status = done")).isEqualTo("1\n");
    assertThat(ok("count")).isEqualTo("2\n");
  }

  @Test
  void aWrongLineIsNamedAndNothingIsWritten() {
    Runner.Result twice = batch(insert("A") + insert("B") + insert("A"));
    assertThat(twice.exitCode()).isNotZero();
    assertThat(twice.out()).isEmpty();
    assertThat(twice.err()).contains("line 3").contains("id=A");
    for (String line :
        new String[] {
          "{\"op\":\"fly\",\"id\":\"A\"}",
          "{\"op\":",
          "[]",
          "{\"op\":\"set\",\"id\":\"A\"}",
          "{\"op\":\"insert\",\"task\":{\"id\":\"A\"}}",
          "{\"op\":\"status\",\"id\":\"A\",\"status\":\"gone\"}"
        }) {
      Runner.Result wrong = batch(insert("B") + line + "\n");
      assertThat(wrong.exitCode()).as(line).isEqualTo(2);
      assertThat(wrong.err()).as(line).contains("line 2");
    }
    Runner.Result absent = batch("{\"op\":\"status\",\"id\":\"Z\",\"status\":\"done\"}\n");
    assertThat(absent.exitCode()).isEqualTo(1);
    assertThat(absent.err()).contains("line 1");
    assertThat(ok("count")).isEqualTo("0\n");
  }

  @Test
  void chunksThatFailAreTold() {
    Runner.Result made =
        batch(insert("A") + insert("B") + insert("B") + insert("C") + insert("D"), "--chunk", "2");
    assertThat(made.exitCode()).isEqualTo(1);
    assertThat(made.out().lines().toList())
        .hasSize(5)
        .element(2)
        .asString()
        .contains("\"error\":\"line 3");
    assertThat(ok("list", "--format", "raw", "--fields", "id")).isEqualTo("A\nB\nD\n");
  }

  private static String inserts(int from, int to) {
    return IntStream.rangeClosed(from, to)
        .mapToObj(i -> insert("T-" + i))
        .collect(Collectors.joining());
  }

  private static Set<String> sequences(List<String> answers) {
    return answers.stream()
        .map(answer -> answer.substring(answer.lastIndexOf("\"sequence\":")))
        .collect(Collectors.toSet());
  }

  @Test
  void ofTenThousandLinesOneChunkFailsAndIsSentAgain() {
    String wrong = inserts(1, 5_049) + insert("T-1") + inserts(5_051, 10_000);
    Runner.Result made = batch(wrong, "--chunk", "100");
    assertThat(made.exitCode()).isEqualTo(1);
    List<String> answers = made.out().lines().toList();
    assertThat(answers).hasSize(10_000);
    assertThat(answers.subList(5_000, 5_100)).allMatch(a -> a.contains("\"error\":\"line 5050: "));
    Set<String> commits = new HashSet<>();
    for (int from = 0; from < 10_000; from += 100) {
      if (from != 5_000) {
        Set<String> ofChunk = sequences(answers.subList(from, from + 100));
        assertThat(ofChunk).as("chunk from line %d", from + 1).hasSize(1);
        commits.addAll(ofChunk);
      }
    }
    assertThat(commits).hasSize(99);
    assertThat(ok("count")).isEqualTo("9900\n");
    for (int i : new int[] {5_001, 5_049, 5_051, 5_100}) {
      assertThat(ok("count", "id = T-" + i)).as("T-%d", i).isEqualTo("0\n");
    }
    assertThat(batch(inserts(5_001, 5_100), "--chunk", "100").exitCode()).isZero();
    assertThat(ok("count")).isEqualTo("10000\n");
  }

  @Test
  void ofTenThousandLinesOneThatIsNoOperationEndsTheCommandBeforeItsChunk() {
    Runner.Result made =
        batch(inserts(1, 5_049) + "[]\n" + inserts(5_051, 10_000), "--chunk", "100");
    assertThat(made.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(made.err()).contains("line 5050 ").contains("nothing of its chunk was written");
    assertThat(made.out().lines()).hasSize(5_000).noneMatch(answer -> answer.contains("error"));
    assertThat(ok("count")).isEqualTo("5000\n");
    assertThat(batch(inserts(5_001, 10_000), "--chunk", "100").exitCode()).isZero();
    assertThat(ok("count")).isEqualTo("10000\n");
  }

  @Test
  void aLineMayBeAsLongAsATask() {
    String description = "x".repeat(1_100_000);
    String put = "{\"op\":\"put\",\"task\":{\"id\":\"A\",\"title\":\"t\",\"description\":\"";
    Runner.Result made = batch(put + description + "\"}}\n" + insert("B"));
    assertThat(made.exitCode()).as(made.err()).isZero();
    assertThat(ok("show", "A", "--format", "json")).contains(description);
    assertThat(ok("count")).isEqualTo("2\n");
    InputStream in = new ByteArrayInputStream("abcd\nabcde\n".getBytes(StandardCharsets.UTF_8));
    assertThat(Lines.readLine(in, 4)).isEqualTo("abcd");
    assertThatThrownBy(() -> Lines.readLine(in, 4)).hasMessageContaining("longer than 4 bytes");
  }

  @Test
  void theLineThatClosesACircleIsNamed() {
    String put =
        "{\"op\":\"put\",\"task\":{\"id\":\"%s\",\"title\":\"t\",\"dependencies\":[%s]}}\n";
    Runner.Result two =
        batch(
            put.formatted("A", "")
                + put.formatted("B", "\"A\"")
                + "{\"op\":\"set\",\"id\":\"A\",\"set\":[\"dependencies=B\"]}\n"
                + "{\"op\":\"set\",\"id\":\"B\",\"set\":[\"title=x\"]}\n");
    assertThat(two.exitCode()).isEqualTo(7);
    assertThat(two.err()).contains("line 3:");
    String three =
        put.formatted("A", "")
            + put.formatted("B", "\"A\"")
            + put.formatted("C", "\"B\"")
            + "{\"op\":\"set\",\"id\":\"A\",\"set\":[\"dependencies+=C\"]}\n";
    assertThat(batch(three).err()).contains("line 4:");
    assertThat(ok("count")).isEqualTo("0\n");
    assertThat(batch(three, "--chunk", "4").out()).contains("\"error\":\"line 4: ");
  }

  @Test
  void aValueThatATaskRefusesFailsItsChunkOnly() {
    String set = "{\"op\":\"set\",\"id\":\"A\",\"set\":[\"tags+=" + "x".repeat(1_025) + "\"]}\n";
    Runner.Result chunks = batch(insert("A") + set + insert("B"), "--chunk", "1");
    assertThat(chunks.exitCode()).isEqualTo(1);
    assertThat(chunks.out().lines()).hasSize(3);
    assertThat(chunks.out().lines().toList().get(1))
        .startsWith("{\"line\":2,\"op\":\"set\",\"id\":\"A\",\"error\":\"line 2: ")
        .contains("1025");
    assertThat(ok("count")).isEqualTo("2\n");
    Runner.Result one = batch(insert("C") + set);
    assertThat(one.exitCode()).isEqualTo(2);
    assertThat(one.out()).isEmpty();
    assertThat(one.err()).contains("line 2").contains("1025");
    assertThat(ok("count")).isEqualTo("2\n");
  }

  @Test
  void archiveRestorePurge() {
    batch(insert("A") + insert("B") + insert("C"));
    ok("done", "A", "B");
    assertThat(ok("archive", "A", "--dry-run")).isEqualTo("would archive 1\n");
    assertThat(ok("count")).isEqualTo("3\n");
    assertThat(ok("archive", "A")).isEqualTo("archived 1\n");
    assertThat(quarry.run("show", "A").exitCode()).isEqualTo(1);
    assertThat(quarry.run("add", "again", "--id", "A").exitCode()).isNotZero();
    assertThat(quarry.run("archive", "nobody").exitCode()).isEqualTo(1);
    assertThat(ok("restore", "A")).isEqualTo("restored 1\n");
    assertThat(ok("count")).isEqualTo("3\n");

    quarry.clock(InstantSource.fixed(LATER));
    assertThat(ok("archive", "--older-than=-90d", "--dry-run")).isEqualTo("would archive 2\n");
    assertThat(quarry.run("archive", "--older-than=-90d").exitCode()).as("unasked").isEqualTo(2);
    assertThat(ok("archive", "--older-than=-90d", "--yes")).isEqualTo("archived 2\n");
    assertThat(ok("count")).isEqualTo("1\n");
    assertThat(ok("purge", "--older-than=-90d", "--dry-run")).isEqualTo("would purge 2\n");
    assertThat(quarry.run("purge", "--older-than=-90d").exitCode()).as("unasked").isEqualTo(2);
    assertThat(ok("purge", "--older-than=-90d", "--yes")).isEqualTo("purged 2\n");
    assertThat(quarry.run("restore", "A").exitCode()).isEqualTo(1);
    assertThat(quarry.run("archive").exitCode()).isEqualTo(2);
    assertThat(ok("verify")).contains("OK");
  }

  /** What a command answers without {@code --dry-run}, which first answers the same. */
  private Runner.Result sameAsDryRun(int code, String... args) {
    String[] dry = Arrays.copyOf(args, args.length + 1);
    dry[args.length] = "--dry-run";
    String[] yes = Arrays.copyOf(args, args.length + 1);
    yes[args.length] = "--yes";
    Runner.Result would = quarry.run(dry);
    Runner.Result does = quarry.run(yes);
    assertThat(would.exitCode()).as("%s: %s", List.of(dry), would).isEqualTo(code);
    assertThat(does.exitCode()).as("%s: %s", List.of(yes), does).isEqualTo(code);
    String word = args[0].equals("archive") ? "archived" : "purged";
    assertThat(would.out()).isEqualTo(does.out().replace(word, "would " + args[0]));
    return does;
  }

  @Test
  void aDryRunOfTheArchiveAnswersAsTheCommand() {
    batch(insert("A") + insert("B") + insert("C"));
    ok("dep", "add", "B", "A");
    assertThat(sameAsDryRun(0, "archive", "A", "C", "A").out()).isEqualTo("archived 2\n");
    assertThat(sameAsDryRun(0, "archive", "A").out()).isEqualTo("archived 0\n");
    assertThat(sameAsDryRun(1, "archive", "A", "nobody").err()).contains("no task `nobody`");

    assertThat(sameAsDryRun(1, "purge", "nobody").err()).contains("no task `nobody`");
    Runner.Result live = sameAsDryRun(1, "purge", "B");
    assertThat(live.out()).isEqualTo("purged 0\n");
    assertThat(live.err()).contains("not archived: `B`", "quarry delete").doesNotContain("no task");
    assertThat(sameAsDryRun(1, "purge", "B", "nobody").err())
        .contains("not archived: `B`; no task `nobody`");
    Runner.Result needed = sameAsDryRun(7, "purge", "A", "C", "nobody");
    assertThat(needed.out()).isEmpty();
    String[] dry = {"purge", "A", "C", "--dry-run"};
    assertThat(quarry.run(dry).err()).contains("none would be purged", "`A`", "quarry dep rm");
    ok("done", "B");
    sameAsDryRun(7, "purge", "A");
    assertThat(ok("count", "--include-archived")).isEqualTo("3\n");
    assertThat(sameAsDryRun(1, "purge", "C", "C", "nobody").out()).isEqualTo("purged 1\n");
    ok("dep", "rm", "B", "A");
    assertThat(sameAsDryRun(0, "purge", "A").out()).isEqualTo("purged 1\n");
  }

  @Test
  void tasksThatStayEndAJobOfTheArchiveWithOne() {
    batch(insert("A") + insert("B") + insert("C") + insert("D") + insert("E"));
    ok("dep", "add", "B", "A");
    ok("dep", "add", "D", "C", "nobody");
    ok("archive", "A", "C", "E");
    for (String[] which : new String[][] {{"--filter", "id <= E"}, {"--older-than=+1d"}}) {
      Runner.Result stays = sameAsDryRun(1, args("purge", which));
      assertThat(stays.out()).isEqualTo(which.length == 2 ? "purged 1\n" : "purged 0\n");
      assertThat(stays.err())
          .isEqualTo(
              """
              task A stays: tasks of the store depend on it
              task C stays: tasks of the store depend on it
              """);
      assertThat(quarry.run(args("purge", args("--dry-run", which))).err()).isEqualTo(stays.err());
    }
    ok("dep", "rm", "D", "C");
    assertThat(sameAsDryRun(0, "purge", "--filter", "id = C").out()).isEqualTo("purged 1\n");

    ok("restore", "A");
    ok("archive", "B");
    ok("dep", "add", "A", "B"); // which depends on A
    Runner.Result circle = quarry.run("restore", "--filter", "id = B");
    assertThat(circle.exitCode()).isEqualTo(1);
    assertThat(circle.out()).isEqualTo("restored 0\n");
    assertThat(circle.err()).contains("task B stays where it is: ");
  }

  private static String[] args(String first, String... rest) {
    return Stream.concat(Stream.of(first), Stream.of(rest)).toArray(String[]::new);
  }

  @Test
  void ofManyTasksThatStayTheFirstAreNamed() {
    StringBuilder lines = new StringBuilder(insert("A"));
    for (int i = 100; i < 250; i++) {
      lines.append(insert("T-" + i));
    }
    batch(lines.toString());
    String[] all = IntStream.range(100, 250).mapToObj(i -> "T-" + i).toArray(String[]::new);
    ok(args("dep", args("add", args("A", all))));
    ok(args("archive", all));
    Runner.Result stay = sameAsDryRun(1, "purge", "--filter", "id >= T-");
    assertThat(stay.out()).isEqualTo("purged 0\n");
    assertThat(stay.err().lines())
        .hasSize(101)
        .last()
        .isEqualTo("these are the first 100; there may be more");
  }

  @Test
  void whatIsArchivedIsReadOnRequest() {
    batch(insert("A") + insert("B") + insert("C") + insert("D") + insert("E"));
    ok("done", "A", "B", "C");
    ok("archive", "A", "C");

    Runner.Result hidden = quarry.run("show", "A");
    assertThat(hidden.exitCode()).isEqualTo(1);
    assertThat(hidden.err()).contains("archived").contains("quarry restore A");
    Runner.Result shown = quarry.run("show", "A", "--include-archived", "--format", "raw");
    assertThat(shown.exitCode()).isZero();
    assertThat(shown.out()).contains("DONE");
    assertThat(shown.err()).contains("archived");
    assertThat(quarry.run("show", "nobody", "--include-archived").exitCode()).isEqualTo(1);

    assertThat(ok("list", "--format", "raw", "--fields", "id")).isEqualTo("B\nD\nE\n");
    String[] all = {"list", "--include-archived", "--format", "raw", "--fields", "id"};
    assertThat(ok(all)).isEqualTo("B\nD\nE\nA\nC\n");
    assertThat(quarry.run(all).err()).contains("of the archive: 2");
    assertThat(ok("list", "--include-archived", "--all", "--format", "raw", "--fields", "id"))
        .isEqualTo("B\nD\nE\nA\nC\n");
    assertThat(
            ok("query", "status = done", "--include-archived", "--format", "raw", "--fields", "id"))
        .isEqualTo("B\nA\nC\n");
    assertThat(ok("count", "--include-archived")).isEqualTo("5\n");
    assertThat(ok("count", "status = done", "--include-archived")).isEqualTo("3\n");
    assertThat(ok("count", "status = done")).isEqualTo("1\n");
  }

  @Test
  void pagesGoOnIntoTheArchive() {
    batch(insert("A") + insert("B") + insert("C") + insert("D") + insert("E"));
    ok("archive", "A", "B", "C");
    for (int size = 1; size <= 6; size++) {
      StringBuilder read = new StringBuilder();
      String after = "";
      int pages = 0;
      do {
        Runner.Result page =
            quarry.run(
                "list",
                "--include-archived",
                "--limit",
                String.valueOf(size),
                "--after",
                after,
                "--format",
                "raw",
                "--fields",
                "id");
        assertThat(page.exitCode()).as(page.err()).isZero();
        read.append(page.out());
        int token = page.err().indexOf("--after ");
        after = token < 0 ? "" : page.err().substring(token + 8).lines().findFirst().orElseThrow();
        pages++;
      } while (!after.isEmpty());
      assertThat(read.toString()).as("by %d", size).isEqualTo("D\nE\nA\nB\nC\n");
      assertThat(pages).as("by %d", size).isEqualTo((5 + size - 1) / size);
    }
  }

  @Test
  void whatTheArchiveCannotDoIsRefused() {
    batch(insert("A"));
    String[][] refused = {
      {"list", "--include-archived", "--order", "created"},
      {"query", "status = todo limit 3", "--include-archived"},
      {"list", "--include-archived", "--at", "1"},
      {"show", "A", "--include-archived", "--at", "1"},
      {"count", "--include-archived", "--at", "1"},
      {"count", "--include-archived", "--by", "status"},
      {"list", "--include-archived", "--max-bytes", "100"},
      {"list", "--include-archived", "--all", "--limit", "3"}
    };
    for (String[] args : refused) {
      Runner.Result result = quarry.run(args);
      assertThat(result.exitCode()).as(String.join(" ", args)).isEqualTo(2);
      assertThat(result.err())
          .as(String.join(" ", args))
          .contains("--")
          .doesNotContain("unknown option");
    }
  }

  @Test
  void theArchiveAnswersInEveryFormat() {
    batch(insert("A") + insert("B") + insert("C") + insert("D"));
    String[][] told = {
      {"would_archive", "2", "archive", "A", "B", "--dry-run"},
      {"archived", "2", "archive", "A", "B"},
      {"would_archive", "2", "archive", "--filter", "status = todo", "--dry-run"},
      {"archived", "2", "archive", "--filter", "status = todo", "--yes"},
      {"restored", "1", "restore", "B"},
      {"restored", "1", "restore", "--filter", "id = D"},
      {"would_purge", "1", "purge", "A", "--dry-run"},
      {"purged", "1", "purge", "A", "--yes"},
      {"would_purge", "1", "purge", "--filter", "id = C", "--dry-run"},
      {"purged", "1", "purge", "--filter", "id = C", "--yes"},
    };
    for (String[] one : told) {
      String[] command = Arrays.copyOfRange(one, 1, one.length);
      command[0] = "--format=json";
      assertThat(ok(command))
          .isEqualTo("{\"schema_version\":1,\"data\":{\"" + one[0] + "\":" + one[1] + "}}\n");
    }
    assertThat(ok("archive", "B", "--format", "csv")).isEqualTo("archived\n1\n");
    Runner.Result absent = quarry.run("restore", "B", "Z", "--format", "jsonl");
    assertThat(absent.exitCode()).isEqualTo(1);
    assertThat(absent.out()).isEqualTo("{\"restored\":1}\n");
    assertThat(ok("archive", "B")).isEqualTo("archived 1\n");
    Runner.Result stored = quarry.run("purge", "D", "--yes", "--format", "jsonl");
    assertThat(stored.exitCode()).isEqualTo(1);
    assertThat(stored.out()).isEqualTo("{\"purged\":0}\n");
    for (String verb : List.of("archive", "restore", "purge")) {
      Runner.Result unknown = quarry.run(verb, "D", "--fields", "gone");
      assertThat(unknown.exitCode()).as(verb).isEqualTo(2);
      assertThat(unknown.err()).as(verb).contains("unknown field `gone`");
    }
    assertThat(ok("list", "--format", "raw", "--fields", "id")).isEqualTo("D\n");
  }

  @Test
  void whatCannotBeShortenedSaysSo() {
    batch(insert("A"));
    for (String command : List.of("export", "dump", "batch")) {
      for (String[] option : new String[][] {{"--fields", "id"}, {"--max-bytes", "9"}}) {
        Runner.Result refused = quarry.input(insert("B")).run(option[0], option[1], command);
        assertThat(refused.exitCode()).as(command).isEqualTo(2);
        assertThat(refused.out()).as(command).isEmpty();
        assertThat(refused.err()).contains(option[0] + " does not go with " + command);
      }
    }
    assertThat(ok("count")).isEqualTo("1\n");
  }

  @Test
  void bytesThatAreNotUtf8AreNoOperation() {
    byte[] bytes = (insert("A") + insert("B\u00e4")).getBytes(StandardCharsets.ISO_8859_1);
    Runner.Result result = quarry.input(bytes).run("batch", "--chunk", "1");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("line 2 of standard input").contains("not valid UTF-8");
    assertThat(ok("export")).contains("\"A\"").doesNotContain("B");
    bytes = "{\"id\":\"\u00e4\",\"token\":1}\n".getBytes(StandardCharsets.ISO_8859_1);
    result = quarry.input(bytes).run("claim", "complete", "-", "--owner", "me");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("line 1 of standard input").contains("not valid UTF-8");
  }

  @Test
  void whatAnExportLeavesOutIsSaid() {
    batch(insert("A") + insert("B"));
    assertThat(quarry.run("export").err()).isEmpty();
    ok("archive", "A");
    Runner.Result export = quarry.run("export");
    assertThat(export.exitCode()).isZero();
    assertThat(export.out().lines()).hasSize(1);
    assertThat(export.err()).contains("archived tasks are not in it").contains("backup");
    assertThat(quarry.run("export", "-o", "all.jsonl").err())
        .contains("1 task written")
        .contains("archived tasks are not in it");
    assertThat(quarry.run("export", "id = B").err()).as("a choice").isEmpty();
  }

  @Test
  void diffComparesArchives() {
    batch(insert("A") + insert("B") + insert("C"));
    ok("backup", "create", "bk");
    ok("backup", "restore", "bk", "other");
    ok("archive", "A");
    ok("--db", "other", "archive", "A");
    assertThat(quarry.run("diff", "store", "other").exitCode()).isZero();
    ok("archive", "B");
    String[] diff = {"diff", "store", "other", "--format", "csv", "--fields", "id,difference"};
    Runner.Result result = quarry.run(diff);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .isEqualTo("id,difference\nB,only in other\nB,only in store (archived)\n");
    ok("--db", "other", "delete", "B", "--yes");
    ok("restore", "A");
    ok("delete", "A", "--yes");
    assertThat(quarry.run(diff).out())
        .isEqualTo("id,difference\nA,only in other (archived)\nB,only in store (archived)\n");
  }
}
