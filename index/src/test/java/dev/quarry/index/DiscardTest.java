package dev.quarry.index;

import static dev.quarry.index.PostingIndexContractTest.WIDTHS;
import static dev.quarry.index.PostingIndexContractTest.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an index held before it was discarded stays mapped until it is released, and no longer. */
final class DiscardTest {
  @TempDir Path directory;

  private PostingIndex index;

  @BeforeEach
  void open() {
    index = PostingIndexes.open(new PostingIndexOptions(directory, "a", WIDTHS, 1_000));
    index.discard().run(); // the files of the open, so that the load replaces none
    fill();
  }

  @AfterEach
  void close() {
    index.close();
  }

  /** The names of the mapped files of entries, as the system lists them. */
  private List<String> mapped() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines
          .filter(line -> line.contains(directory + "/") && line.contains(".map"))
          .map(line -> line.substring(line.indexOf('/')))
          .distinct()
          .toList();
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> found = Files.list(directory)) {
      return found.map(f -> f.getFileName().toString()).filter(n -> n.endsWith(".map")).toList();
    }
  }

  private void fill() {
    IndexLoader loader = index.load();
    for (int o = 0; o < 2_000; o++) {
      loader.ordinal(o, new long[WIDTHS.length]);
      loader.add(1, bytes("t" + o % 50));
    }
    loader.finish(7);
  }

  private void assertFilled() {
    assertThat(index.isFailed()).isFalse();
    assertThat(index.term(1, bytes("t7")).cardinality()).isEqualTo(40);
    assertThat(index.stats().rows()).isEqualTo(2_000);
  }

  @Test
  void a_reader_that_is_in_it_reads_on_until_the_release() throws IOException {
    List<String> seen = new ArrayList<>();
    Runnable[] release = {null};
    index.forEachTerm(
        1,
        (value, cardinality) -> {
          if (seen.isEmpty()) {
            release[0] = index.discard();
          }
          seen.add(new String(value, java.nio.charset.StandardCharsets.UTF_8));
        });
    assertThat(seen).hasSize(50);
    assertThat(index.isFailed()).isTrue();
    assertThat(index.term(1, bytes("t7")).cardinality()).isZero();
    assertThat(index.row(5, new long[WIDTHS.length])).isFalse();
    assertThat(files()).isEmpty();
    assertThat(mapped()).isNotEmpty();
    long before = mapped().size();
    release[0].run();
    assertThat(mapped()).hasSizeLessThan((int) before);
    release[0].run(); // once more does no harm
    fill();
    assertFilled();
  }

  @Test
  void released_ones_leave_nothing_behind() throws IOException {
    int mapped = mapped().size();
    int files = files().size();
    long bytes = index.stats().bytes();
    for (int i = 0; i < 20; i++) {
      Runnable release = index.discard();
      fill();
      assertThat(mapped()).hasSizeGreaterThan(mapped);
      release.run();
      assertFilled();
      assertThat(mapped()).hasSize(mapped);
      assertThat(files()).hasSize(files);
      assertThat(index.stats().bytes()).isEqualTo(bytes);
    }
  }

  /** The folder may have been replaced since by that of another index. */
  @Test
  void a_release_deletes_no_files_that_came_later() throws IOException {
    List<String> names = files();
    Runnable release = index.discard();
    for (String name : names) {
      Files.createFile(directory.resolve(name));
    }
    release.run();
    assertThat(files()).containsExactlyInAnyOrderElementsOf(names);
    fill();
    assertFilled();
  }

  @Test
  void what_nobody_released_close_does() throws IOException {
    Runnable release = index.discard();
    fill();
    index.close();
    assertThat(mapped()).isEmpty();
    release.run(); // too late, and no harm
    index = PostingIndexes.open(new PostingIndexOptions(directory, "a", WIDTHS, 1_000));
    assertThat(index.openState()).isEqualTo(PostingIndex.OpenState.USABLE);
    assertFilled();
  }

  /** Its loader would write where nothing is mapped. */
  @Test
  void a_load_ends_with_a_discard() {
    IndexLoader loader = index.load();
    loader.ordinal(1, new long[WIDTHS.length]);
    index.discard().run();
    assertThatThrownBy(() -> loader.ordinal(2, new long[WIDTHS.length]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("ended");
    assertThatThrownBy(() -> loader.add(1, bytes("x"))).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> loader.finish(3)).isInstanceOf(IllegalStateException.class);
    assertThat(index.isFailed()).isTrue();
    fill();
    assertFilled();
  }

  /** A folder stands where the second of the new files would be. */
  @Test
  void a_load_that_gets_no_file_can_be_tried_again() throws IOException {
    int mapped = mapped().size();
    int last = 0;
    for (String name : files()) {
      last = Math.max(last, Integer.parseInt(name.replaceAll("[^0-9]", "")));
    }
    Path obstacle = directory.resolve("rows-" + (last + 2) + ".map");
    Files.createDirectories(obstacle.resolve("inside"));
    index.discard().run();
    assertThatThrownBy(index::load).isInstanceOf(UncheckedIOException.class);
    assertThat(index.isFailed()).isTrue();
    assertThat(index.term(1, bytes("t7")).cardinality()).isZero();
    index.discard().run();
    assertThat(mapped()).isEmpty();
    Files.delete(obstacle.resolve("inside"));
    Files.delete(obstacle);
    fill();
    assertFilled();
    assertThat(mapped()).hasSize(mapped);
    assertThat(files()).hasSize(2);
  }
}
