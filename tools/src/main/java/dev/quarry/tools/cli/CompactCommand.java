package dev.quarry.tools.cli;

import dev.quarry.TaskStore;
import dev.quarry.tools.render.Values;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** Compacts the store's files. */
@Command
final class CompactCommand extends FormattedCommand {
  @Override
  int run(Session session) {
    session.checkFieldsOf(List.of("bytes_before", "bytes_after", "milliseconds"));
    return session.write(store -> compact(session, store));
  }

  private static int compact(Session session, TaskStore store) {
    long before = store.stats().diskBytes();
    long begin = System.nanoTime();
    store.compact();
    long nanos = System.nanoTime() - begin;
    long after = store.stats().diskBytes();
    if (session.isInWords()) {
      session
          .out()
          .line(
              "compacted: "
                  + Values.size(before)
                  + " before, "
                  + Values.size(after)
                  + " after, "
                  + Values.duration(nanos));
      return ExitCode.OK;
    }
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("bytes_before", before);
    record.put("bytes_after", after);
    record.put("milliseconds", nanos / 1_000_000);
    session.printRecord(record);
    return ExitCode.OK;
  }
}
