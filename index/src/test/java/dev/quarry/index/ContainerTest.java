package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers by themselves, also as a reader finds them in the middle of each edit. */
final class ContainerTest {
  private static final int TERM = 3;
  private static final long BLOCK = 4;
  private static final long KEY = (long) TERM << 32 | BLOCK;

  @TempDir Path directory;

  private final AtomicLong frees = new AtomicLong();
  private final BlockPool pool = new BlockPool();
  private Runnable inside = () -> {};
  private int edits;
  private PreImage preImage;
  private Directory addresses;
  private EntrySpace space;
  private ContainerReader reader;
  private ContainerWriter writer;

  @BeforeEach
  void open() {
    space = TestSpace.ofContainers(directory, 4_000);
    preImage = new PreImage(ContainerReader.BITMAP_BYTES);
    addresses = new Directory(16);
    reader = new ContainerReader(addresses, preImage, frees);
    writer = new ContainerWriter(space, addresses, preImage, frees, this::inside);
  }

  private void inside() {
    edits++;
    inside.run();
  }

  @AfterEach
  void close() {
    space.close();
  }

  private static BitSet every(int step, int n) {
    BitSet set = new BitSet();
    for (int i = 0; i < n; i++) {
      set.set(i * step);
    }
    return set;
  }

  private void create(BitSet set) {
    writer.create(KEY, BlockTest.block(set));
  }

  /** Applies changes as one edit: what is in {@code add}, then out what is in {@code remove}. */
  private int edit(BitSet add, BitSet remove) {
    IndexBatch batch = new IndexBatch();
    long first = BLOCK << Block.SHIFT;
    add.stream().forEach(low -> batch.add(0, new byte[0], first + low));
    remove.stream().forEach(low -> batch.remove(0, new byte[0], first + low));
    int[] order = new int[batch.termChanges()];
    Arrays.setAll(order, i -> i);
    return writer.edit(KEY, batch, order, 0, order.length);
  }

  private static BitSet set(int... lows) {
    BitSet set = new BitSet();
    for (int low : lows) {
      set.set(low);
    }
    return set;
  }

  private long address() {
    return addresses.find(KEY);
  }

  private int capacity() {
    return UnsafeApi.getInt(address() + ContainerReader.CAPACITY);
  }

  private long stamp() {
    return UnsafeApi.getLong(address() + ContainerReader.STAMP);
  }

  /** Every way to read the container gives the set. */
  private void check(BitSet expected) {
    assertThat(reader.cardinality(TERM, BLOCK)).isEqualTo(expected.cardinality());
    Block out = new Block();
    reader.load(TERM, BLOCK, out);
    assertThat(BlockTest.members(out)).isEqualTo(expected);
    checkMembership(expected);
    if (address() != 0) {
      long entryKey = UnsafeApi.getLong(address() + ContainerReader.KEY);
      assertThat(ContainerWriter.directoryKey(entryKey)).isEqualTo(KEY);
    }
  }

  private void checkMembership(BitSet expected) {
    for (int low : new int[] {0, 1, 2, 3, 62, 63, 64, 65, 300, 4_095, 4_096, Block.SIZE - 1}) {
      assertThat(reader.contains(TERM, BLOCK, low)).as("%d", low).isEqualTo(expected.get(low));
    }
    int last = expected.length() - 1;
    if (last >= 0) {
      assertThat(reader.contains(TERM, BLOCK, last)).isTrue();
    }
  }

  private void checkFilter(BitSet contents, BitSet in, boolean present) {
    Block block = BlockTest.block(in);
    reader.filter(TERM, BLOCK, block, present, pool);
    BitSet expected = (BitSet) in.clone();
    if (present) {
      expected.and(contents);
    } else {
      expected.andNot(contents);
    }
    assertThat(BlockTest.members(block))
        .as("%d in %d, %b", in.cardinality(), contents.cardinality(), present)
        .isEqualTo(expected);
    assertThat(Arrays.equals(block.marks(), new long[Block.WORDS])).isTrue();
    assertThat(pool.take()).isNotSameAs(block);
  }

  @Test
  void every_pair_of_sets_is_filtered() {
    List<BitSet> inputs = BlockTest.samples(2);
    for (BitSet contents : BlockTest.samples(1)) {
      if (!contents.isEmpty()) {
        create(contents);
      }
      check(contents);
      for (BitSet in : inputs) {
        checkFilter(contents, in, true);
        checkFilter(contents, in, false);
      }
      edit(set(), contents);
      assertThat(address()).isZero();
    }
  }

  /** Few members against many, at each place and each length of a step. */
  @Test
  void steps_miss_nothing() {
    for (int n = 60; n < 80; n++) {
      BitSet contents = every(2, n);
      create(contents);
      for (int low = 0; low < 2 * n + 2; low++) {
        checkFilter(contents, set(low, low + 1), true);
        checkFilter(contents, set(low, low + 7, low + 31), false);
      }
      edit(set(), contents);
    }
  }

  /** What an edit in place has left behind the last value is no member. */
  @Test
  void values_behind_the_last_do_not_count() {
    for (int n : new int[] {3, 9, 17, 65, 73, 80}) {
      BitSet now = every(2, n);
      create(now);
      long address = address();
      int last = 2 * n - 2;
      edit(set(), set(last));
      now.clear(last);
      assertThat(address()).isEqualTo(address);
      assertThat(reader.contains(TERM, BLOCK, last)).isFalse();
      BitSet many = every(1, 200);
      for (BitSet in : List.of(set(last), set(last - 1, last), set(0, last), many)) {
        checkFilter(now, in, true);
        checkFilter(now, in, false);
      }
      edit(set(), now);
    }
  }

  @Test
  void a_reader_inside_of_an_edit_sees_what_was_before_it() {
    for (BitSet before : List.of(every(3, 500), every(3, 20_000))) {
      create(before);
      for (int change = 0; change < 4; change++) {
        BitSet add = List.of(set(1), set(), set(3), set(4, 5)).get(change);
        BitSet remove = List.of(set(), set(3, 300), set(1), set(6)).get(change);
        BitSet now = new BitSet();
        now.or(before);
        int seen = edits;
        long stamp = stamp();
        inside =
            () -> {
              assertThat(stamp()).isEqualTo(stamp + 1); // rises within the edit too
              Block out = new Block();
              reader.load(TERM, BLOCK, out);
              assertThat(BlockTest.members(out)).isEqualTo(now);
              checkMembership(now);
              for (BitSet in : List.of(set(0, 1, 2, 3, 4, 300), every(1, 10_000))) {
                checkFilter(now, in, true);
                checkFilter(now, in, false);
              }
            };
        int by = edit(add, remove);
        inside = () -> {};
        assertThat(edits).isEqualTo(seen + 1);
        int old = before.cardinality();
        before.or(add);
        before.andNot(remove);
        assertThat(by).isEqualTo(before.cardinality() - old);
        check(before);
      }
      edit(set(), before);
    }
  }

  @Test
  void single_bits_change_in_place_and_tell_by_how_much() {
    BitSet now = every(3, 20_000);
    create(now);
    long address = address();
    for (int low : new int[] {1, 2, 62, 64, 65_535}) {
      int seen = edits;
      long stamp = stamp();
      assertThat(edit(set(low), set())).isEqualTo(1);
      assertThat(stamp()).isEqualTo(stamp + 2);
      assertThat(edit(set(low), set())).isZero();
      now.set(low);
      check(now);
      assertThat(edit(set(), set(low))).isEqualTo(-1);
      assertThat(edit(set(), set(low))).isZero();
      now.clear(low);
      check(now);
      assertThat(edits).isEqualTo(seen + 2); // what changes nothing edits nothing
    }
    assertThat(address()).isEqualTo(address);
    assertThat(frees.get()).isZero();
  }

  @Test
  void values_behind_the_last_are_appended_while_there_is_room() {
    BitSet now = set(10);
    create(now);
    int room = capacity() / 2;
    long address = address();
    long stamp = stamp();
    for (int i = 1; i < room; i++) {
      assertThat(edit(set(10 + i), set())).isEqualTo(1);
      now.set(10 + i);
      assertThat(edit(set(10 + i), set())).isZero(); // the last one again
      check(now);
    }
    assertThat(address()).isEqualTo(address);
    assertThat(stamp()).isEqualTo(stamp);
    edits = 0;
    assertThat(edit(set(1_000), set())).isEqualTo(1);
    now.set(1_000);
    check(now);
    assertThat(edits).isEqualTo(1);
    assertThat(frees.get()).isEqualTo(1);
    assertThat(address()).isNotEqualTo(address);
    assertThat(stamp()).isEqualTo(stamp + 2);
    assertThat(capacity()).isGreaterThanOrEqualTo(2 * (room + 1 + room / 4) - 1);
  }

  @Test
  void an_array_becomes_a_bitmap_and_an_array_again() {
    BitSet now = every(2, Block.ARRAY_MAX);
    create(now);
    assertThat(ContainerReader.isDense(ContainerReader.meta(address()))).isFalse();
    assertThat(edit(set(60_000), set())).isEqualTo(1); // no room behind the last
    now.set(60_000);
    check(now);
    assertThat(ContainerReader.isDense(ContainerReader.meta(address()))).isTrue();
    for (int low = 0; now.cardinality() > Block.ARRAY_MAX * 3 / 4; low += 2) {
      assertThat(edit(set(), set(low))).isEqualTo(-1);
      now.clear(low);
    }
    check(now);
    assertThat(ContainerReader.isDense(ContainerReader.meta(address()))).isTrue();
    assertThat(edit(set(), set(60_000))).isEqualTo(-1);
    now.clear(60_000);
    check(now);
    assertThat(ContainerReader.isDense(ContainerReader.meta(address()))).isFalse();
  }

  @Test
  void a_container_far_too_large_moves_and_gives_its_memory_back() {
    BitSet now = every(2, 4_000);
    create(now);
    long used = space.usedBytes();
    int capacity = capacity();
    BitSet all = (BitSet) now.clone();
    BitSet out = every(2, 2_900);
    edit(set(), out);
    now.andNot(out);
    check(now);
    assertThat(capacity()).isEqualTo(capacity); // a quarter is still enough to stay
    assertThat(frees.get()).isZero();
    out = every(2, 3_300);
    edit(set(), out);
    now.andNot(out);
    check(now);
    assertThat(capacity()).isLessThan(capacity / 4);
    assertThat(frees.get()).isEqualTo(1);
    assertThat(space.usedBytes()).isLessThan(used / 4);
    edit(set(), all);
    check(set());
    Block filled = BlockTest.block(all);
    reader.load(TERM, BLOCK, filled);
    assertThat(filled.isEmpty()).isTrue();
    assertThat(addresses.live()).isZero();
    assertThat(frees.get()).isEqualTo(2);
    assertThat(space.usedBytes()).isZero();
    edit(set(), set(1));
    assertThat(addresses.live()).isZero();
    assertThat(frees.get()).isEqualTo(2);
  }

  @Test
  void an_edit_makes_a_container_of_what_it_adds_alone() {
    create(set(1, 2, 3));
    edit(set(4_000, 4_002), set());
    edit(set(), set(3));
    long key = KEY + 1;
    IndexBatch batch = new IndexBatch();
    batch.add(0, new byte[0], 7);
    batch.add(0, new byte[0], (BLOCK << Block.SHIFT) + 9);
    batch.add(0, new byte[0], ((BLOCK + 1) << Block.SHIFT) + 8);
    assertThat(writer.edit(key, batch, new int[] {1, 0, 2}, 2, 3)).isEqualTo(1);
    Block out = new Block();
    reader.load(TERM, BLOCK + 1, out);
    assertThat(BlockTest.members(out)).isEqualTo(set(8));
    check(set(1, 2, 4_000, 4_002));
  }

  /** Else what is appended would run into the entry behind. */
  @Test
  void the_capacity_is_what_the_entry_has_behind_the_header() {
    for (BitSet set : List.of(set(1), every(3, 100), every(1, 20_000))) {
      create(set);
      edit(set(65_000, 65_002), set());
      space.forEach(
          (key, address, bytes) ->
              assertThat(bytes)
                  .isEqualTo(
                      ContainerReader.PAYLOAD
                          + UnsafeApi.getInt(address + ContainerReader.CAPACITY)));
      set.set(65_000);
      set.set(65_002);
      check(set);
      edit(set(), set);
    }
  }

  @Test
  void a_container_that_is_full_is_taken_in() {
    BitSet now = set(10);
    create(now);
    while (2 * now.cardinality() < capacity()) {
      now.set(10 + now.cardinality());
      edit(set(9 + now.cardinality()), set());
    }
    long address = address();
    long entryKey = UnsafeApi.getLong(address + ContainerReader.KEY);
    int bytes = capacity() + ContainerReader.PAYLOAD;
    addresses.remove(KEY);
    assertThat(writer.adopt(entryKey, address, bytes)).isTrue();
    check(now);
  }

  @Test
  void random_edits_give_what_a_set_gives() {
    Random random = new Random(11);
    BitSet now = new BitSet();
    long stamp = 0;
    for (int round = 0; round < 300; round++) {
      BitSet add = new BitSet();
      BitSet remove = new BitSet();
      boolean shrink = round < 150 ? random.nextInt(3) == 0 : random.nextInt(6) > 0;
      BitSet target = shrink ? remove : add;
      int start = random.nextInt(40_000);
      for (int n = random.nextInt(4) == 0 ? random.nextInt(3_000) : 1 + round % 2; n > 0; n--) {
        target.set(start + random.nextInt(9_000));
      }
      int before = now.cardinality();
      now.or(add);
      now.andNot(remove);
      assertThat(edit(add, remove)).isEqualTo(now.cardinality() - before);
      check(now);
      if (!now.isEmpty()) {
        assertThat(stamp()).isGreaterThanOrEqualTo(stamp);
        assertThat(stamp() & 1).isZero();
        stamp = stamp();
      }
    }
  }

  @Test
  void no_container_is_made_twice() {
    create(set(1));
    assertThatThrownBy(() -> create(set(2))).isInstanceOf(IllegalStateException.class);
    check(set(1));
    assertThatThrownBy(() -> create(set())).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void what_is_found_in_a_file_is_taken_in_if_it_can_be_a_container() {
    for (BitSet set : List.of(set(7), every(3, 31), every(1, 20_000))) {
      create(set);
      edit(set(65_000, 65_001), set());
      BitSet now = (BitSet) set.clone();
      now.set(65_000, 65_002);
      long address = address();
      int bytes = capacity() + ContainerReader.PAYLOAD;
      long entryKey = UnsafeApi.getLong(address + ContainerReader.KEY);
      assertThat(ContainerWriter.directoryKey(entryKey)).isEqualTo(KEY);
      addresses.remove(KEY);
      ContainerWriter later = new ContainerWriter(space, addresses, preImage, frees, null);
      assertThat(later.adopt(entryKey, address, ContainerReader.PAYLOAD)).isFalse();
      assertThat(later.adopt(entryKey, address, bytes - 1)).isFalse();
      assertThat(later.adopt(entryKey ^ 1, address, bytes)).isFalse();
      long stamp = stamp(address);
      refusedWithLong(later, address, bytes, stamp + 1);
      int meta = ContainerReader.meta(address);
      int dense = meta & ContainerReader.DENSE;
      refusedWithMeta(later, address, bytes, dense);
      refusedWithMeta(later, address, bytes, dense | (Block.SIZE + 1));
      refusedWithMeta(later, address, bytes, capacityValues(address) + 1);
      assertThat(address()).isZero();
      UnsafeApi.putLong(address, stamp + 100);
      assertThat(later.adopt(entryKey, address, bytes)).isTrue();
      assertThat(later.adopt(entryKey, address, bytes)).isFalse(); // it is there
      check(now);
      UnsafeApi.putLong(address, stamp);
      later.edit(KEY, removal(65_000), new int[] {0}, 0, 1);
      assertThat(stamp()).isEqualTo(stamp + 102); // goes on where the highest one was
      now.clear(65_000);
      check(now);
      writer.edit(KEY, removal(0), new int[] {0}, 0, 0);
      edit(set(), now);
    }
  }

  private static IndexBatch removal(int low) {
    IndexBatch batch = new IndexBatch();
    batch.remove(0, new byte[0], (BLOCK << Block.SHIFT) + low);
    return batch;
  }

  private static long stamp(long address) {
    return UnsafeApi.getLong(address + ContainerReader.STAMP);
  }

  private static int capacityValues(long address) {
    return UnsafeApi.getInt(address + ContainerReader.CAPACITY) / 2;
  }

  private void refusedWithLong(ContainerWriter later, long address, int bytes, long stamp) {
    long kept = stamp(address);
    UnsafeApi.putLong(address, stamp);
    long key = UnsafeApi.getLong(address + ContainerReader.KEY);
    assertThat(later.adopt(key, address, bytes)).isFalse();
    UnsafeApi.putLong(address, kept);
  }

  private void refusedWithMeta(ContainerWriter later, long address, int bytes, int meta) {
    int kept = ContainerReader.meta(address);
    UnsafeApi.putInt(address + ContainerReader.META, meta);
    long key = UnsafeApi.getLong(address + ContainerReader.KEY);
    assertThat(later.adopt(key, address, bytes)).as("%x", meta).isFalse();
    UnsafeApi.putInt(address + ContainerReader.META, kept);
  }

  @Test
  void a_count_stays_within_a_container_whatever_stands_there() {
    assertThat(ContainerReader.count(-1 & ~ContainerReader.DENSE)).isZero();
    assertThat(ContainerReader.count(Block.ARRAY_MAX + 1)).isEqualTo(Block.ARRAY_MAX);
    assertThat(ContainerReader.count(17)).isEqualTo(17);
    assertThat(ContainerReader.count(ContainerReader.DENSE | (Block.SIZE + 1)))
        .isEqualTo(Block.SIZE);
    assertThat(ContainerReader.count(ContainerReader.DENSE | 5_000)).isEqualTo(5_000);
  }
}
