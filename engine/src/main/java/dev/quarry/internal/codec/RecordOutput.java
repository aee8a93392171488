package dev.quarry.internal.codec;

import com.esotericsoftware.kryo.io.Output;
import java.nio.charset.StandardCharsets;

/**
 * Kryo's output with the strings of the record format: a varint {@code byteLength << 2 | form},
 * then the bytes. Form 0 is Latin-1, 1 is UTF-8, 2 is UTF-16 little-endian, which alone can hold
 * unpaired surrogates.
 */
final class RecordOutput extends Output {
  static final int LATIN_1 = 0;
  static final int UTF_8 = 1;
  static final int UTF_16 = 2;

  private static final int SMALL = 4 << 10;
  private static final int LARGE = 256 << 10;

  RecordOutput() {
    super(SMALL, -1);
  }

  /** Forgets what was written, and a buffer that one large record made grow. */
  void clear() {
    if (getBuffer().length > LARGE) {
      setBuffer(new byte[SMALL], -1);
    }
    reset();
  }

  /** Overwrites four bytes, little-endian. */
  void patchInt(int offset, int value) {
    int end = position();
    setPosition(offset);
    writeInt(value);
    setPosition(end);
  }

  void writeText(String text) {
    int length = text.length();
    writeVarInt((length << 2) | LATIN_1, true);
    require(length);
    int start = position();
    copyLowBytes(text, getBuffer(), start);
    // holds exactly for Latin-1; both sides are vectorised, a loop over the characters is not
    if (new String(getBuffer(), start, length, StandardCharsets.ISO_8859_1).equals(text)) {
      setPosition(start + length);
      return;
    }
    setPosition(start - varIntLength(length << 2, true));
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (new String(utf8, StandardCharsets.UTF_8).equals(text)) {
      writeVarInt((utf8.length << 2) | UTF_8, true);
      writeBytes(utf8);
      return;
    }
    writeVarInt((length << 3) | UTF_16, true);
    require(2 * length);
    for (int i = 0; i < length; i++) {
      writeShort(text.charAt(i));
    }
  }

  @SuppressWarnings("deprecation") // the one method that copies Latin-1 without allocating
  private static void copyLowBytes(String text, byte[] target, int offset) {
    text.getBytes(0, text.length(), target, offset);
  }
}
