package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes are in a batch as they were given, however many, and after each reset. */
final class IndexBatchTest {
  private record TermChange(int field, List<Byte> value, long ordinal, boolean add) {}

  private record RowChange(long ordinal, List<Long> columns) {}

  private final IndexBatch batch = new IndexBatch();
  private final List<TermChange> terms = new ArrayList<>();
  private final List<RowChange> rows = new ArrayList<>();

  private static List<Byte> list(byte[] bytes, int from, int length) {
    List<Byte> list = new ArrayList<>();
    for (int i = from; i < from + length; i++) {
      list.add(bytes[i]);
    }
    return list;
  }

  private void change(int field, byte[] value, long ordinal, boolean add) {
    if (add) {
      batch.add(field, value, ordinal);
    } else {
      batch.remove(field, value, ordinal);
    }
    terms.add(new TermChange(field, list(value, 0, value.length), ordinal, add));
  }

  private void put(long ordinal, long... columns) {
    batch.putRow(ordinal, columns);
    rows.add(new RowChange(ordinal, Arrays.stream(columns).boxed().toList()));
  }

  private void check() {
    assertThat(batch.termChanges()).isEqualTo(terms.size());
    for (int i = 0; i < terms.size(); i++) {
      List<Byte> value = list(batch.valueBytes(), batch.valueStart(i), batch.valueLength(i));
      assertThat(new TermChange(batch.field(i), value, batch.ordinal(i), batch.isAdd(i)))
          .isEqualTo(terms.get(i));
    }
    assertThat(batch.rowChanges()).isEqualTo(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      RowChange row = rows.get(i);
      assertThat(batch.rowOrdinal(i)).isEqualTo(row.ordinal);
      int start = batch.rowStart(i);
      if (row.columns == null) {
        assertThat(start).isEqualTo(-1);
      } else {
        int end = start + batch.rowWidth(i);
        assertThat(Arrays.stream(batch.columns(), start, end).boxed().toList())
            .isEqualTo(row.columns);
      }
    }
  }

  @ParameterizedTest(name = "values of up to {0} bytes")
  @ValueSource(ints = {1, 40, 3_000})
  void all_is_kept_while_it_grows_and_after_a_reset(int most) {
    Random random = new Random(most);
    for (int round = 0; round < 4; round++) {
      for (int i = 0; i < 150; i++) {
        byte[] value = new byte[random.nextInt(most + 1)];
        random.nextBytes(value);
        change(random.nextInt(100), value, random.nextInt(1_000), random.nextBoolean());
        if (i % 4 == 0) {
          batch.removeRow(i);
          rows.add(new RowChange(i, null));
        } else {
          put(i, random.longs(random.nextInt(9)).toArray());
        }
      }
      check();
      batch.reset();
      terms.clear();
      rows.clear();
      check();
    }
  }

  /** Each array of its size, then one more. */
  @Test
  void arrays_grow_where_they_are_full() {
    for (int i = 0; i < 17; i++) {
      change(1, new byte[32], i, true); // 512 bytes are full after 16
      put(i, new long[16]); // 64 columns after 4
    }
    check();
    change(2, new byte[30_000], 1, false); // more than twice of what there is
    put(9, new long[5_000]);
    check();
  }

  @Test
  void columns_are_copied() {
    long[] columns = {1, 2};
    put(5, columns);
    columns[0] = 9;
    check();
  }

  /** What one large batch took does not stay for good; what a usual one took does. */
  @Test
  void a_reset_gives_back_much_and_keeps_little() {
    change(1, new byte[1_000], 1, true);
    byte[] usual = batch.valueBytes();
    batch.reset();
    assertThat(batch.valueBytes()).isSameAs(usual);
    for (int i = 0; i < 40; i++) {
      batch.add(1, new byte[32_000], i);
    }
    batch.reset();
    assertThat(batch.valueBytes()).hasSizeLessThan(1_000);
  }

  /** Whichever of the arrays it is that one large batch has let grow. */
  @Test
  void a_reset_gives_back_all_that_grew() {
    for (int i = 0; i < 100_000; i++) {
      batch.putRow(i, new long[] {i, i});
    }
    assertThat(batch.columns()).hasSizeGreaterThan(100_000);
    batch.reset();
    assertThat(batch.columns()).hasSizeLessThan(1_000);
    assertThat(batch.scratchBytes()).isLessThan(10_000);
    for (int i = 0; i < 100_000; i++) {
      batch.add(1, new byte[] {1}, i);
    }
    batch.reset();
    assertThat(batch.scratchBytes()).isLessThan(10_000);
    for (int i = 0; i < 100_000; i++) {
      batch.removeRow(i);
    }
    batch.reset();
    assertThat(batch.scratchBytes()).isLessThan(10_000);
    put(1, 7, 8);
    change(1, new byte[] {1}, 1, true);
    check();
  }

  @Test
  void what_is_refused_leaves_nothing() {
    byte[] value = {1};
    assertThatThrownBy(() -> batch.add(-1, value, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> batch.remove(1, value, -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> batch.putRow(-1, new long[3]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> batch.removeRow(1L << 40))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> batch.putRow(1, null)).isInstanceOf(NullPointerException.class);
    check();
    put(1, 7, 8);
    check();
  }
}
