package dev.quarry.tools.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Says what a store's files are, from their names and sizes alone. */
final class FileInspector {
  private FileInspector() {}

  static Map<String, Object> inspect(Path directory) {
    Map<String, Object> files = new LinkedHashMap<>();
    long total = 0;
    try (Stream<Path> paths = Files.walk(directory)) {
      List<Path> regular = paths.filter(Files::isRegularFile).sorted().toList();
      for (Path path : regular) {
        long size = Files.size(path);
        files.put(directory.relativize(path).toString(), size);
        total += size;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, Object> found = new LinkedHashMap<>();
    found.put("directory", directory.toString());
    found.put("bytes", total);
    found.put("files", files);
    return found;
  }
}
