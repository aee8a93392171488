package dev.quarry.tools.importing;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Repairs text that was UTF-8, was read as a one-byte encoding and written as UTF-8 again. Each run
 * of characters outside ASCII is turned back into the bytes that it stood for; where these are
 * valid UTF-8, they were meant.
 */
final class Mojibake {
  private static final List<Charset> CANDIDATES = candidates();

  private Mojibake() {}

  private static List<Charset> candidates() {
    List<Charset> list = new ArrayList<>();
    for (String name : List.of("windows-1252", "x-MacRoman", "IBM437")) {
      if (Charset.isSupported(name)) {
        list.add(Charset.forName(name));
      }
    }
    return List.copyOf(list);
  }

  /** The text with what can be repaired repaired; text that is not broken stays the same. */
  static String repair(String text) {
    StringBuilder out = null;
    for (int i = 0; i < text.length(); ) {
      if (text.charAt(i) < 0x80) {
        if (out != null) {
          out.append(text.charAt(i));
        }
        i++;
        continue;
      }
      int end = i;
      while (end < text.length() && text.charAt(end) >= 0x80) {
        end++;
      }
      String run = text.substring(i, end);
      String repaired = run(run);
      if (out == null && !repaired.equals(run)) {
        out = new StringBuilder(text.length()).append(text, 0, i);
      }
      if (out != null) {
        out.append(repaired);
      }
      i = end;
    }
    return out == null ? text : out.toString();
  }

  private static String run(String run) {
    for (Charset charset : CANDIDATES) {
      ByteBuffer bytes = bytes(run, charset);
      if (bytes != null) {
        try {
          CharBuffer decoded =
              StandardCharsets.UTF_8
                  .newDecoder()
                  .onMalformedInput(CodingErrorAction.REPORT)
                  .decode(bytes);
          return decoded.toString();
        } catch (CharacterCodingException e) {
          bytes.clear(); // not UTF-8: another encoding, or nothing to repair
        }
      }
    }
    return run;
  }

  /** The bytes of a run; what windows-1252 leaves undefined stands for itself, as in browsers. */
  private static ByteBuffer bytes(String run, Charset charset) {
    ByteBuffer out = ByteBuffer.allocate(run.length() * 2);
    var encoder = charset.newEncoder();
    for (int i = 0; i < run.length(); i++) {
      char c = run.charAt(i);
      if (encoder.canEncode(c)) {
        out.put(String.valueOf(c).getBytes(charset));
      } else if (c <= 0xff) {
        out.put((byte) c);
      } else {
        return null;
      }
    }
    return out.flip();
  }
}
