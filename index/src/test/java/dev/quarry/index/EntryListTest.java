package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** A list of a file's entries, as it is written and read, and what is refused as one. */
final class EntryListTest {
  private static final int FILE = 1_000_000;

  private static EntryList list(int expected, int entries) {
    EntryList list = new EntryList(expected);
    for (int i = 0; i < entries; i++) {
      list.add(-i, 8L * (i + 1), 100 + i);
    }
    return list;
  }

  private static ByteBuffer written(EntryList... lists) {
    ByteBuffer out = ByteBuffer.allocate(10_000);
    for (EntryList list : lists) {
      int before = out.position();
      list.write(out);
      assertThat(out.position() - before).isEqualTo(list.writtenBytes());
    }
    return out.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void check(EntryList list, int entries) {
    assertThat(list.size()).isEqualTo(entries);
    for (int i = 0; i < entries; i++) {
      assertThat(list.key(i)).isEqualTo(-i);
      assertThat(list.offset(i)).isEqualTo(8L * (i + 1));
      assertThat(list.bytes(i)).isEqualTo(100 + i);
    }
  }

  @Test
  void lists_are_read_as_they_were_written_one_behind_the_other() {
    ByteBuffer in = written(list(0, 0), list(3, 3), list(2, 50), list(100, 7));
    assertThat(in.remaining()).isEqualTo(4 * 8 + 60 * 24);
    for (int entries : new int[] {0, 3, 50, 7}) {
      check(EntryList.read(in, FILE), entries);
    }
    assertThat(in.remaining()).isZero();
    assertThat(EntryList.read(in, FILE)).as("nothing left").isNull();
  }

  @Test
  void what_is_cut_is_refused() {
    for (int bytes : new int[] {0, 7, 8, 8 + 47}) {
      assertThat(EntryList.read(written(list(2, 2)).limit(bytes), FILE)).isNull();
    }
    check(EntryList.read(written(list(2, 2)), FILE), 2);
    check(EntryList.read(written(list(0, 0)), FILE), 0);
    assertThat(EntryList.read(written(list(0, 0)).putLong(0, -1), FILE)).isNull();
    assertThat(EntryList.read(written(list(2, 2)).putLong(0, 3), FILE)).isNull();
    check(EntryList.read(written(list(2, 2)).putLong(0, 1), FILE), 1);
  }

  private static EntryList readWith(long offset, long bytes, long file) {
    EntryList list = list(2, 1);
    list.add(5, offset, bytes);
    return EntryList.read(written(list), file);
  }

  @Test
  void entries_lie_within_their_file_in_whole_words() {
    assertThat(readWith(8, 100, FILE)).isNotNull();
    assertThat(readWith(0, 100, FILE)).isNull();
    assertThat(readWith(-8, 100, FILE)).isNull();
    for (int off = 1; off < 8; off++) {
      assertThat(readWith(8 + off, 100, FILE)).isNull();
    }
    assertThat(readWith(16, 0, FILE)).isNotNull();
    assertThat(readWith(16, -1, FILE)).isNull();
    assertThat(readWith(FILE - 96, 96, FILE)).isNotNull();
    assertThat(readWith(FILE - 96, 97, FILE)).isNull();
    assertThat(readWith(Long.MAX_VALUE - 7, 96, FILE)).isNull();
    assertThat(readWith(8, Long.MAX_VALUE, FILE)).isNull();
  }
}
