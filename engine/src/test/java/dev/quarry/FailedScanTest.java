package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A scan that ends with an error of the JVM before it has begun leaves nothing open. */
class FailedScanTest {
  @TempDir Path directory;

  private static Query nested(int depth) {
    Condition condition = TaskFields.ID.is("x");
    for (int i = 0; i < depth; i++) {
      condition = condition.not();
    }
    return Query.where(condition);
  }

  @Test
  void theSnapshotOfAScanThatRanOutOfStackIsFreed() {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      store.insert(Task.builder("T-1", "t").build());
      try (Snapshot snapshot = store.snapshot()) {
        snapshot.scan(nested(3), ScanOptions.chunks(10)).close(); // loads the classes
        assertThatThrownBy(() -> snapshot.scan(nested(500_000), ScanOptions.chunks(10)))
            .isInstanceOf(StackOverflowError.class);
        assertThat(store.stats().openCursors()).isZero();
        assertThat(store.stats().openSnapshots()).isEqualTo(1);
      }
      assertThat(store.stats().openSnapshots()).isZero();
    }
  }
}
