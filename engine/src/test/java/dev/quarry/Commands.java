package dev.quarry;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of the system. */
final class Commands {
  private Commands() {}

  /** Runs one, with all that it says in a file; what it ends with, -1 where there is none. */
  static int exit(List<String> command, Path output) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(200, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new AssertionError("the process does not end: " + command);
      }
      return process.exitValue();
    } catch (IOException e) {
      return -1; // there is no such program
    }
  }
}
