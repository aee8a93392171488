package dev.quarry.tools.cli;

import dev.quarry.tools.demo.Demo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** A guided tour in a store of its own. */
@Command(
    description = {
      "A guided tour: makes a store, imports samples, asks, changes, verifies, says how long it took.",
      "The store of an earlier demo in the directory is replaced; anything else there is not."
    })
final class DemoCommand extends BaseCommand {
  private static final String DEFAULT = "demo-store";

  @Parameters(arity = "0..1", paramLabel = "DIR", description = "Where; default ./demo-store.")
  Path directory;

  @Override
  int run(Session session) {
    Path shown = directory == null ? Path.of(DEFAULT) : directory;
    Path target = session.terminal().resolve(shown);
    try {
      clear(target);
      boolean sound = new Demo(target, shown, session.out(), session.style(), session::open).run();
      return sound ? ExitCode.OK : ExitCode.NEGATIVE;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void clear(Path target) throws IOException {
    if (!Files.exists(target) || (Files.isDirectory(target) && Session.isEmpty(target))) {
      return;
    }
    if (!Files.exists(target.resolve(Demo.MARKER))) {
      throw new CliException(
          ExitCode.CONFLICT,
          target + " exists and was not made by a demo",
          "the demo replaces only what a demo has made",
          "another directory: quarry demo DIR");
    }
    try (Stream<Path> paths = Files.walk(target)) {
      List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.delete(path);
      }
    }
  }
}
