package dev.quarry.tools.format;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** How a file is compressed: an import finds it by the first bytes, an export by the name. */
public enum Packing {
  /** Not at all. */
  NONE(""),
  /** gzip. */
  GZIP(".gz"),
  /** Zstandard. What needs a window above 128 MiB to unpack is refused. */
  ZSTD(".zst");

  private static final int BUFFER = 1 << 15;

  private final String ending;

  Packing(String ending) {
    this.ending = ending;
  }

  /** How a file of this name is packed. */
  public static Packing ofName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    for (Packing packing : values()) {
      if (packing != NONE && lower.endsWith(packing.ending)) {
        return packing;
      }
    }
    return NONE;
  }

  /** How a file that begins like this, with four bytes at least, is packed. */
  public static Packing ofHead(byte[] head) {
    if (head.length >= 2 && head[0] == (byte) 0x1f && head[1] == (byte) 0x8b) {
      return GZIP;
    }
    boolean zstd =
        head.length >= 4
            && head[0] == (byte) 0x28
            && head[1] == (byte) 0xb5
            && head[2] == (byte) 0x2f
            && head[3] == (byte) 0xfd;
    return zstd ? ZSTD : NONE;
  }

  /** A file's name without the ending that says how it is packed. */
  public static String plainName(String name) {
    return name.substring(0, name.length() - ofName(name).ending.length());
  }

  /** What is in a packed stream. */
  public InputStream unpacked(InputStream in) throws IOException {
    return switch (this) {
      case NONE -> in;
      case GZIP -> new GZIPInputStream(in, BUFFER);
      case ZSTD -> new ZstdInputStream(in);
    };
  }

  /** A stream whose close writes the end of what is packed, and closes {@code out}. */
  public OutputStream packing(OutputStream out) throws IOException {
    return switch (this) {
      case NONE -> out;
      case GZIP -> new GZIPOutputStream(out, BUFFER);
      case ZSTD -> new ZstdOutputStream(out);
    };
  }
}
