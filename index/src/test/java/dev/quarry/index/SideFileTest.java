package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is written beside the files at close saves work at open, and never changes what is there.
 */
final class SideFileTest {
  private static final int[] WIDTHS = {8, 8};
  private static final int KEY = 1;
  private static final int HEADER = 16;
  private static final int TASKS = 3_000;

  @TempDir Path directory;
  private final TreeMap<Long, Long> keys = new TreeMap<>();
  private long nextKey;

  private PostingIndex open() {
    return PostingIndexes.open(new PostingIndexOptions(directory, "side", WIDTHS, KEY, 1_000));
  }

  private static byte[] value(long ordinal) {
    return new byte[] {(byte) (ordinal % 5)};
  }

  @BeforeEach
  void fill() {
    try (PostingIndex index = open()) {
      put(index, 0, TASKS);
    }
  }

  private void put(PostingIndex index, long from, long to) {
    IndexBatch batch = new IndexBatch();
    for (long ordinal = from; ordinal < to; ordinal++) {
      batch.add(1, value(ordinal), ordinal);
      batch.putRow(ordinal, new long[] {ordinal, ++nextKey});
      keys.put(ordinal, nextKey);
    }
    index.apply(batch, index.watermark() + 1);
  }

  /** Opens it, and looks at everything, also beside changes. */
  private void check() {
    try (PostingIndex index = open()) {
      assertThat(index.openState()).isEqualTo(PostingIndex.OpenState.USABLE);
      checkAll(index);
      put(index, keys.lastKey() + 1, keys.lastKey() + 1_000); // Chronicle opens the files here
      put(index, 10, 20);
      checkAll(index);
    }
    try (PostingIndex index = open()) {
      checkAll(index);
    }
  }

  private void checkAll(PostingIndex index) {
    assertThat(index.stats().rows()).isEqualTo(keys.size());
    keys.forEach(
        (ordinal, key) -> {
          assertThat(index.find(key)).isEqualTo(ordinal);
          assertThat(index.column(ordinal, 0, -1)).isEqualTo(ordinal);
          assertThat(index.term(1, value(ordinal)).contains(ordinal)).isTrue();
        });
    for (long k = 1; k <= nextKey; k++) {
      if (!keys.containsValue(k)) {
        assertThat(index.find(k)).isEqualTo(PostingIndex.NO_ROW);
      }
    }
    assertThat(index.find(nextKey + 1)).isEqualTo(PostingIndex.NO_ROW);
  }

  @Test
  void both_are_there_after_a_close_and_are_used() throws IOException {
    check();
    rewrite(SideFile.KEYS, body -> clear(body, HEADER)); // no key is in the table any more
    try (PostingIndex index = open()) {
      assertThat(index.find(keys.get(0L))).isEqualTo(PostingIndex.NO_ROW);
      assertThat(index.stats().rows()).isEqualTo(keys.size());
    }
    rewrite(SideFile.ENTRIES, body -> clear(body, 0)); // no entry is in any file any more
    try (PostingIndex index = open()) {
      assertThat(index.stats().rows()).isZero();
      assertThat(index.stats().terms()).isZero();
    }
  }

  private static void clear(ByteBuffer body, int from) {
    for (int i = from; i < body.limit(); i++) {
      body.put(i, (byte) 0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {SideFile.ENTRIES, SideFile.KEYS})
  void a_missing_one_is_done_without(String name) throws IOException {
    Files.delete(directory.resolve(name));
    check();
  }

  @ParameterizedTest(name = "{0}, seed {1}")
  @CsvSource({
    "index.entries, 1", "index.entries, 2", "index.entries, 3", "index.entries, 4",
    "index.keys, 1", "index.keys, 2", "index.keys, 3", "index.keys, 4"
  })
  void a_damaged_one_is_done_without(String name, long seed) throws IOException {
    Random random = new Random(seed);
    byte[] bytes = Files.readAllBytes(directory.resolve(name));
    if (seed == 1) {
      bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
    } else {
      bytes[seed == 2 ? random.nextInt(HEADER) : random.nextInt(bytes.length)] ^= 4;
    }
    Files.write(directory.resolve(name), bytes);
    check();
  }

  @ParameterizedTest
  @ValueSource(strings = {SideFile.ENTRIES, SideFile.KEYS})
  void one_of_an_earlier_close_is_done_without(String name) throws IOException {
    byte[] earlier = Files.readAllBytes(directory.resolve(name));
    try (PostingIndex index = open()) {
      IndexBatch batch = new IndexBatch(); // as many rows as before, but others
      batch.removeRow(5);
      batch.remove(1, value(5), 5);
      keys.remove(5L);
      index.apply(batch, index.watermark() + 1);
      put(index, TASKS, TASKS + 1);
    }
    Files.write(directory.resolve(name), earlier);
    check();
  }

  @Test
  void none_is_believed_after_a_death() throws IOException {
    Path killed = Files.createDirectory(directory.resolve("killed"));
    for (String name : new String[] {SideFile.ENTRIES, SideFile.KEYS}) {
      Files.copy(directory.resolve(name), killed.resolve(name));
    }
    int term;
    try (PostingIndex index = open()) {
      term = index.internTerm(9, new byte[] {1}); // an entry more, in files that stay the same
      put(index, TASKS, TASKS + 10);
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.filter(f -> f.toString().matches(".*(map|state)")).toList()) {
          Files.copy(file, killed.resolve(file.getFileName()));
        }
      }
    }
    directory = killed;
    try (PostingIndex index = open()) {
      assertThat(index.termValue(term)).isEqualTo(new byte[] {1});
    }
    check();
  }

  @ParameterizedTest(name = "word {0} becomes {1}")
  @CsvSource({
    "0, -1",
    "0, 1000000000000", // the number of entries
    "2, -8",
    "2, 0",
    "2, 4611686018427387904",
    "2, 9", // where the first one is
    "3, -1",
    "3, 4611686018427387904" // and its bytes
  })
  void a_list_that_leads_out_of_its_file_is_done_without(int word, long number) throws IOException {
    rewrite(SideFile.ENTRIES, body -> body.putLong(word * Long.BYTES, number));
    check();
  }

  @Test
  void a_table_without_a_free_place_is_done_without() throws IOException {
    rewrite(
        SideFile.KEYS,
        body -> {
          for (int i = HEADER; i < body.limit(); i++) {
            body.put(i, (byte) 1);
          }
        });
    check();
  }

  /** Changes a file's body, and its checksum with it. */
  private void rewrite(String name, Consumer<ByteBuffer> change) throws IOException {
    Path path = directory.resolve(name);
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer body = file.slice(HEADER, file.limit() - HEADER).order(ByteOrder.LITTLE_ENDIAN);
    change.accept(body);
    CRC32C crc = new CRC32C();
    crc.update(body.duplicate());
    file.putInt(12, (int) crc.getValue());
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.write(file);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void too_many_entries_are_not_listed(boolean tooMany) throws IOException {
    Path list = directory.resolve(SideFile.ENTRIES);
    try (ChroniclePostingIndex index = (ChroniclePostingIndex) open()) {
      put(index, TASKS, 2 * TASKS);
      Contents contents = index.contents();
      long entries = contents.entries();
      assertThat(entries).isGreaterThan(10);
      contents.closeAndSeal(tooMany ? entries - 1 : entries);
      assertThat(Files.exists(list)).isEqualTo(!tooMany);
      index.fail(); // its files are closed already
    }
  }

  /** Fails where the entries of the second file are listed, or their list is read. */
  private PostingIndex openShortOfHeap(AtomicInteger listed) {
    ContainerWriter.EditHook hook =
        new ContainerWriter.EditHook() {
          @Override
          public void inside() {}

          @Override
          public void listing() {
            if (listed.incrementAndGet() == 2) {
              throw new OutOfMemoryError("planted");
            }
          }
        };
    return ChroniclePostingIndex.open(
        new PostingIndexOptions(directory, "side", WIDTHS, KEY, 1_000), hook);
  }

  private StateFile.Saved saved() throws IOException {
    return StateFile.read(directory, StateFile.owner("side", WIDTHS));
  }

  @Test
  void an_open_short_of_heap_does_without_the_lists() throws IOException {
    AtomicInteger listed = new AtomicInteger();
    try (PostingIndex index = openShortOfHeap(listed)) {
      assertThat(listed).hasValue(2);
      assertThat(index.openState()).isEqualTo(PostingIndex.OpenState.USABLE);
      assertThat(index.watermark()).isEqualTo(1);
      checkAll(index);
      put(index, TASKS, TASKS + 10);
      checkAll(index);
    }
    check();
  }

  @Test
  void a_close_short_of_heap_seals_without_the_lists() throws IOException {
    try (PostingIndex index = openShortOfHeap(new AtomicInteger(-saved().files().size()))) {
      put(index, TASKS, TASKS + 10);
    } catch (OutOfMemoryError e) { // which would end the JVM of the tests
      throw new AssertionError("an index was not closed", e);
    }
    assertThat(saved().state()).isEqualTo(StateFile.CLEAN);
    assertThat(directory.resolve(SideFile.ENTRIES)).doesNotExist();
    assertThat(directory.resolve(SideFile.KEYS)).doesNotExist();
    check();
    assertThat(directory.resolve(SideFile.ENTRIES)).exists();
  }
}
