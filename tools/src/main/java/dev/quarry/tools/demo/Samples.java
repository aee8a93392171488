package dev.quarry.tools.demo;

import dev.quarry.ProgressListener;
import dev.quarry.TaskStore;
import dev.quarry.tools.importing.ImportOptions;
import dev.quarry.tools.importing.ImportReport;
import dev.quarry.tools.importing.ImportSource;
import dev.quarry.tools.importing.ImportTarget;
import dev.quarry.tools.importing.Importer;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The sample files in the jar, in the formats of several tools. */
final class Samples {
  private static final String ROOT = "/samples/";

  private Samples() {}

  /**
   * What became of a sample.
   *
   * @param name the file or folder
   * @param report what was imported
   * @param nanos time taken
   */
  record Outcome(String name, ImportReport report, long nanos) {}

  /** Unpacks the samples into a temporary folder and imports each from there. */
  static List<Outcome> importAll(TaskStore store) throws IOException {
    Path folder = Files.createTempDirectory("quarry-samples-");
    try {
      List<Outcome> outcomes = new ArrayList<>();
      for (String name : unpack(folder)) {
        long begin = System.nanoTime();
        ImportReport report =
            Importer.run(
                ImportSource.of(folder.resolve(name)),
                ImportOptions.defaults(),
                ImportTarget.of(store),
                ProgressListener.NONE);
        outcomes.add(new Outcome(name, report, System.nanoTime() - begin));
      }
      return outcomes;
    } finally {
      delete(folder);
    }
  }

  /** The names of what was unpacked: files, and folders of files. */
  private static Set<String> unpack(Path folder) throws IOException {
    Set<String> names = new LinkedHashSet<>();
    List<String> paths;
    try (InputStream index = open("index.txt")) {
      paths = new String(index.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
    for (String path : paths) {
      Path target = folder.resolve(path);
      Files.createDirectories(target.getParent());
      try (InputStream sample = open(path)) {
        Files.copy(sample, target);
      }
      int slash = path.indexOf('/');
      names.add(slash < 0 ? path : path.substring(0, slash));
    }
    return names;
  }

  private static InputStream open(String path) throws IOException {
    InputStream stream = Samples.class.getResourceAsStream(ROOT + path);
    if (stream == null) {
      throw new FileNotFoundException(ROOT + path);
    }
    return stream;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.delete(path);
      }
    }
  }
}
