package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The files written at a close, made up by somebody who also put the right checksums in: the index
 * may then tell nonsense, which its user checks, but it opens, answers and closes.
 *
 * <p>{@code -Dquarry.fuzz.executions=N} and {@code -Dquarry.seed=S} set the number of executions
 * and the seed. Each execution opens and closes an index, some 60 in a second of processor time and
 * a few a second beside builds: there are no more than 30,000, or {@code -Dquarry.fuzz.most=N}.
 */
@Timeout(36_000)
final class HostileSideFileTest {
  private static final int[] WIDTHS = {8, 8};
  private static final int HEADER = 16;
  private static final int CHECK_AT = 12;
  private static final int TASKS = 3_000;
  private static final long EXECUTIONS =
      Math.min(
          Long.getLong("quarry.fuzz.executions", 60), Long.getLong("quarry.fuzz.most", 30_000));
  private static final long[] BORDERS = {
    0, 1, 8, 9, 64, 255, 4_096, 65_536, 1L << 31, 1L << 32, 1L << 62, -1, -8, Long.MIN_VALUE
  };

  @TempDir Path directory;

  private static PostingIndex open(Path path) {
    return PostingIndexes.open(new PostingIndexOptions(path, "side", WIDTHS, 1, 1_000));
  }

  private static byte[] value(long ordinal) {
    return new byte[] {(byte) (ordinal % 5)};
  }

  private static void put(PostingIndex index, long from, long to) {
    IndexBatch batch = new IndexBatch();
    for (long ordinal = from; ordinal < to; ordinal++) {
      batch.add(1, value(ordinal), ordinal);
      batch.putRow(ordinal, new long[] {ordinal, ordinal + 1});
    }
    index.apply(batch, index.watermark() + 1);
  }

  private static byte[] hostile(byte[] real, SplittableRandom random) {
    ByteBuffer file = ByteBuffer.wrap(real.clone()).order(ByteOrder.LITTLE_ENDIAN);
    int words = (real.length - HEADER) / Long.BYTES;
    for (int k = 1 << random.nextInt(5); k > 0; k--) {
      int at = HEADER + Long.BYTES * random.nextInt(random.nextBoolean() ? words : 12);
      long word = file.getLong(at);
      long other =
          switch (random.nextInt(5)) {
            case 0 -> BORDERS[random.nextInt(BORDERS.length)];
            case 1 -> word + Long.BYTES * random.nextLong(-8, 9);
            case 2 -> word ^ 1L << random.nextInt(64);
            case 3 -> file.getLong(HEADER + Long.BYTES * random.nextInt(words));
            default -> random.nextLong(1 << 20) * Long.BYTES;
          };
      file.putLong(at, other);
    }
    int length = random.nextInt(20) == 0 ? HEADER + random.nextInt(real.length) : real.length;
    byte[] bytes = java.util.Arrays.copyOf(file.array(), Math.min(length, real.length));
    CRC32C crc = new CRC32C();
    crc.update(bytes, HEADER, bytes.length - HEADER);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(CHECK_AT, (int) crc.getValue());
    return bytes;
  }

  /** Answers whatever is asked, and takes writes. */
  private static void use(Path path) {
    try (PostingIndex index = open(path)) {
      for (long ordinal = 0; ordinal < TASKS + 20; ordinal += 7) {
        index.find(ordinal);
        index.column(ordinal, 0, -1);
        index.term(1, value(ordinal)).contains(ordinal);
      }
      for (int k = 0; k < 5; k++) {
        assertThat(index.term(1, value(k)).cardinality()).isNotNegative();
      }
      try {
        put(index, TASKS, TASKS + 10);
      } catch (IllegalStateException e) {
        // a list that left an entry out: its user lets the index fail, and goes by the records
        assertThat(e).hasMessage("entry is present already");
      }
    }
  }

  @Test
  void hostileListsAndTablesDoNoHarm() throws IOException {
    long seed = Long.getLong("quarry.seed", 61);
    Path real = Files.createDirectory(directory.resolve("real"));
    try (PostingIndex index = open(real)) {
      put(index, 0, TASKS);
    }
    use(copy(real, "0"));
    for (long i = 0; i < EXECUTIONS; i++) {
      SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + i);
      Path path = copy(real, "x");
      String name = random.nextBoolean() ? SideFile.ENTRIES : SideFile.KEYS;
      Files.write(path.resolve(name), hostile(Files.readAllBytes(path.resolve(name)), random));
      try {
        use(path);
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ", execution " + i + ", " + name, e);
      }
      delete(path);
    }
  }

  private Path copy(Path from, String name) throws IOException {
    Path to = Files.createDirectory(directory.resolve(name));
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
    return to;
  }

  private static void delete(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(path);
  }
}
