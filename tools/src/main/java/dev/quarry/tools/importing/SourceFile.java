package dev.quarry.tools.importing;

import dev.quarry.tools.format.Packing;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One file of a source as a stream of UTF-8 bytes: unpacked, without byte order mark. Where the
 * file has bytes that its encoding does not have, the stream has one that UTF-8 does not have, so
 * that a reader refuses the record in which they stand.
 */
final class SourceFile {
  /** How much of a file is looked at to find its format. */
  static final int HEAD_BYTES = 1 << 16;

  private final String name;
  private final BufferedInputStream in;
  private final Charset charset;

  private SourceFile(String name, BufferedInputStream in, Charset charset) {
    this.name = name;
    this.in = in;
    this.charset = charset;
  }

  /** Unpacks and decodes a stream. */
  static SourceFile of(String name, InputStream raw, Charset charset) throws IOException {
    BufferedInputStream in = new BufferedInputStream(raw, HEAD_BYTES);
    byte[] head = peek(in, 4);
    Packing packing = Packing.ofHead(head);
    if (packing != Packing.NONE) {
      in = new BufferedInputStream(new Unhurried(packing.unpacked(in)), HEAD_BYTES);
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
      in = new BufferedInputStream(new Transcoder(in, actual), HEAD_BYTES);
    }
    return new SourceFile(name, in, actual);
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

  /** The first bytes; fewer where the stream ends or breaks off, which who reads on is told. */
  private static byte[] peek(BufferedInputStream in, int size) throws IOException {
    byte[] head = new byte[size];
    int n = 0;
    in.mark(size);
    try {
      for (int read = 0; read >= 0 && n < size; n += Math.max(0, read)) {
        read = in.read(head, n, size - n);
      }
    } catch (IOException e) {
      if (n == 0) {
        throw e;
      }
    }
    in.reset();
    return Arrays.copyOf(head, n);
  }

  /** Its name. */
  String name() {
    return name;
  }

  /** Its name without {@code .gz} and {@code .zst}. */
  String plainName() {
    return Packing.plainName(name);
  }

  /** Its encoding. */
  Charset charset() {
    return charset;
  }

  /** What is wrong with a record that has bytes of no character. */
  String notDecoded() {
    return "not valid " + charset.name();
  }

  /** Its first bytes, without moving on. */
  byte[] head() throws IOException {
    return peek(in, HEAD_BYTES);
  }

  /** The rest of it. */
  InputStream bytes() {
    return in;
  }

  /**
   * Has never more at hand than it was asked for, so that a buffer hands on what one read got and
   * does not lose it by another that fails.
   */
  private static final class Unhurried extends FilterInputStream {
    Unhurried(InputStream in) {
      super(in);
    }

    @Override
    public int available() {
      return 0;
    }
  }

  /** Characters of another encoding as UTF-8 bytes. */
  private static final class Transcoder extends InputStream {
    private static final byte[] NO_CHARACTER = {(byte) 0xff};

    private final InputStream in;
    private final CharsetDecoder decoder;
    private final ByteBuffer raw = ByteBuffer.allocate(1 << 13).limit(0);
    private final CharBuffer chars = CharBuffer.allocate(1 << 13);
    private final boolean isUtf16;
    private byte[] bytes = new byte[0];
    private int at;
    private boolean isBad;
    private boolean ended;
    private boolean flushed;

    Transcoder(InputStream in, Charset charset) {
      this.in = in;
      isUtf16 = charset.name().startsWith("UTF-16");
      decoder =
          charset
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT);
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
        at = 0;
        if (isBad) {
          isBad = false;
          bytes = NO_CHARACTER;
        } else if (flushed) {
          return false;
        } else {
          bytes = decoded();
        }
      }
      return true;
    }

    /** The next characters, up to what is none. */
    private byte[] decoded() throws IOException {
      chars.clear();
      CoderResult result = decoder.decode(raw, chars, ended);
      if (result.isError()) {
        // half a pair is told with the unit behind it, which may be the end of a line
        int length = isUtf16 ? Math.min(2, result.length()) : result.length();
        raw.position(raw.position() + length);
        isBad = true;
      } else if (result.isUnderflow() && ended) {
        flushed = decoder.flush(chars).isUnderflow();
      } else if (result.isUnderflow()) {
        raw.compact();
        int n = in.read(raw.array(), raw.position(), raw.remaining());
        ended = n < 0;
        raw.position(raw.position() + Math.max(0, n)).flip();
      }
      return chars.flip().toString().getBytes(StandardCharsets.UTF_8);
    }
  }
}
