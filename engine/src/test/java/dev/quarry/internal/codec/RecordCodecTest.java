package dev.quarry.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.CorruptionException;
import dev.quarry.FormatVersionException;
import dev.quarry.Seeds;
import dev.quarry.Task;
import dev.quarry.query.Field;
import dev.quarry.query.TaskFields;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Round trips through the record codec. */
class RecordCodecTest {
  private final RecordCodec codec = new RecordCodec();

  static ByteBuffer direct(byte[] bytes, Random random) {
    int before = random.nextInt(9);
    ByteBuffer buffer = ByteBuffer.allocateDirect(before + bytes.length + random.nextInt(9));
    buffer.position(before).put(bytes).limit(buffer.position()).position(before);
    return buffer.order(random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
  }

  static ByteBuffer heap(byte[] bytes, Random random) {
    int before = random.nextInt(9);
    byte[] room = new byte[before + bytes.length + random.nextInt(9)];
    random.nextBytes(room);
    System.arraycopy(bytes, 0, room, before, bytes.length);
    ByteBuffer slice = ByteBuffer.wrap(room, before, bytes.length);
    return random.nextBoolean() ? slice : slice.slice().asReadOnlyBuffer();
  }

  @Seeds({1, 2, 3, 4})
  void everyTaskComesBackFromEveryKindOfBuffer(long seed) {
    Random random = new Random(seed);
    RandomTasks tasks = new RandomTasks(seed);
    for (int i = 0; i < 1_000; i++) {
      Task task = tasks.task();
      long version = random.nextLong();
      byte[] record = codec.encode(task, version);
      for (ByteBuffer buffer : new ByteBuffer[] {direct(record, random), heap(record, random)}) {
        int position = buffer.position();
        Task back = codec.decode(buffer);
        assertThat(back).isEqualTo(task);
        assertThat(back.version()).isEqualTo(version);
        IndexedFields fields = IndexedFields.of(back);
        assertThat(codec.indexed(buffer)).isEqualTo(fields);
        assertThat(RecordCodec.status(buffer)).isEqualTo(task.status());
        byte[] prefix = codec.indexedPrefix(record);
        assertThat(codec.decodePrefix(direct(prefix, random))).isEqualTo(fields);
        assertThat(codec.decodePrefix(prefix)).isEqualTo(fields);
        assertThat(buffer.position()).isEqualTo(position);
      }
    }
  }

  @Seeds({5, 6})
  void aPartialReadGivesTheFieldsAskedForAndNoOthers(long seed) {
    Random random = new Random(seed);
    RandomTasks tasks = new RandomTasks(seed);
    for (int i = 0; i < 1_000; i++) {
      Task task = tasks.task();
      Set<Field<?>> only = new HashSet<>();
      for (Field<?> field : TaskFields.all()) {
        if (random.nextInt(3) == 0) {
          only.add(field);
        }
      }
      for (String name : task.attributes().keySet()) {
        if (random.nextInt(3) == 0) {
          only.add(TaskFields.attribute(name));
        }
      }
      Task partial = codec.decode(direct(codec.encode(task, i), random), new FieldSelection(only));
      assertThat(partial.isPartial()).isTrue();
      assertThat(partial.title()).isEmpty();
      assertThat(partial.description()).isNull();
      assertThat(partial.dependencies()).isEmpty();
      assertThat(partial.version()).isZero();
      assertThat(partial.id()).isEqualTo(task.id());
      assertThat(partial.status()).isEqualTo(task.status());
      assertThat(partial.priority()).isEqualTo(task.priority());
      IndexedFields have = IndexedFields.of(partial);
      IndexedFields want = IndexedFields.of(task);
      for (Field<?> field : TaskFields.all()) {
        if (only.contains(field)) {
          assertThat(have.value(field)).isEqualTo(want.value(field));
        } else if (field.equals(TaskFields.TAGS)) {
          assertThat(have.tags()).isEmpty();
        } else if (!Set.of("id", "status", "priority").contains(field.name())) {
          assertThat(have.value(field)).isNull();
        }
      }
      for (String name : task.attributes().keySet()) {
        boolean asked = only.contains(TaskFields.attribute(name));
        assertThat(have.attributes().get(name))
            .isEqualTo(asked ? task.attributes().get(name) : null);
      }
    }
  }

  @Test
  void aPartialTaskIsNotWritten() {
    Task partial = Task.builder("a", "b").partial(true).build();
    assertThatIllegalArgumentException().isThrownBy(() -> codec.encode(partial, 1));
  }

  @Test
  void aRecordOfANewerReleaseIsToldApart() {
    byte[] record = codec.encode(Task.builder("a", "b").build(), 1);
    record[0] = 2;
    assertThatThrownBy(() -> codec.decode(record)).isInstanceOf(FormatVersionException.class);
    assertThatThrownBy(() -> RecordCodec.status(record)).isInstanceOf(FormatVersionException.class);
  }

  @Test
  void everyFlippedBitIsFound() {
    byte[] record = codec.encode(new RandomTasks(7).task(), 1);
    for (int bit = 8; bit < record.length * 8; bit++) {
      byte[] bad = record.clone();
      bad[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThatThrownBy(() -> codec.decode(bad)).isInstanceOf(CorruptionException.class);
    }
  }

  /** The record of a task with the title {@code titleBytes} in the form {@code form}. */
  private byte[] withTitle(int form, int... titleBytes) {
    byte[] record = codec.encode(Task.builder("a", "x".repeat(titleBytes.length)).build(), 1);
    int title = record.length - 1 - titleBytes.length;
    record[title - 1] = (byte) ((titleBytes.length << 2) | form);
    for (int i = 0; i < titleBytes.length; i++) {
      record[title + i] = (byte) titleBytes[i];
    }
    int prefixEnd = RecordFormat.prefixEnd(record, 0, record.length);
    RecordFormat.seal(record, record.length, prefixEnd);
    return record;
  }

  @Test
  void textsAreReadInThreeFormsAndRefusedWhereMalformed() {
    assertThat(codec.decode(withTitle(0, 0xE9)).title()).isEqualTo("\u00e9");
    assertThat(codec.decode(withTitle(1, 0xEF, 0xBF, 0xBD)).title()).isEqualTo("\ufffd");
    assertThat(codec.decode(withTitle(2, 0x00, 0xD8)).title()).isEqualTo("\ud800");
    byte[][] malformed = {
      withTitle(1, 0xFF),
      withTitle(1, 0xED, 0xA0, 0x80),
      withTitle(1, 0xEF, 0xBF, 0xBD, 0x80),
      withTitle(2, 0x00),
      withTitle(3, 0x00)
    };
    for (byte[] record : malformed) {
      assertThatThrownBy(() -> codec.decode(record))
          .isInstanceOf(CorruptionException.class)
          .hasMessageContaining("text in the record");
    }
  }

  @Test
  void largeTextsComeBackAndLeaveNoLargeBuffers() {
    Task task =
        Task.builder("a", "\u20ac".repeat(1 << 20)).description("x".repeat(8 << 20)).build();
    byte[] record = codec.encode(task, 1);
    assertThat(codec.decode(record)).isEqualTo(task);
    assertThat(codec.decode(direct(record, new Random(8)))).isEqualTo(task);
  }

  @Test
  void threadsShareOneCodec() {
    Boolean same =
        java.util.stream.IntStream.range(0, 64)
            .parallel()
            .mapToObj(
                seed -> {
                  RandomTasks tasks = new RandomTasks(seed);
                  boolean all = true;
                  for (int i = 0; i < 100; i++) {
                    Task task = tasks.task();
                    byte[] record = codec.encode(task, i);
                    all &= codec.decode(direct(record, new Random(i))).equals(task);
                  }
                  return all;
                })
            .reduce(true, Boolean::logicalAnd);
    assertThat(same).isTrue();
  }
}
