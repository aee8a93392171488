package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Ends a process as a person at a terminal does. */
final class CtrlC {
  private static final Path KILL = Path.of("/bin/kill");

  private CtrlC() {}

  static void assumeThereIsOne() {
    assumeTrue(Files.isExecutable(KILL));
  }

  /**
   * Sends SIGINT and returns when the process has ended, or fails after a minute. Its output must
   * fit a pipe: nobody reads it meanwhile.
   */
  static void end(Process process) throws IOException, InterruptedException {
    new ProcessBuilder(KILL.toString(), "-INT", "" + process.pid()).start().waitFor();
    assertThat(process.waitFor(60, TimeUnit.SECONDS))
        .as("ended by SIGINT; where these tests run under nohup or behind &, it is ignored")
        .isTrue();
  }
}
