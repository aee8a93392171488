package dev.quarry.tools.cli;

import dev.quarry.StoreStats;
import dev.quarry.TaskStore;
import dev.quarry.tools.render.Values;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;

/** Says what the store is and holds. */
@Command
final class InfoCommand extends FormattedCommand {
  @Override
  int run(Session session) {
    return session.read(store -> print(session, store));
  }

  private static int print(Session session, TaskStore store) {
    StoreStats stats = store.stats();
    StoreFacts facts = StoreFacts.of(store.directory());
    String lastBackup = StoreFacts.lastBackup(store.directory());
    String lastVerify = StoreFacts.lastVerify(store.directory());
    if (session.isInWords()) {
      session
          .out()
          .line(
              session.db()
                  + ": format "
                  + facts.format()
                  + ", created "
                  + facts.created()
                  + ", library "
                  + Version.number());
      session
          .out()
          .line(
              "tasks "
                  + stats.tasks()
                  + ", indexes "
                  + store.indexes().size()
                  + ", size "
                  + Values.size(stats.diskBytes())
                  + ", last backup "
                  + (lastBackup == null ? "never" : lastBackup)
                  + ", last verify "
                  + (lastVerify == null ? "never" : lastVerify));
      return ExitCode.OK;
    }
    Map<String, Object> info = new LinkedHashMap<>();
    info.put("directory", session.db().toString());
    info.put(
        "format", facts.format().matches("[0-9]{1,9}") ? Integer.valueOf(facts.format()) : null);
    info.put("created", facts.created());
    info.put("library", Version.number());
    info.put("tasks", stats.tasks());
    info.put("indexes", store.indexes().size());
    info.put("size_bytes", stats.diskBytes());
    info.put("last_backup", lastBackup);
    info.put("last_verify", lastVerify);
    info.put("sequence", stats.sequence());
    session.printRecord(info);
    return ExitCode.OK;
  }
}
