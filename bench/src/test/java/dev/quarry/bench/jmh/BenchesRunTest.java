package dev.quarry.bench.jmh;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs every bench for a moment, so that none of them rots. The times mean nothing. */
class BenchesRunTest {
  /** Nothing is timed here, so another build on the machine does no harm. */
  @BeforeAll
  static void letOthersRunToo() {
    System.setProperty("jmh.ignoreLock", "true");
  }

  @Test
  void rawBenchesRun() throws RunnerException {
    assertThat(run(".*\\.jmh\\..*\\.raw.*")).hasSize(14);
  }

  @Test
  void storeBenchesRun() throws RunnerException {
    assertThat(run(".*\\.jmh\\.\\w+\\.(?!raw).*")).hasSize(36);
  }

  private static Collection<RunResult> run(String pattern) throws RunnerException {
    return new Runner(
            new OptionsBuilder()
                .include(pattern)
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(10))
                .param("tasks", "1000")
                .param("cache", "on")
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .build())
        .run();
  }
}
