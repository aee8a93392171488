package dev.quarry.tools.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Hands over to the bench module. */
@Command
final class BenchCommand extends BaseCommand {
  private static final String MAIN = "dev.quarry.bench.BenchMain";

  @Parameters(arity = "0..*", paramLabel = "ARGUMENTS", description = "See quarry bench help.")
  List<String> arguments = List.of();

  @Override
  int run(Session session) {
    try {
      Method main = Class.forName(MAIN).getMethod("main", String[].class);
      main.invoke(null, (Object) arguments.toArray(new String[0]));
      return ExitCode.OK;
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new CliException(
          ExitCode.NEGATIVE, "bench is not part of this build", e.toString(), null);
    }
  }
}
