package dev.quarry.tools.cli;

import dev.quarry.BackupInfo;
import dev.quarry.Backups;
import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.Values;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes backups, checks them, restores stores from them. */
@Command(
    description = {
      "Make backups of a store in a directory of their own, check them, restore from them:",
      "  quarry --db tasks backup create /media/backups",
      "  quarry backup list /media/backups",
      "  quarry backup verify /media/backups",
      "  quarry backup restore /media/backups restored --number 3",
      "  quarry backup pitr /media/backups restored --to 2026-11-20T09:30:00Z",
      "  quarry backup purge /media/backups --keep 7 --yes",
      "A backup shares with earlier ones what did not change. Exit code 5 for a damaged one."
    },
    subcommands = {
      BackupCommand.Create.class,
      BackupCommand.Show.class,
      BackupCommand.Verify.class,
      BackupCommand.Restore.class,
      PointInTimeCommand.class,
      BackupCommand.Delete.class,
      BackupCommand.Purge.class
    })
final class BackupCommand extends FormattedCommand {
  private static final String DELETED = "deleted";
  private static final String LISTED = "quarry backup list prints those that are left";

  static final List<Column> COLUMNS =
      List.of(
          Column.number("number"),
          Column.text("created"),
          Column.number("sequence"),
          Column.number("tasks"),
          Column.number("files"),
          Column.number("bytes"),
          Column.number("new_files"),
          Column.number("new_bytes"),
          Column.text("store"));

  @Override
  int run(Session session) {
    throw CliException.usage(
        "backup takes one of create, list, verify, restore, pitr, delete, purge; see quarry backup"
            + " --help");
  }

  static Map<String, Object> record(BackupInfo info) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("number", info.number());
    record.put("created", info.createdAt());
    record.put("sequence", info.sequence());
    record.put("tasks", info.tasks());
    record.put("files", info.files());
    record.put("bytes", info.bytes());
    record.put("new_files", info.newFiles());
    record.put("new_bytes", info.newBytes());
    record.put("store", info.storeId());
    return record;
  }

  static String words(BackupInfo info) {
    return "backup "
        + info.number()
        + ": "
        + info.tasks()
        + " tasks, sequence "
        + info.sequence()
        + ", "
        + Values.size(info.bytes());
  }

  static void say(Session session, String text, Map<String, ?> record) {
    if (session.isInWords()) {
      session.out().line(text);
    } else {
      session.printRecord(record);
    }
  }

  /** The backup of that number, or the newest. */
  static BackupInfo find(Backups backups, Long number, Path directory) {
    if (number == null) {
      return backups.latest().orElseThrow(() -> none(directory));
    }
    return backups.list().stream()
        .filter(info -> info.number() == number)
        .findFirst()
        .orElseThrow(
            () ->
                new CliException(
                    ExitCode.NEGATIVE,
                    "no backup " + number + " in " + directory,
                    null,
                    "quarry backup list " + directory));
  }

  private static CliException none(Path directory) {
    return new CliException(
        ExitCode.NEGATIVE,
        "no backups in " + directory,
        "the directory holds none",
        "quarry backup create " + directory);
  }

  /** {@code backup create}. */
  @Command(
      name = "create",
      description = {
        "Add a backup of the store to a directory, which is created if it is absent.",
        "In a program that has the store open: store.backup(directory), without closing it."
      })
  static final class Create extends FormattedCommand {
    @Parameters(paramLabel = "DIR", description = "Where the backups are.")
    Path directory;

    @Override
    int run(Session session) {
      session.checkFields(COLUMNS);
      Path target = session.terminal().resolve(directory);
      return session.write(
          store -> {
            BackupInfo info = store.backup(target);
            say(
                session,
                words(info)
                    + "; new: "
                    + info.newFiles()
                    + " of "
                    + info.files()
                    + " files, "
                    + Values.size(info.newBytes()),
                record(info));
            return ExitCode.OK;
          });
    }
  }

  /** {@code backup list}. */
  @Command(name = "list", description = "List the backups of a directory, oldest first.")
  static final class Show extends FormattedCommand {
    @Parameters(paramLabel = "DIR", description = "Where the backups are.")
    Path directory;

    @Override
    int run(Session session) {
      List<List<Object>> rows = new ArrayList<>();
      for (BackupInfo info : Backups.open(session.terminal().resolve(directory)).list()) {
        rows.add(new ArrayList<>(record(info).values()));
      }
      session.printRows(COLUMNS, rows);
      return ExitCode.OK;
    }
  }

  /** {@code backup verify}. */
  @Command(
      name = "verify",
      description = "Read every byte of a backup and compare it with the hashes made with it.")
  static final class Verify extends FormattedCommand {
    @Parameters(paramLabel = "DIR", description = "Where the backups are.")
    Path directory;

    @Option(names = "--number", paramLabel = "N", description = "Which one; default the newest.")
    Long number;

    @Override
    int run(Session session) {
      Path resolved = session.terminal().resolve(directory);
      Backups backups = Backups.open(resolved);
      BackupInfo info = find(backups, number, directory);
      List<String> problems = backups.verify(info.number());
      int code = session.comesTo(problems.isEmpty() ? ExitCode.OK : ExitCode.CORRUPTION);
      Map<String, Object> record = record(info);
      record.put("ok", problems.isEmpty());
      record.put("problems", problems);
      String text = (problems.isEmpty() ? "OK " : "DAMAGED ") + words(info);
      say(session, String.join("\n", concat(text, problems)), record);
      return code;
    }

    private static List<String> concat(String first, List<String> rest) {
      List<String> all = new ArrayList<>(List.of(first));
      all.addAll(rest);
      return all;
    }
  }

  /** {@code backup restore}. */
  @Command(
      name = "restore",
      description = {
        "Write a backup as a store into a directory that is absent or empty.",
        "  quarry backup restore backups tasks2"
      })
  static final class Restore extends FormattedCommand {
    @Parameters(index = "0", paramLabel = "DIR", description = "Where the backups are.")
    Path directory;

    @Parameters(index = "1", paramLabel = "TARGET", description = "The new store's directory.")
    Path target;

    @Option(names = "--number", paramLabel = "N", description = "Which one; default the newest.")
    Long number;

    @Option(names = "--dry-run", description = "Check the backup and the target, write nothing.")
    boolean dryRun;

    @Override
    int run(Session session) {
      session.checkFields(COLUMNS);
      Backups backups = Backups.open(session.terminal().resolve(directory));
      BackupInfo info = find(backups, number, directory);
      Path resolved = session.terminal().resolve(target);
      if (!Session.takesRestore(resolved)) {
        throw new CliException(
            ExitCode.CONFLICT,
            target + " exists and is not empty",
            "a store is restored only where nothing is",
            "another directory");
      }
      if (dryRun) {
        List<String> problems = backups.verify(info.number());
        say(
            session,
            (problems.isEmpty() ? "would restore " : "DAMAGED ") + words(info) + " to " + target,
            record(info));
        return problems.isEmpty() ? ExitCode.OK : ExitCode.CORRUPTION;
      }
      session.begins("quarry --db " + target + " info tells of the store");
      backups.restore(info.number(), resolved);
      say(session, "restored " + words(info) + " to " + target, record(info));
      return ExitCode.OK;
    }
  }

  /** {@code backup delete}. */
  @Command(name = "delete", description = "Delete a backup and what no other one shares with it.")
  static final class Delete extends FormattedCommand {
    @Parameters(index = "0", paramLabel = "DIR", description = "Where the backups are.")
    Path directory;

    @Parameters(index = "1", paramLabel = "N", description = "Its number.")
    long number;

    @Mixin DestructiveOptions destructive = new DestructiveOptions();

    @Override
    int run(Session session) {
      if (destructive.dryRun) {
        session.checkFields(COLUMNS);
      } else {
        session.checkFieldsOf(List.of(DELETED));
      }
      Backups backups = Backups.open(session.terminal().resolve(directory));
      if (destructive.dryRun) {
        BackupInfo info = find(backups, number, directory);
        say(session, "would delete " + words(info), record(info));
        return ExitCode.OK;
      }
      session.confirm("delete backup " + number, destructive);
      session.begins(LISTED);
      if (!backups.delete(number)) {
        throw new CliException(
            ExitCode.NEGATIVE,
            "no backup " + number + " in " + directory,
            null,
            "quarry backup list " + directory);
      }
      say(session, "deleted backup " + number, Map.of(DELETED, List.of(number)));
      return ExitCode.OK;
    }
  }

  /** {@code backup purge}. */
  @Command(name = "purge", description = "Delete all but the newest backups.")
  static final class Purge extends FormattedCommand {
    @Parameters(paramLabel = "DIR", description = "Where the backups are.")
    Path directory;

    @Option(names = "--keep", required = true, paramLabel = "N", description = "How many to keep.")
    int keep;

    @Mixin DestructiveOptions destructive = new DestructiveOptions();

    @Override
    int run(Session session) {
      String key = destructive.dryRun ? "would_delete" : DELETED;
      session.checkFieldsOf(List.of(key));
      if (keep < 0) {
        throw CliException.usage("--keep must be at least 0, but is " + keep);
      }
      Backups backups = Backups.open(session.terminal().resolve(directory));
      List<Long> numbers = backups.list().stream().map(BackupInfo::number).toList();
      List<Long> old = numbers.subList(0, Math.max(0, numbers.size() - keep));
      if (!destructive.dryRun && !old.isEmpty()) {
        session.confirm("delete " + old.size() + " backups", destructive);
        session.begins(LISTED);
        old = backups.purge(keep);
      }
      String done = destructive.dryRun ? "would delete" : DELETED;
      say(session, done + " " + old.size() + " backups: " + old, Map.of(key, old));
      return ExitCode.OK;
    }
  }
}
