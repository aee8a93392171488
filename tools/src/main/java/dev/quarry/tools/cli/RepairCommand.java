package dev.quarry.tools.cli;

import dev.quarry.CorruptionException;
import dev.quarry.SalvageReport;
import dev.quarry.StoreInspection;
import dev.quarry.TaskStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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
      "Exit code 0 if nothing is lost, 5 if something is. Where the files are whole, --dry-run",
      "opens the store to compare its indexes with the records. As by any command, leases that are",
      "over end then, and an off-heap index that is missing or behind is built."
    })
final class RepairCommand extends FormattedCommand {
  /** What a dry run tells. */
  private static final List<String> LOOKED_AT = List.of("database", "problems");

  @Mixin DestructiveOptions destructive = new DestructiveOptions();

  @Override
  int run(Session session) {
    Path directory = session.db();
    SalvageCommand.requireRemains(session, directory);
    if (destructive.dryRun) {
      session.checkFieldsOf(LOOKED_AT);
      return look(session, directory);
    }
    SalvageCommand.checkOutput(session, "repair");
    session.confirm("repair " + directory, destructive);
    SalvageReport report;
    try (Progress progress = session.progress()) {
      report = TaskStore.repair(directory, progress);
    }
    int code = session.comesTo(report.isComplete() ? ExitCode.OK : ExitCode.CORRUPTION);
    print(session, report);
    return code;
  }

  static void print(Session session, SalvageReport report) {
    if (report.aside().isPresent() || !session.isInWords()) {
      SalvageCommand.print(session, "repaired", report);
    } else if (report.indexesRebuilt()) {
      session
          .out()
          .line("the off-heap index was wrong and is built anew: " + report.tasks() + " tasks");
    } else {
      session.out().line("nothing to repair: " + report.tasks() + " tasks, all sound");
    }
  }

  private static int look(Session session, Path directory) {
    StoreInspection found = TaskStore.inspect(directory);
    List<String> problems = found.problems();
    if (problems.isEmpty() && StoreFacts.isStore(directory)) {
      problems = wrongIn(session); // of the files it looked at, the index is none
    }
    int code = session.comesTo(problems.isEmpty() ? ExitCode.OK : ExitCode.CORRUPTION);
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("database", found.database());
    record.put("problems", problems);
    if (session.isInWords()) {
      session.out().line(problems.isEmpty() ? "no damage found" : "would repair:");
      problems.forEach(session.out()::line);
    } else {
      session.printRecord(record);
    }
    return code;
  }

  /** What a repair would find wrong in a store whose files are whole. */
  private static List<String> wrongIn(Session session) {
    List<String> problems = new ArrayList<>();
    try (Progress progress = session.progress()) {
      session.readWithIndex(
          store -> {
            problems.addAll(store.verify(true, progress).problems());
            return ExitCode.OK;
          });
    } catch (CorruptionException e) {
      problems.add(e.getMessage());
    }
    return problems;
  }
}
