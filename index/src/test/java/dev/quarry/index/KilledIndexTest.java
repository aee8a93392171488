package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The files of an index whose process was killed: taken over as they are, and not where a bit of
 * them has turned that matters. Which bits matter is told place by place.
 *
 * <p>{@code -Dquarry.index.flips=N} sets how many bits are turned anywhere, and a twentieth of it
 * how many in places of each kind; {@code -Dquarry.seed=S} the seed.
 */
final class KilledIndexTest {
  private static final int[] WIDTHS = {8, 4, 1, 8};
  private static final int STRIDE = RowStore.stride(WIDTHS);
  private static final int TASKS = 6_000;
  private static final int FLIPS = Integer.getInteger("quarry.index.flips", 40);
  private static final int PLACES = Math.max(4, FLIPS / 20);
  private static final int FILE_STATE = 25;
  private static final int PAGE = 4_096;

  @TempDir Path directory;

  private final SplittableRandom random = new SplittableRandom(Long.getLong("quarry.seed", 35));
  private final IndexModel model = new IndexModel(WIDTHS.length);
  private final List<Place> entries = new ArrayList<>();
  private Path killed;

  /** The value of an entry. */
  private record Place(String file, long key, long at, int bytes) {
    boolean isTerm() {
      return file.startsWith("postings") && (int) key == (int) TermDirectory.RECORD;
    }

    boolean isContainer() {
      return file.startsWith("postings") && !isTerm();
    }

    boolean isRows() {
      return file.startsWith("rows");
    }
  }

  private static PostingIndex open(Path path) {
    return PostingIndexes.open(new PostingIndexOptions(path, "killed", WIDTHS, 0, 1_000));
  }

  private static byte[] bytes(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  private void put(IndexBatch batch, long ordinal) {
    String[] values = {"all", "five" + ordinal % 5, "many-" + ordinal % 300};
    for (int field = 0; field < values.length; field++) {
      batch.add(field, bytes(values[field]), ordinal);
      model.add(field, values[field], ordinal);
    }
    long[] row = {ordinal, (int) random.nextLong(), (byte) ordinal, random.nextLong()};
    batch.putRow(ordinal, row);
    model.rows.put(ordinal, row);
  }

  private void remove(IndexBatch batch, long ordinal) {
    String[] values = {"all", "five" + ordinal % 5, "many-" + ordinal % 300};
    for (int field = 0; field < values.length; field++) {
      batch.remove(field, bytes(values[field]), ordinal);
      model.remove(field, values[field], ordinal);
    }
    batch.removeRow(ordinal);
    model.rows.remove(ordinal);
  }

  /** Arrays and bitmaps, rows in full and in thin blocks, gaps where others have been. */
  @BeforeEach
  void kill() throws IOException {
    Path live = directory.resolve("live");
    killed = Files.createDirectory(directory.resolve("killed"));
    try (PostingIndex index = open(live)) {
      IndexBatch batch = new IndexBatch();
      for (long from = 0; from < TASKS; from += 500) {
        batch.reset();
        for (long ordinal = from; ordinal < from + 500; ordinal++) {
          put(batch, ordinal + (ordinal < TASKS - 40 ? 0 : Block.SIZE));
        }
        index.apply(batch, from + 1);
      }
      batch.reset();
      for (long ordinal = 512; ordinal < 3 * 512; ordinal++) {
        if (ordinal < 1_024 || ordinal % 16 != 0) {
          remove(batch, ordinal);
        }
      }
      for (long ordinal = 2_000; ordinal < 2_040; ordinal++) {
        remove(batch, ordinal);
      }
      index.apply(batch, TASKS);
      index.internTerm(7, bytes("a term without members"));
      copy(live, killed);
    }
    StateFile.Saved saved = StateFile.read(live, StateFile.owner("killed", WIDTHS));
    ByteBuffer lists = SideFile.read(live.resolve(SideFile.ENTRIES), saved.listCheck());
    for (StateFile.Entry file : saved.files()) {
      EntryList list = EntryList.read(lists, file.length());
      String name = file.path(live).getFileName().toString();
      for (int i = 0; i < list.size(); i++) {
        entries.add(new Place(name, list.key(i), list.offset(i), (int) list.bytes(i)));
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static void delete(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(path);
  }

  private int read(Place place, int at) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(killed.resolve(place.file).toFile(), "r")) {
      file.seek(place.at + at);
      return Integer.reverseBytes(file.readInt());
    }
  }

  /** Whether the index is given up once the bit has turned; where not, it has to be as it was. */
  private boolean isFound(String name, long at, int bit) throws IOException {
    Path copy = directory.resolve("copy");
    copy(killed, copy);
    try (RandomAccessFile file = new RandomAccessFile(copy.resolve(name).toFile(), "rw")) {
      file.seek(at);
      int old = file.read();
      file.seek(at);
      file.write(old ^ 1 << bit);
    }
    boolean found;
    try (PostingIndex index = open(copy)) {
      found = index.openState() == PostingIndex.OpenState.EMPTY;
      if (!found) {
        model.check(index);
        for (long ordinal : model.rows.keySet()) {
          assertThat(index.find(ordinal)).isEqualTo(ordinal);
        }
        checkSpans(((ChroniclePostingIndex) index).contents().terms());
        use(index);
      }
      index.fail(); // closed without being written through
    }
    delete(copy);
    return found;
  }

  /** A span that is too wide costs each query of the term a look at each block of it. */
  private static void checkSpans(TermDirectory terms) {
    for (int id = 1; id <= terms.count(); id++) {
      assertThat(TermDirectory.maxBlock(terms.byId(id))).isBetween(-1, 1);
    }
  }

  /** What is written into an index that was taken over spoils nothing that was there. */
  private void use(PostingIndex index) {
    IndexBatch batch = new IndexBatch();
    for (long ordinal = 2 * Block.SIZE; ordinal < 2 * Block.SIZE + 700; ordinal++) {
      batch.add(3, bytes("new-" + ordinal % 90), ordinal);
      batch.add(0, bytes("all"), ordinal);
      batch.putRow(ordinal, new long[] {ordinal, 1, 2, 3});
    }
    index.apply(batch, TASKS + 1);
    batch.reset();
    for (long ordinal = 2 * Block.SIZE; ordinal < 2 * Block.SIZE + 700; ordinal++) {
      batch.remove(3, bytes("new-" + ordinal % 90), ordinal);
      batch.remove(0, bytes("all"), ordinal);
      batch.removeRow(ordinal);
    }
    index.apply(batch, TASKS + 2);
    model.check(index);
  }

  private void assertFound(Place place, int at, int bytes) throws IOException {
    int byteAt = at + random.nextInt(bytes);
    int bit = random.nextInt(8);
    assertThat(isFound(place.file, place.at + byteAt, bit))
        .as("%s, byte %d, bit %d", place, byteAt, bit)
        .isTrue();
  }

  private void assertHarmless(Place place, int at, int bytes) throws IOException {
    int byteAt = at + random.nextInt(bytes);
    int bit = random.nextInt(8);
    assertThat(isFound(place.file, place.at + byteAt, bit))
        .as("%s, byte %d, bit %d", place, byteAt, bit)
        .isFalse();
  }

  private Place any(java.util.function.Predicate<Place> kind) {
    List<Place> all = entries.stream().filter(kind).toList();
    return all.get(random.nextInt(all.size()));
  }

  private Place container(boolean dense) throws IOException {
    while (true) {
      Place place = any(Place::isContainer);
      if (ContainerReader.isDense(read(place, ContainerReader.META)) == dense) {
        return place;
      }
    }
  }

  @Test
  void what_a_killed_process_leaves_is_taken_over() throws IOException {
    Path copy = directory.resolve("copy");
    copy(killed, copy);
    for (int death = 0; death < 3; death++) {
      try (PostingIndex index = open(copy)) {
        assertThat(index.openState()).isEqualTo(PostingIndex.OpenState.USABLE);
        assertThat(index.watermark()).isEqualTo(death == 0 ? TASKS : TASKS + 2);
        model.check(index);
        use(index);
        copy(copy, directory.resolve("next" + death));
      }
      copy = directory.resolve("next" + death);
    }
  }

  @Test
  void a_container_tells_each_bit_of_its_members() throws IOException {
    for (int i = 0; i < PLACES; i++) {
      Place array = container(false);
      int n = ContainerReader.count(read(array, ContainerReader.META));
      assertFound(array, ContainerReader.PAYLOAD, 2 * n);
      assertFound(array, ContainerReader.KEY, 16); // and meta, and capacity
      Place bitmap = container(true);
      assertFound(bitmap, ContainerReader.PAYLOAD, ContainerReader.BITMAP_BYTES);
      assertFound(bitmap, ContainerReader.KEY, 16);
      if (2 * n < array.bytes - ContainerReader.PAYLOAD) { // room for more members
        assertHarmless(
            array, ContainerReader.PAYLOAD + 2 * n, array.bytes - ContainerReader.PAYLOAD - 2 * n);
      }
      assertHarmless(array, ContainerReader.STAMP + 1, 6); // but for the bit of an edit
      assertThat(isFound(array.file, array.at + ContainerReader.STAMP, 0)).isTrue();
    }
  }

  @Test
  void a_term_tells_each_bit_that_is_not_taken_anew() throws IOException {
    for (int i = 0; i < PLACES; i++) {
      Place term = any(Place::isTerm);
      assertHarmless(term, 0, 8); // cardinality
      assertFound(term, 8, 8); // number and field
      assertHarmless(term, 16, 8); // span of blocks
      assertFound(term, 24, 4); // length
      assertHarmless(term, 28, 4); // the term before
      assertFound(term, TermDirectory.BYTES, term.bytes - TermDirectory.BYTES);
    }
  }

  @Test
  void a_block_of_rows_tells_each_bit_of_its_rows() throws IOException {
    for (int i = 0; i < PLACES; i++) {
      for (boolean thin : new boolean[] {false, true}) {
        Place rows = any(Place::isRows);
        while (read(rows, 8) != 0 != thin) {
          rows = any(Place::isRows);
        }
        assertFound(rows, 0, 16);
        if (thin) {
          assertFound(rows, 16, 64);
        }
        int first = thin ? 80 : 16;
        int places = thin ? read(rows, 8) : RowBlocks.ROWS;
        int row = first + random.nextInt(places) * STRIDE;
        boolean present = (read(rows, row) & 2) != 0;
        assertThat(isFound(rows.file, rows.at + row, 0)).as("being changed").isTrue();
        assertThat(isFound(rows.file, rows.at + row, 1)).as("there or not").isTrue();
        if (present) {
          assertFound(rows, row, STRIDE);
        } else {
          assertHarmless(rows, row + 4, STRIDE - 4);
        }
      }
    }
  }

  @Test
  void an_entry_tells_each_bit_of_its_key_and_its_size() throws IOException {
    for (int i = 0; i < PLACES; i++) {
      Place entry = any(place -> true);
      assertFound(entry, -16, 9);
    }
  }

  /** Slots, chunks in use, counters; all but how far below Chronicle looks for room. */
  @Test
  void the_tables_beside_the_entries_tell_each_bit_that_is_set() throws IOException {
    for (String name : List.of("postings-0.map", "rows-1.map")) {
      byte[] content = Files.readAllBytes(killed.resolve(name));
      int headers = headers(content);
      long end =
          entries.stream()
              .filter(place -> place.file.equals(name))
              .mapToLong(Place::at)
              .min()
              .orElseThrow();
      List<Integer> set = new ArrayList<>();
      for (int at = headers; at < end - 16; at++) {
        if (content[at] != 0 && (at < headers + 12 || at >= headers + 16)) {
          set.add(at);
        }
      }
      assertThat(set).hasSizeGreaterThan(20);
      for (int i = 0; i < 3 * PLACES; i++) {
        int at = set.get(random.nextInt(set.size()));
        int bit = random.nextInt(8);
        assertThat(isFound(name, at, bit)).as("%s, byte %d, bit %d", name, at, bit).isTrue();
      }
      assertThat(isFound(name, headers + random.nextInt(8), random.nextInt(8))).as("lock").isTrue();
      assertThat(isFound(name, headers + 8, 0)).as("entries").isTrue();
      assertThat(isFound(name, headers + 16, 3)).as("further part").isTrue();
      assertThat(isFound(name, 12 + random.nextInt(1_000), 2)).as("header").isTrue();
      int state = fileState(content);
      for (int i = 0; i < PLACES; i++) {
        int at = state + random.nextInt(FILE_STATE);
        assertThat(isFound(name, at, random.nextInt(8)))
            .as("%s, state, byte %d", name, at)
            .isTrue();
      }
    }
  }

  /** Where Chronicle's state of the whole file lies: behind the header, aligned, and a lock. */
  private static int fileState(byte[] content) {
    int header = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getInt(8) & 0x3FFF_FFFF;
    return (12 + header + 63) / 64 * 64 + 8;
  }

  /** Where the header of the segment lies: on the page behind 1 KB behind the header. */
  private static int headers(byte[] content) {
    int header = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getInt(8) & 0x3FFF_FFFF;
    return (12 + header + 1_024 + PAGE - 1) / PAGE * PAGE;
  }

  @Test
  void a_bit_anywhere_is_found_or_harmless() throws IOException {
    List<String> names;
    try (Stream<Path> files = Files.list(killed)) {
      names = files.map(file -> file.getFileName().toString()).sorted().toList();
    }
    int found = 0;
    for (int i = 0; i < FLIPS; i++) {
      String name = names.get(random.nextInt(names.size()));
      byte[] content = Files.readAllBytes(killed.resolve(name));
      int at = random.nextInt(content.length);
      while (i % 2 == 0 && content[at] == 0) {
        at = random.nextInt(content.length);
      }
      int bit = random.nextInt(8);
      try {
        found += isFound(name, at, bit) ? 1 : 0;
      } catch (RuntimeException | Error e) {
        throw new AssertionError(name + ", byte " + at + ", bit " + bit, e);
      }
    }
    assertThat(found).isPositive();
  }
}
