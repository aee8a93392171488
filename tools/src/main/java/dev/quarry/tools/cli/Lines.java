package dev.quarry.tools.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Reads lines from standard input without reading ahead. */
final class Lines {
  private static final int LONGEST = 1 << 20;

  private Lines() {}

  /** The next line, or null at the end. */
  static String readLine(InputStream in) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try {
      int c = in.read();
      if (c < 0) {
        return null;
      }
      while (c >= 0 && c != '\n' && line.size() < LONGEST) {
        line.write(c);
        c = in.read();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return line.toString(StandardCharsets.UTF_8);
  }
}
