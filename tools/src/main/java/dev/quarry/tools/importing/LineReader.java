package dev.quarry.tools.importing;

import dev.quarry.tools.format.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads the lines of a file with a limit on their length, and knows their numbers. */
final class LineReader {
  private final InputStream in;
  private final int maxBytes;
  private final byte[] buffer = new byte[1 << 15];
  private int at;
  private int end;
  private byte[] line = new byte[1 << 12];
  private int length;
  private long number;
  private String problem;
  private final Charset charset;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);

  LineReader(SourceFile file, int maxBytes) {
    in = file.bytes();
    charset = file.charset();
    this.maxBytes = Json.withinHeap(maxBytes);
  }

  /** Moves to the next line; false at the end. */
  boolean next() throws IOException {
    length = 0;
    long size = 0;
    boolean any = false;
    problem = null;
    while (at < end || fill()) {
      any = true;
      int stop = at;
      while (stop < end && buffer[stop] != '\n') {
        stop++;
      }
      size += stop - at;
      if (size <= maxBytes) {
        append(stop - at);
      }
      boolean ended = stop < end;
      at = ended ? stop + 1 : stop;
      if (ended) {
        break;
      }
    }
    if (!any) {
      return false;
    }
    number++;
    if (size > maxBytes) {
      problem = "line of " + size + " bytes is longer than " + maxBytes + "; skipped";
      line = new byte[1 << 12];
      length = 0;
    } else if (length > 0 && line[length - 1] == '\r') {
      length--;
    }
    return true;
  }

  private boolean fill() throws IOException {
    at = 0;
    end = Math.max(0, in.read(buffer, 0, buffer.length));
    return end > 0;
  }

  private void append(int n) {
    if (length + n > line.length) {
      long wanted = Math.max(length + (long) n, line.length + (line.length >> 1));
      line = Arrays.copyOf(line, (int) Math.min(wanted, maxBytes));
    }
    System.arraycopy(buffer, at, line, length, n);
    length += n;
  }

  /** The number of the line, from 1. */
  long number() {
    return number;
  }

  /** The text of the line, or null if it cannot be had, which {@link #problem} explains. */
  String text() {
    if (problem != null) {
      return null;
    }
    try {
      return decoder.decode(ByteBuffer.wrap(line, 0, length)).toString();
    } catch (CharacterCodingException e) {
      problem = "not valid " + charset.name();
      if (charset.equals(StandardCharsets.UTF_8)) {
        problem += " at byte " + firstBad() + " of the line";
      }
      return null;
    }
  }

  private int firstBad() {
    ByteBuffer bytes = ByteBuffer.wrap(line, 0, length);
    decoder.reset();
    decoder.decode(bytes, java.nio.CharBuffer.allocate(length + 1), true);
    return bytes.position() + 1;
  }

  /** Why {@link #text} is null. */
  String problem() {
    return problem;
  }
}
