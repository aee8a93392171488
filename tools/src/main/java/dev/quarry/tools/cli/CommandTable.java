package dev.quarry.tools.cli;

import dev.quarry.Status;
import java.util.List;
import java.util.function.Supplier;

/** All commands, by group, in the order of the help. */
final class CommandTable {
  private static final String LIFE = "Life";
  private static final String TASKS = "Tasks";
  private static final String BULK = "Bulk";
  private static final String INSPECT = "Inspect";
  private static final String CARE = "Care";
  private static final String REACH = "Reach";

  private static final List<Entry> ENTRIES =
      List.of(
          new Entry("init", LIFE, "Create a store.", InitCommand::new),
          new Entry("info", LIFE, "Say what the store is and holds.", InfoCommand::new),
          new Entry("verify", LIFE, "Check every index against every record.", VerifyCommand::new),
          new Entry("doctor", LIFE, "Look for what is wrong, or soon will be.", DoctorCommand::new),
          new Entry("lock-info", LIFE, "Say who holds the store open.", LockInfoCommand::new),
          new Entry("repair", LIFE, "Make a damaged store open again.", RepairCommand::new),
          new Entry("salvage", LIFE, "Save what a damaged store holds.", SalvageCommand::new),
          new Entry("add", TASKS, "Add a task; prints its id.", AddCommand::new),
          new Entry("show", TASKS, "Show a task.", ShowCommand::new),
          new Entry("set", TASKS, "Change fields of a task.", SetCommand::new),
          status("start", Status.IN_PROGRESS),
          status("done", Status.DONE),
          status("fail", Status.FAILED),
          status("cancel", Status.CANCELLED),
          status("block", Status.BLOCKED),
          new Entry("delete", TASKS, "Delete tasks.", DeleteCommand::new),
          new Entry("list", TASKS, "List tasks, filtered by options.", ListCommand::new),
          new Entry("query", TASKS, "List the tasks that a query finds.", QueryCommand::new),
          new Entry("count", TASKS, "Count tasks, sum up hours and ages.", CountCommand::new),
          new Entry("ready", TASKS, "List the tasks that can be started.", ReadyCommand::new),
          new Entry("claim", TASKS, "Claim a task for a limited time.", ClaimCommand::new),
          new Entry("renew", TASKS, "Let a claim's lease go on.", ClaimEnd.Renew::new),
          new Entry("release", TASKS, "Give a claimed task back.", ClaimEnd.Release::new),
          new Entry(
              "dep", TASKS, "Say what tasks wait for: add, rm, tree, cycles.", DepCommand::new),
          new Entry(
              "what-unlocks",
              TASKS,
              "List what would be ready if a task were done.",
              WhatUnlocksCommand::new),
          new Entry(
              "critical-path",
              TASKS,
              "Show the longest chain of open tasks.",
              CriticalPathCommand::new),
          new Entry("history", TASKS, "Show what happened to a task.", HistoryCommand::new),
          new Entry("diff", TASKS, "Show the tasks that differ.", DiffCommand::new),
          new Entry("undo", TASKS, "Take the last change back.", UndoCommand::new),
          new Entry("import", BULK, "Read tasks from files of other tools.", ImportCommand::new),
          new Entry("watch", BULK, "Keep the store equal to a folder.", WatchCommand::new),
          new Entry("batch", BULK, "Make operations given as JSON lines.", BatchCommand::new),
          new Entry("archive", BULK, "Move tasks to the archive.", ArchiveCommand::new),
          new Entry("restore", BULK, "Bring tasks back from it.", RestoreCommand::new),
          new Entry("purge", BULK, "Delete archived tasks for good.", PurgeCommand::new),
          new Entry("export", BULK, "Write tasks for other tools.", ExportCommand::new),
          new Entry("dump", INSPECT, "Write every record as stored, as JSONL.", DumpCommand::new),
          new Entry("inspect", INSPECT, "Look into a store's files.", InspectCommand::new),
          new Entry("stats", INSPECT, "Show the store in numbers.", StatsCommand::new),
          new Entry("tail", INSPECT, "Show what was committed; -f follows.", TailCommand::new),
          new Entry("index", INSPECT, "List, create, drop, rebuild indexes.", IndexCommand::new),
          new Entry("explain", INSPECT, "Show how a query is answered.", ExplainCommand::new),
          new Entry("space", INSPECT, "Show where the disk space goes.", SpaceCommand::new),
          new Entry("backup", CARE, "Make, check and restore backups.", BackupCommand::new),
          new Entry("checkpoint", CARE, "Make a second store as of now.", CheckpointCommand::new),
          new Entry("compact", CARE, "Compact the store's files.", CompactCommand::new),
          new Entry("config", CARE, "Show, set and check settings.", ConfigCommand::new),
          new Entry("bench", CARE, "Measure speed on generated tasks.", BenchCommand::new),
          new Entry("demo", REACH, "A guided tour in a store of its own.", DemoCommand::new),
          new Entry("serve", REACH, "Serve a dashboard to browsers.", ServeCommand::new),
          new Entry("completion", REACH, "Print a completion script.", CompletionCommand::new),
          new Entry("version", REACH, "Print the version.", VersionCommand::new),
          new Entry("help", REACH, "Show help, also: quarry COMMAND --help.", HelpCommand::new));

  private CommandTable() {}

  /**
   * A command.
   *
   * @param name as typed
   * @param group heading in the help
   * @param summary one sentence
   * @param factory makes the object that picocli fills
   */
  record Entry(String name, String group, String summary, Supplier<BaseCommand> factory) {}

  static List<Entry> entries() {
    return ENTRIES;
  }

  static List<String> names() {
    return ENTRIES.stream().map(Entry::name).toList();
  }

  private static Entry status(String name, Status status) {
    return new Entry(name, TASKS, "Set tasks to " + status + ".", () -> new StatusCommand(status));
  }
}
