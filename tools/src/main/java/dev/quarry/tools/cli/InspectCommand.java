package dev.quarry.tools.cli;

import dev.quarry.IndexInfo;
import dev.quarry.StoreInspection;
import dev.quarry.StoreStats;
import dev.quarry.TaskStore;
import dev.quarry.query.Order;
import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.RowWriter;
import dev.quarry.tools.render.Values;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** Looks into a store's files; changes nothing, also in a damaged store. */
@Command(
    description = {
      "Look into a store's files: column families, levels, properties and checksums of every file,",
      "indexes. Changes nothing, and says of a damaged store what can be read. Exit code 5 if it is."
    })
final class InspectCommand extends FormattedCommand {
  @Override
  boolean isPaged() {
    return true;
  }

  @Override
  int run(Session session) {
    Path directory = session.db();
    session.requireStore(directory);
    StoreInspection found = TaskStore.inspect(directory);
    int code = session.comesTo(found.problems().isEmpty() ? ExitCode.OK : ExitCode.CORRUPTION);
    if (session.isInWords()) {
      tables(session, found);
    } else {
      session.printRecord(record(found));
    }
    return code;
  }

  private static void tables(Session session, StoreInspection found) {
    Map<String, Object> head = head(found);
    session.printRecord(head);
    table(
        session,
        "Column families",
        "name keys# sst_bytes# memtable_bytes# files#",
        found.families().stream().map(InspectCommand::family).toList());
    table(
        session,
        "Files",
        "name family level# size# entries# deletions# compression checksums",
        found.files().stream().map(InspectCommand::fileForPeople).toList());
    table(
        session,
        "Indexes",
        "name kind fields state",
        found.indexes().stream().map(InspectCommand::index).toList());
    table(
        session,
        "Off-heap index",
        "name bytes#",
        found.offHeap().stream()
            .map(file -> Map.<String, Object>of("name", file.name(), "bytes", file.bytes()))
            .toList());
    if (!found.problems().isEmpty()) {
      session.out().line("");
      session.out().line(session.style().bold("Problems"));
      found.problems().forEach(problem -> session.out().line(session.style().red(problem)));
    }
  }

  /** A table of some keys of the rows; {@code #} marks numbers. */
  private static void table(
      Session session, String title, String columns, List<Map<String, Object>> rows) {
    List<Column> shown =
        Arrays.stream(columns.split(" ", -1))
            .map(c -> c.endsWith("#") ? Column.number(c.replace("#", "")) : Column.text(c))
            .toList();
    session.out().line("");
    session.out().line(session.style().bold(title));
    RowWriter writer = RowWriter.of(session.out(), session.settings(), shown);
    for (Map<String, Object> row : rows) {
      writer.row(shown.stream().map(c -> row.get(c.name())).collect(Collectors.toList()));
    }
    writer.end();
  }

  private static Map<String, Object> record(StoreInspection found) {
    Map<String, Object> record = head(found);
    record.put("families", found.families().stream().map(InspectCommand::family).toList());
    record.put("files", found.files().stream().map(InspectCommand::file).toList());
    record.put("indexes", found.indexes().stream().map(InspectCommand::index).toList());
    record.put(
        "off_heap",
        found.offHeap().stream()
            .map(file -> Map.of("name", file.name(), "bytes", file.bytes()))
            .toList());
    record.put("problems", found.problems());
    return record;
  }

  private static Map<String, Object> head(StoreInspection found) {
    Map<String, Object> head = new LinkedHashMap<>();
    head.put("directory", found.directory().toString());
    head.put("format", found.format());
    head.put("holder", found.holder().isEmpty() ? null : found.holder());
    head.put("database", found.database());
    head.put("sequence", known(found.sequence()));
    head.put("next_ordinal", known(found.nextOrdinal()));
    head.put("tasks", known(found.tasks()));
    return head;
  }

  private static Long known(long number) {
    return number < 0 ? null : (Long) number;
  }

  private static Map<String, Object> family(StoreStats.Family family) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("name", family.name());
    row.put("keys", family.keys());
    row.put("sst_bytes", family.sstBytes());
    row.put("memtable_bytes", family.memtableBytes());
    row.put("files", family.files());
    return row;
  }

  private static Map<String, Object> file(StoreInspection.SstFile file) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("name", file.name());
    row.put("family", file.family());
    row.put("level", known(file.level()));
    row.put("bytes", file.bytes());
    row.put("raw_bytes", file.rawBytes());
    row.put("entries", file.entries());
    row.put("deletions", file.deletions());
    row.put("compression", file.compression());
    row.put("smallest_key", file.smallestKey());
    row.put("largest_key", file.largestKey());
    row.put("checksums", file.checksums());
    return row;
  }

  private static Map<String, Object> fileForPeople(StoreInspection.SstFile file) {
    Map<String, Object> row = file(file);
    row.put("size", Values.size(file.bytes()));
    return row;
  }

  private static Map<String, Object> index(IndexInfo index) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("name", index.spec().name());
    row.put("kind", index.spec().kind().name().toLowerCase(Locale.ROOT));
    row.put(
        "fields",
        index.spec().parts().stream().map(Order::toString).collect(Collectors.joining(", ")));
    row.put("state", index.state());
    row.put("built_in", index.builtIn());
    return row;
  }
}
