package dev.quarry.tools.cli;

import dev.quarry.bench.LiveFiles;
import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.OutputFormat;
import dev.quarry.tools.render.Values;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;

/** Shows where the disk space goes. */
@Command(
    description = {
      "Show where the disk space goes, by the sort of file, and what the device has left:",
      "  quarry --db tasks space --format json"
    })
final class SpaceCommand extends FormattedCommand {
  private static final Map<String, String> SORTS =
      Map.of(
          "sst", "records and ordered indexes",
          "log", "write-ahead log",
          "map", "off-heap index (sparse: less on the device)");

  @Override
  int run(Session session) {
    Path directory = session.db();
    session.requireStore(directory);
    Map<String, long[]> sums = new TreeMap<>();
    try {
      LiveFiles.forEach(
          directory,
          (file, size) -> {
            long[] sum = sums.computeIfAbsent(sort(directory, file), s -> new long[2]);
            sum[0]++;
            sum[1] += size;
          });
      print(session, sums, Files.getFileStore(directory));
      return ExitCode.OK;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sort(Path directory, Path file) {
    String first = directory.relativize(file).getName(0).toString();
    if (first.startsWith("damaged-")) {
      return "kept aside by a repair";
    }
    String name = file.getFileName().toString();
    return SORTS.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "other");
  }

  private static void print(Session session, Map<String, long[]> sums, FileStore device)
      throws IOException {
    List<List<Object>> rows = new ArrayList<>();
    boolean people = session.format() == OutputFormat.TABLE;
    sums.forEach(
        (sort, sum) ->
            rows.add(List.of(sort, sum[0], people ? Values.size(sum[1]) : (Object) sum[1])));
    session.printRows(
        List.of(Column.text("what"), Column.number("files"), Column.number("bytes")), rows);
    session.noteBelow(Values.size(device.getUsableSpace()) + " free on the device");
  }
}
