package dev.quarry.tools.cli;

import dev.quarry.SalvageReport;
import dev.quarry.TaskStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Saves what can be read of a damaged store. */
@Command(
    description = {
      "Save every task outside the damage into a new store, and list what is lost. The damaged",
      "store is not changed:",
      "  quarry salvage tasks tasks-saved",
      "Exit code 0 if all was saved, 5 if something is lost."
    })
final class SalvageCommand extends FormattedCommand {
  /** Of the report, in its order. */
  static final List<String> FIELDS =
      List.of(
          "complete",
          "tasks",
          "sequence",
          "lost_count",
          "lost",
          "uncertain_count",
          "uncertain",
          "damage_count",
          "damage",
          "aside",
          "indexes_rebuilt");

  @Parameters(index = "0", paramLabel = "SOURCE", description = "The damaged store.")
  Path source;

  @Parameters(index = "1", paramLabel = "TARGET", description = "The new store; absent or empty.")
  Path target;

  @Override
  int run(Session session) {
    checkOutput(session, "salvage");
    Path damaged = session.terminal().resolve(source);
    requireRemains(session, damaged);
    SalvageReport report;
    try (Progress progress = session.progress()) {
      report = TaskStore.salvage(damaged, session.terminal().resolve(target), progress);
    }
    int code = session.comesTo(report.isComplete() ? ExitCode.OK : ExitCode.CORRUPTION);
    print(session, "salvaged", report);
    return code;
  }

  /** Ends the command with exit code 3 unless there is something of a store, be it damaged. */
  static void requireRemains(Session session, Path directory) {
    if (!Files.isDirectory(directory.resolve("data"))
        && !Files.isDirectory(directory.resolve("repaired"))) {
      session.requireStore(directory);
    }
  }

  /** Nothing is done whose losses would not be printed: they are told this once. */
  static void checkOutput(Session session, String command) {
    if (session.maxBytes() > 0) {
      throw CliException.usage(
          "--max-bytes does not go with "
              + command
              + ", which tells once what is lost; --fields says what of it to print");
    }
    session.checkFieldsOf(FIELDS);
  }

  /** Says what a salvage or repair saved and lost. */
  static void print(Session session, String done, SalvageReport report) {
    if (!session.isInWords()) {
      session.printRecord(record(report));
      return;
    }
    session.out().line(done + " " + saved(report));
    report.lostIds().forEach(id -> session.out().line("lost " + id));
    report.uncertainIds().forEach(id -> session.out().line("perhaps an older version " + id));
    report.losses().forEach(loss -> session.out().line("damage " + words(loss)));
    report
        .aside()
        .ifPresent(aside -> session.out().line("what was there before is kept in " + aside));
  }

  private static String saved(SalvageReport report) {
    if (report.lostIdCount() == 0 && !report.isComplete()) {
      // as where a log is damaged: the ids of what it held went with it
      return report.tasks() + " tasks, lost: unknown";
    }
    return report.tasks()
        + " of "
        + (report.tasks() + report.lostIdCount())
        + " tasks, lost: "
        + (report.lostIdCount() == 0 ? "none" : report.lostIdCount());
  }

  private static String words(SalvageReport.Loss loss) {
    List<String> words = new ArrayList<>();
    add(words, "file ", loss.file());
    add(words, "family ", loss.family());
    add(words, "after key ", loss.afterKey());
    add(words, "before key ", loss.beforeKey());
    return words.isEmpty() ? loss.why() : String.join(", ", words) + ": " + loss.why();
  }

  private static void add(List<String> words, String name, String value) {
    if (!value.isEmpty()) {
      words.add(name + value);
    }
  }

  private static Map<String, Object> record(SalvageReport report) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("complete", report.isComplete());
    record.put("tasks", report.tasks());
    record.put("sequence", report.sequence());
    record.put("lost_count", report.lostIdCount());
    record.put("lost", report.lostIds());
    record.put("uncertain_count", report.uncertainCount());
    record.put("uncertain", report.uncertainIds());
    record.put("damage_count", report.lossCount());
    record.put("damage", report.losses().stream().map(SalvageCommand::words).toList());
    record.put("aside", report.aside().map(Path::toString).orElse(null));
    record.put("indexes_rebuilt", report.indexesRebuilt());
    return record;
  }
}
