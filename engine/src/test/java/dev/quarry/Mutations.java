package dev.quarry;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Ways to damage bytes: what damage on disk does, and what somebody does who knows the format. */
public final class Mutations {
  private static final int[] INTERESTING = {
    0, 1, 2, 3, 4, 7, 8, 0x0F, 0x10, 0x3F, 0x40, 0x7F, 0x80, 0x81, 0xC0, 0xFE, 0xFF
  };
  private static final int MAX_REPEAT = 4_096;

  private Mutations() {}

  /** One to eight changes, each anywhere; at times all in the first bytes. */
  public static byte[] some(byte[] source, List<byte[]> others, SplittableRandom random) {
    byte[] bytes = source.clone();
    int where = random.nextBoolean() ? Integer.MAX_VALUE : 160;
    for (int k = 1 << random.nextInt(4); k > 0; k--) {
      bytes = one(bytes, others, Math.min(where, bytes.length), random);
    }
    return bytes;
  }

  private static byte[] one(byte[] bytes, List<byte[]> others, int where, SplittableRandom random) {
    if (bytes.length == 0) {
      return new byte[] {interesting(random)};
    }
    int at = random.nextInt(where);
    int length = random.nextInt(Math.min(64, bytes.length - at) + 1);
    return switch (random.nextInt(11)) {
      case 0, 1 -> set(bytes, at, (byte) (bytes[at] ^ 1 << random.nextInt(8)));
      case 2 -> set(bytes, at, interesting(random));
      case 3 -> set(bytes, at, (byte) random.nextInt(256));
      case 4 -> set(bytes, at, (byte) (bytes[at] + random.nextInt(-2, 3)));
      case 5 -> replace(bytes, at, length, new byte[0]);
      case 6 -> replace(bytes, at, 0, Arrays.copyOfRange(bytes, at, at + length));
      case 7 -> replace(bytes, at, length, varInt(random));
      case 8 -> {
        byte[] other = others.get(random.nextInt(others.size()));
        int from = random.nextInt(other.length);
        int to = Math.min(other.length, from + random.nextInt(80));
        yield replace(bytes, at, random.nextBoolean() ? length : 0, copy(other, from, to));
      }
      case 9 -> Arrays.copyOf(bytes, at + 1);
      default -> {
        byte[] repeated = new byte[random.nextInt(20) == 0 ? MAX_REPEAT : length];
        Arrays.fill(repeated, interesting(random));
        yield replace(bytes, at, random.nextBoolean() ? length : 0, repeated);
      }
    };
  }

  private static byte[] copy(byte[] bytes, int from, int to) {
    return Arrays.copyOfRange(bytes, from, to);
  }

  private static byte[] set(byte[] bytes, int at, byte value) {
    bytes[at] = value;
    return bytes;
  }

  /** Puts other bytes in the place of some. */
  public static byte[] replace(byte[] bytes, int at, int length, byte[] other) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + other.length);
    out.write(bytes, 0, at);
    out.write(other, 0, other.length);
    out.write(bytes, at + length, bytes.length - at - length);
    return out.toByteArray();
  }

  private static byte interesting(SplittableRandom random) {
    return (byte) INTERESTING[random.nextInt(INTERESTING.length)];
  }

  /** A number at a border, in groups of seven bits; at times longer than any number is. */
  private static byte[] varInt(SplittableRandom random) {
    long value = (1L << random.nextInt(36)) + random.nextInt(-1, 2);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (random.nextInt(8) == 0) {
      for (int i = random.nextInt(12); i > 0; i--) {
        out.write(0xFF);
      }
    }
    while (value > 0x7F) {
      out.write(((int) value & 0x7F) | 0x80);
      value >>>= 7;
    }
    out.write((int) value & 0x7F);
    return out.toByteArray();
  }
}
