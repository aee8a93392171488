package dev.quarry.tools.cli;

import dev.quarry.BackupInfo;
import dev.quarry.Backups;
import dev.quarry.OpenMode;
import dev.quarry.Snapshot;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.query.Query;
import dev.quarry.tools.render.Column;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a store as another one was at an earlier commit. */
@Command(
    name = "pitr",
    description = {
      "Point-in-time restore: write a store as it was at a commit or a time into a directory that",
      "is absent or empty, from a directory of backups or from a store:",
      "  quarry backup pitr /media/backups restored --to 4711",
      "  quarry backup pitr tasks before-the-accident --to 2026-11-20T09:30:00Z",
      "The change log of the backup, or of the store, must reach there. Claims are not restored."
    })
final class PointInTimeCommand extends FormattedCommand {
  private static final List<String> OF_STORE = List.of("directory", "sequence", "tasks");
  private static final List<String> OF_BACKUP =
      BackupCommand.COLUMNS.stream().map(Column::name).toList();

  @Parameters(index = "0", paramLabel = "SOURCE", description = "Backups, or a store.")
  Path source;

  @Parameters(index = "1", paramLabel = "TARGET", description = "The new store's directory.")
  Path target;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "SEQUENCE|TIME",
      description = "The number of a commit, or a time: the last commit at or before it.")
  String to;

  @Option(
      names = "--number",
      paramLabel = "N",
      description = "Which backup; default the first one that holds the commit, or the newest.")
  Long number;

  @Option(
      names = "--dry-run",
      description =
          "Check source and target, write nothing. Of a backup: not how far back it reaches.")
  boolean dryRun;

  @Override
  int run(Session session) {
    Path from = session.terminal().resolve(source);
    boolean isStore = Files.isRegularFile(from.resolve("QUARRY"));
    session.checkFieldsOf(isStore ? OF_STORE : OF_BACKUP);
    PastPoint point = PastPoint.of("--to", to, session.now());
    Path resolved = session.terminal().resolve(target);
    if (!Session.takesRestore(resolved)) {
      throw new CliException(
          ExitCode.CONFLICT,
          target + " exists and is not empty",
          "a store is restored only where nothing is",
          "another directory");
    }
    if (isStore && number != null) {
      throw CliException.usage("--number goes with backups, but " + source + " is a store");
    }
    if (!dryRun) {
      session.begins("quarry --db " + target + " info tells of the store");
    }
    return isStore ? ofStore(session, from, resolved, point) : ofBackup(session, resolved, point);
  }

  private int ofStore(Session session, Path from, Path resolved, PastPoint point) {
    TaskStoreOptions options =
        session.optionsFor(from).mode(dryRun ? OpenMode.READ_ONLY : OpenMode.OPEN).build();
    try (TaskStore store = session.open(options)) {
      long sequence = point.in(store);
      try (Snapshot past = store.asOf(sequence)) { // which also finds what is out of reach
        if (!dryRun) {
          try (Progress progress = session.progress()) {
            store.checkpoint(resolved, sequence, progress);
          }
        }
        say(session, dryRun ? "would restore " : "restored ", sequence, past.count(Query.all()));
      }
      return ExitCode.OK;
    }
  }

  private void say(Session session, String done, long sequence, long tasks) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("directory", target.toString());
    record.put("sequence", sequence);
    record.put("tasks", tasks);
    String text =
        done + source + " at sequence " + sequence + ", " + tasks + " tasks, to " + target;
    BackupCommand.say(session, text, record);
  }

  private int ofBackup(Session session, Path resolved, PastPoint point) {
    Backups backups = Backups.open(session.terminal().resolve(source));
    BackupInfo info = BackupCommand.find(backups, number(backups, point), source);
    if (!holds(info, point)) {
      throw new CliException(
          ExitCode.NEGATIVE,
          "backup " + info.number() + " was made before " + to,
          "its last commit is " + info.sequence() + ", it was made at " + info.createdAt(),
          "a later backup, or quarry backup restore for all that this one holds");
    }
    if (dryRun) {
      List<String> problems = backups.verify(info.number());
      String text = problems.isEmpty() ? "would restore from " : "DAMAGED ";
      BackupCommand.say(
          session, text + BackupCommand.words(info) + " to " + target, BackupCommand.record(info));
      return problems.isEmpty() ? ExitCode.OK : ExitCode.CORRUPTION;
    }
    BackupInfo restored;
    try (Progress progress = session.progress()) {
      restored =
          point.sequence() == null
              ? backups.restore(info.number(), resolved, point.time(), progress)
              : backups.restore(info.number(), resolved, point.sequence(), progress);
    }
    BackupCommand.say(
        session,
        "restored " + BackupCommand.words(restored) + " to " + target,
        BackupCommand.record(restored));
    return ExitCode.OK;
  }

  /** The oldest backup that is late enough: the longer ago, the less a newer one's log reaches. */
  private Long number(Backups backups, PastPoint point) {
    if (number != null) {
      return number;
    }
    return backups.list().stream()
        .filter(info -> holds(info, point))
        .map(BackupInfo::number)
        .findFirst()
        .orElse(null);
  }

  private static boolean holds(BackupInfo info, PastPoint point) {
    return point.sequence() != null
        ? info.sequence() >= point.sequence()
        : !info.createdAt().isBefore(point.time());
  }
}
