package dev.quarry.internal.care;

import dev.quarry.internal.storage.SafeDirectories;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When a store was last cared for, each in a small file beside its data: ISO-8601, whole seconds.
 * Written through and renamed into place, so it is the time before or the new one, whatever dies.
 */
public final class CareNotes {
  private static final Logger LOG = LoggerFactory.getLogger(CareNotes.class);

  /** Holds the time of the last verify that found nothing. */
  public static final String VERIFIED = "VERIFIED";

  /** Holds the time of the last backup. */
  public static final String BACKED_UP = "BACKED_UP";

  private CareNotes() {}

  /** Notes a time; what it is of stands without the note, so a failure is told in the log only. */
  public static void note(Path directory, String file, Instant now) {
    byte[] text = (now.truncatedTo(ChronoUnit.SECONDS) + "\n").getBytes(StandardCharsets.UTF_8);
    Path written = directory.resolve(file + ".new");
    try {
      try (FileChannel out =
          FileChannel.open(
              written,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(text);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        out.force(true);
      }
      Files.move(written, directory.resolve(file), StandardCopyOption.ATOMIC_MOVE);
      SafeDirectories.sync(directory);
    } catch (IOException e) {
      LOG.warn("the time of the last care cannot be noted in {}", written, e);
    }
  }
}
