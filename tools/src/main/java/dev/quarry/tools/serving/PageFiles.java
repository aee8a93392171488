package dev.quarry.tools.serving;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The files of the page, as they are in the jar. Immutable. */
final class PageFiles {
  private static final String FOLDER = "page/";

  private final Map<String, PageFile> files = new LinkedHashMap<>();

  PageFiles() {
    add("/", "index.html", "text/html;charset=utf-8");
    add("/dashboard.css", "dashboard.css", "text/css;charset=utf-8");
    add("/dashboard.js", "dashboard.js", "text/javascript;charset=utf-8");
    add("/icon.svg", "icon.svg", "image/svg+xml");
  }

  /**
   * A file.
   *
   * @param type its media type
   * @param bytes its content; not to be changed
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record PageFile(String type, byte[] bytes) {}

  Map<String, PageFile> byPath() {
    return files;
  }

  private void add(String path, String name, String type) {
    try (InputStream in = PageFiles.class.getResourceAsStream(FOLDER + name)) {
      files.put(path, new PageFile(type, in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " of the page", e);
    }
  }
}
