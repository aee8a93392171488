package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sum that is kept edit by edit is the one over what is there. */
final class ContentSumTest {
  private static final int[] WIDTHS = {8, 4, 1};

  @TempDir Path directory;

  /** Members by field and value, as they should be. */
  private final Map<Integer, Map<String, TreeSet<Long>>> members = new TreeMap<>();

  /** What the rows' sum has too much, by earlier looks at it. */
  private long twice;

  @BeforeEach
  void prepare() {
    PostingIndexes.prepareJvm();
  }

  private ChroniclePostingIndex open() {
    return (ChroniclePostingIndex)
        PostingIndexes.open(new PostingIndexOptions(directory, "sum", WIDTHS, 0, 1_000));
  }

  private static byte[] bytes(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  private Set<Long> members(int field, String value) {
    return members
        .computeIfAbsent(field, f -> new TreeMap<>())
        .computeIfAbsent(value, v -> new TreeSet<>());
  }

  private void check(ChroniclePostingIndex index, String when) {
    Contents contents = index.contents();
    long[] wanted = {0, 0};
    members.forEach(
        (field, values) ->
            values.forEach(
                (value, ordinals) -> {
                  byte[] bytes = bytes(value);
                  int id =
                      TermDirectory.termId(contents.terms().find(field, bytes, 0, bytes.length));
                  wanted[0] += ContentSum.term(Hash.term(field, bytes, 0, bytes.length), id);
                  for (long ordinal : ordinals) {
                    long key = ContainerReader.directoryKey(id, Block.blockOf(ordinal));
                    int low = Block.lowOf(ordinal);
                    wanted[1] += ContentSum.member(ContentSum.salt(key), low);
                  }
                }));
    assertThat(contents.terms().sum()).as("terms, %s", when).isEqualTo(wanted[0]);
    assertThat(contents.writer().sum()).as("members, %s", when).isEqualTo(wanted[1]);
    long rows = contents.rows().sum();
    assertThat(contents.sum()).as("all, %s", when).isEqualTo(wanted[0] + wanted[1] + rows);
    assertThat(contents.rows().sumUp()).isTrue(); // adds them once more
    assertThat(contents.rows().sum() - rows).as("rows, %s", when).isEqualTo(rows - twice);
    twice = contents.rows().sum() - (rows - twice);
  }

  /** Single changes and large ones, of arrays, of bitmaps, and from one to the other and back. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void follows_every_edit(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    try (ChroniclePostingIndex index = open()) {
      for (int step = 0; step < 60; step++) {
        edit(index, random, step);
        check(index, "seed " + seed + ", step " + step);
      }
    }
  }

  private void edit(ChroniclePostingIndex index, SplittableRandom random, int step) {
    IndexBatch batch = new IndexBatch();
    int changes = random.nextBoolean() ? 1 + random.nextInt(3) : 3_000;
    boolean removing = random.nextInt(3) == 0;
    long base = random.nextInt(3) == 0 ? Block.SIZE : 0;
    for (int i = 0; i < changes; i++) {
      int field = random.nextInt(3);
      String value = "v" + random.nextInt(field == 0 ? 1 : 40);
      long ordinal = base + (random.nextBoolean() ? i + step * 500L : random.nextInt(9_000));
      if (removing && random.nextInt(8) != 0) {
        batch.remove(field, bytes(value), ordinal);
        batch.removeRow(ordinal);
        Map<String, TreeSet<Long>> values = members.getOrDefault(field, Map.of());
        if (values.containsKey(value)) {
          values.get(value).remove(ordinal);
        }
      } else {
        batch.add(field, bytes(value), ordinal);
        members(field, value).add(ordinal);
        batch.putRow(ordinal, new long[] {ordinal, random.nextInt(), step});
      }
    }
    index.apply(batch, step + 1);
  }

  @Test
  void a_load_sums_up_what_it_writes_and_a_reopened_index_goes_on() {
    long before;
    try (ChroniclePostingIndex index = open()) {
      IndexLoader loader = index.load();
      for (long ordinal = 0; ordinal < 9_000; ordinal += 1 + ordinal % 2) {
        loader.ordinal(ordinal, new long[] {ordinal, 1, 2});
        loader.add(0, bytes("all"));
        loader.add(1, bytes("v" + ordinal % 7));
        members(0, "all").add(ordinal);
        members(1, "v" + ordinal % 7).add(ordinal);
      }
      loader.finish(3);
      check(index, "loaded");
      index.discard().run();
      assertThat(index.contents().sum()).isZero();
      members.clear();
      twice = 0;
      IndexLoader again = index.load();
      again.ordinal(5, new long[] {5, 5, 5});
      again.add(0, bytes("all"));
      members(0, "all").add(5L);
      again.finish(4);
      check(index, "loaded anew");
      index.internTerm(9, bytes("interned"));
      members(9, "interned");
    }
    try (ChroniclePostingIndex index = open()) {
      before = index.contents().sum();
      IndexBatch batch = new IndexBatch();
      batch.add(1, bytes("x"), 77);
      index.apply(batch, 5);
      batch.reset();
      batch.remove(1, bytes("x"), 77);
      index.apply(batch, 6);
      int id = index.internTerm(1, bytes("x"));
      long term = ContentSum.term(Hash.term(1, bytes("x"), 0, 1), id);
      assertThat(index.contents().sum()).isEqualTo(before + term);
    }
  }

  /** No two of many simple contents add the same. */
  @Test
  void tells_keys_members_terms_and_rows_apart() {
    Set<Long> seen = new HashSet<>();
    for (long key = 1L << 32; key < (1L << 32) + 20; key++) {
      for (int low = 0; low < 300; low++) {
        assertThat(seen.add(ContentSum.member(ContentSum.salt(key), low))).isTrue();
      }
    }
    for (int id = 1; id < 50; id++) {
      for (long hash = 1; hash < 50; hash++) {
        assertThat(seen.add(ContentSum.term(hash, id))).isTrue();
      }
    }
    for (int bytes : new int[] {4, 8, 12, 76}) { // of which an index has one
      seen.clear();
      ByteBuffer row = ByteBuffer.allocateDirect(80);
      for (long ordinal = 0; ordinal < 20; ordinal++) {
        assertThat(seen.add(ContentSum.row(ordinal, BufferUtil.address(row), bytes))).isTrue();
        for (int bit = 0; bit < 8 * bytes; bit++) {
          row.put(bit / 8, (byte) (1 << bit % 8));
          assertThat(seen.add(ContentSum.row(ordinal, BufferUtil.address(row), bytes)))
              .as("%d bytes, bit %d", bytes, bit)
              .isTrue();
          row.put(bit / 8, (byte) 0);
        }
        row.put(bytes, (byte) 1); // what lies behind does not count
        assertThat(seen.add(ContentSum.row(ordinal, BufferUtil.address(row), bytes))).isFalse();
        row.put(bytes, (byte) 0);
      }
    }
  }
}
