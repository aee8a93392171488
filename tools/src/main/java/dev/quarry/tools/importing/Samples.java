package dev.quarry.tools.importing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
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
