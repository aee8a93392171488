package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.internal.read.Queries;
import dev.quarry.internal.read.Reads;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A read that takes long beside a writer: it goes over the tasks once, not once an attempt. */
@Timeout(120)
class LongReadsTest {
  /** So many steps from one look at the time to the next. */
  private static final int STEPS = 128;

  private static final int LOOKS = 100;
  private static final int TASKS = STEPS * LOOKS;

  /** An attribute that no index has: every record is looked at. */
  private static final Query SLOW = Query.where(TaskFields.attribute("team").is("red"));

  @TempDir Path directory;
  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicInteger attempts = new AtomicInteger();

  @BeforeEach
  void fill() {
    try (TaskStore store = open()) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        tasks.add(Task.builder("T-" + i, "t").attribute("team", i == 0 ? "blue" : "red").build());
      }
      store.insertAll(tasks);
    }
  }

  private TaskStore open() {
    return TaskStore.open(directory.resolve("s"));
  }

  /** The answer of a read in each of whose attempts a commit comes first. */
  private long beside(TaskStore store, ToLongFunction<Queries> work) {
    Reads reads = ((QuarryStore) store).parts.reads();
    return reads.read(
        looks::incrementAndGet,
        queries -> {
          commit(store, attempts.incrementAndGet());
          return work.applyAsLong(queries);
        });
  }

  private static void commit(TaskStore store, int attempt) {
    Thread writer =
        new Thread(() -> store.update("T-0", task -> task.withAttribute("n", "v" + attempt)));
    writer.start();
    try {
      writer.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aCommitEndsALongAttempt() {
    try (TaskStore store = open()) {
      assertThat(beside(store, queries -> queries.count(SLOW))).isEqualTo(TASKS - 1);
      assertThat(attempts).as("one of the present, one of a snapshot").hasValue(2);
      assertThat(looks.get()).isBetween(LOOKS, LOOKS + LOOKS / 10);
    }
  }

  /** It ends before it looks, and the next one of the present may be done before a commit. */
  @Test
  void aShortOneIsTriedAgain() {
    try (TaskStore store = open()) {
      assertThat(beside(store, queries -> queries.get("T-0").version())).isPositive();
      assertThat(attempts).as("two of the present, one of a snapshot").hasValue(3);
      assertThat(looks).hasValue(0);
    }
  }
}
