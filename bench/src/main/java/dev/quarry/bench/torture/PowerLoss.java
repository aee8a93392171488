package dev.quarry.bench.torture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Does to the write-ahead logs what a machine does to pages that it had not yet written when its
 * power went: their ends are missing, or are zeros.
 */
final class PowerLoss {
  private static final int PAGE_BYTES = 4 << 10;

  private final Map<String, Long> synced = new HashMap<>();

  /** The logs of a store. */
  static List<Path> logs(Path directory) {
    Path data = directory.resolve("data");
    if (!Files.isDirectory(data)) {
      return List.of(); // it died before there was any
    }
    try (Stream<Path> files = Files.list(data)) {
      return files
          .filter(file -> file.getFileName().toString().matches("[0-9]+\\.log"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes note of what is on the device: {@code NAME:BYTES} each. */
  void synced(List<String> lengths) {
    for (String length : lengths) {
      int colon = length.indexOf(':');
      synced.merge(
          length.substring(0, colon), Long.parseLong(length.substring(colon + 1)), Math::max);
    }
  }

  /**
   * Takes from the newest log what was not synced, or a part of it. Older logs were synced when
   * RocksDB began the next one's first synced write; what of them is not noted stays. What is left
   * is on the device then, so that a second loss spares it.
   */
  String strike(Path directory, Random random) {
    List<Path> logs = logs(directory);
    if (logs.isEmpty()) {
      return "no log";
    }
    Path log = logs.get(logs.size() - 1);
    try (FileChannel file = FileChannel.open(log, StandardOpenOption.WRITE)) {
      long end = file.size();
      long from = Math.min(end, synced.getOrDefault(log.getFileName().toString(), 0L));
      long cut = from + (end > from ? random.nextLong(end - from + 1) : 0);
      boolean zeros = random.nextBoolean();
      if (zeros) {
        cut = Math.min(end, Math.max(from, (cut + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES));
      }
      file.truncate(cut);
      if (zeros) {
        file.position(cut);
        ByteBuffer none = ByteBuffer.allocate((int) (end - cut));
        while (none.hasRemaining()) {
          file.write(none);
        }
      }
      synced.put(log.getFileName().toString(), file.size());
      return log.getFileName()
          + " "
          + (zeros ? "zero" : "cut")
          + " from "
          + cut
          + ", synced "
          + from
          + ", was "
          + end;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
