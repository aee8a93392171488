package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.IndexSpec;
import dev.quarry.ProgressListener;
import dev.quarry.Snapshot;
import dev.quarry.StoreStats;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.index.OrdinalCursor;
import dev.quarry.index.Postings;
import dev.quarry.internal.read.Deadline;
import dev.quarry.internal.read.Reads;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.query.TextField;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an index took goes with it, and no read believes lists that are being emptied. */
@Timeout(240)
class DroppedIndexTest {
  private static final int TASKS = 20_000;
  private static final TextField SERIAL = TaskFields.attribute("serial");
  private static final TextField TEAM = TaskFields.attribute("team");
  private static final IndexSpec BY_SERIAL = IndexSpec.equality("serial", SERIAL);
  private static final IndexSpec BY_TEAM = IndexSpec.equality("team", TEAM);
  private static final Query RED = Query.where(TEAM.is("red"));

  @TempDir Path directory;

  private TaskStore filled() {
    TaskStore store = TaskStore.open(directory.resolve("s"));
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      tasks.add(
          Task.builder("T-" + i, "t")
              .attribute("serial", "n" + i)
              .attribute("team", i % 2 == 0 ? "red" : "blue")
              .build());
    }
    store.insertAll(tasks);
    return store;
  }

  @Test
  void createAndDropInTurnTakeNoMore() {
    try (TaskStore store = filled()) {
      StoreStats.Index before = store.stats().index();
      for (int i = 0; i < 10; i++) {
        for (IndexSpec spec : List.of(BY_SERIAL, BY_TEAM)) {
          store.createIndex(spec, ProgressListener.NONE);
        }
        StoreStats.Index with = store.stats().index();
        assertThat(with.containers()).isEqualTo(before.containers() + TASKS + 2);
        assertThat(store.count(Query.where(SERIAL.is("n7")))).isEqualTo(1);
        assertThat(store.count(RED)).isEqualTo(TASKS / 2);
        assertThat(store.dropIndex("serial")).isTrue();
        assertThat(store.dropIndex("team")).isTrue();
        assertThat(store.dropIndex("team")).isFalse();
        StoreStats.Index after = store.stats().index();
        assertThat(after.containers()).isEqualTo(before.containers());
        assertThat(after.terms()).as("terms with tasks").isEqualTo(before.terms());
      }
      assertThat(store.count(Query.where(SERIAL.is("n7")))).isEqualTo(1);
      assertThat(store.verify().isOk()).isTrue();
    }
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      assertThat(store.count(RED)).isEqualTo(TASKS / 2);
      assertThat(store.verify().isOk()).isTrue();
    }
  }

  /** A set of an older view is read block by block: what is read too late must not count. */
  @Test
  void aSetThatIsReadAfterTheDropIsNotBelieved() {
    try (TaskStore store = filled();
        Snapshot snapshot = store.snapshot()) {
      store.createIndex(BY_TEAM, ProgressListener.NONE);
      Reads reads = ((QuarryStore) store).parts.reads();
      try (Reads.Pinned pinned = reads.pin();
          Snapshot later = store.snapshot()) {
        Deadline deadline = new Deadline(Duration.ofMinutes(5));
        Postings red = pinned.view().set(RED.condition(), deadline, false, null);
        OrdinalCursor cursor = red.cursor();
        assertThat(store.dropIndex("team")).isTrue();
        assertThatThrownBy(cursor::next).hasMessage("the index no longer tells");
        for (Snapshot view : List.of(snapshot, later)) {
          assertThat(view.count(RED)).isEqualTo(TASKS / 2);
        }
      }
      assertThat(store.count(RED)).isEqualTo(TASKS / 2);
    }
  }
}
