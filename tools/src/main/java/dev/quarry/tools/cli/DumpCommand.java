package dev.quarry.tools.cli;

import dev.quarry.RawRecord;
import dev.quarry.TaskStore;
import dev.quarry.tools.render.JsonText;
import dev.quarry.tools.render.TaskColumns;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;

/** Writes every record as stored, one JSON object per line, damaged ones too. */
@Command
final class DumpCommand extends BaseCommand {
  @Override
  int run(Session session) {
    session.refuseShortening("dump, which writes whole records");
    return session.readBeside(store -> dump(session, store));
  }

  private static int dump(Session session, TaskStore store) {
    AtomicLong damaged = new AtomicLong();
    store.dump(
        raw -> {
          if (raw.task() == null) {
            damaged.incrementAndGet();
            session.comesTo(ExitCode.CORRUPTION);
          }
          session.out().line(JsonText.of(record(raw)));
        });
    if (damaged.get() > 0) {
      session.noteBelow(damaged + " records cannot be decoded");
      return ExitCode.CORRUPTION;
    }
    return ExitCode.OK;
  }

  private static Map<String, Object> record(RawRecord raw) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("key", HexFormat.of().toHexDigits(raw.ordinal()));
    record.put("ordinal", raw.ordinal());
    record.put("sequence", raw.sequence());
    record.put("bytes", raw.bytes());
    if (raw.task() != null) {
      record.put("task", TaskColumns.all().record(raw.task()));
    }
    record.put("problem", raw.problem());
    return record;
  }
}
