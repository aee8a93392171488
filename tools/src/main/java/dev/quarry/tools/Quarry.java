package dev.quarry.tools;

import dev.quarry.tools.cli.Cli;
import dev.quarry.tools.cli.Version;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The {@code quarry} command. */
public final class Quarry {
  private static final int USAGE = 2;

  private Quarry() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    if (args.length == 0) {
      // said before anything else is loaded
      new PrintStream(System.err, true, StandardCharsets.UTF_8).println(Version.usageLine());
      System.exit(USAGE);
    }
    System.exit(Cli.ofProcess().run(args));
  }
}
