package dev.quarry.internal.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.index.OrdinalCursor;
import dev.quarry.index.Postings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The sets that a pinned view copies. */
class OrdinalBitsTest {
  private static final long BOUND = 1_000_000_000;

  private final Set<long[]> bitmaps = Collections.newSetFromMap(new IdentityHashMap<>());

  private OrdinalBits bits(NavigableSet<Long> members) {
    return new OrdinalBits(
        BOUND,
        (block, words) -> {
          assertThat(words).containsOnly(0L);
          bitmaps.add(words);
          long from = block * Postings.BLOCK;
          for (long o : members.subSet(from, from + Postings.BLOCK)) {
            words[(int) (o % Postings.BLOCK) >>> 6] |= 1L << o;
          }
        });
  }

  @Test
  void rangesWithoutMembersTakeNoBitmaps() {
    NavigableSet<Long> members = new TreeSet<>(List.of(0L, 63L, 700_000L, 700_001L, BOUND - 1));
    OrdinalBits bits = bits(members);
    bits.loadAll();
    assertThat(bitmaps).as("one for each range with members, and a spare one").hasSizeLessThan(5);
    assertThat(bits.cardinality()).isEqualTo(5);
    List<Long> found = new ArrayList<>();
    OrdinalCursor cursor = bits.cursor();
    for (long o = cursor.next(); o != OrdinalCursor.END; o = cursor.next()) {
      found.add(o);
    }
    assertThat(found).containsExactlyElementsOf(members);
    assertThat(bits.cursor().advance(64)).isEqualTo(700_000);
    for (long o : List.of(1L, 64L, 65_536L, 699_999L, 500_000_000L, BOUND, -1L)) {
      assertThat(bits.contains(o)).as("%d", o).isFalse();
    }
    members.forEach(o -> assertThat(bits.contains(o)).as("%d", o).isTrue());
    assertThat(bitmaps).hasSizeLessThan(5);
  }

  @Test
  void whatALoadThatFailedLeftIsInNoBitmap() {
    boolean[] fails = {true};
    OrdinalBits bits =
        new OrdinalBits(
            2L * Postings.BLOCK,
            (block, words) -> {
              assertThat(words).containsOnly(0L);
              if (block == 1) {
                words[7] = 1;
                if (fails[0]) {
                  throw new TouchedTasks.OvertakenException();
                }
              }
            });
    assertThatThrownBy(bits::loadAll).isInstanceOf(TouchedTasks.OvertakenException.class);
    fails[0] = false;
    assertThat(bits.cardinality()).isEqualTo(1);
    assertThat(bits.contains(Postings.BLOCK + 7 * 64)).isTrue();
  }
}
