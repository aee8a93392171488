package dev.quarry.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The quarry tool on one store, each call a process of its own.
 *
 * @param tool the runnable quarry.jar, or the launcher beside it
 * @param store where the store is
 * @param log where output goes meanwhile
 */
record ToolProcess(Path tool, Path store, Path log) {
  /** Whether there is such a tool. */
  static boolean isTool(Path tool) {
    return Files.isRegularFile(tool);
  }

  /**
   * Runs a command to its end.
   *
   * @param jvmArguments for the jar; a launcher has its own
   * @throws WrongAnswerException if it fails
   */
  ChildJvm.Outcome run(List<String> jvmArguments, String... arguments) {
    List<String> command = new ArrayList<>();
    if (tool.toString().toLowerCase(Locale.ROOT).endsWith(".jar")) {
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(jvmArguments);
      command.add("-jar");
    }
    command.add(tool.toAbsolutePath().toString());
    command.add("--db");
    command.add(store.toString());
    command.addAll(List.of(arguments));
    ChildJvm.Outcome outcome = ChildJvm.run(command, log, Duration.ofHours(1));
    if (outcome.code() != 0) {
      throw new WrongAnswerException(
          "quarry "
              + String.join(" ", arguments)
              + " ended with "
              + outcome.code()
              + ":\n"
              + outcome.tail());
    }
    return outcome;
  }
}
