package dev.quarry.index;

import static dev.quarry.index.PostingIndexContractTest.WIDTHS;
import static dev.quarry.index.PostingIndexContractTest.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An index for which a file cannot be made; in the place of that file lies something else. */
final class NoRoomTest {
  @TempDir Path parent;

  private Path directory() {
    return parent.resolve("index");
  }

  private PostingIndex open() {
    return PostingIndexes.open(new PostingIndexOptions(directory(), "a", WIDTHS, 1_000));
  }

  /** The folder itself by a file, a file by a folder that cannot be deleted as one. */
  private void block(String name) throws IOException {
    deleteAll(directory().resolve(name));
    if (name.isEmpty()) {
      Files.createFile(directory());
    } else {
      Files.createDirectories(directory().resolve(name).resolve("within"));
    }
  }

  private static void deleteAll(Path path) throws IOException {
    if (Files.exists(path)) {
      try (Stream<Path> files = Files.walk(path)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static IndexBatch one(long ordinal) {
    IndexBatch batch = new IndexBatch();
    batch.add(1, bytes("v"), ordinal);
    batch.putRow(ordinal, new long[WIDTHS.length]);
    return batch;
  }

  private static void checkFailed(PostingIndex index) {
    assertThat(index.isFailed()).isTrue();
    assertThat(index.openState()).isEqualTo(PostingIndex.OpenState.EMPTY);
    assertThat(index.watermark()).isZero();
    assertThat(index.term(1, bytes("v")).contains(3)).isFalse();
    assertThat(index.row(3, new long[WIDTHS.length])).isFalse();
    assertThat(index.stats().fileBytes()).isZero();
    assertThatThrownBy(() -> index.apply(one(4), 2)).isInstanceOf(IllegalStateException.class);
    assertThat(index.isFailed()).isTrue();
  }

  @ParameterizedTest(name = "blocked: [{0}]")
  @ValueSource(strings = {"", StateFile.NAME, "postings-0.map", "rows-1.map"})
  void it_opens_as_failed_and_can_be_loaded_when_there_is_room(String blocked) throws IOException {
    try (PostingIndex before = open()) {
      before.apply(one(3), 1);
    }
    if (!blocked.isEmpty()) {
      Files.delete(directory().resolve(StateFile.NAME)); // what was there is not to be used
    }
    block(blocked);
    try (PostingIndex index = open()) {
      checkFailed(index);
    }
    try (PostingIndex index = open()) {
      checkFailed(index);
      assertThatThrownBy(index::load).isInstanceOf(UncheckedIOException.class);
      checkFailed(index);
      index.discard().run();
      checkFailed(index);
      deleteAll(directory().resolve(blocked));
      IndexLoader loader = index.load();
      loader.ordinal(7, new long[WIDTHS.length]);
      loader.add(1, bytes("v"));
      loader.finish(9);
      assertThat(index.isFailed()).isFalse();
      index.apply(one(8), 10);
    }
    try (PostingIndex index = open()) {
      assertThat(index.openState()).isEqualTo(PostingIndex.OpenState.USABLE);
      assertThat(index.isFailed()).isFalse();
      assertThat(index.watermark()).isEqualTo(10);
      assertThat(index.term(1, bytes("v")).cardinality()).isEqualTo(2);
      assertThat(index.row(8, new long[WIDTHS.length])).isTrue();
    }
  }

  /** The files of an earlier open hold the very room that is waited for. */
  @Test
  void what_was_there_is_given_back_by_a_discard() throws IOException {
    try (PostingIndex before = open()) {
      before.apply(one(3), 1);
    }
    block(StateFile.NAME);
    try (PostingIndex index = open()) {
      checkFailed(index);
      assertThat(files()).contains("postings-0.map", "rows-1.map");
      index.discard().run();
      assertThat(files()).containsExactly(StateFile.NAME);
      checkFailed(index);
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory())) {
      return files.map(f -> f.getFileName().toString()).toList();
    }
  }

  /** What gets no room must not leave what has got some. */
  @ParameterizedTest(name = "blocked: [{0}]")
  @ValueSource(strings = {"postings-0.map", "rows-1.map"})
  void what_was_made_before_is_given_back(String blocked) throws IOException {
    block(blocked);
    try (PostingIndex index = open();
        Stream<Path> files = Files.list(directory())) {
      assertThat(index.isFailed()).isTrue();
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder(StateFile.NAME, blocked);
    }
  }
}
