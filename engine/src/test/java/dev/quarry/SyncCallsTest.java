package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A write that is told to be on the device has asked the system for it: the log is synced once for
 * each of the writes that one thread makes one behind the other. The calls are read from the log of
 * the tracer.
 */
@Timeout(600)
class SyncCallsTest {
  private static final int WRITES = 50;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"SYNC", "batch", "sync"})
  void everySyncedWriteSyncsTheLog(String way) throws Exception {
    assertThat(syncsOfLogs(way)).isGreaterThanOrEqualTo(WRITES);
  }

  /** Else the figure above would say nothing. */
  @Test
  void bufferedWritesDoNot() throws Exception {
    assertThat(syncsOfLogs("BUFFERED")).isLessThan(WRITES / 2);
  }

  private long syncsOfLogs(String way) throws Exception {
    assumeTrue(canTrace(), "strace is absent, or may not trace");
    Path store = Files.createDirectory(directory.resolve("store"));
    Path traced = directory.resolve("traced");
    List<String> command = tracing(traced);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(SyncProgram.class.getName(), store.toString(), way, "" + WRITES));
    int exit = Commands.exit(command, directory.resolve("output"));
    assertThat(exit).as("%s", Files.readString(directory.resolve("output"))).isZero();
    try (TaskStore opened = TaskStore.open(store)) {
      assertThat(opened.stats().tasks()).isEqualTo(WRITES);
    }
    String log = "<" + store.toRealPath().resolve("data");
    return TracedCalls.in(traced).stream()
        .filter(call -> call.contains(log) && call.contains(".log>") && call.endsWith(" = 0"))
        .count();
  }

  private boolean canTrace() throws InterruptedException {
    List<String> command = tracing(Path.of("/dev/null"));
    command.add("true");
    return Commands.exit(command, directory.resolve("output")) == 0;
  }

  private static List<String> tracing(Path log) {
    return new ArrayList<>(
        List.of("strace", "-f", "-y", "-qq", "-o", "" + log, "-e", "trace=fdatasync,fsync"));
  }
}
