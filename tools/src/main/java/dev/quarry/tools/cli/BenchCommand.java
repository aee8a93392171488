package dev.quarry.tools.cli;

import dev.quarry.bench.BenchMain;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Hands over to the bench module, which has options of its own. */
@Command(
    description = {
      "Measure speed on generated tasks, in a temporary store: load, query, stress, concurrent,",
      "ramp, endurance, memory, io, open, compression, trace, peers, feed, torture, accept; report",
      "and compare read results.",
      "`quarry bench load --help` says more."
    })
final class BenchCommand extends BaseCommand {
  @Parameters(arity = "0..*", paramLabel = "ARGUMENTS", description = "What to measure, and how.")
  List<String> arguments = List.of();

  @Override
  int run(Session session) {
    PrintStream out = new PrintStream(session.out().asStream(), false, StandardCharsets.UTF_8);
    int code = BenchMain.run(arguments.toArray(new String[0]), out, session.terminal().err());
    out.flush();
    return code;
  }
}
