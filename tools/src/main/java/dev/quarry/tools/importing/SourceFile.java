package dev.quarry.tools.importing;

import dev.quarry.tools.format.Packing;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** One file of a source as a stream of UTF-8 bytes: unpacked, without byte order mark. */
final class SourceFile {
  /** How much of a file is looked at to find its format. */
  static final int HEAD_BYTES = 1 << 16;

  private final String name;
  private final BufferedInputStream in;

  private SourceFile(String name, BufferedInputStream in) {
    this.name = name;
    this.in = in;
  }

  /** Unpacks and decodes a stream. */
  static SourceFile of(String name, InputStream raw, Charset charset) throws IOException {
    BufferedInputStream in = new BufferedInputStream(raw, HEAD_BYTES);
    byte[] head = peek(in, 4);
    Packing packing = Packing.ofHead(head);
    if (packing != Packing.NONE) {
      in = new BufferedInputStream(packing.unpacked(in), HEAD_BYTES);
      head = peek(in, 4);
    }
    Charset actual = charset;
    int mark = 0;
    if (starts(head, 0xef, 0xbb, 0xbf)) {
      actual = StandardCharsets.UTF_8;
      mark = 3;
    } else if (starts(head, 0xfe, 0xff)) {
      actual = StandardCharsets.UTF_16BE;
      mark = 2;
    } else if (starts(head, 0xff, 0xfe)) {
      actual = StandardCharsets.UTF_16LE;
      mark = 2;
    }
    in.skipNBytes(mark);
    if (!actual.equals(StandardCharsets.UTF_8)) {
      in = new BufferedInputStream(new Transcoder(new InputStreamReader(in, actual)), HEAD_BYTES);
    }
    return new SourceFile(name, in);
  }

  private static boolean starts(byte[] head, int... bytes) {
    if (head.length < bytes.length) {
      return false;
    }
    for (int i = 0; i < bytes.length; i++) {
      if (head[i] != (byte) bytes[i]) {
        return false;
      }
    }
    return true;
  }

  private static byte[] peek(BufferedInputStream in, int size) throws IOException {
    in.mark(size);
    byte[] head = in.readNBytes(size);
    in.reset();
    return head;
  }

  /** Its name. */
  String name() {
    return name;
  }

  /** Its name without {@code .gz} and {@code .zst}. */
  String plainName() {
    return Packing.plainName(name);
  }

  /** Its first bytes, without moving on. */
  byte[] head() throws IOException {
    return peek(in, HEAD_BYTES);
  }

  /** The rest of it. */
  InputStream bytes() {
    return in;
  }

  /** Characters of another encoding as UTF-8 bytes. */
  private static final class Transcoder extends InputStream {
    private final Reader reader;
    private final char[] chars = new char[4_096];
    private byte[] bytes = new byte[0];
    private int at;

    Transcoder(Reader reader) {
      this.reader = reader;
    }

    @Override
    public int read() throws IOException {
      return fill() ? bytes[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!fill()) {
        return -1;
      }
      int n = Math.min(length, bytes.length - at);
      System.arraycopy(bytes, at, target, offset, n);
      at += n;
      return n;
    }

    private boolean fill() throws IOException {
      while (at == bytes.length) {
        int n = reader.read(chars, 0, chars.length - 1);
        if (n < 0) {
          return false;
        }
        if (n > 0 && Character.isHighSurrogate(chars[n - 1])) {
          int low = reader.read();
          if (low >= 0) {
            chars[n++] = (char) low;
          }
        }
        bytes = new String(chars, 0, n).getBytes(StandardCharsets.UTF_8);
        at = 0;
      }
      return true;
    }
  }
}
