package dev.quarry.tools.render;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/**
 * Standard output: buffered, UTF-8, counted in bytes. A failed write is thrown as {@link
 * WriteFailedException} and is remembered, so that closing does not fail a second time. Not
 * thread-safe.
 */
public final class Output implements AutoCloseable {
  private final Writer writer;
  private final OutputStream stream;
  private long bytes;
  private boolean failed;

  /** Writes to {@code stream}, which the caller closes. */
  public Output(OutputStream stream) {
    this.stream = stream;
    this.writer =
        new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), 1 << 15);
  }

  /** Writes text. */
  public void write(String text) {
    try {
      writer.write(text);
      bytes += utf8Length(text);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Writes text and ends the line. */
  public void line(String text) {
    write(text);
    write("\n");
  }

  /** Bytes written so far, buffered ones included. */
  public long bytes() {
    return bytes;
  }

  /** Hands all buffered text to the stream. */
  public void flush() {
    if (failed) {
      return;
    }
    try {
      writer.flush();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /**
   * The same output for what writes bytes; flushes before. A failed write is a {@link
   * WriteFailedException} here too.
   */
  public OutputStream asStream() {
    flush();
    return new OutputStream() {
      @Override
      public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] from, int offset, int length) {
        try {
          stream.write(from, offset, length);
          bytes += length;
        } catch (IOException e) {
          throw failed(e);
        }
      }

      @Override
      public void flush() {
        try {
          stream.flush();
        } catch (IOException e) {
          throw failed(e);
        }
      }
    };
  }

  @Override
  public void close() {
    flush();
  }

  private WriteFailedException failed(IOException e) {
    failed = true;
    return new WriteFailedException(e);
  }

  /** Standard output takes no more: its reader has gone away, or a device is full. */
  public static final class WriteFailedException extends UncheckedIOException {
    private static final long serialVersionUID = 1L;

    WriteFailedException(IOException cause) {
      super(cause);
    }
  }

  /** How many bytes a text has in UTF-8. */
  public static int utf8Length(CharSequence text) {
    int length = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x800) {
        // a surrogate pair has two chars and four bytes
        length += Character.isSurrogate(c) ? 1 : 2;
      } else if (c >= 0x80) {
        length++;
      }
    }
    return length;
  }
}
