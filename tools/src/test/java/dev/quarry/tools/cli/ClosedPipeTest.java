package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.RawRecord;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.VerifyReport;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands that write, and whose reader goes away before they are done. */
@Timeout(120)
class ClosedPipeTest {
  @TempDir private Path directory;

  private Runner quarry;

  @BeforeEach
  void setUp() {
    quarry = new Runner(directory).variable("QUARRY_DB", "store");
    assertThat(quarry.run("init").exitCode()).isZero();
  }

  /** Takes so many writes, and then none. */
  private static OutputStream taking(int writes) {
    return taking(writes, "Broken pipe");
  }

  private static OutputStream taking(int writes, String failure) {
    return new OutputStream() {
      private int left = writes;

      @Override
      public void write(int b) throws IOException {
        write(new byte[1], 0, 1);
      }

      @Override
      public void write(byte[] from, int offset, int length) throws IOException {
        if (left-- <= 0) {
          throw new IOException(failure);
        }
      }
    };
  }

  private static String inserts(int n) {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= n; i++) {
      text.append("{\"op\":\"insert\",\"task\":{\"id\":\"T-" + i + "\",\"title\":\"t\"}}\n");
    }
    return text.toString();
  }

  private String count() {
    return quarry.run("count").out();
  }

  @Test
  void aBatchInChunksSaysHowFarItCame() {
    Runner.Result result = quarry.input(inserts(10)).run(taking(2), "batch", "--chunk", "2");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("the input was read up to line 6")
        .contains("next: send the lines behind it again");
    assertThat(count()).isEqualTo("6\n");
  }

  @Test
  void aChunkThatWasRefusedIsNotTakenForMade() {
    String input = inserts(10).replace("T-6", "T-1");
    Runner.Result result = quarry.input(input).run(taking(2), "batch", "--chunk", "2");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("the input was read up to line 6; of that, lines 5 to 6 made nothing: line 6: ")
        .contains("next: mend that, and send it and the lines behind it again");
    assertThat(count()).isEqualTo("4\n");
    String claims = "{\"op\":\"complete\",\"id\":\"T-1\",\"token\":1,\"owner\":\"me\"}\n";
    result = quarry.input(claims).run(taking(0), "batch", "--chunk", "1");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("read up to line 1; of that, line 1 made nothing: line 1: ");
  }

  @Test
  void aLastChunkThatWasRefusedIsNotTakenForMade() {
    String wrong = inserts(10).replace("T-6", "T-1");
    Runner.Result result = quarry.input(wrong).run(taking(0), "batch", "--chunk", "1000");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("read up to line 10, its last; of that, lines 1 to 10 made nothing: line 6: ")
        .contains("next: mend that, and send it again");
    assertThat(count()).isEqualTo("0\n");
    // what was refused before and told stays refused
    wrong = inserts(9).replace("T-2", "T-1");
    result = quarry.input(wrong).run(taking(2), "batch", "--chunk", "4");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("read up to line 9, its last")
        .contains("next: mend what was answered with an error, and send it again");
    assertThat(count()).isEqualTo("5\n");
  }

  @Test
  void whatACommandCameToIsToldByItsCodeThoughNobodyTakesItsOutput() throws IOException {
    Files.writeString(directory.resolve("bad.jsonl"), "{\"id\":\"a\",\"title\":\"t\"}\n{\n");
    Runner.Result result = quarry.run(taking(0), "--format", "json", "import", "bad.jsonl");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("import was at bad.jsonl");
    quarry.input(inserts(1)).run("batch");
    assertThat(quarry.run("claim", "T-1", "--owner", "me").exitCode()).isZero();
    String claims =
        """
        {"id":"T-1","token":1,"owner":"me"}
        {"id":"a","token":9,"owner":"me"}
        """;
    result = quarry.input(claims).run(taking(0), "claim", "complete", "-");
    assertThat(result.exitCode()).isEqualTo(7);
    assertThat(result.err()).contains("lost: a, token 9");
    assertThat(quarry.run("init", "other").exitCode()).isZero();
    assertThat(quarry.run(taking(0), "diff", "store", "other").exitCode()).isEqualTo(1);
    assertThat(quarry.run(taking(0), "list")).isEqualTo(new Runner.Result(0, "", ""));
  }

  /** More than is buffered, so that the command meets the end of the pipe before its own. */
  @Test
  void aFullDeviceUnderTheOutputIsToldBesideWhatWasRefused() {
    for (int tasks : List.of(1, MANY)) {
      quarry.input(inserts(tasks)).run("batch");
      List<String> ids = IntStream.rangeClosed(0, tasks).mapToObj(i -> "T-" + i).toList();
      Runner.Result result =
          quarry.run(taking(0, "No space left on device"), args(List.of("delete", "--yes"), ids));
      assertThat(result.err()).contains("error: no task `T-0`", "No space left on device");
      assertThat(result.exitCode()).isEqualTo(1);
    }
  }

  private static final int MANY = 2_000;

  private int codeOfUnread(String... args) {
    return quarry.run(taking(0), args).exitCode();
  }

  @Test
  void soItIsWhereTheReaderGoesAwayAmidALongOutput() throws IOException {
    quarry.input(inserts(MANY)).run("batch");
    assertThat(quarry.run("init", "other").exitCode()).isZero();
    for (String format : List.of("csv", "table", "json")) {
      assertThat(codeOfUnread("diff", "store", "other", "--format", format)).isEqualTo(1);
      assertThat(codeOfUnread("diff", "0", "1", "--format", format)).isEqualTo(1);
      assertThat(codeOfUnread("list", "--all", "--format", format)).isZero();
    }
    String[] claim = {"claim", "--next", "--count", "" + MANY, "--owner", "me"};
    String claims = quarry.run(args(List.of(claim), List.of("--format", "jsonl"))).out();
    assertThat(claims.lines()).hasSize(MANY);
    Runner.Result result =
        quarry
            .input("{\"id\":\"nobody\",\"token\":9,\"owner\":\"me\"}\n" + claims)
            .run(taking(0), "claim", "complete", "-");
    assertThat(result.exitCode()).isEqualTo(7);
    assertThat(result.err()).contains("lost: nobody, token 9");
    assertThat(quarry.run("count", "status = done").out()).isEqualTo(MANY + "\n");

    List<String> ids =
        IntStream.rangeClosed(0, MANY).mapToObj(i -> "T-" + i).toList(); // there is no T-0
    for (List<String> command : List.of(List.of("start"), List.of("delete", "--yes"))) {
      result = quarry.run(taking(0), args(command, ids));
      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.err()).contains("error: no task `T-0`");
    }
    assertThat(count()).isEqualTo("0\n");
  }

  @Test
  void whatStaysInTheArchiveIsNamedThoughNobodyTakesTheCount() {
    quarry.input(inserts(2)).run("batch");
    assertThat(quarry.run("dep", "add", "T-2", "T-1").exitCode()).isZero();
    assertThat(quarry.run("archive", "T-1").exitCode()).isZero();
    Runner.Result result = quarry.run(taking(0), "purge", "--filter", "id = T-1", "--yes");
    assertThat(result)
        .isEqualTo(new Runner.Result(1, "", "task T-1 stays: tasks of the store depend on it\n"));
  }

  private static String[] args(List<String> first, List<String> rest) {
    List<String> all = new ArrayList<>(first);
    all.addAll(rest);
    return all.toArray(new String[0]);
  }

  @Test
  void soItIsOfDamageThatIsTooLongToBeTold() throws IOException {
    String lacks = "posting list of status TODO lacks a task, ";
    problems(Collections.nCopies(1_000, lacks));
    assertThat(codeOfUnread("verify")).isEqualTo(1);
    assertThat(codeOfUnread("verify", "--format", "json")).isEqualTo(1);
    assertThat(codeOfUnread("repair", "--dry-run")).isEqualTo(5);
    problems(Collections.nCopies(1_000, lacks + "and a checksum is wrong"));
    assertThat(codeOfUnread("verify")).isEqualTo(5);
    assertThat(codeOfUnread("dump")).isEqualTo(5);
    quarry.opener(TaskStore::open);

    loseMany();
    assertThat(codeOfUnread("salvage", "store", "saved")).isEqualTo(5);
    assertThat(codeOfUnread("salvage", "store", "again", "--format", "json")).isEqualTo(5);
    assertThat(codeOfUnread("repair", "--yes")).isEqualTo(5);
  }

  /** A store in which this is wrong, and of which no record can be decoded. */
  private void problems(List<String> problems) {
    VerifyReport found = new VerifyReport(1, 1, 1, 1, List.of(), true, problems, problems.size());
    quarry.opener(
        options -> {
          TaskStore store = TaskStore.open(options);
          return (TaskStore)
              Proxy.newProxyInstance(
                  TaskStore.class.getClassLoader(),
                  new Class<?>[] {TaskStore.class},
                  (proxy, method, arguments) ->
                      switch (method.getName()) {
                        case "verify" -> found;
                        case "dump" -> dump(problems, arguments[0]);
                        default -> method.invoke(store, arguments);
                      });
        });
  }

  @SuppressWarnings("unchecked")
  private static Object dump(List<String> problems, Object consumer) {
    problems.forEach(
        problem -> ((Consumer<RawRecord>) consumer).accept(new RawRecord(1, 1, 1, null, problem)));
    return null;
  }

  /** Damages what holds the records. */
  private void loseMany() throws IOException {
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      store.insertAll(
          IntStream.range(0, MANY)
              .mapToObj(i -> Task.builder("T-" + "0".repeat(100) + i, "t " + i).build())
              .toList());
    }
    String name =
        TaskStore.inspect(directory.resolve("store")).files().stream()
            .filter(file -> file.family().equals("records"))
            .findFirst()
            .orElseThrow()
            .name();
    Path table = directory.resolve("store").resolve("data").resolve(name);
    byte[] bytes = Files.readAllBytes(table);
    for (int i = 100; i < bytes.length / 2; i += 500) {
      bytes[i] ^= 4;
    }
    Files.write(table, bytes);
  }

  @Test
  void aClaimOfABatchWhoseTokenNobodyTakesSaysSo() {
    quarry.input(inserts(2)).run("batch");
    String claim = "{\"op\":\"claim\",\"owner\":\"me\"}\n";
    Runner.Result result = quarry.input(claim + claim).run(taking(1), "batch", "--chunk", "1");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("the input was read up to line 2; tasks may be claimed by it, ")
        .contains("next: quarry claim list tells them", "; send the lines behind it again");
    assertThat(quarry.run("claim", "list", "--format", "csv").out()).contains("T-1,1", "T-2,1");
    claim = "{\"op\":\"claim\",\"owner\":\"" + "x".repeat(100_000) + "\"}\n"; // too long
    result = quarry.input(claim).run(taking(0), "batch", "--chunk", "1");
    assertThat(result.err()).contains("line 1 made nothing: ").doesNotContain("claimed by it");
  }

  @Test
  void aBatchThatIsDoneIsDone() {
    Runner.Result result = quarry.input(inserts(10)).run(taking(0), "batch");
    assertThat(result).isEqualTo(new Runner.Result(0, "", ""));
    assertThat(count()).isEqualTo("10\n");
    result = quarry.input(inserts(3).replace("T-", "U-")).run(taking(1), "batch", "--chunk", "2");
    assertThat(result).isEqualTo(new Runner.Result(0, "", ""));
    assertThat(count()).isEqualTo("13\n");
  }

  @Test
  void aClaimWhoseTokenNobodyTakesSaysSo() {
    quarry.input(inserts(3)).run("batch");
    String[][] ways = {
      {"claim", "--next", "--owner", "me"},
      {"claim", "T-2", "--owner", "me"},
      {"claim", "--next", "--count", "2", "--owner", "me", "--format", "jsonl"}
    };
    for (String[] way : ways) {
      Runner.Result result = quarry.run(taking(0), way);
      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.err()).contains("tasks are claimed for me", "next: quarry claim list");
    }
    assertThat(quarry.run("claim", "list", "--format", "csv").out()).contains("T-1,1", "T-3,1");
  }

  @Test
  void anImportOfSeveralFilesSaysWhichOneItReached() throws IOException {
    for (String name : new String[] {"a", "b", "c"}) {
      // what goes to standard error flushes what goes to standard output
      Files.writeString(
          directory.resolve(name + ".jsonl"), "{\"id\":\"" + name + "\",\"title\":\"t\"}\n{\n");
    }
    Runner.Result result = quarry.run(taking(1), "import", "a.jsonl", "b.jsonl", "c.jsonl");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("import was at b.jsonl");
    assertThat(count()).isEqualTo("2\n");
    result = quarry.run(taking(0), "import", "c.jsonl");
    assertThat(result.exitCode()).as("it had errors").isEqualTo(1);
    Files.writeString(directory.resolve("d.jsonl"), "{\"id\":\"d\",\"title\":\"t\"}\n");
    result = quarry.run(taking(0), "import", "d.jsonl");
    assertThat(result).isEqualTo(new Runner.Result(0, "", ""));
    assertThat(count()).isEqualTo("4\n");
  }

  @Test
  void aWatchThatNobodyReadsDoesNotEndAsIfAllWereWell() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("tasks"));
    Files.writeString(folder.resolve("a.md"), "---\nid: A\ntitle: a\n---\n");
    Runner.Result result = quarry.run(taking(0), "watch", "tasks");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("the folder is watched no longer");
    assertThat(count()).isEqualTo("1\n");
  }
}
