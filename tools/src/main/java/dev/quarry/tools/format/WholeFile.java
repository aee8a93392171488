package dev.quarry.tools.format;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Puts whole files in place of what is there: who reads sees the old file or the new one, also when
 * two write at once, when writing fails, or behind a power cut. A file that is replaced hands its
 * rights on.
 */
public final class WholeFile {
  private WholeFile() {}

  /** What is written. */
  @FunctionalInterface
  public interface Content {
    /** Writes it; the stream is buffered, and may be closed or not. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes a file.
   *
   * @param file where nothing or a regular file is; a link is replaced, not followed
   * @throws IOException if it cannot be written; what was there is there still
   */
  public static void write(Path file, Content content) throws IOException {
    // a name for each call: of two at once each puts a whole file in place
    String own = ProcessHandle.current().pid() + "-" + System.nanoTime();
    Path part = file.resolveSibling("." + file.getFileName() + "." + own + ".part");
    boolean made = false;
    boolean done = false;
    try {
      try (FileChannel channel =
          FileChannel.open(part, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
        made = true;
        copyRights(file, part);
        OutputStream out = new Kept(Channels.newOutputStream(channel));
        content.writeTo(out);
        out.flush();
        channel.force(true);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      done = true;
    } finally {
      if (made && !done) {
        Files.deleteIfExists(part);
      }
    }
    forceDirectory(file.toAbsolutePath().getParent());
  }

  /** Stays open, for the channel is forced behind the last byte. */
  private static final class Kept extends BufferedOutputStream {
    Kept(OutputStream out) {
      super(out, 1 << 16);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }

  private static void copyRights(Path from, Path to) throws IOException {
    if (Files.isRegularFile(from, LinkOption.NOFOLLOW_LINKS)
        && Files.getFileStore(from).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(to, Files.getPosixFilePermissions(from));
    }
  }

  /** So that the new name is on the device, too; not every platform lets one open a folder. */
  private static void forceDirectory(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // the file is whole, before or after: a power cut may only bring the old one back
    }
  }
}
