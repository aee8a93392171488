package dev.quarry.tools.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What the process is connected to.
 *
 * @param in standard input
 * @param out standard output, unbuffered
 * @param err standard error, UTF-8
 * @param isInTty whether a person types
 * @param isOutTty whether a person reads standard output
 * @param isErrTty whether a person reads standard error
 * @param environment environment variables
 * @param directory the working directory
 */
record Terminal(
    InputStream in,
    OutputStream out,
    PrintStream err,
    boolean isInTty,
    boolean isOutTty,
    boolean isErrTty,
    Map<String, String> environment,
    Path directory) {

  /** That of this process. */
  static Terminal ofProcess() {
    return new Terminal(
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
        isTty(0),
        isTty(1),
        isTty(2),
        System.getenv(),
        Path.of(""));
  }

  /** The value of a variable, or null where it is absent or empty. */
  String variable(String name) {
    String value = environment.get(name);
    return value == null || value.isEmpty() ? null : value;
  }

  /** A number from the environment, or 0. */
  int number(String name) {
    String value = variable(name);
    return value != null && value.matches("[0-9]{1,5}") ? Integer.parseInt(value) : 0;
  }

  /** A path as given by the user, relative to the working directory. */
  Path resolve(Path path) {
    return directory.toString().isEmpty() ? path : directory.resolve(path);
  }

  /** Whether standard output of this process is a pipe or a socket; false where unknown. */
  static boolean isOutPipe() {
    String target = descriptorTarget(1);
    return target.startsWith("pipe:") || target.startsWith("socket:");
  }

  /** The launcher names the terminals in QUARRY_TTY for systems that have no /proc. */
  private static boolean isTty(int descriptor) {
    String target = descriptorTarget(descriptor);
    if (target.isEmpty()) {
      String named = System.getenv("QUARRY_TTY");
      return named != null && named.indexOf('0' + descriptor) >= 0;
    }
    return target.startsWith("/dev/pts/")
        || target.startsWith("/dev/tty")
        || target.equals("/dev/console");
  }

  /** What a file descriptor points at, empty where the system does not say. */
  private static String descriptorTarget(int descriptor) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
    } catch (IOException | UnsupportedOperationException e) {
      return "";
    }
  }
}
