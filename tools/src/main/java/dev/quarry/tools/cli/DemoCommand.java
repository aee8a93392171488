package dev.quarry.tools.cli;

import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.tools.demo.Demo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** A guided tour in a store of its own. */
@Command(
    description = {
      "A guided tour: makes a store, imports samples, asks, changes, verifies, says how long it took.",
      "The store of an earlier demo in the directory is replaced, unless it is open or somebody has",
      "changed it since; anything else there is not."
    })
final class DemoCommand extends BaseCommand {
  private static final String DEFAULT = "demo-store";

  /** What a store has in its directory; names that begin with {@code quarry.} are its own, too. */
  private static final Set<String> OF_STORE =
      Set.of("QUARRY", "data", "index", "VERIFIED", "BACKED_UP", Demo.MARKER);

  @Parameters(arity = "0..1", paramLabel = "DIR", description = "Where; default ./demo-store.")
  Path directory;

  @Override
  int run(Session session) {
    Path shown = directory == null ? Path.of(DEFAULT) : directory;
    Path target = session.terminal().resolve(shown);
    try {
      clear(session, target);
      boolean sound = new Demo(target, shown, session.out(), session.style(), session::open).run();
      return sound ? ExitCode.OK : ExitCode.NEGATIVE;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void clear(Session session, Path target) throws IOException {
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
    refuseForeignFiles(target);
    if (StoreFacts.isStore(target)) {
      refuseOthersTasks(session, target);
    }
    try (Stream<Path> paths = Files.walk(target)) {
      List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.delete(path);
      }
    }
  }

  private static void refuseForeignFiles(Path target) throws IOException {
    try (Stream<Path> files = Files.list(target)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (!OF_STORE.contains(name) && !name.startsWith("quarry.")) {
          throw refused(target, "it holds a file that is not the store's: " + name);
        }
      }
    }
  }

  /** Opens it for writing, which is refused where another has it open. */
  private static void refuseOthersTasks(Session session, Path target) {
    boolean own;
    try (TaskStore store = session.open(TaskStoreOptions.builder(target).build())) {
      own = Demo.hasMadeAllOf(store);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(ExitCode.INTERRUPTED, "interrupted", "nothing was changed", null);
    }
    if (!own) {
      throw refused(target, "its tasks are not, or no longer, those of a demo alone");
    }
  }

  private static CliException refused(Path target, String why) {
    return new CliException(
        ExitCode.CONFLICT,
        "will not replace the store of an earlier demo in " + target,
        why,
        "another directory: quarry demo DIR; or delete that one");
  }
}
