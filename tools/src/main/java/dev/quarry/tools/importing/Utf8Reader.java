package dev.quarry.tools.importing;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * Decodes UTF-8, replaces what is not UTF-8 by U+FFFD, and remembers on which lines that was, so
 * that the records of those lines can be refused.
 */
final class Utf8Reader extends Reader {
  private static final int MOST_BAD_LINES = 100_000;

  private final InputStream in;
  private final ByteBuffer bytes = ByteBuffer.allocate(1 << 15).limit(0);
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private final NavigableSet<Long> badLines = new TreeSet<>();
  private long line = 1;
  private boolean ended;
  private char pending;

  Utf8Reader(InputStream in) {
    this.in = in;
  }

  @Override
  public int read(char[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (pending != 0) {
      target[offset] = pending;
      pending = 0;
      return 1;
    }
    CharBuffer out = CharBuffer.wrap(target, offset, length).slice();
    while (out.position() == 0) {
      if (!bytes.hasRemaining() && !ended) {
        fill();
      }
      int before = out.position();
      CoderResult result = decoder.decode(bytes, out, ended);
      countLines(out, before);
      if (result.isError()) {
        bad();
        bytes.position(bytes.position() + result.length());
        if (out.hasRemaining()) {
          out.put('\ufffd');
        }
      } else if (result.isUnderflow()) {
        if (ended) {
          return out.position() == 0 ? -1 : out.position();
        }
        fill();
      } else if (out.position() == 0) {
        return overflow(target, offset);
      }
    }
    return out.position();
  }

  /** A pair of surrogates does not fit into one character: read it aside. */
  private int overflow(char[] target, int offset) {
    CharBuffer pair = CharBuffer.allocate(2);
    decoder.decode(bytes, pair, ended);
    pair.flip();
    target[offset] = pair.get();
    pending = pair.hasRemaining() ? pair.get() : 0;
    return 1;
  }

  private void bad() {
    if (badLines.size() < MOST_BAD_LINES) {
      badLines.add(line);
    }
  }

  private void countLines(CharBuffer out, int from) {
    char[] chars = out.array();
    int base = out.arrayOffset();
    for (int i = from; i < out.position(); i++) {
      if (chars[base + i] == '\n') {
        line++;
      }
    }
  }

  private void fill() throws IOException {
    bytes.compact();
    int n = in.read(bytes.array(), bytes.position(), bytes.remaining());
    ended = n < 0;
    bytes.position(bytes.position() + Math.max(0, n)).flip();
  }

  /** The first line between these two, both included, that had bytes that are not UTF-8, or 0. */
  long firstBad(long first, long last) {
    NavigableSet<Long> span = badLines.subSet(first, true, Math.max(first, last), true);
    return span.isEmpty() ? 0 : span.first();
  }

  @Override
  public void close() {
    // the stream belongs to the caller
  }
}
