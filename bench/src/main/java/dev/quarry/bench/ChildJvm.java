package dev.quarry.bench;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a command of {@link BenchMain} in a fresh JVM on the same class path. */
final class ChildJvm {
  /**
   * How it ended.
   *
   * @param code its exit code; {@link #TOO_LONG} if it was ended because it took too long
   * @param output what it printed
   * @param millis how long it took, with the start of the JVM
   */
  record Outcome(int code, String output, long millis) {
    /** The last lines of the output, for a message. */
    String tail() {
      List<String> lines = output.lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 12), lines.size()));
    }
  }

  /** No exit code of any process. */
  static final int TOO_LONG = -1;

  private static final int NATIVE_ACCESS_SINCE = 24;

  private ChildJvm() {}

  /**
   * Runs to the end, or until the limit.
   *
   * @param jvmArguments such as -Xmx64m
   * @param log where its output goes; deleted afterwards
   */
  static Outcome bench(
      List<String> jvmArguments, List<String> arguments, Path log, Duration limit) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmArguments);
    if (Runtime.version().feature() >= NATIVE_ACCESS_SINCE) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    String revision = System.getProperty(Machine.REVISION);
    if (revision != null) {
      command.add("-D" + Machine.REVISION + "=" + revision);
    }
    command.add("-cp");
    command.add(classPath());
    command.add(BenchMain.class.getName());
    command.addAll(arguments);
    return run(command, log, limit);
  }

  /** Runs any command to the end, or until the limit. */
  static Outcome run(List<String> command, Path log, Duration limit) {
    long begin = System.nanoTime();
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(nothing()))
              .start();
      boolean ended = await(process, limit);
      long millis = (System.nanoTime() - begin) / 1_000_000;
      String output = Files.readString(log, StandardCharsets.UTF_8);
      Files.delete(log);
      return new Outcome(ended ? process.exitValue() : TOO_LONG, output, millis);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Who ends this process ends the child as well: it would measure on for nobody. */
  private static boolean await(Process process, Duration limit) throws InterruptedException {
    AtProcessEnd end = new AtProcessEnd(() -> destroy(process));
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } finally {
      destroy(process);
      process.waitFor();
      end.close();
    }
  }

  private static void destroy(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /** Test runners put their class path into a jar's manifest; this one is told the real one. */
  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private static File nothing() {
    return new File(File.separatorChar == '\\' ? "NUL" : "/dev/null");
  }
}
