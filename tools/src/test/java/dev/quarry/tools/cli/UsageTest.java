package dev.quarry.tools.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quarry.CorruptionException;
import dev.quarry.FormatVersionException;
import dev.quarry.StorageException;
import dev.quarry.StoreLockedException;
import dev.quarry.TaskStoreException;
import dev.quarry.bench.BenchMain;
import dev.quarry.query.QuerySyntaxException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Parsing, errors and exit codes, without a store. */
final class UsageTest {
  @TempDir private Path directory;

  private Runner quarry;

  @BeforeEach
  void setUp() {
    quarry = new Runner(directory);
  }

  @Test
  void noArgumentsPrintUsageAndEndWithTwo() {
    Runner.Result result = quarry.run();
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .startsWith("quarry 1.0.0 - task store tool. Usage: quarry [OPTIONS] COMMAND … ; try ");
  }

  @Test
  void unknownCommandNamesTheNearestOrShow() {
    assertThat(quarry.run("nosuch").err())
        .isEqualTo("Unknown command nosuch. Did you mean: show?\n");
    assertThat(quarry.run("querry").err())
        .isEqualTo("Unknown command querry. Did you mean: query?\n");
    assertThat(quarry.run("nosuch").exitCode()).isEqualTo(2);
  }

  @Test
  void usageErrorsTakeOneLine() {
    assertThat(quarry.run("list", "--fromat", "json"))
        .isEqualTo(
            new Runner.Result(2, "", "error: unknown option --fromat; did you mean --format?\n"));
    assertThat(quarry.run("list", "--format", "xml").err())
        .startsWith("error: invalid value for option '--format'")
        .contains("unknown format `xml`; it is one of table, json, jsonl, csv")
        .hasLineCount(1);
    assertThat(quarry.run("show").err()).hasLineCount(1).contains("ID").contains("quarry show");
    assertThat(quarry.run("count", "--by", "staus").err())
        .isEqualTo("error: unknown field `staus`; did you mean `status`?\n");
    assertThat(quarry.run("list", "--status", "dome").err())
        .isEqualTo("error: unknown status `dome`; did you mean DONE?\n");
    assertThat(quarry.run("set", "T", "statsu=done").err())
        .isEqualTo("error: unknown field `statsu`; did you mean `status`?\n");
    assertThat(quarry.run("set", "T", "status").exitCode()).isEqualTo(2);
    assertThat(quarry.run("add", "x", "--due", "soon").err()).contains("`soon`").hasLineCount(1);
    assertThat(quarry.run("--max-bytes", "0", "list").exitCode()).isEqualTo(2);
  }

  @Test
  void absentStoreIsExitCodeThree() throws IOException {
    assertThat(quarry.run("--db", "nope", "list").exitCode()).isEqualTo(3);
    Files.createDirectory(directory.resolve("empty"));
    Runner.Result result = quarry.run("list", "--db", "empty");
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err().lines())
        .hasSize(3)
        .satisfiesExactly(
            what -> assertThat(what).startsWith("error: no store at "),
            why -> assertThat(why).isEqualTo("why: the directory is empty"),
            next -> assertThat(next).startsWith("next: quarry init "));
  }

  @Test
  void databaseComesFromOptionThenEnvironmentThenDefault() {
    quarry.variable("QUARRY_DB", "from-env");
    assertThat(quarry.run("list").err()).contains("from-env");
    assertThat(quarry.run("--db", "before", "list").err()).contains("before");
    assertThat(quarry.run("list", "--db", "after").err()).contains("after");
    assertThat(quarry.variable("QUARRY_DB", "").run("list").err()).contains("quarry-db");
  }

  @Test
  void theHelpHasEveryOptionCodeAndBench() throws IllegalAccessException {
    String help = quarry.run("help").out();
    for (OptionSpec option : new CommandLine(new RootCommand()).getCommandSpec().options()) {
      if (!Set.of("--help", "--version").contains(option.longestName())) {
        assertThat(help).contains(option.longestName());
      }
    }
    for (Field code : ExitCode.class.getDeclaredFields()) {
      assertThat(help).containsPattern("  " + code.get(null) + " [a-z]");
    }
    ByteArrayOutputStream benches = new ByteArrayOutputStream();
    BenchMain.run(new String[] {"--help"}, new PrintStream(benches, true, UTF_8), System.err);
    List<String> names =
        benches
            .toString(UTF_8)
            .lines()
            .dropWhile(line -> !line.equals("Commands:"))
            .skip(1)
            .filter(line -> line.matches("  \\w.*"))
            .map(line -> line.strip().split("\\s+", -1)[0])
            .toList();
    assertThat(names).contains("load", "torture");
    String bench = quarry.run("bench", "--help").out();
    assertThat(names).allSatisfy(name -> assertThat(bench).containsPattern("\\b" + name + "\\b"));
  }

  @Test
  void helpAndVersionAreDataOnStandardOutput() {
    assertThat(quarry.run("help").out()).contains("  query ").contains("Exit codes");
    assertThat(quarry.run("--help").out()).isEqualTo(quarry.run("help").out());
    assertThat(quarry.run("help", "query").out()).startsWith("Usage: quarry query [OPTIONS] QUERY");
    assertThat(quarry.run("query", "--help").out()).isEqualTo(quarry.run("help", "query").out());
    assertThat(quarry.run("index", "create", "--help").out())
        .startsWith("Usage: quarry index create ");
    assertThat(quarry.run("--version").out()).startsWith("quarry 1.0.0 ");
    assertThat(quarry.run("version", "--format", "json").out())
        .startsWith("{\"schema_version\":1,\"data\":{\"version\":\"1.0.0\"");
  }

  @Test
  void completionKnowsEveryCommand() {
    String bash = quarry.run("completion", "bash").out();
    String fish = quarry.run("completion", "fish").out();
    for (String command : CommandTable.names()) {
      assertThat(bash).contains(command);
      assertThat(fish).contains(" -a " + command + " ");
    }
    assertThat(quarry.run("completion", "csh").exitCode()).isEqualTo(2);
  }

  @Test
  void completionFindsTheCommandBehindOptionsAndTheirValues() throws Exception {
    Path bash = Path.of("/bin/bash");
    assumeTrue(Files.isExecutable(bash));
    Path script = directory.resolve("completion.sh");
    Files.writeString(
        script,
        quarry.run("completion", "bash").out()
            + """
            t() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _quarry; echo "${COMPREPLY[*]}"; }
            t quarry --db demo q
            t quarry -q list --format j
            t quarry index c
            t quarry rene
            t quarry release --ow
            t quarry import --dangling=s
            t quarry import --dangling = st
            """);
    Process process =
        new ProcessBuilder(bash.toString(), script.toString()).redirectErrorStream(true).start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo("query\njson jsonl\ncreate\nrenew\n--owner\n\nstub strict\n");
  }

  @Test
  void theHelpListsWhatOneDoesWithTasks() {
    List<String> tasks =
        quarry
            .run("help")
            .out()
            .lines()
            .dropWhile(line -> !line.equals("Tasks"))
            .skip(1)
            .takeWhile(line -> !line.isEmpty())
            .map(line -> line.strip().split(" ", 2)[0])
            .toList();
    assertThat(tasks).containsSubsequence("ready", "claim", "renew", "release", "dep");
  }

  @Test
  void everyCommandHasHelp() {
    for (String command : CommandTable.names()) {
      Runner.Result result = quarry.run(command, "--help");
      assertThat(result.exitCode()).as(command).isZero();
      assertThat(result.out()).as(command).startsWith("Usage: quarry " + command + " ");
    }
  }

  @ParameterizedTest
  @CsvSource({"locked,4", "corrupt,5", "format,6", "space,9", "query,2"})
  void exceptionsHaveExitCodes(String kind, int exitCode) throws IOException {
    Files.createDirectory(directory.resolve("db"));
    Files.writeString(directory.resolve("db/QUARRY"), "format=1\n");
    TaskStoreException failure =
        switch (kind) {
          case "locked" ->
              new StoreLockedException("store is open", Map.of("pid", 4711L, "since", "12:00"));
          case "corrupt" -> new CorruptionException("block is damaged", Map.of("file", "7.sst"));
          case "format" -> new FormatVersionException("format is too new", Map.of("format", 9));
          case "space" -> new StorageException("write failed", Map.of("subcode", "NoSpace"));
          default -> new QuerySyntaxException("unknown field `a`; did you mean `b`?", 3);
        };
    quarry.opener(
        options -> {
          throw failure;
        });
    Runner.Result result = quarry.run("--db", "db", "add", "x");
    assertThat(result.exitCode()).isEqualTo(exitCode);
    assertThat(result.err()).startsWith("error: ");
    if (kind.equals("query")) {
      assertThat(result.err())
          .isEqualTo("error: unknown field `a` at column 3; did you mean `b`?\n");
    } else {
      assertThat(result.err().lines()).hasSize(3);
    }
    if (kind.equals("locked")) {
      assertThat(result.err()).contains("locked by pid 4711 since 12:00");
    }
  }

  @Test
  void closedPipeEndsQuietly() {
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    assertThat(quarry.run(closed, "help")).isEqualTo(new Runner.Result(0, "", ""));
  }

  @Test
  void fullDeviceIsExitCodeNine() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    assertThat(quarry.run(full, "help").exitCode()).isEqualTo(9);
  }
}
