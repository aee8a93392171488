package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Entries in files of which each has its limits, held against a plain map. */
final class EntrySpaceTest {
  private static final int CHUNK = 64;
  private static final int CHUNKS_PER_ENTRY = 10;
  private static final int OVERHEAD = EntryFile.ENTRY_OVERHEAD_BYTES;

  @TempDir Path directory;

  private final List<EntryFile.Size> sizes = new ArrayList<>();
  private final TreeMap<Long, byte[]> model = new TreeMap<>();
  private final TreeMap<Long, Long> addresses = new TreeMap<>();
  private EntrySpace space;

  @BeforeEach
  void open() {
    PostingIndexes.prepareJvm();
    space = new EntrySpace(CHUNK, CHUNKS_PER_ENTRY, this::file);
  }

  @AfterEach
  void close() {
    space.close();
  }

  private EntryFile file(EntryFile.Size size) {
    sizes.add(size);
    try {
      return new EntryFile(directory.resolve("entries-" + sizes.size()), size);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] value(int bytes, long seed) {
    byte[] value = new byte[bytes];
    new Random(seed).nextBytes(value);
    return value;
  }

  private void insert(long key, int bytes) {
    byte[] value = value(bytes, key);
    long address = space.insert(key, value);
    assertThat(address & 7).as("aligned").isZero();
    model.put(key, value);
    addresses.put(key, address);
  }

  private void remove(long key) {
    space.remove(key);
    model.remove(key);
    addresses.remove(key);
  }

  private static boolean holds(long address, byte[] value) {
    for (int i = 0; i < value.length; i++) {
      if (UnsafeApi.getByte(address + i) != value[i]) {
        return false;
      }
    }
    return true;
  }

  private void check() {
    TreeMap<Long, Long> found = new TreeMap<>();
    space.forEach(
        (key, address, bytes) -> {
          assertThat(found.put(key, address)).as("%d twice", key).isNull();
          assertThat(bytes).isEqualTo(model.get(key).length);
          assertThat(holds(address, model.get(key))).as("content of %d", key).isTrue();
        });
    assertThat(found).isEqualTo(addresses);
    assertThat(space.entries()).isEqualTo(model.size());
    assertThat(space.usedBytes()).isEqualTo(used());
    assertThat(space.files()).as("tables beside entries").allMatch(EntryFile::isWhole);
  }

  private long used() {
    return model.values().stream().mapToLong(v -> CHUNK * space.chunksFor(v.length)).sum();
  }

  @Test
  void sizes_are_bounded_both_ways() {
    space.grow(1);
    assertThat(sizes.get(0)).isEqualTo(new EntryFile.Size(30, 40, CHUNK, CHUNKS_PER_ENTRY));
    space.grow(80);
    assertThat(sizes.get(1)).isEqualTo(new EntryFile.Size(60, 80, CHUNK, CHUNKS_PER_ENTRY));
    assertThat(space.files()).hasSize(2);
    List<EntryFile.Size> asked = new ArrayList<>();
    EntrySpace none =
        new EntrySpace(
            8,
            1,
            size -> {
              asked.add(size);
              throw new IllegalStateException("no file");
            });
    for (long chunks : new long[] {5, 1L << 27, 1L << 40}) {
      assertThatThrownBy(() -> none.grow(chunks)).hasMessage("no file");
    }
    assertThat(asked)
        .containsExactly(
            new EntryFile.Size(5, 5, 8, 1),
            new EntryFile.Size(1 << 27, 1 << 27, 8, 1),
            new EntryFile.Size(1 << 27, 1 << 27, 8, 1));
    assertThat(none.chunkBytes()).isEqualTo(8);
  }

  @Test
  void chunks_are_counted_with_what_is_in_front_of_a_value() {
    assertThat(space.chunksFor(0)).isEqualTo(1);
    assertThat(space.chunksFor(CHUNK - OVERHEAD)).isEqualTo(1);
    assertThat(space.chunksFor(CHUNK - OVERHEAD + 1)).isEqualTo(2);
    assertThat(space.chunksFor(10 * CHUNK - OVERHEAD)).isEqualTo(10);
    assertThat(EntryFile.roundUp(0, CHUNK)).isEqualTo(CHUNK - OVERHEAD);
    assertThat(EntryFile.roundUp(CHUNK - OVERHEAD, CHUNK)).isEqualTo(CHUNK - OVERHEAD);
    assertThat(EntryFile.roundUp(CHUNK - OVERHEAD + 1, CHUNK)).isEqualTo(2 * CHUNK - OVERHEAD);
  }

  /** 88 of 100 entries, and of 100 chunks; then a file twice as large as all before. */
  @Test
  void a_full_file_is_followed_by_a_larger_one() {
    space.grow(100);
    for (long key = 1; key <= 66; key++) {
      insert(key, 8); // 75 entries, of which 88 of 100
    }
    assertThat(space.files()).hasSize(1);
    insert(67, 8);
    assertThat(sizes).hasSize(2);
    assertThat(sizes.get(1).chunks()).isEqualTo(200);
    check();
    remove(3);
    remove(67);
    insert(68, 8);
    check();
    assertThat(space.files().get(0).entries()).as("where there is room first").isEqualTo(66);
    for (long key = 100; key < 200; key++) {
      insert(key, 8);
    }
    assertThat(sizes).hasSize(2);
    for (long key = 200; key < 240; key++) {
      insert(key, 8);
    }
    assertThat(sizes.get(2).chunks()).isEqualTo(600);
    check();
    assertThat(space.files()).hasSize(3);
  }

  @Test
  void chunks_are_what_large_entries_use_up() {
    space.grow(100);
    for (long key = 1; key <= 8; key++) {
      insert(key, 10 * CHUNK - OVERHEAD);
    }
    insert(9, 8 * CHUNK - OVERHEAD);
    assertThat(sizes).hasSize(1);
    check();
    insert(10, 1);
    assertThat(sizes).hasSize(2);
    check();
  }

  @Test
  void what_is_in_no_file_cannot_be_removed_nor_what_is_there_added() {
    space.grow(100);
    insert(1, 8);
    assertThatThrownBy(() -> space.remove(2)).isInstanceOf(IllegalStateException.class);
    byte[] value = value(8, 1);
    assertThatThrownBy(() -> space.insert(1, value)).hasMessageContaining("present already");
    check();
  }

  @Test
  void an_entry_larger_than_a_new_file_takes_is_refused() {
    List<EntryFile.Size> asked = new ArrayList<>();
    EntrySpace small =
        new EntrySpace(
            CHUNK,
            1,
            size -> {
              asked.add(size);
              return file(new EntryFile.Size(4, 4, CHUNK, 4));
            });
    small.grow(4);
    byte[] value = new byte[4 * CHUNK];
    assertThatThrownBy(() -> small.insert(1, value)).hasMessageContaining("no room");
    assertThat(asked).hasSize(2);
    small.close();
    assertThat(small.files()).isEmpty();
  }

  /** Room in pieces too small for an entry: another file takes it, and small ones too. */
  @Test
  void a_file_of_gaps_is_left_alone_until_half_of_it_is_free() throws IOException {
    space.grow(128);
    long length = Files.size(directory.resolve("entries-1"));
    for (long key = 1; key <= 56; key++) {
      insert(key, 2 * CHUNK - OVERHEAD);
    }
    assertThat(sizes).hasSize(1);
    for (long key = 1; key <= 56; key += 2) {
      remove(key);
    }
    EntryFile first = space.files().get(0);
    insert(100, 10 * CHUNK - OVERHEAD);
    assertThat(sizes).as("behind all").hasSize(1);
    insert(101, 10 * CHUNK - OVERHEAD);
    assertThat(sizes).as("in no gap").hasSize(2);
    assertThat(first.usedBytes()).isEqualTo(66 * CHUNK);
    check();
    for (long key : new long[] {2, 4}) {
      assertThat(first.entries()).isEqualTo(29 - key / 2 + 1);
      insert(200 + key, 8);
      assertThat(first.entries()).as("nothing is tried").isEqualTo(29 - key / 2 + 1);
      remove(key);
    }
    assertThat(first.usedBytes()).isEqualTo(62 * CHUNK);
    insert(300, 8);
    assertThat(first.entries()).isEqualTo(28);
    assertThat(Files.size(first.path())).isEqualTo(length);
    assertThat(first.list()).isNotNull();
    for (long key = 400; sizes.size() == 2 && key < 460; key++) {
      long before = first.entries();
      insert(key, 2 * CHUNK - OVERHEAD);
      if (first.entries() == before) {
        break;
      }
    }
    assertThat(first.usedBytes()).as("88 of 100 again").isEqualTo(111 * CHUNK);
    check();
  }

  /** Room for one more of the same may be found after the next removal, but not for more. */
  @Test
  void after_an_attempt_that_found_no_gap_an_eighth_has_to_go_first() {
    space.grow(128);
    for (long key = 1; key <= 56; key++) {
      insert(key, 2 * CHUNK - OVERHEAD);
    }
    for (long key : new long[] {1, 3, 5, 7, 9, 11, 13}) {
      remove(key); // 98 are left, and limit what is tried to 86
    }
    insert(100, 10 * CHUNK - OVERHEAD); // behind all: 108
    for (long key : new long[] {15, 17, 19, 21, 23, 25, 27, 29}) {
      remove(key);
    }
    insert(101, 10 * CHUNK - OVERHEAD); // 92 were left: 81
    assertThat(sizes).hasSize(2);
    EntryFile first = space.files().get(0);
    for (long key : new long[] {31, 33, 35, 37, 39}) {
      remove(key);
    }
    assertThat(first.usedBytes()).isEqualTo(82 * CHUNK);
    long entries = first.entries();
    insert(200, 8);
    assertThat(first.entries()).isEqualTo(entries);
    remove(41);
    insert(201, 8); // 80, and one
    assertThat(first.entries()).isEqualTo(entries);
    insert(202, 8);
    assertThat(first.entries()).as("81 are the limit").isEqualTo(entries);
    check();
  }

  @Test
  void changes_at_random_are_as_in_a_map() {
    space.grow(60);
    Random random = new Random(3);
    for (int i = 0; i < 800; i++) {
      long key = random.nextInt(60);
      if (model.containsKey(key)) {
        remove(key);
      } else {
        insert(key, random.nextInt(10 * CHUNK - OVERHEAD));
      }
      if (i % 50 == 0) {
        check();
      }
    }
    check();
    assertThat(sizes.size()).isBetween(2, 4);
  }

  /** By a list a file is read as it is, and by Chronicle from its first change on. */
  @Test
  void files_are_read_again_by_their_lists_or_without() throws IOException {
    space.grow(60);
    for (long key = 1; key <= 120; key++) {
      insert(key, (int) (key * 13 % 200));
    }
    remove(7);
    remove(110);
    check();
    List<EntryList> lists = new ArrayList<>();
    for (EntryFile file : space.files()) {
      assertThat(file.listBytes()).isZero();
      EntryList list = file.list();
      assertThat((long) list.size()).isEqualTo(file.entries());
      lists.add(list);
    }
    check();
    for (boolean listed : new boolean[] {true, false}) {
      space.close();
      space = new EntrySpace(CHUNK, CHUNKS_PER_ENTRY, this::file);
      for (int i = 0; i < lists.size(); i++) {
        Path path = directory.resolve("entries-" + (i + 1));
        EntryFile file =
            listed
                ? EntryFile.listed(path, sizes.get(i), lists.get(i))
                : new EntryFile(path, sizes.get(i));
        space.add(file);
        assertThat(file.path()).isEqualTo(path);
        assertThat(file.listBytes()).isEqualTo(listed ? lists.get(i).writtenBytes() : 0);
      }
      assertThat(space.entries()).isEqualTo(model.size());
      addresses.clear();
      space.forEach((key, address, bytes) -> addresses.put(key, address));
      check();
      check(); // takes stock anew
      if (listed) {
        assertThat(space.files().get(0).list()).isSameAs(lists.get(0));
        assertThat(space.listBytes())
            .isEqualTo(lists.stream().mapToLong(EntryList::writtenBytes).sum());
      }
      int files = sizes.size();
      long fresh = listed ? 1_000 : 1_001;
      insert(fresh, 30);
      remove(20);
      UnsafeApi.putByte(addresses.get(11L), (byte) 77); // seen in either mapping
      model.get(11L)[0] = 77;
      insert(20, 260 % 200);
      assertThat(sizes).hasSize(files);
      assertThat(space.files().get(0).listBytes()).isZero();
      assertThat(space.entries()).isEqualTo(model.size());
      lists.clear();
      for (EntryFile file : space.files()) {
        lists.add(file.list());
      }
      TreeMap<Long, byte[]> content = new TreeMap<>();
      space.forEach((key, address, bytes) -> content.put(key, bytes(address, bytes)));
      assertThat(content.keySet()).isEqualTo(model.keySet());
      content.forEach((key, bytes) -> assertThat(bytes).isEqualTo(model.get(key)));
    }
  }

  private static byte[] bytes(long address, long bytes) {
    byte[] copy = new byte[(int) bytes];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = UnsafeApi.getByte(address + i);
    }
    return copy;
  }

  @Test
  void a_file_that_was_closed_can_be_closed_again() throws IOException {
    space.grow(60);
    insert(1, 8);
    EntryList list = space.files().get(0).list();
    space.close();
    EntryFile file = EntryFile.listed(directory.resolve("entries-1"), sizes.get(0), list);
    assertThat(file.size()).isEqualTo(sizes.get(0));
    file.close();
    file.close();
    assertThat(Arrays.asList(file.entries(), file.listBytes())).containsExactly(1L, 32L);
  }

  private static final int LARGE = 1 << 20;

  /**
   * An entry begins a chunk of which it writes a page only: the rest has room because it was given.
   */
  private static void insertWithRoom(EntryFile file, long key, int bytes, long first)
      throws IOException {
    long behindFirst = file.insert(key, new byte[bytes]) - first;
    assertThat(behindFirst).as("behind all").isPositive();
    long chunks = EntryFile.chunksFor(bytes, LARGE);
    assertThat(BackingTest.room(file.path())).isGreaterThan(behindFirst + chunks * LARGE);
  }

  private static long addressOf(EntryFile file, long wanted) {
    long[] found = {0};
    file.forEach((key, address, bytes) -> found[0] = key == wanted ? address : found[0]);
    return found[0];
  }

  @Test
  void the_tables_of_a_new_file_have_room_and_its_entries_have_none_yet() throws IOException {
    Path path = directory.resolve("many");
    EntryFile file = new EntryFile(path, new EntryFile.Size(400_000, 400_000, CHUNK, 10));
    long entries = 400_000L * CHUNK;
    long tables = Files.size(path) - entries;
    assertThat(tables).isGreaterThan(LARGE);
    assertThat(BackingTest.room(path)).isBetween(tables, tables + LARGE);
    file.close();
  }

  /** On a full device a write through a mapping ends the process; so it has to have room before. */
  @Test
  void the_device_has_given_room_before_an_entry_is_written() throws IOException {
    Path path = directory.resolve("large");
    EntryFile.Size size = new EntryFile.Size(100, 100, LARGE, 20);
    EntryFile file = new EntryFile(path, size);
    long first = file.insert(1, new byte[9]);
    for (long key = 2; key < 6; key++) {
      insertWithRoom(file, key, 9, first);
    }
    insertWithRoom(file, 6, 6 * LARGE, first);
    insertWithRoom(file, 7, 6 * LARGE, first);
    insertWithRoom(file, 8, 9, first);
    insertWithRoom(file, 9, 6 * LARGE, first);
    EntryList list = file.list();
    file.close();
    for (boolean listed : new boolean[] {true, false}) {
      file = listed ? EntryFile.listed(path, size, list) : new EntryFile(path, size);
      assertThat(addressOf(file, 1)).isPositive();
      long key = listed ? 20 : 30;
      long address = file.insert(key, new byte[6 * LARGE]);
      long room = BackingTest.room(path);
      first = addressOf(file, 1); // by now in Chronicle's mapping
      assertThat(room).isGreaterThan(address - first + 7 * LARGE);
      insertWithRoom(file, key + 1, 9, first);
      insertWithRoom(file, key + 2, 6 * LARGE, first);
      assertThat(BackingTest.room(path)).as("and not all of it").isLessThan(75L * LARGE);
      file.close();
    }
  }

  /** Larger than the platform maps in one piece: Chronicle opens it, list or not. */
  @Test
  void a_file_too_large_for_one_mapping_is_opened_without_its_list() throws IOException {
    EntryFile.Size size = new EntryFile.Size(1_500, 2_100, LARGE, 4);
    Path path = directory.resolve("large");
    EntryFile file = new EntryFile(path, size);
    file.insert(5, value(40, 5));
    EntryList list = file.list();
    file.close();
    assertThat(Files.size(path)).isGreaterThan(Integer.MAX_VALUE);
    EntryFile again = EntryFile.listed(path, size, list);
    assertThat(again.listBytes()).isZero();
    assertThat(again.entries()).isEqualTo(1);
    again.forEach(
        (key, address, bytes) -> {
          assertThat(key).isEqualTo(5);
          assertThat(bytes(address, bytes)).isEqualTo(value(40, 5));
        });
    again.close();
  }

  private boolean isMapped() throws IOException {
    return Files.readString(Path.of("/proc/self/maps")).contains(directory.toString());
  }

  /** A deleted file that is mapped still keeps its room on the device. */
  @Test
  void a_closed_file_is_mapped_no_more() throws IOException {
    space.grow(60);
    insert(1, 8);
    assertThat(isMapped()).isTrue();
    EntryList list = space.files().get(0).list();
    space.close();
    assertThat(isMapped()).isFalse();
    for (boolean changed : new boolean[] {false, true}) {
      EntryFile file = EntryFile.listed(directory.resolve("entries-1"), sizes.get(0), list);
      assertThat(isMapped()).isTrue();
      if (changed) {
        assertThat(file.insert(2, new byte[8])).isPositive(); // mapped twice
      }
      file.close();
      assertThat(isMapped()).isFalse();
    }
  }
}
