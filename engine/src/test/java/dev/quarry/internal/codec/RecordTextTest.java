package dev.quarry.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quarry.CorruptionException;
import dev.quarry.Task;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts and lists of a record byte by byte, and the limits of their lengths. */
class RecordTextTest {
  /** Bytes in front of those that are read, which no offset counts. */
  private static final int BEFORE = 3;

  private static RecordInput input(byte[] bytes) {
    byte[] room = new byte[BEFORE + bytes.length + 2];
    Arrays.fill(room, (byte) 0x55);
    System.arraycopy(bytes, 0, room, BEFORE, bytes.length);
    return new RecordInput(room, BEFORE, bytes.length);
  }

  private static RecordInput input(String hex) {
    return input(HexFormat.of().parseHex(hex));
  }

  private static byte[] written(String... texts) {
    RecordOutput out = new RecordOutput();
    for (String text : texts) {
      out.writeText(text);
    }
    return out.toBytes();
  }

  private static byte[] list(List<String> names) {
    RecordOutput out = new RecordOutput();
    out.writeVarInt(names.size(), true);
    names.forEach(out::writeText);
    return out.toBytes();
  }

  private static void assertRefused(ThrowingCallable reader, String summary, int offset) {
    CorruptionException e = catchThrowableOfType(CorruptionException.class, reader);
    assertThat(e).isNotNull();
    assertThat(e.summary()).isEqualTo(summary);
    assertThat(e.context()).isEqualTo(Map.of("offset", offset));
  }

  @ParameterizedTest
  @CsvSource({
    "'', 00",
    "ab, 086162",
    "\u00e9\u00ff, 08E9FF",
    "\u0100, 09C480",
    "a\ufffd, 1161EFBFBD",
    "\u20ac\u20ac, 19E282ACE282AC"
  })
  void aTextTakesTheSmallestFormThatHoldsIt(String text, String hex) {
    assertThat(HexFormat.of().withUpperCase().formatHex(written(text))).isEqualTo(hex);
    assertThat(input(hex).readText()).isEqualTo(text);
  }

  /** Not in a table of the test above: a report in UTF-8 cannot name these. */
  @Test
  void aTextWithAnUnpairedSurrogateIsUtf16() {
    String text = "\ud800\u80ff\u0180z";
    assertThat(HexFormat.of().withUpperCase().formatHex(written(text)))
        .isEqualTo("2200D8FF8080017A00");
    assertThat(input("2200D8FF8080017A00").readText()).isEqualTo(text);
  }

  /** The header of the first form tried may be shorter than that of the form taken. */
  @ParameterizedTest
  @ValueSource(ints = {1, 10, 11, 15, 16, 31, 32, 2_047, 4_095, 4_096, 5_000, 300_000})
  void textsOfEveryLengthFollowEachOther(int length) {
    String plain = "x".repeat(length);
    String wide = "\u20ac".repeat(length);
    String half = "\udc00".repeat(length);
    RecordInput in = input(written("first", plain, wide, half, "last"));
    assertThat(in.readText()).isEqualTo("first");
    assertThat(in.readText()).isEqualTo(plain);
    assertThat(in.readText()).isEqualTo(wide);
    assertThat(in.readText()).isEqualTo(half);
    assertThat(in.readText()).isEqualTo("last");
    assertThat(in.remaining()).isZero();
  }

  @Test
  void skippedTextsEndWhereReadOnesDo() {
    RecordInput in = input(written("ab", "\u20ac", "\udc00", "", "last"));
    in.skipText();
    assertThat(in.offset()).isEqualTo(3);
    in.skipTexts(3);
    assertThat(in.readText()).isEqualTo("last");
    assertThat(in.remaining()).isZero();
  }

  @Test
  void aTextOfAnUnknownFormIsRefused() {
    assertRefused(() -> input("03").readText(), "a text in the record has an unknown form", 1);
    assertRefused(() -> input("03").skipText(), "a text in the record has an unknown form", 1);
  }

  @Test
  void aTextMayEndWithItsRecordButNotBehind() {
    assertThat(input("0861FF").readText()).isEqualTo("a\u00ff");
    RecordInput skipped = input("0861FF");
    skipped.skipText();
    assertThat(skipped.remaining()).isZero();
    String longer = "a text in the record is longer than the record";
    assertRefused(() -> input("0C6162").readText(), longer, 1);
    assertRefused(() -> input("0C6162").skipText(), longer, 1);
    assertRefused(() -> input("FCFFFFFF0F61").readText(), longer, 5);
  }

  @Test
  void aWrongEncodingIsToldWithThePlaceBehindTheText() {
    assertRefused(() -> input("05FF00").readText(), "a text in the record is not UTF-8", 2);
    assertRefused(
        () -> input("0E61006200").readText(),
        "a UTF-16 text in the record has half a character",
        4);
  }

  @Test
  void aTextHasAMostCharacters() {
    byte[] longest = written("x".repeat(Task.MAX_TEXT_CHARS));
    assertThat(input(longest).readText()).hasSize(Task.MAX_TEXT_CHARS);
    byte[] longer = written("x".repeat(Task.MAX_TEXT_CHARS + 1));
    assertRefused(
        () -> input(longer).readText(), "a text in the record is too long", longer.length);
  }

  @Test
  void aNameHasOneToTheMostCharacters() {
    for (int length : new int[] {1, 2, Task.MAX_NAME_CHARS}) {
      assertThat(input(written("x".repeat(length))).readName()).hasSize(length);
    }
    for (int length : new int[] {0, Task.MAX_NAME_CHARS + 1}) {
      byte[] bytes = written("x".repeat(length));
      assertRefused(
          () -> input(bytes).readName(), "a name in the record has a wrong length", bytes.length);
    }
  }

  @Test
  void aListHasRoomForItsElements() {
    assertThat(input("03" + "00".repeat(9)).readCount(3)).isEqualTo(3);
    String longer = "a list in the record is longer than the record";
    assertRefused(() -> input("03" + "00".repeat(8)).readCount(3), longer, 1);
    assertRefused(() -> input("FFFFFFFF0F").readCount(1), longer, 5);
    assertThat(input("00").readCount(3)).isZero();
  }

  @Test
  void aListHasAMostElements() {
    String room = "00".repeat(Task.MAX_LIST + 1);
    assertThat(input("FFFF03" + room).readCount(1)).isEqualTo(Task.MAX_LIST);
    assertRefused(
        () -> input("808004" + room).readCount(1),
        "a list in the record is longer than the record",
        3);
  }

  /** Up to 16 names are compared with each other, more by a hash set. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 15, 16, 17, 40})
  void aListNamesNothingTwice(int size) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      names.add("name " + i);
    }
    RecordInput in = input(list(names));
    assertThat(in.readNames()).isEqualTo(names);
    assertThat(in.remaining()).isZero();
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < i; j++) {
        List<String> doubled = new ArrayList<>(names);
        doubled.set(i, names.get(j));
        byte[] bytes = list(doubled);
        assertRefused(
            () -> input(bytes).readNames(),
            "a list in the record names the same twice",
            bytes.length);
      }
    }
  }

  @Test
  void anEmptyListIsTheOneOfTheJdk() {
    assertThat(input("00").readNames()).isSameAs(List.of());
  }

  @Test
  void patchingLeavesThePosition() {
    RecordOutput out = new RecordOutput();
    out.writeBytes(new byte[] {1, 2, 3, 4, 5, 6});
    out.patchInt(1, 0x80706050);
    out.writeByte(7);
    assertThat(out.toBytes()).containsExactly(1, 0x50, 0x60, 0x70, 0x80, 6, 7);
  }

  @ParameterizedTest
  @CsvSource({"1, 4096", "5000, 8192", "262144, 262144", "262145, 4096"})
  void clearingDropsALargeBufferAndWhatWasWritten(int bytes, int left) {
    RecordOutput out = new RecordOutput();
    out.writeBytes(new byte[bytes]);
    out.clear();
    assertThat(out.position()).isZero();
    assertThat(out.getBuffer()).hasSize(left);
    String text = String.join("", Collections.nCopies(10_000, "again "));
    out.writeText(text);
    assertThat(new String(out.toBytes(), StandardCharsets.ISO_8859_1)).endsWith(text);
  }
}
