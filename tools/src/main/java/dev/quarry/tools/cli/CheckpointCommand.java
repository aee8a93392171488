package dev.quarry.tools.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Makes a second store. */
@Command(
    description = {
      "Make a second store as of now, in a directory that is absent or empty. On the same device",
      "both share files, so it takes hardly any time and space:",
      "  quarry --db tasks checkpoint /tmp/tasks-now"
    })
final class CheckpointCommand extends FormattedCommand {
  @Parameters(paramLabel = "TARGET", description = "The second store's directory.")
  Path target;

  @Override
  int run(Session session) {
    session.checkFieldsOf(List.of("directory", "sequence", "tasks"));
    Path resolved = session.terminal().resolve(target);
    return session.write(
        store -> {
          store.checkpoint(resolved);
          long tasks = store.stats().tasks();
          Map<String, Object> record = new LinkedHashMap<>();
          record.put("directory", target.toString());
          record.put("sequence", store.sequence());
          record.put("tasks", tasks);
          if (session.isInWords()) {
            session.out().line("checkpoint " + target + ": " + tasks + " tasks");
          } else {
            session.printRecord(record);
          }
          return ExitCode.OK;
        });
  }
}
