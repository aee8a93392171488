package dev.quarry.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** How a command that fails half-way ends: with figures so far, a missed target, and 1. */
class BenchCommandTest {
  @TempDir Path directory;

  @Command(name = "failing")
  private static final class Failing extends BenchCommand {
    private final RuntimeException end;
    private final boolean promises;

    Failing(RuntimeException end, boolean promises) {
      this.end = end;
      this.promises = promises;
    }

    @Override
    void measure(Report report, TempDirectory work, Progress progress) {
      report.section("so far").put("figure", 7);
      if (promises) {
        report.promise("answers", "right");
        report.promise("deaths", "all");
        report.kept("deaths", "3 of 3");
      }
      throw end;
    }
  }

  @Test
  void aWrongAnswerIsInTheResultAndEndsWithOne() {
    Object tree = run(new Failing(new WrongAnswerException("7 is not 8\nmore"), true));
    assertThat(JsonFile.at(tree, "passed")).isEqualTo(false);
    assertThat(JsonFile.at(tree, "data", "so far", "figure")).isEqualTo(7.0);
    List<?> targets = (List<?>) JsonFile.at(tree, "targets");
    assertThat(targets).hasSize(2);
    assertThat(JsonFile.at(targets.get(0), "ok")).isEqualTo(false);
    assertThat(JsonFile.at(targets.get(0), "measured")).isEqualTo("wrong answer: 7 is not 8");
    assertThat(JsonFile.at(targets.get(1), "ok")).isEqualTo(true);
  }

  @Test
  void anyOtherFailureIsThereToo() {
    Object tree = run(new Failing(new IllegalStateException("no disk"), false));
    assertThat(JsonFile.at(tree, "passed")).isEqualTo(false);
    List<?> targets = (List<?>) JsonFile.at(tree, "targets");
    assertThat(targets).hasSize(1);
    assertThat((String) JsonFile.at(targets.get(0), "measured")).contains("no disk");
  }

  @Test
  void resultsSayWithWhatTheyWereMeasured() {
    Object tree = run(new Failing(new WrongAnswerException(""), false));
    assertThat(JsonFile.at(tree, "data", "machine", "revision")).isNotNull();
    Object versions = JsonFile.at(tree, "data", "machine", "versions");
    for (String library : List.of("rocksdbjni", "chronicle-map", "kryo", "jmh")) {
      assertThat((String) JsonFile.at(versions, library)).as(library).matches("[0-9]+\\.[0-9.]+");
    }
  }

  private Object run(BenchCommand command) {
    StringWriter err = new StringWriter();
    Path json = directory.resolve("result.json");
    int code =
        new CommandLine(command)
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(err, true))
            .execute("--json", json.toString(), "--dir", directory.toString());
    assertThat(code).isEqualTo(1);
    assertThat(err.toString()).containsAnyOf("wrong answer: ", "failed: ");
    return JsonFile.read(json);
  }
}
