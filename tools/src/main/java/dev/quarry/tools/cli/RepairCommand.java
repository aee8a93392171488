package dev.quarry.tools.cli;

import dev.quarry.SalvageReport;
import dev.quarry.StoreInspection;
import dev.quarry.TaskStore;
import dev.quarry.tools.render.OutputFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Makes a damaged store open again, in its place. */
@Command(
    description = {
      "Make a damaged store open again, in its place; what was there is kept aside, in a folder",
      "`damaged-...` of the store, until you delete it. A whole store is left as it is:",
      "  quarry --db tasks repair --dry-run",
      "  quarry --db tasks repair --yes",
      "Exit code 0 if nothing is lost, 5 if something is."
    })
final class RepairCommand extends FormattedCommand {
  @Mixin DestructiveOptions destructive = new DestructiveOptions();

  @Override
  int run(Session session) {
    Path directory = session.db();
    if (!Files.isDirectory(directory.resolve("data"))
        && !Files.isDirectory(directory.resolve("repaired"))) {
      session.requireStore(directory);
    }
    if (destructive.dryRun) {
      return look(session, directory);
    }
    session.confirm("repair " + directory, destructive);
    SalvageReport report;
    try (Progress progress = session.progress()) {
      report = TaskStore.repair(directory, progress);
    }
    if (report.aside().isEmpty() && session.format() == OutputFormat.TABLE) {
      session.out().line("nothing to repair: " + report.tasks() + " tasks, all sound");
    } else {
      SalvageCommand.print(session, "repaired", report);
    }
    return report.isComplete() ? ExitCode.OK : ExitCode.CORRUPTION;
  }

  private static int look(Session session, Path directory) {
    StoreInspection found = TaskStore.inspect(directory);
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("database", found.database());
    record.put("problems", found.problems());
    if (session.format() == OutputFormat.TABLE) {
      session.out().line(found.problems().isEmpty() ? "no damage found" : "would repair:");
      found.problems().forEach(session.out()::line);
    } else {
      session.printRecord(record);
    }
    return found.problems().isEmpty() ? ExitCode.OK : ExitCode.CORRUPTION;
  }
}
