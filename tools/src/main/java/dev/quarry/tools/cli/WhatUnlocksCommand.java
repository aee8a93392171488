package dev.quarry.tools.cli;

import dev.quarry.Task;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Lists the tasks that would be ready if one were done. */
@Command
final class WhatUnlocksCommand extends FormattedCommand {
  @Parameters(paramLabel = "ID", description = "The task to be done.")
  String id;

  @Override
  boolean isPaged() {
    return true;
  }

  @Override
  int run(Session session) {
    return session.read(
        store -> {
          List<Task> unlocked = store.graph().whatUnlocks(id);
          DepCommand.print(session, unlocked);
          session.noteBelow(unlocked.isEmpty() ? "unlocks nothing" : "unlocks " + unlocked.size());
          return ExitCode.OK;
        });
  }
}
