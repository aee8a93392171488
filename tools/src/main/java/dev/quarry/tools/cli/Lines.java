package dev.quarry.tools.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads lines from standard input without reading ahead. */
final class Lines {
  private static final int MOST_BYTES = 1 << 20;

  private Lines() {}

  /** The next line, at most 1 MiB long. */
  static String readLine(InputStream in) {
    return readLine(in, MOST_BYTES);
  }

  /**
   * The next line, or null at the end.
   *
   * @throws IllegalArgumentException if it has more than {@code mostBytes}, or is not UTF-8
   */
  static String readLine(InputStream in, int mostBytes) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try {
      int c = in.read();
      if (c < 0) {
        return null;
      }
      while (c >= 0 && c != '\n') {
        if (line.size() == mostBytes) {
          throw new IllegalArgumentException(
              "a line of standard input is longer than " + mostBytes + " bytes");
        }
        line.write(c);
        c = in.read();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(line.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("a line of standard input is not valid UTF-8", e);
    }
  }
}
