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
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String IGNORED = "SigIgn:";
  private static final long SIGINT = 1 << 1;

  private CtrlC() {}

  static void assumeThereIsOne() throws IOException {
    assumeTrue(Files.isExecutable(KILL));
    assumeTrue(!isIgnored(), "SIGINT is ignored here, as under nohup or behind &");
  }

  /** As Linux tells; a JVM leaves a signal ignored that was so when it began. */
  private static boolean isIgnored() throws IOException {
    if (!Files.isReadable(STATUS)) {
      return false;
    }
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith(IGNORED)) {
        long signals = Long.parseUnsignedLong(line.substring(IGNORED.length()).strip(), 16);
        return (signals & SIGINT) != 0;
      }
    }
    return false;
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
