package dev.quarry.tools.cli;

import dev.quarry.TaskStore;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;

/** Says who holds the store open for writing. */
@Command(
    description = {
      "Say which process holds the store open for writing, without touching its lock:",
      "  quarry --db tasks lock-info --format json",
      "Exit code 0 if nobody does, 4 if somebody does."
    })
final class LockInfoCommand extends FormattedCommand {
  @Override
  int run(Session session) {
    Path directory = session.db();
    session.requireStore(directory);
    String holder = TaskStore.holder(directory).orElse(null);
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("locked", holder != null);
    record.put("pid", null);
    record.put("host", null);
    record.put("since", null);
    for (String word : holder == null ? new String[0] : holder.split(" ", -1)) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        record.put(word.substring(0, equals), word.substring(equals + 1));
      }
    }
    if (session.isInWords()) {
      session.out().line(holder == null ? "not locked" : "locked: " + holder);
    } else {
      session.printRecord(record);
    }
    return holder == null ? ExitCode.OK : ExitCode.LOCKED;
  }
}
