package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.change.Change;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be taken back, and what cannot. */
class UndoTest {
  @TempDir Path directory;

  private TaskStore store;

  @BeforeEach
  void open() {
    store = TaskStore.open(directory.resolve("store"));
  }

  @AfterEach
  void close() {
    assertThat(store.verify().problems()).isEmpty();
    store.close();
  }

  private static Task.Builder task(String id) {
    return Task.builder(id, "title of " + id);
  }

  @Test
  void anUpdateACreationAndADeletion() {
    Task made = store.insert(task("A").build());
    Task changed = store.update("A", t -> t.withStatus(Status.DONE));
    assertThat(store.undo("A")).contains(made);
    assertThat(store.undo("A")).contains(changed); // done again
    assertThat(store.undo("A")).contains(made);
    store.delete("A");
    assertThat(store.undo("A")).contains(made);
    assertThat(store.get("A")).contains(made);
    store.insert(task("B").build());
    assertThat(store.undo("B")).isEmpty();
    assertThat(store.get("B")).isEmpty();
    assertThat(store.history("B", 9).stream().map(Change::cause)).containsExactly("undo", "write");
    assertThatThrownBy(() -> store.undo("C")).isInstanceOf(TaskNotFoundException.class);
  }

  @Test
  void anArchivingAndARestoring() {
    Task made = store.insert(task("A").status(Status.DONE).build());
    store.archive(List.of("A"));
    assertThat(store.undo("A")).contains(made);
    assertThat(store.getArchived("A")).isEmpty();
    store.archive(List.of("A"));
    store.restore(List.of("A"));
    assertThat(store.undo("A")).isEmpty();
    assertThat(store.getArchived("A")).contains(made);
    assertThat(store.get("A")).isEmpty();
  }

  @Test
  void anUndoneArchivingAndItsUndo() {
    Task made = store.insert(task("A").status(Status.DONE).build());
    store.archive(List.of("A"));
    for (int i = 0; i < 3; i++) {
      assertThat(store.undo("A")).contains(made);
      assertThat(store.getArchived("A")).isEmpty();
      assertThat(store.undo("A")).isEmpty(); // the archiving again, not a deletion
      assertThat(store.getArchived("A")).contains(made);
    }
    store.restore(List.of("A"));
    store.undo("A");
    store.undo("A");
    assertThat(store.get("A")).contains(made);
    assertThat(store.undo("A")).isEmpty();
    assertThat(store.getArchived("A")).contains(made);
  }

  @Test
  void aCreationThatATaskDependsOnStays() {
    store.insert(task("A").build());
    store.insert(task("B").dependency("A").build());
    assertThatThrownBy(() -> store.undo("A"))
        .isInstanceOfSatisfying(
            ConflictException.class, e -> assertThat(e.context()).containsEntry("dependent", "B"));
    store.undo("B");
    assertThat(store.undo("A")).isEmpty();
  }

  @Test
  void aCompletionBehindWhichATaskWasBegunStays() {
    store.insert(task("A").build());
    store.insert(task("B").dependency("A").build());
    store.update("A", t -> t.withStatus(Status.DONE));
    store.update("B", t -> t.withStatus(Status.IN_PROGRESS));
    assertThatThrownBy(() -> store.undo("A"))
        .isInstanceOfSatisfying(
            ConflictException.class, e -> assertThat(e.context()).containsEntry("dependent", "B"));
    store.undo("B");
    assertThat(store.undo("A").orElseThrow().status()).isEqualTo(Status.TODO);
  }

  @Test
  void differencesAreToldOnceEach() {
    long start = store.sequence();
    store.insert(task("A").build());
    store.insert(task("B").build());
    long middle = store.sequence();
    store.delete("A");
    store.insert(task("A").assignee("other").build()); // another life of the id
    store.update("B", t -> t.withStatus(Status.DONE));
    store.update("B", t -> t.toBuilder().status(Status.TODO).completedAt(null).build());
    store.insert(task("C").build());
    store.delete("C");
    List<Change> changes = new ArrayList<>();
    store.diff(middle, store.sequence(), changes::add);
    assertThat(changes.stream().map(Change::id)).containsExactlyInAnyOrder("A", "B"); // B: updated
    assertThat(changes).allMatch(change -> change.action() == Change.Kind.UPDATED);
    changes.clear();
    store.diff(store.sequence(), start, changes::add);
    assertThat(changes).hasSize(2).allMatch(change -> change.action() == Change.Kind.DELETED);
    changes.clear();
    store.diff(middle, middle, changes::add);
    assertThat(changes).isEmpty();
    assertThatThrownBy(() -> store.diff(0, store.sequence() + 1, changes::add))
        .isInstanceOf(SequenceNotRetainedException.class);
    assertThatThrownBy(() -> store.asOf(-1)).isInstanceOf(SequenceNotRetainedException.class);
  }

  @Test
  void changesAreReadInPages() {
    for (int i = 0; i < 10; i++) {
      try (WriteBatch batch = store.newBatch()) {
        batch.insert(task("A" + i).build());
        batch.insert(task("B" + i).build());
        batch.commit();
      }
    }
    List<Change> all = new ArrayList<>();
    for (List<Change> page = store.changesAfter(0, 3);
        !page.isEmpty();
        page = store.changesAfter(all.get(all.size() - 1).sequence(), 3)) {
      assertThat(page).hasSizeBetween(1, 4);
      all.addAll(page);
    }
    assertThat(all).hasSize(20);
    assertThat(all.stream().map(Change::id).distinct()).hasSize(20);
  }
}
