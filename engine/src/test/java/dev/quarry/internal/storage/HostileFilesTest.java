package dev.quarry.internal.storage;

import dev.quarry.Campaign;
import dev.quarry.CorruptionException;
import dev.quarry.FormatVersionException;
import dev.quarry.Mutations;
import dev.quarry.StorageException;
import dev.quarry.StoreLockedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the store reads beside RocksDB, made up by somebody: the files of its format, its close and
 * its holder, the edits of a manifest and the batches of a log. It is refused, or of no effect.
 */
class HostileFilesTest {
  private static final int SHOWN = 6_000;

  /** Files in one test, at some 2,000 a second of processor time. */
  private static final long MOST_FILES = 1_000_000;

  private static final List<String> WORDS =
      List.of(
          "-1",
          "0",
          "99999999999999999999",
          "9".repeat(300),
          "format=2",
          "format=1",
          "id=",
          "created=+999999999-12-31T23:59:59.999999999Z",
          "\\u00zz",
          "\\",
          "=",
          "end ",
          "sequence ",
          "../",
          "..",
          " ",
          "\n",
          "\r",
          "\u0000",
          "\u001b[2J",
          "\u2028",
          "\ufeff",
          "pid=0",
          "pid=999999999999999999",
          "directory=/elsewhere",
          "host=");

  @TempDir Path directory;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] changed(List<byte[]> real, SplittableRandom random) {
    byte[] base = real.get(random.nextInt(real.size()));
    if (random.nextInt(3) == 0) {
      return Mutations.some(base, real, random);
    }
    byte[] text = base;
    for (int k = 1 << random.nextInt(4); k > 0; k--) {
      int at = random.nextInt(text.length + 1);
      int length = random.nextInt(Math.min(30, text.length - at) + 1);
      String word = WORDS.get(random.nextInt(WORDS.size()));
      int times = random.nextInt(500) == 0 ? 1 << 16 : 1; // a file of a megabyte is slow to write
      text = Mutations.replace(text, at, length, bytes(word.repeat(times)));
    }
    return text;
  }

  private Path put(String name, byte[] bytes) {
    try {
      return Files.write(directory.resolve(name), bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what.substring(0, Math.min(SHOWN, what.length())));
    }
  }

  private static Campaign<byte[]> campaign(List<byte[]> real) {
    return new Campaign<>(
        random -> changed(real, random),
        b -> b.length,
        b -> new String(b, StandardCharsets.ISO_8859_1));
  }

  /** For what needs no file. */
  private static void run(
      long seed, long executions, List<byte[]> real, Campaign.Target<byte[]> target)
      throws Exception {
    for (byte[] one : real) {
      target.accept(one);
    }
    campaign(real).run(seed, executions, target);
  }

  /** For what is written into a file each time. */
  private static void runFiles(
      long seed, long executions, List<byte[]> real, Campaign.Target<byte[]> target)
      throws Exception {
    for (byte[] one : real) {
      target.accept(one);
    }
    campaign(real).atMost(MOST_FILES).run(seed, executions, target);
  }

  @Test
  void theFormatFile() throws Exception {
    List<byte[]> real =
        List.of(
            bytes("format=1\nid=9b2e\ncreated=2026-11-20T23:15:00Z\n"),
            bytes("# mine\nformat = 2\nid : x\ncreated 2026-11-20T23:15:00.123456Z\n"));
    runFiles(
        93,
        1_500,
        real,
        bytes -> {
          put(StoreFormat.FILE, bytes);
          try {
            StoreFormat found = StoreFormat.read(directory);
            check(found.version() == StoreFormat.CURRENT, found.toString());
            check(!found.storeId().isEmpty() && found.createdAt() != null, found.toString());
          } catch (CorruptionException | FormatVersionException e) {
            check(e.getMessage().length() < SHOWN, e.getMessage());
          }
        });
  }

  private static byte[] sealed(byte[] lines) {
    CRC32C crc = new CRC32C();
    crc.update(lines);
    byte[] end = bytes("end " + Long.toHexString(crc.getValue()) + "\n");
    return ByteBuffer.allocate(lines.length + end.length).put(lines).put(end).array();
  }

  @Test
  void theMarkOfTheClose() throws Exception {
    Path data = Files.createDirectory(directory.resolve("data"));
    Files.writeString(data.resolve("CURRENT"), "MANIFEST-000005\n");
    List<byte[]> real =
        List.of(
            bytes("sequence 12\nCURRENT 16\nMANIFEST-000005 300\n000012.sst 4711\n"),
            bytes("sequence 0\n"));
    runFiles(
        94,
        1_500,
        real,
        lines -> {
          boolean whole = lines.length % 8 != 0;
          put(CloseMark.FILE, whole ? sealed(lines) : lines);
          CloseMark mark = CloseMark.read(directory);
          if (mark == null) {
            return;
          }
          check(whole && mark.sequence() >= 0, mark.toString());
          check(mark.files().values().stream().allMatch(size -> size >= 0), mark.toString());
          check(
              mark.files().keySet().stream().noneMatch(name -> name.contains("/")),
              mark.toString());
          try {
            mark.check(data);
          } catch (CorruptionException e) {
            check(e.getMessage().length() < SHOWN, e.getMessage());
          }
        });
  }

  @Test
  void whoHoldsTheLock() throws Exception {
    StoreLock mine = StoreLock.acquire(directory);
    List<byte[]> real =
        List.of(
            Files.readAllBytes(directory.resolve(StoreLock.HOLDER)),
            bytes("pid=1\nhost=elsewhere\nsince=2026-11-20T23:15:00Z\n"));
    try {
      runFiles(
          95,
          1_500,
          real,
          bytes -> {
            put(StoreLock.HOLDER, bytes);
            String holder = StoreLock.holder(directory);
            check(holder.length() < SHOWN, holder);
            check(holder.chars().noneMatch(Character::isISOControl), holder);
            try {
              StoreLock.acquire(directory).close();
              throw new AssertionError("it is held");
            } catch (StoreLockedException e) {
              check(e.getMessage().length() < SHOWN, e.getMessage());
              check(e.getMessage().chars().noneMatch(Character::isISOControl), e.getMessage());
              check(e.context().get("directory").equals(directory.toRealPath()), e.getMessage());
            }
          });
    } finally {
      mine.close();
    }
  }

  @Test
  void whichManifestIsTheCurrentOne() throws Exception {
    Files.writeString(directory.resolve("MANIFEST-000005"), "");
    runFiles(
        96,
        1_500,
        List.of(bytes("MANIFEST-000005\n")),
        bytes -> {
          put("CURRENT", bytes);
          try {
            DataFiles.check(directory);
          } catch (CorruptionException e) {
            check(e.getMessage().length() < SHOWN, e.getMessage());
          } catch (StorageException e) {
            throw new AssertionError("not documented", e);
          }
        });
  }

  /** An edit that adds a file and one that flushes a family, as RocksDB writes them. */
  @Test
  void editsOfAManifest() throws Exception {
    List<byte[]> real =
        List.of(
            new byte[] {2, 9, 9, 0, 3, 12, 4, 77, (byte) 200, 1, 3},
            new byte[] {103, 0, 12, 100, 3, 'a', 'b', 'c', 3, 'x', 'y', 'z', 5, 9, 1, 10, 1, 7, 1},
            new byte[] {1, 2, 'b', 'w', (byte) 201, 1, 4, 'm', 'e', 't', 'a', (byte) 200, 1, 1});
    NeededLogs needed = new NeededLogs();
    run(
        97,
        8_000,
        real,
        edit -> {
          needed.add(edit);
          needed.first();
          NeededLogs alone = new NeededLogs();
          alone.add(edit);
          alone.first();
        });
  }

  @Test
  void batchesOfALog() throws Exception {
    List<byte[]> real = new ArrayList<>();
    real.add(batch(1, 3, 'k', 'e', 'y', 2, 'v', 'v', 0, 3, 'k', 'e', 'y'));
    real.add(batch(5, 2, 3, 'k', 'e', 'y', 2, 'v', 'v', 4, 7, 1, 'k', 15, 1, 1, 'a', 1, 'b'));
    run(
        98,
        8_000,
        real,
        payload -> {
          LoggedBatch batch = LoggedBatch.of(payload);
          long[] bytes = {0};
          if (batch != null) {
            batch.forEach(
                new LoggedBatch.Sink() {
                  @Override
                  public void put(int family, byte[] key, byte[] value) {
                    bytes[0] += key.length + value.length;
                  }

                  @Override
                  public void delete(int family, byte[] key) {
                    bytes[0] += key.length;
                  }

                  @Override
                  public void deleteRange(int family, byte[] from, byte[] to) {
                    bytes[0] += from.length + to.length;
                  }
                });
          }
          check(bytes[0] <= payload.length, "more than there is: " + bytes[0]);
        });
  }

  private static byte[] batch(int... body) {
    byte[] bytes = new byte[12 + body.length];
    bytes[0] = 42;
    bytes[8] = 2;
    for (int i = 0; i < body.length; i++) {
      bytes[12 + i] = (byte) body[i];
    }
    return bytes;
  }
}
