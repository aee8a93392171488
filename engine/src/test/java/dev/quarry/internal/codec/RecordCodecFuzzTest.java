package dev.quarry.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.quarry.CorruptionException;
import dev.quarry.FormatVersionException;
import dev.quarry.Seeds;
import dev.quarry.Task;
import dev.quarry.TaskStoreException;
import dev.quarry.query.TaskFields;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;

/** Bytes that are no record lead to CorruptionException and to nothing else. */
class RecordCodecFuzzTest {
  private static final FieldSelection SOME =
      new FieldSelection(Set.of(TaskFields.AGENT, TaskFields.DUE_AT, TaskFields.attribute("team")));

  private final RecordCodec codec = new RecordCodec();
  private int refused;
  private int accepted;

  /** Every way to read; counts refusals of the full decode. */
  private void readAll(byte[] bytes) {
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    Task task = read(bytes, () -> codec.decode(bytes));
    refused += task == null ? 1 : 0;
    Task offHeap = read(bytes, () -> codec.decode(direct));
    assertThat(offHeap).isEqualTo(task);
    IndexedFields fields = read(bytes, () -> codec.indexed(direct));
    read(bytes, () -> codec.decode(bytes, SOME));
    read(bytes, () -> codec.decodePrefix(bytes));
    read(bytes, () -> codec.indexedPrefix(bytes));
    read(bytes, () -> RecordCodec.status(direct));
    if (task != null) {
      accepted++;
      assertThat(fields).isEqualTo(IndexedFields.of(task));
      assertThat(codec.decode(codec.encode(task, task.version()))).isEqualTo(task);
    }
  }

  private static <T> T read(byte[] bytes, java.util.function.Supplier<T> reader) {
    try {
      return reader.get();
    } catch (CorruptionException | FormatVersionException e) {
      TaskStoreException known = e;
      assertThat(known.summary()).isNotBlank();
      if (e instanceof CorruptionException) {
        assertThat(known.context()).containsKey("offset");
      }
      return null;
    } catch (RuntimeException | Error e) {
      return fail("wrong exception for " + HexFormat.of().formatHex(bytes), e);
    }
  }

  /** Makes both checksums right again wherever the frame lets them be found. */
  private static void seal(byte[] bytes) {
    if (bytes.length < 13) {
      return;
    }
    int length = RecordFormat.readInt(bytes, RecordFormat.LENGTH_OFFSET);
    if (length >= 0 && length <= bytes.length - 13) {
      RecordFormat.seal(bytes, bytes.length, length + RecordFormat.PREFIX_OFFSET);
    }
  }

  @Seeds({11, 12, 13})
  void randomBytesAreRefused(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      byte[] bytes = new byte[random.nextInt(300)];
      random.nextBytes(bytes);
      if (bytes.length > 9 && random.nextInt(4) > 0) {
        bytes[0] = 1;
        bytes[5] = (byte) random.nextInt(bytes.length);
        bytes[6] = 0;
        bytes[7] = 0;
        bytes[8] = 0;
        bytes[9] = (byte) (1 + random.nextInt(6));
        seal(bytes);
      }
      readAll(bytes);
    }
    assertThat(refused).isGreaterThan(9_600);
  }

  @Seeds({21, 22, 23, 24})
  void mutatedRecordsBehindARightChecksumAreReadOrRefused(long seed) {
    Random random = new Random(seed);
    RandomTasks tasks = new RandomTasks(seed);
    for (int i = 0; i < 600; i++) {
      byte[] record = codec.encode(tasks.task(), i);
      for (int j = 0; j < 15; j++) {
        byte[] bytes = mutate(record, random);
        if (random.nextInt(8) > 0) {
          seal(bytes);
        }
        readAll(bytes);
      }
    }
    // both outcomes must be common, or the parser behind the checksum was not reached
    assertThat(refused).isGreaterThan(1_000);
    assertThat(accepted).isGreaterThan(1_000);
  }

  private static byte[] mutate(byte[] record, Random random) {
    byte[] bytes = record.clone();
    int where = random.nextBoolean() ? bytes.length : Math.min(bytes.length, 160);
    for (int k = random.nextInt(3); k >= 0; k--) {
      int at = random.nextInt(where);
      bytes[at] =
          (byte) (random.nextBoolean() ? bytes[at] ^ 1 << random.nextInt(8) : interesting(random));
    }
    if (random.nextInt(4) == 0) {
      bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 10));
    }
    return bytes;
  }

  private static int interesting(Random random) {
    int[] values = {0, 1, 2, 3, 0x7F, 0x80, 0xFF, 0xFE, 4, 8};
    return values[random.nextInt(values.length)];
  }

  @Seeds({31})
  void aRecordCutAnywhereIsRefused(long seed) {
    byte[] record = codec.encode(new RandomTasks(seed).task(), 1);
    for (int size = 0; size < record.length; size++) {
      byte[] cut = Arrays.copyOf(record, size);
      readAll(cut);
      seal(cut);
      readAll(cut);
    }
    byte[] longer = Arrays.copyOf(record, record.length + 1);
    readAll(longer);
    seal(longer);
    readAll(longer);
    assertThat(accepted).isZero();
  }
}
