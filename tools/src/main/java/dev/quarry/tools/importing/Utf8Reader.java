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
import java.util.BitSet;

/**
 * Decodes UTF-8, replaces what is not UTF-8 by U+FFFD, and remembers on which lines that was, so
 * that the records of those lines can be refused. A line ends with a line feed, a carriage return,
 * or both. Who reads records in their order lets it forget what lies behind them.
 */
final class Utf8Reader extends Reader {
  /** More than the lines of any record that is read, and those of a buffer ahead of it. */
  private static final int MOST_LINES = 1 << 27;

  private final InputStream in;
  private final ByteBuffer bytes = ByteBuffer.allocate(1 << 15).limit(0);
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);

  /** A bit for each line with bytes that are not UTF-8, from {@link #base} on. */
  private BitSet badLines = new BitSet();

  private long base = 1;
  private long line = 1;
  private boolean afterReturn;

  /** Behind the most lines, all from here to there count as bad; 0 for none. */
  private long restFrom;

  private long restTo;
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
    afterReturn = false;
    if (line - base < MOST_LINES) {
      badLines.set((int) (line - base));
    } else {
      restFrom = restFrom == 0 ? line : restFrom;
      restTo = line;
    }
  }

  private void countLines(CharBuffer out, int from) {
    char[] chars = out.array();
    int base = out.arrayOffset();
    for (int i = from; i < out.position(); i++) {
      char c = chars[base + i];
      if (c == '\r' || (c == '\n' && !afterReturn)) {
        line++;
      }
      afterReturn = c == '\r';
    }
  }

  private void fill() throws IOException {
    bytes.compact();
    int n = in.read(bytes.array(), bytes.position(), bytes.remaining());
    ended = n < 0;
    bytes.position(bytes.position() + Math.max(0, n)).flip();
  }

  /** Forgets the lines before this one, which are not asked for any more. */
  void forgetBefore(long first) {
    if (first > base) {
      if (!badLines.isEmpty()) {
        long gone = Math.min(first - base, badLines.length());
        badLines = badLines.get((int) gone, badLines.length());
      }
      base = first;
    }
    if (restTo < first) {
      restFrom = 0;
      restTo = 0;
    }
  }

  /** The first line of a span, both ends included, that had bytes which are not UTF-8, or 0. */
  long firstBad(long first, long last) {
    long from = Math.min(Math.max(0, first - base), badLines.length());
    int bad = badLines.nextSetBit((int) from);
    if (bad >= 0 && base + bad <= Math.max(first, last)) {
      return base + bad;
    }
    return restFrom > 0 && restFrom <= last && restTo >= first ? Math.max(first, restFrom) : 0;
  }

  @Override
  public void close() {
    // the stream belongs to the caller
  }
}
