package dev.quarry.tools.format;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;

/**
 * Writes characters as UTF-8. A surrogate without its partner, which UTF-8 cannot hold, is written
 * as a JSON escape ({@code \}{@code ud800}), so that JSON text keeps it. Not thread-safe.
 */
public final class Utf8Writer extends Writer {
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final OutputStream out;
  private final byte[] buffer = new byte[16_384];
  private int size;
  private char high;

  /** Writes to a stream, which {@link #close} closes. */
  public Utf8Writer(OutputStream out) {
    super(out);
    this.out = out;
  }

  @Override
  public void write(char[] chars, int offset, int length) throws IOException {
    for (int i = offset; i < offset + length; i++) {
      if (size > buffer.length - 12) {
        drain();
      }
      put(chars[i]);
    }
  }

  private void put(char c) {
    if (high != 0) {
      if (Character.isLowSurrogate(c)) {
        int cp = Character.toCodePoint(high, c);
        high = 0;
        add(0xf0 | (cp >> 18), tail(cp >> 12), tail(cp >> 6), tail(cp));
        return;
      }
      escape(high);
      high = 0;
    }
    if (c < 0x80) {
      buffer[size++] = (byte) c;
    } else if (c < 0x800) {
      add(0xc0 | (c >> 6), tail(c));
    } else if (Character.isHighSurrogate(c)) {
      high = c;
    } else if (Character.isLowSurrogate(c)) {
      escape(c);
    } else {
      add(0xe0 | (c >> 12), tail(c >> 6), tail(c));
    }
  }

  private static int tail(int bits) {
    return 0x80 | (bits & 0x3f);
  }

  private void escape(char c) {
    add('\\', 'u', HEX[c >> 12], HEX[(c >> 8) & 15], HEX[(c >> 4) & 15], HEX[c & 15]);
  }

  private void add(int... bytes) {
    for (int b : bytes) {
      buffer[size++] = (byte) b;
    }
  }

  private void drain() throws IOException {
    out.write(buffer, 0, size);
    size = 0;
  }

  @Override
  public void flush() throws IOException {
    drain();
    out.flush();
  }

  @Override
  public void close() throws IOException {
    if (high != 0) {
      drain();
      escape(high);
      high = 0;
    }
    drain();
    out.close();
  }
}
