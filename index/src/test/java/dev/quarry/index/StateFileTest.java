package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The file that says whether the others may be used: what it keeps, and what it refuses. */
final class StateFileTest {
  private static final int BYTES = 8192;
  private static final int MOST_FILES = 144;
  private static final byte[] OWNER = StateFile.owner("store", new int[] {8, 4});
  private static final String BOOT = "01234567-89ab-cdef-0123-456789abcdef";

  @TempDir Path parent;

  private Path directory;
  private StateFile state;

  @BeforeEach
  void create() {
    PostingIndexes.prepareJvm();
    directory = parent.resolve("a").resolve("b");
    state = new StateFile(directory, OWNER, BOOT);
  }

  private static StateFile.Entry entry(int i) {
    StateFile.Kind kind = i % 3 == 0 ? StateFile.Kind.ROWS : StateFile.Kind.POSTINGS;
    EntryFile.Size size = new EntryFile.Size(1L << 33 | i, 1L << 34 | i, 64 + i, 700 + i);
    return new StateFile.Entry(kind, i, size, -i - 5, 1L << 40 | i, 77 * i);
  }

  private static List<StateFile.Entry> entries(int count) {
    List<StateFile.Entry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(entry(i));
    }
    return entries;
  }

  private StateFile.Saved saved() throws IOException {
    return StateFile.read(directory, OWNER);
  }

  private Path file() {
    return directory.resolve(StateFile.NAME);
  }

  @Test
  void what_was_set_before_and_behind_its_making_is_read_again() throws IOException {
    int early = state.files(entries(2));
    state.progress(5, 55);
    assertThat(file()).doesNotExist();
    assertThat(StateFile.read(parent, OWNER)).isNull();
    state.make();
    assertThat(Files.size(file())).isEqualTo(BYTES);
    assertThat(saved())
        .isEqualTo(new StateFile.Saved(StateFile.APPLYING, BOOT, 5, 55, entries(2), early));
    state.progress(1L << 50, -7);
    int check = state.files(entries(5));
    assertThat(check).isNotEqualTo(early);
    for (int now : new int[] {StateFile.IN_USE, StateFile.CLEAN, StateFile.APPLYING}) {
      state.state(now);
      state.flush();
      assertThat(saved())
          .isEqualTo(new StateFile.Saved(now, BOOT, 1L << 50, -7, entries(5), check));
    }
    assertThat(state.owner()).isEqualTo(OWNER);
  }

  @Test
  void a_second_making_changes_nothing() throws IOException {
    state.make();
    state.state(StateFile.IN_USE);
    state.make();
    assertThat(saved().state()).isEqualTo(StateFile.IN_USE);
    state.progress(9, 0);
    assertThat(saved().watermark()).isEqualTo(9);
  }

  /** One that is shorter, or longer, was damaged; what takes its place is found again. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, BYTES - 1, BYTES, BYTES + 1, 3 * BYTES})
  void a_file_that_is_there_is_taken_over(int length) throws IOException {
    Files.createDirectories(directory);
    byte[] noise = new byte[length];
    new Random(length).nextBytes(noise);
    Files.write(file(), noise);
    assertThat(saved()).isNull();
    state.progress(3, 33);
    int check = state.files(entries(1));
    state.make();
    state.state(StateFile.CLEAN);
    assertThat(saved())
        .isEqualTo(new StateFile.Saved(StateFile.CLEAN, BOOT, 3, 33, entries(1), check));
  }

  @Test
  void another_list_takes_the_place_of_the_one_before() throws IOException {
    state.make();
    state.files(entries(MOST_FILES));
    assertThat(saved().files()).isEqualTo(entries(MOST_FILES));
    List<StateFile.Entry> more = entries(MOST_FILES + 1);
    assertThatThrownBy(() -> state.files(more)).hasMessageContaining("more files");
    int check = state.files(List.of(entry(7)));
    assertThat(saved().files()).containsExactly(entry(7));
    assertThat(saved().listCheck()).isEqualTo(check);
    state.files(List.of());
    assertThat(saved().files()).isEmpty();
  }

  @Test
  void an_entry_in_use_has_no_checksum() {
    StateFile.Entry closed = entry(4);
    assertThat(closed.opened().check()).isZero();
    assertThat(closed.opened().closed(closed.length(), closed.check())).isEqualTo(closed);
  }

  @Test
  void an_entry_is_closed_with_its_length_and_checksum() {
    StateFile.Entry open = entry(4);
    assertThat(open.closed(1_000, 55))
        .isEqualTo(new StateFile.Entry(open.kind(), 4, open.size(), open.headerCheck(), 1_000, 55));
    assertThat(open.path(directory)).isEqualTo(directory.resolve("postings-4.map"));
    assertThat(entry(3).path(directory)).isEqualTo(directory.resolve("rows-3.map"));
  }

  /** One defect at a time, of a file that is fine otherwise. */
  @ParameterizedTest(name = "int at {0} becomes {1}")
  @CsvSource({
    "0, 1", // magic
    "4, 1",
    "8, 1", // format
    "8, 3",
    "8, 0",
    "16, 7", // watermark
    "20, 1",
    "24, 0", // sum
    "28, 1",
    "32, 1", // owner
    "60, 1",
    "104, -1", // number of files
    "104, 1",
    "104, 3",
    "104, 145",
    "104, 2147483647",
    "108, 1", // checksum of the list
    "112, 1", // checksum of watermark and sum
    "116, 1",
    "120, 0", // first of the list
    "228, 1" // last of it
  })
  void a_file_with_a_defect_is_not_believed(int at, int wrong) throws IOException {
    state.make();
    state.files(entries(2));
    state.progress(6, 1L << 40 | 5);
    state.state(StateFile.CLEAN);
    assertThat(saved()).isNotNull();
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file())).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(at, wrong);
    Files.write(file(), bytes.array());
    assertThat(saved()).isNull();
  }

  @Test
  void what_lies_behind_the_list_does_not_matter() throws IOException {
    state.make();
    state.files(entries(2));
    byte[] bytes = Files.readAllBytes(file());
    bytes[120 + 2 * 56] = 9;
    Files.write(file(), bytes);
    assertThat(saved().files()).isEqualTo(entries(2));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100, BYTES - 1, BYTES + 1})
  void a_file_of_another_length_is_not_believed(int length) throws IOException {
    state.make();
    state.state(StateFile.CLEAN);
    Files.write(file(), Arrays.copyOf(Files.readAllBytes(file()), length));
    assertThat(saved()).isNull();
  }

  @Test
  void what_is_no_file_is_not_read() throws IOException {
    Files.createDirectories(file());
    assertThat(saved()).isNull();
    assertThatThrownBy(() -> state.make()).isInstanceOf(IOException.class);
  }

  @Test
  void files_are_usable_where_they_were_closed_or_the_machine_has_run_since() {
    String none = "";
    String other = "another";
    assertThat(usable(StateFile.CLEAN, BOOT, BOOT)).isTrue();
    assertThat(usable(StateFile.CLEAN, BOOT, other)).isTrue();
    assertThat(usable(StateFile.CLEAN, none, none)).isTrue();
    assertThat(usable(StateFile.IN_USE, BOOT, BOOT)).isTrue();
    assertThat(usable(StateFile.IN_USE, BOOT, other)).isFalse();
    assertThat(usable(StateFile.IN_USE, none, none)).as("nobody knows").isFalse();
    assertThat(usable(StateFile.APPLYING, BOOT, BOOT)).isFalse();
    assertThat(usable(0, BOOT, BOOT)).isFalse();
    assertThat(usable(4, BOOT, BOOT)).isFalse();
  }

  private static boolean usable(int state, String boot, String now) {
    return new StateFile.Saved(state, boot, 1, 0, List.of(), 0).isUsable(now);
  }

  @Test
  void names_that_an_index_gives_are_known() {
    for (String own :
        List.of(
            "index.state",
            "index.entries",
            "index.keys",
            "postings-0.map",
            "rows-12.map",
            "rows-123456789.map")) {
      assertThat(StateFile.isOwnName(own)).as(own).isTrue();
    }
    for (String other :
        List.of(
            "index.stat",
            "index.entries2",
            "postings-.map",
            "postings-1234567890.map",
            "rows-1-map",
            "rows-1.map.bak",
            "terms-1.map",
            "")) {
      assertThat(StateFile.isOwnName(other)).as(other).isFalse();
    }
  }

  @Test
  void an_owner_is_of_one_store_and_its_columns() {
    assertThat(OWNER).hasSize(32).isEqualTo(StateFile.owner("store", new int[] {8, 4}));
    assertThat(StateFile.owner("stor", new int[] {8, 4})).isNotEqualTo(OWNER);
    assertThat(StateFile.owner("store", new int[] {4, 8})).isNotEqualTo(OWNER);
    assertThat(StateFile.owner("store", new int[] {8})).isNotEqualTo(OWNER);
    // the name's end is told from the widths' beginning
    assertThat(StateFile.owner("store[8, 4]", new int[0]))
        .isNotEqualTo(StateFile.owner("store", new int[] {8, 4}));
  }

  @Test
  void a_boot_has_one_name() {
    assertThat(StateFile.bootId()).isEqualTo(StateFile.bootId()).doesNotContainAnyWhitespaces();
    Path kernel = Path.of("/proc/sys/kernel/random/boot_id");
    assertThat(StateFile.bootId().isEmpty()).isEqualTo(!Files.exists(kernel));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, (1 << 18) - 1, 1 << 18, (1 << 18) + 1, 1_000_000})
  void a_checksum_is_of_so_many_bytes_and_no_more(int length) throws IOException {
    byte[] bytes = new byte[1_000_100];
    new Random(1).nextBytes(bytes);
    Path path = Files.write(parent.resolve("content"), bytes);
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    assertThat(StateFile.checksum(path, length)).isEqualTo((int) crc.getValue());
  }

  @Test
  void a_checksum_of_more_than_there_is_fails() throws IOException {
    Path path = Files.write(parent.resolve("content"), new byte[500]);
    assertThatThrownBy(() -> StateFile.checksum(path, 501))
        .isInstanceOf(UncheckedIOException.class)
        .hasRootCauseMessage("index file is shorter than expected");
    assertThatThrownBy(() -> StateFile.checksum(parent.resolve("none"), 1))
        .isInstanceOf(UncheckedIOException.class);
  }
}
