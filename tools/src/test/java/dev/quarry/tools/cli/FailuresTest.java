package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.LimitExceededException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a user is told of limits. */
class FailuresTest {
  @Test
  void aLimitOfTheIndexSaysItselfWhatHelps() {
    IllegalStateException cause = new IllegalStateException("more terms; limit=9");
    CliException told =
        Failures.explain(
            new LimitExceededException(
                "the index cannot be built. Drop indexes",
                Map.of("index", "team", "directory", Path.of("s")),
                cause));
    assertThat(told.exitCode()).isEqualTo(ExitCode.LIMIT).isEqualTo(9);
    assertThat(told.getMessage()).contains("Drop indexes");
    assertThat(told.why()).contains("index team", "more terms; limit=9");
    assertThat(told.next()).isNull();
  }

  @Test
  void aLimitOfAnAnswerAsksForLess() {
    CliException told =
        Failures.explain(new LimitExceededException("a result is too large", Map.of("limit", 9)));
    assertThat(told.exitCode()).isEqualTo(ExitCode.LIMIT);
    assertThat(told.next()).isEqualTo("ask for less at a time");
  }
}
