package dev.quarry.internal.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Link;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.internal.storage.CloseMark;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is verified beside records and indexes: links and their marks, waits, the archive. */
class VerifierTest {
  @TempDir Path directory;

  @BeforeEach
  void fill() {
    try (TaskStore store = open()) {
      store.insert(Task.builder("a", "t").build());
      store.insert(Task.builder("b", "t").dependency("a").build());
      store.insert(Task.builder("c", "t").link(Link.Type.RELATED, "d").dependency("gone").build());
      store.update("c", t -> t.toBuilder().dependencies(List.of()).build()); // its mark stays
      for (String id : List.of("x1", "x2", "x3")) {
        store.insert(Task.builder(id, "t").build());
      }
      store.archive(List.of("x1", "x2", "x3"));
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  private TaskStore open() {
    return TaskStore.open(directory.resolve("s"));
  }

  private void damage(Consumer<StorageBatch> change) {
    StorageOptions options = new StorageOptions(8 << 20, 8 << 20, false);
    try (Storage storage = Storage.open(directory.resolve("s").resolve("data"), options);
        StorageBatch batch = storage.newBatch()) {
      change.accept(batch);
      storage.write(batch, true);
    }
    CloseMark.delete(directory.resolve("s")); // the files are no longer those of the close
  }

  private List<String> problems() {
    try (TaskStore store = open()) {
      return store.verify().problems();
    }
  }

  @Test
  void aTargetWithoutItsMarkIsFound() {
    damage(batch -> batch.delete(Family.LINKS, LinkEntries.marker("a")));
    assertThat(problems()).containsExactly("links lead to a, which is not marked as a target");
    damage(batch -> batch.delete(Family.LINKS, LinkEntries.marker("d")));
    assertThat(problems())
        .containsExactly(
            "links lead to a, which is not marked as a target",
            "links lead to d, which is not marked as a target");
  }

  @Test
  void buildingWhatIsReadyAnewSetsTheMarks() {
    damage(
        batch -> {
          batch.delete(Family.LINKS, LinkEntries.marker("a"));
          batch.delete(Family.META, ReadyKeeper.MARK);
        });
    assertThat(problems()).isEmpty();
    try (TaskStore store = open()) {
      store.update("a", t -> t.withStatus(Status.DONE));
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  @Test
  void waitsWithoutATaskAreFound() {
    damage(batch -> batch.put(Family.WAITS, Keys.number(77), Waits.encode(1)));
    assertThat(problems()).containsExactly("ordinal 77 is kept as waiting, but there is no task");
  }

  @Test
  void everyDamagedRecordOfTheArchiveIsNamed() {
    damage(
        batch -> {
          batch.put(Family.ARCHIVE, Keys.id("x1"), new byte[] {1, 2, 3});
          batch.put(Family.ARCHIVE, Keys.id("x3"), new byte[] {1, 2, 3});
        });
    assertThat(problems())
        .hasSize(2)
        .anyMatch(problem -> problem.startsWith("CORRUPT archive, id x1: "))
        .anyMatch(problem -> problem.startsWith("CORRUPT archive, id x3: "));
  }
}
