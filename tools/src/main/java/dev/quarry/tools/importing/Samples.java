package dev.quarry.tools.importing;

import dev.quarry.ProgressListener;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The sample task files that the tool ships, in eight formats, about one small product. */
public final class Samples {
  private static final String ROOT = "/samples/";

  private Samples() {}

  /** The names of the sample files, with {@code /} between folder and file. */
  public static List<String> names() {
    return new String(bytes("index.txt"), StandardCharsets.UTF_8).lines().toList();
  }

  /** The bytes of a sample file. */
  public static byte[] bytes(String name) {
    try (InputStream in = Samples.class.getResourceAsStream(ROOT + name)) {
      if (in == null) {
        throw new IllegalArgumentException("no sample of this name: " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Imports all samples without a detour over files; the reports by name of file or folder. */
  public static Map<String, ImportReport> importAll(ImportTarget target) {
    Map<String, Map<String, byte[]>> sources = new LinkedHashMap<>();
    for (String name : names()) {
      int slash = name.indexOf('/');
      sources
          .computeIfAbsent(slash < 0 ? name : name.substring(0, slash), s -> new LinkedHashMap<>())
          .put(name, bytes(name));
    }
    Map<String, ImportReport> reports = new LinkedHashMap<>();
    sources.forEach(
        (name, files) ->
            reports.put(
                name,
                Importer.run(
                    ImportSource.of(name, files),
                    ImportOptions.defaults(),
                    target,
                    ProgressListener.NONE)));
    return reports;
  }

  /**
   * Copies all samples into a folder.
   *
   * @return what to import, in this order: files, and folders of files
   */
  public static List<Path> copyTo(Path folder) {
    Set<Path> sources = new LinkedHashSet<>();
    try {
      for (String name : names()) {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes(name));
        int slash = name.indexOf('/');
        sources.add(slash < 0 ? file : folder.resolve(name.substring(0, slash)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.copyOf(sources);
  }
}
