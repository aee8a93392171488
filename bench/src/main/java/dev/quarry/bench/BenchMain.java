package dev.quarry.bench;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The entry point of {@code quarry bench}. */
@Command(
    name = "bench",
    description = "Measures Quarry on this machine, with its answers checked.",
    mixinStandardHelpOptions = true,
    subcommands = {
      LoadBench.class,
      QueryBench.class,
      StressBench.class,
      ConcurrentBench.class,
      TraceBench.class,
      PeersBench.class,
      PeerBench.class,
      ReportBench.class,
      CompareBench.class,
      RampBench.class,
      EnduranceBench.class,
      MemoryBench.class,
      IoBench.class,
      OpenBench.class,
      CompressionBench.class,
      AcceptBench.class,
      FeedBench.class,
      TortureBench.class
    })
public final class BenchMain implements Runnable {
  @Spec private CommandSpec spec;

  BenchMain() {}

  /**
   * Runs a command, such as {@code load --tasks 10000}.
   *
   * @return 0 when all went well, 1 when a target was missed or an answer was wrong, 2 for a
   *     mistake in the arguments
   */
  public static int run(String[] args, PrintStream out, PrintStream err) {
    return new CommandLine(new BenchMain())
        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .execute(args);
  }

  /** As {@link #run(String[], PrintStream, PrintStream)}, on the process's streams. */
  public static void main(String[] args) {
    System.exit(run(args, System.out, System.err));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say what to measure");
  }
}
