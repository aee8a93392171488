package dev.quarry.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.esotericsoftware.kryo.KryoException;
import dev.quarry.CorruptionException;
import dev.quarry.FormatVersionException;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.query.TaskFields;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.zip.CRC32C;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the limits of a record's frame lie, and what the exceptions say of bytes beyond them. */
class RecordRefusalTest {
  private static final FieldSelection SOME = new FieldSelection(Set.of(TaskFields.TAGS));
  private static final int SMALLEST = RecordFormat.PREFIX_OFFSET + RecordFormat.FIXED_BYTES;

  private final RecordCodec codec = new RecordCodec();
  private final Task task =
      Task.builder("a", "title").tag("t").description("text").status(Status.BLOCKED).build();
  private final byte[] record = codec.encode(task, 1);
  private final int prefixEnd = RecordFormat.prefixEnd(record, 0, record.length);

  /** The same bytes in an array, within one, and off the heap. */
  private static List<ByteBuffer> buffers(byte[] bytes) {
    byte[] room = new byte[bytes.length + 5];
    System.arraycopy(bytes, 0, room, 3, bytes.length);
    ByteBuffer slice = ByteBuffer.wrap(room, 2, bytes.length + 2).slice().position(1);
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length + 5).position(3).put(bytes);
    return List.of(
        ByteBuffer.wrap(bytes),
        slice.limit(1 + bytes.length),
        direct.limit(3 + bytes.length).position(3));
  }

  private static CorruptionException assertRefused(
      ThrowingCallable reader, String summary, Map<String, ?> context) {
    CorruptionException e = catchThrowableOfType(CorruptionException.class, reader);
    assertThat(e).isNotNull();
    assertThat(e.summary()).isEqualTo(summary);
    assertThat(e.context()).isEqualTo(context);
    return e;
  }

  private static CorruptionException assertRefusedInEveryBuffer(
      byte[] bytes, Function<ByteBuffer, ?> reader, String summary, Map<String, ?> context) {
    CorruptionException last = null;
    for (ByteBuffer buffer : buffers(bytes)) {
      last = assertRefused(() -> reader.apply(buffer), summary, context);
    }
    return last;
  }

  private static int prefixEnd(byte[] bytes) {
    int end = RecordFormat.prefixEnd(bytes, 0, bytes.length);
    byte[] shifted = new byte[bytes.length + 4];
    System.arraycopy(bytes, 0, shifted, 3, bytes.length);
    assertThat(RecordFormat.prefixEnd(shifted, 3, bytes.length)).isEqualTo(end);
    return end;
  }

  private static byte[] frame(int size, int prefixBytes) {
    byte[] bytes = new byte[size];
    bytes[0] = 1;
    HostileRecordTest.setPrefixLength(bytes, prefixBytes);
    return bytes;
  }

  private byte[] changed(int at, int value) {
    byte[] bytes = record.clone();
    bytes[at] = (byte) value;
    return bytes;
  }

  private static byte[] sealed(byte[] bytes) {
    RecordFormat.seal(bytes, bytes.length, RecordFormat.prefixEnd(bytes, 0, bytes.length));
    return bytes;
  }

  @Test
  void theStatusIsReadFromTheFirstTenBytes() {
    for (ByteBuffer buffer : buffers(Arrays.copyOf(record, 10))) {
      assertThat(RecordCodec.status(buffer)).isEqualTo(Status.BLOCKED);
    }
    assertThat(RecordCodec.status(record)).isEqualTo(Status.BLOCKED);
    for (int size = 0; size < 10; size++) {
      assertRefusedInEveryBuffer(
          Arrays.copyOf(record, size),
          RecordCodec::status,
          "a record is too short",
          Map.of("bytes", size, "offset", size));
    }
    assertRefusedInEveryBuffer(
        changed(9, 7),
        RecordCodec::status,
        "a record has an unknown status code",
        Map.of("code", 7, "offset", 9));
  }

  @Test
  void otherFormatsThanTheReadableOneAreRefused() {
    List<Function<ByteBuffer, ?>> readers =
        List.of(
            codec::decode,
            codec::indexed,
            b -> codec.decode(b, SOME),
            RecordCodec::status,
            codec::decodePrefix);
    for (Function<ByteBuffer, ?> reader : readers) {
      for (int format : new int[] {0, -1, Byte.MIN_VALUE}) {
        assertRefusedInEveryBuffer(
            changed(0, format),
            reader,
            "a record has an unknown format",
            Map.of("recordFormat", format, "offset", 0));
      }
      FormatVersionException newer =
          catchThrowableOfType(
              FormatVersionException.class, () -> reader.apply(ByteBuffer.wrap(changed(0, 2))));
      assertThat(newer.context()).isEqualTo(Map.of("recordFormat", 2, "readable", 1));
    }
  }

  @Test
  void aFrameHasASmallestSize() {
    assertThat(prefixEnd(frame(SMALLEST, RecordFormat.FIXED_BYTES))).isEqualTo(SMALLEST);
    for (ByteBuffer buffer : buffers(frame(SMALLEST, RecordFormat.FIXED_BYTES))) {
      assertThat(RecordFormat.prefixEnd(buffer)).isEqualTo(SMALLEST);
    }
    byte[] small = frame(SMALLEST - 1, RecordFormat.FIXED_BYTES - 1);
    Map<String, Integer> context = Map.of("bytes", SMALLEST - 1, "offset", SMALLEST - 1);
    assertRefused(() -> prefixEnd(small), "a record is too short", context);
    assertRefusedInEveryBuffer(small, RecordFormat::prefixEnd, "a record is too short", context);
  }

  @Test
  void aPrefixFillsItsFrameAtMost() {
    int size = 0x10400;
    for (int length : new int[] {59, 60, 0xFF, 0x100, 0x203, 0x8081, 0x10203, size - 9}) {
      byte[] bytes = frame(size, length);
      assertThat(prefixEnd(bytes)).isEqualTo(length + 9);
      for (ByteBuffer buffer : buffers(bytes)) {
        assertThat(RecordFormat.prefixEnd(buffer)).isEqualTo(length + 9);
      }
    }
    for (int length : new int[] {58, 0, -1, size - 8, 0x81828384, 0x01020304, 0x7F800000}) {
      byte[] bytes = frame(size, length);
      Map<String, Integer> context = Map.of("length", length, "bytes", size, "offset", 5);
      String summary = "a record's prefix is longer than the record";
      assertRefused(() -> prefixEnd(bytes), summary, context);
      assertRefusedInEveryBuffer(bytes, RecordFormat::prefixEnd, summary, context);
    }
  }

  @Test
  void bothChecksumsAreWhereTheFormatSays() {
    CRC32C sum = new CRC32C();
    sum.update(record, 5, prefixEnd - 5);
    assertThat(ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN).getInt(1))
        .isEqualTo((int) sum.getValue());
    sum.update(record, prefixEnd + 4, record.length - prefixEnd - 4);
    assertThat(ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN).getInt(prefixEnd))
        .isEqualTo((int) sum.getValue());
  }

  @Test
  void aWrongChecksumIsNamedByItsPlace() {
    String summary = "a record's checksum is wrong";
    Map<String, Integer> first = Map.of("offset", 1);
    for (int at : new int[] {1, 4, 9, prefixEnd - 1}) {
      byte[] bad = changed(at, ~record[at]);
      assertRefusedInEveryBuffer(bad, codec::decode, summary, first);
      assertRefusedInEveryBuffer(bad, codec::indexed, summary, first);
      assertRefusedInEveryBuffer(bad, b -> codec.decode(b, SOME), summary, first);
      assertRefused(() -> codec.indexedPrefix(bad), summary, first);
      assertRefused(() -> codec.withBody(bad, record), summary, first);
      assertRefused(() -> codec.withBody(record, bad), summary, first);
    }
    for (int at : new int[] {prefixEnd, prefixEnd + 3, prefixEnd + 4, record.length - 1}) {
      byte[] bad = changed(at, ~record[at]);
      Map<String, Integer> second = Map.of("offset", prefixEnd);
      assertRefusedInEveryBuffer(bad, codec::decode, summary, second);
      assertRefused(() -> codec.withBody(record, bad), summary, second);
      assertThat(codec.indexed(bad)).isEqualTo(codec.indexed(record));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void aRecordWithoutABodyIsAPrefix(int more) {
    byte[] cut = Arrays.copyOf(record, prefixEnd + more);
    assertRefusedInEveryBuffer(
        cut,
        codec::decode,
        "a record has no body",
        Map.of("bytes", prefixEnd + more, "offset", prefixEnd));
    assertRefused(
        () -> codec.withBody(record, cut),
        "a record has no body",
        Map.of("bytes", prefixEnd + more, "offset", prefixEnd));
  }

  @Test
  void aBodyOfNothingEndsEarly() {
    byte[] cut = sealed(Arrays.copyOf(record, prefixEnd + 4));
    assertThat(
            assertRefusedInEveryBuffer(
                cut,
                codec::decode,
                "a record ends before its last field",
                Map.of("offset", prefixEnd + 4)))
        .hasCauseInstanceOf(KryoException.class);
  }

  @Test
  void aPrefixOfTheFixedFieldsAloneEndsEarly() {
    byte[] cut = Arrays.copyOf(record, SMALLEST + 4);
    HostileRecordTest.setPrefixLength(cut, RecordFormat.FIXED_BYTES);
    sealed(cut);
    for (Function<ByteBuffer, ?> reader :
        List.<Function<ByteBuffer, ?>>of(codec::indexed, b -> codec.decode(b, SOME))) {
      assertThat(
              assertRefusedInEveryBuffer(
                  cut, reader, "a record ends before its last field", Map.of("offset", SMALLEST)))
          .hasCauseInstanceOf(KryoException.class);
    }
  }

  @Test
  void anIdThatNoTaskCanHaveIsRefused() {
    byte[] blank = changed(SMALLEST + 1, ' ');
    sealed(blank);
    String summary = "a record holds a value that no task can have";
    assertThat(
            assertRefusedInEveryBuffer(
                blank,
                codec::decode,
                summary,
                Map.of("offset", prefixEnd + 4 + 1 + 1 + "title".length())))
        .hasCauseInstanceOf(IllegalArgumentException.class);
    assertThat(
            assertRefusedInEveryBuffer(
                blank, b -> codec.decode(b, SOME), summary, Map.of("offset", prefixEnd)))
        .hasCauseInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPrefixStandsAloneAndHasNothingBehindIt() {
    byte[] prefix = codec.indexedPrefix(record);
    assertThat(prefix).isEqualTo(Arrays.copyOf(record, prefixEnd));
    for (ByteBuffer buffer : buffers(prefix)) {
      assertThat(codec.decodePrefix(buffer)).isEqualTo(codec.indexed(record));
    }
    assertRefusedInEveryBuffer(
        Arrays.copyOf(record, prefixEnd + 1),
        codec::decodePrefix,
        "a record's prefix has bytes behind its end",
        Map.of("offset", prefixEnd));
  }

  @Test
  void bodiesAreComparedWithoutTheirPrefixes() {
    Task other = task.toBuilder().tag("another").status(Status.DONE).build();
    byte[] samePast = codec.encode(other, 2);
    assertThat(RecordCodec.sameBody(record, samePast)).isTrue();
    assertThat(RecordCodec.sameBody(samePast, record)).isTrue();
    byte[] titled = codec.encode(task.toBuilder().title("Title").build(), 1);
    assertThat(RecordCodec.sameBody(record, titled)).isFalse();
    byte[] described = codec.encode(task.toBuilder().description("texts").build(), 1);
    assertThat(RecordCodec.sameBody(record, described)).isFalse();
    assertThat(RecordCodec.sameBody(described, record)).isFalse();
  }

  @Test
  void aPrefixAloneHasNoBodyToCompare() {
    byte[] prefix = codec.indexedPrefix(record);
    assertThat(RecordCodec.sameBody(prefix, prefix)).isFalse();
    assertThat(RecordCodec.sameBody(record, prefix)).isFalse();
    assertThat(RecordCodec.sameBody(prefix, record)).isFalse();
    byte[] empty = Arrays.copyOf(record, prefixEnd + 4);
    assertThat(RecordCodec.sameBody(empty, empty)).isTrue();
  }

  @Test
  void aPrefixTakesTheBodyOfAnotherRecord() {
    Task later =
        task.toBuilder().tag("another").status(Status.DONE).title("other").notes("more").build();
    byte[] other = codec.encode(later, 2);
    byte[] expected =
        codec.encode(later.toBuilder().title("title").notes(null).description("text").build(), 2);
    assertThat(codec.withBody(codec.indexedPrefix(other), record)).isEqualTo(expected);
    assertThat(codec.withBody(other, record)).as("of a whole record").isEqualTo(expected);
  }
}
