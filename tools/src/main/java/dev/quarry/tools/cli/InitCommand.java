package dev.quarry.tools.cli;

import dev.quarry.OpenMode;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Creates a store. */
@Command
final class InitCommand extends FormattedCommand {
  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "Where; default --db, $QUARRY_DB or ./quarry-db.")
  Path directory;

  @Override
  int run(Session session) {
    session.checkFieldsOf(List.of("directory", "format"));
    Path shown = directory == null ? session.db() : directory;
    Path target = session.terminal().resolve(shown);
    if (!Session.isEmpty(target)) {
      throw new CliException(
          ExitCode.CONFLICT,
          target + " exists and is not empty",
          "a store is created only where nothing is",
          "quarry --db " + shown + " info, or another directory");
    }
    session.begins("quarry --db " + shown + " info tells of it");
    TaskStoreOptions options = session.optionsFor(target).mode(OpenMode.CREATE).build();
    try (TaskStore store = session.open(options)) {
      Map<String, Object> created = new LinkedHashMap<>();
      created.put("directory", shown.toString());
      created.put("format", Integer.valueOf(StoreFacts.of(store.directory()).format()));
      if (session.isInWords()) {
        session.out().line("created " + shown + " (format " + created.get("format") + ")");
      } else {
        session.printRecord(created);
      }
    }
    return ExitCode.OK;
  }
}
