package dev.quarry.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Campaign;
import dev.quarry.CorruptionException;
import dev.quarry.FormatVersionException;
import dev.quarry.Mutations;
import dev.quarry.Task;
import dev.quarry.query.Field;
import dev.quarry.query.TaskFields;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Bytes that somebody made up in place of a record: they are refused with the documented exceptions
 * or read as a task that writes and reads again, in bounded time, memory and stack.
 */
class HostileRecordTest {
  private static final Set<Field<?>> SOME =
      Set.of(TaskFields.TAGS, TaskFields.DUE_AT, TaskFields.attribute("team"));
  private static final int PREFIX_ROOM = 13;

  private final RecordCodec codec = new RecordCodec();
  private final List<byte[]> records = new ArrayList<>();
  private long refused;
  private long accepted;

  /** A record that was changed, behind right checksums most of the time. */
  private byte[] input(SplittableRandom random) {
    byte[] record = records.get(random.nextInt(records.size()));
    byte[] bytes;
    int prefixBytes = RecordFormat.readInt(record, RecordFormat.LENGTH_OFFSET);
    int body = RecordFormat.PREFIX_OFFSET + prefixBytes + Integer.BYTES; // behind the checksum
    if (random.nextInt(3) == 0) {
      // within the prefix, whose length is then made right again
      byte[] prefix = new byte[prefixBytes];
      System.arraycopy(record, RecordFormat.PREFIX_OFFSET, prefix, 0, prefixBytes);
      prefix = Mutations.some(prefix, records, random);
      bytes = Mutations.replace(record, RecordFormat.PREFIX_OFFSET, prefixBytes, prefix);
      setPrefixLength(bytes, prefix.length);
    } else if (random.nextBoolean() && body < record.length) {
      byte[] rest = new byte[record.length - body];
      System.arraycopy(record, body, rest, 0, rest.length);
      bytes = Mutations.replace(record, body, rest.length, Mutations.some(rest, records, random));
    } else {
      bytes = Mutations.some(record, records, random);
    }
    if (random.nextInt(8) > 0) {
      seal(bytes);
    }
    return bytes;
  }

  static void setPrefixLength(byte[] bytes, int value) {
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(RecordFormat.LENGTH_OFFSET, value);
  }

  private static void seal(byte[] bytes) {
    if (bytes.length >= PREFIX_ROOM) {
      int length = RecordFormat.readInt(bytes, RecordFormat.LENGTH_OFFSET);
      if (length >= 0 && length <= bytes.length - PREFIX_ROOM) {
        RecordFormat.seal(bytes, bytes.length, length + RecordFormat.PREFIX_OFFSET);
      }
    }
  }

  private static <T> T read(Supplier<T> reader) {
    try {
      return reader.get();
    } catch (CorruptionException | FormatVersionException e) {
      check(!e.summary().isBlank(), "a message");
      return null;
    }
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError("does not hold: " + what);
    }
  }

  /** Every way to read. */
  private void readAll(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    Task task = read(() -> codec.decode(bytes));
    IndexedFields fields = read(() -> codec.indexed(buffer));
    Task partial = read(() -> codec.decode(bytes, new FieldSelection(SOME)));
    read(() -> codec.decodePrefix(buffer));
    byte[] prefix = read(() -> codec.indexedPrefix(bytes));
    read(() -> RecordCodec.status(buffer));
    if (task == null) {
      refused++;
      return;
    }
    accepted++;
    check(fields != null && partial != null && prefix != null, "a record has its prefix");
    check(fields.equals(IndexedFields.of(task)), "prefix and task agree");
    check(codec.decodePrefix(prefix).equals(fields), "the prefix stands alone");
    check(Objects.equals(partial.tags(), task.tags()), "partial and full agree");
    check(codec.decode(codec.encode(task, task.version())).equals(task), "writes and reads again");
  }

  @Test
  void hostileRecordsAreRefusedOrRead() throws Exception {
    long seed = Campaign.seed(71);
    RandomTasks tasks = new RandomTasks(seed);
    for (int i = 0; i < 300; i++) {
      records.add(codec.encode(tasks.task(), i));
    }
    new Campaign<byte[]>(this::input, b -> b.length, b -> HexFormat.of().formatHex(b))
        .run(seed, 60_000, this::readAll);
    // both outcomes must be common, or what lies behind the checksum was not reached
    assertThat(accepted).as("seed %s", seed).isPositive();
    assertThat(refused).as("seed %s", seed).isPositive();
    if (accepted + refused > 10_000) {
      assertThat((double) accepted / (accepted + refused)).as("accepted").isBetween(0.05, 0.95);
    }
  }
}
