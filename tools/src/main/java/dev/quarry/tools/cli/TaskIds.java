package dev.quarry.tools.cli;

import dev.quarry.TaskReader;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Makes ids such as {@code TASK-20261120-231500-0001}: the time in UTC and a number. */
final class TaskIds {
  private static final int MOST_PER_SECOND = 9_999;

  private TaskIds() {}

  /** The first id of this second that is not taken. */
  static String unused(Instant now, TaskReader store) {
    String second =
        DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss", Locale.ROOT)
            .format(now.atOffset(ZoneOffset.UTC));
    for (int number = 1; number <= MOST_PER_SECOND; number++) {
      String id = String.format(Locale.ROOT, "TASK-%s-%04d", second, number);
      if (store.get(id).isEmpty()) {
        return id;
      }
    }
    throw new CliException(
        ExitCode.LIMIT,
        "no id is left in this second",
        MOST_PER_SECOND + " tasks were added in it",
        "wait a second, or give an --id");
  }
}
