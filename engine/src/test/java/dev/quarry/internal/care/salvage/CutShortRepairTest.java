package dev.quarry.internal.care.salvage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.ProgressListener;
import dev.quarry.SalvageReport;
import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.internal.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A repair that was killed between any two of its moves: nothing opens as if it were whole. */
class CutShortRepairTest {
  private static final int TASKS = 50;

  /** Those to the damaged files, in their order; then the saved data and their format file. */
  private static final List<String> ASIDE = List.of("QUARRY", "index", "quarry.closed", "data");

  @TempDir Path directory;

  private Path store() {
    return directory.resolve("store");
  }

  /** Fills a store and loses the name of its manifest; returns its format file's text. */
  private String damaged() throws IOException {
    try (TaskStore store = TaskStore.open(store())) {
      store.insertAll(
          IntStream.range(0, TASKS).mapToObj(i -> Task.builder("T-" + i, "t").build()).toList());
      store.compact();
    }
    Files.delete(store().resolve("data").resolve("CURRENT"));
    return Files.readString(store().resolve("QUARRY"));
  }

  /** Takes the moves of a finished repair back, down to the first so many. */
  private void takeBack(Path aside, int moves) throws IOException {
    Storage.deleteTree(store().resolve("index"));
    Files.deleteIfExists(store().resolve("quarry.closed"));
    Path saved = Files.createDirectory(store().resolve("repaired"));
    if (moves < 6) {
      Files.move(store().resolve("QUARRY"), saved.resolve("QUARRY"));
    }
    if (moves < 5) {
      Files.move(store().resolve("data"), saved.resolve("data"));
    }
    for (int i = ASIDE.size() - 1; i >= moves; i--) {
      if (Files.exists(aside.resolve(ASIDE.get(i)))) {
        Files.move(aside.resolve(ASIDE.get(i)), store().resolve(ASIDE.get(i)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void isTakenUpAndSaysThatTheLossesAreNotKnown(int moves) throws Exception {
    String format = damaged();
    Path aside = TaskStore.repair(store(), ProgressListener.NONE).aside().orElseThrow();
    assertThat(ASIDE).allMatch(name -> Files.exists(aside.resolve(name)));
    takeBack(aside, moves);
    assertThatThrownBy(() -> TaskStore.open(store()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("repair");
    assertThatThrownBy(() -> TaskStore.openReadOnly(store()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("repair");
    SalvageReport report = TaskStore.repair(store(), ProgressListener.NONE);
    assertThat(report.isComplete()).isFalse();
    assertThat(report.losses()).hasSize(1);
    assertThat(report.aside()).contains(aside);
    assertThat(ASIDE).allMatch(name -> Files.exists(aside.resolve(name)));
    assertThat(Files.readString(store().resolve("QUARRY"))).isEqualTo(format);
    assertHoldsAll();
    assertThat(TaskStore.repair(store(), ProgressListener.NONE).isComplete()).isTrue();
  }

  @Test
  void beforeItsFirstMoveItHasChangedNothing() throws Exception {
    String format = damaged();
    Path aside = TaskStore.repair(store(), ProgressListener.NONE).aside().orElseThrow();
    takeBack(aside, 0);
    SalvageReport report = TaskStore.repair(store(), ProgressListener.NONE);
    assertThat(report.aside()).isPresent();
    assertThat(report.tasks()).isEqualTo(TASKS);
    assertThat(Files.readString(store().resolve("QUARRY"))).isEqualTo(format);
    assertHoldsAll();
  }

  private void assertHoldsAll() {
    try (TaskStore store = TaskStore.open(store())) {
      assertThat(store.stats().tasks()).isEqualTo(TASKS);
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
    }
  }
}
