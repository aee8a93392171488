package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.DuplicateTaskException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.internal.past.Undo;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Another writer comes while the last change of a task is looked for. */
@Timeout(120)
class UndoRaceTest {
  @TempDir Path directory;

  private static Task life(int number) {
    return Task.builder("A", "life " + number).build();
  }

  /** Waits until it is through, or waits for the writer. */
  private static void awaitEndOrWait(Thread thread) {
    while (thread.isAlive() && !waitsForWriter(thread)) {
      Thread.onSpinWait();
    }
  }

  private static boolean waitsForWriter(Thread thread) {
    return thread.getState() == Thread.State.WAITING
        && Arrays.stream(thread.getStackTrace())
            .anyMatch(frame -> frame.getClassName().endsWith(".write.Committer"));
  }

  @Test
  void aDeletionIsNotTakenBackOverAnotherLife() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      Task first = store.insert(life(1));
      store.delete("A");
      FutureTask<Void> second =
          new FutureTask<>(
              () -> {
                store.insert(life(2));
                store.delete("A");
                return null;
              });
      Thread other = new Thread(second, "second");
      Undo undo = ((QuarryStore) store).parts.undo();
      assertThat(
              undo.undo(
                  () -> {
                    var last = store.history("A", 1).get(0);
                    other.start();
                    awaitEndOrWait(other);
                    return last;
                  }))
          .contains(first);
      assertThatThrownBy(second::get)
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(DuplicateTaskException.class);
      assertThat(store.get("A")).contains(first);
      assertThat(store.verify().problems()).isEmpty();
    }
  }
}
