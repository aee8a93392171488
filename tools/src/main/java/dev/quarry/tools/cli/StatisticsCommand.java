package dev.quarry.tools.cli;

import dev.quarry.StoreStats;
import dev.quarry.TaskStore;
import java.util.Map;

/** A command that shows a record out of the statistics of an open store. */
abstract class StatisticsCommand extends FormattedCommand {
  @Override
  final boolean isPaged() {
    return true;
  }

  @Override
  final int run(Session session) {
    return session.readWithIndex(store -> print(session, store));
  }

  /** Prints the statistics of an open store. */
  final int print(Session session, TaskStore store) {
    boolean people = session.isInWords();
    session.printRecord(record(store.stats(), people));
    return ExitCode.OK;
  }

  /**
   * What is shown.
   *
   * @param people whether a person reads it: sizes with units then
   */
  abstract Map<String, Object> record(StoreStats stats, boolean people);
}
