package dev.quarry.internal.codec;

import com.esotericsoftware.kryo.io.Input;
import dev.quarry.CorruptionException;
import dev.quarry.Task;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * Kryo's input with the strings of the record format (see {@link RecordOutput}). Checks every
 * length against what remains before it allocates; throws {@link CorruptionException} with the
 * offset.
 */
final class RecordInput extends Input {
  private static final int MAX_NAME_CHARS = Task.MAX_NAME_CHARS;
  private static final int MAX_TEXT_CHARS = Task.MAX_TEXT_CHARS;
  private static final int MAX_LIST = Task.MAX_LIST;

  private int start;

  RecordInput() {}

  RecordInput(byte[] bytes, int offset, int length) {
    reset(bytes, offset, length);
  }

  void reset(byte[] bytes, int offset, int length) {
    setBuffer(bytes, offset, length);
    start = offset;
  }

  /** Position within the record. */
  int offset() {
    // not by the position, which Kryo sets to 0 where a read finds nothing left
    return (int) total() - start;
  }

  int remaining() {
    return limit() - position();
  }

  CorruptionException corrupt(String message) {
    return new CorruptionException(message, Map.of("offset", offset()));
  }

  /** Reads a string of 1 to 1,024 characters. */
  String readName() {
    String name = readText();
    if (name.isEmpty() || name.length() > MAX_NAME_CHARS) {
      throw corrupt("a name in the record has a wrong length");
    }
    return name;
  }

  String readText() {
    int header = readVarInt(true);
    int length = checkLength(header);
    byte[] bytes = getBuffer();
    int from = position();
    setPosition(from + length);
    String text =
        switch (header & 3) {
          case RecordOutput.LATIN_1 -> new String(bytes, from, length, StandardCharsets.ISO_8859_1);
          case RecordOutput.UTF_8 -> readUtf8(bytes, from, length);
          default -> readUtf16(bytes, from, length);
        };
    if (text.length() > MAX_TEXT_CHARS) {
      throw corrupt("a text in the record is too long");
    }
    return text;
  }

  private String readUtf8(byte[] bytes, int from, int length) {
    String text = new String(bytes, from, length, StandardCharsets.UTF_8);
    // malformed input was replaced by this character; so tell it from a real one
    if (text.indexOf('\uFFFD') >= 0) {
      byte[] again = text.getBytes(StandardCharsets.UTF_8);
      if (!Arrays.equals(again, 0, again.length, bytes, from, from + length)) {
        throw corrupt("a text in the record is not UTF-8");
      }
    }
    return text;
  }

  private String readUtf16(byte[] bytes, int from, int length) {
    if ((length & 1) != 0) {
      throw corrupt("a UTF-16 text in the record has half a character");
    }
    char[] chars = new char[length / 2];
    for (int i = 0; i < chars.length; i++) {
      chars[i] = (char) ((bytes[from + 2 * i] & 0xFF) | (bytes[from + 2 * i + 1] << 8));
    }
    return new String(chars);
  }

  void skipText() {
    int length = checkLength(readVarInt(true));
    setPosition(position() + length);
  }

  private int checkLength(int header) {
    int length = header >>> 2;
    if ((header & 3) == 3) {
      throw corrupt("a text in the record has an unknown form");
    }
    if (length > remaining()) {
      throw corrupt("a text in the record is longer than the record");
    }
    return length;
  }

  /** Reads the number of elements, of at least {@code elementBytes} bytes each. */
  int readCount(int elementBytes) {
    int count = readVarInt(true);
    if (count < 0 || count > MAX_LIST || (long) count * elementBytes > remaining()) {
      throw corrupt("a list in the record is longer than the record");
    }
    return count;
  }

  /** Reads a list of distinct names. */
  List<String> readNames() {
    int count = readCount(2);
    if (count == 0) {
      return List.of();
    }
    String[] names = new String[count];
    for (int i = 0; i < count; i++) {
      names[i] = readName();
    }
    if (hasDoubles(names)) {
      throw corrupt("a list in the record names the same twice");
    }
    return List.of(names);
  }

  private static boolean hasDoubles(String[] names) {
    if (names.length > 16) {
      return new HashSet<>(Arrays.asList(names)).size() < names.length;
    }
    for (int i = 1; i < names.length; i++) {
      for (int j = 0; j < i; j++) {
        if (names[i].equals(names[j])) {
          return true;
        }
      }
    }
    return false;
  }

  void skipTexts(int count) {
    for (int i = 0; i < count; i++) {
      skipText();
    }
  }
}
