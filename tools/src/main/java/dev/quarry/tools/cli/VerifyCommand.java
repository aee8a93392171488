package dev.quarry.tools.cli;

import dev.quarry.CorruptionException;
import dev.quarry.TaskStore;
import dev.quarry.VerifyReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Checks every index entry against every record, both ways. */
@Command
final class VerifyCommand extends FormattedCommand {
  private static final List<String> FIELDS =
      List.of(
          "ok",
          "deep",
          "sequence",
          "tasks",
          "indexes",
          "not_compared",
          "index_entries",
          "problem_count",
          "problems");

  @Option(names = "--deep", description = "Also read every block and check its checksum.")
  boolean deep;

  private boolean isTold;

  @Override
  int run(Session session) {
    session.checkFieldsOf(FIELDS);
    try {
      return session.readWithIndex(store -> check(session, store));
    } catch (CorruptionException e) {
      session.comesTo(ExitCode.CORRUPTION);
      // damage is this command's answer, so it belongs into the output as well
      if (!isTold) { // else it is the close that found it, too
        printDamage(session, List.of("CORRUPT " + e.getMessage()));
      }
      throw e;
    }
  }

  private int check(Session session, TaskStore store) {
    VerifyReport report;
    try (Progress progress = session.progress()) {
      report = store.verify(deep, progress);
    }
    isTold = true;
    int code = session.comesTo(codeOf(report));
    if (session.isInWords()) {
      String line = report.toString();
      session.out().line(report.isOk() ? session.style().green(line) : session.style().red(line));
      report.problems().forEach(session.out()::line);
      if (report.problemCount() > report.problems().size()) {
        session.note(report.problemCount() - report.problems().size() + " more problems");
      }
    } else {
      session.printRecord(record(report));
    }
    if (!report.notCompared().isEmpty()) {
      session.note(
          "note: the off-heap index was not compared; it is not in use here, and queries go by the"
              + " records. Where no other process holds the store, `quarry index rebuild` builds it");
    }
    return code;
  }

  private static int codeOf(VerifyReport report) {
    return report.isOk()
        ? ExitCode.OK
        : report.problems().stream().anyMatch(VerifyCommand::isCorruption)
            ? ExitCode.CORRUPTION
            : ExitCode.NEGATIVE;
  }

  private static void printDamage(Session session, List<String> problems) {
    if (session.isInWords()) {
      problems.forEach(session.out()::line);
      return;
    }
    Map<String, Object> record = new LinkedHashMap<>();
    FIELDS.forEach(field -> record.put(field, null));
    record.put("ok", false);
    record.put("problem_count", problems.size());
    record.put("problems", problems);
    session.printRecord(record);
  }

  private static Map<String, Object> record(VerifyReport report) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("ok", report.isOk());
    record.put("deep", report.deep());
    record.put("sequence", report.sequence());
    record.put("tasks", report.tasks());
    record.put("indexes", report.indexes());
    record.put("not_compared", report.notCompared());
    record.put("index_entries", report.indexEntries());
    record.put("problem_count", report.problemCount());
    record.put("problems", report.problems());
    return record;
  }

  private static boolean isCorruption(String problem) {
    String lower = problem.toLowerCase(Locale.ROOT);
    return lower.contains("corrupt") || lower.contains("checksum");
  }
}
