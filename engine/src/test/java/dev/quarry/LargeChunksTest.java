package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claims;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a store does in commits of its own making stays below what one commit may write. */
@Timeout(180)
class LargeChunksTest {
  private static final int TASKS = 17; // with before and after more than 512 MiB
  private static final Duration LEASE = Duration.ofMinutes(1);

  @TempDir Path directory;

  private final FakeClock clock = new FakeClock();

  private TaskStore filled() {
    TaskStore store =
        TaskStore.open(TaskStoreOptions.builder(directory.resolve("s")).clock(clock).build());
    String longest = "x".repeat(Task.MAX_TEXT_CHARS);
    for (int i = 0; i < TASKS; i++) {
      store.insert(Task.builder("T-" + i, "t").notes(longest).build());
    }
    return store;
  }

  @Test
  void leasesOfLargeTasksEnd() {
    try (TaskStore store = filled()) {
      Claims claims = store.claims();
      for (int i = 0; i < TASKS; i++) {
        assertThat(claims.tryClaim("T-" + i, "w", LEASE)).isPresent();
      }
      clock.move(LEASE);
      assertThat(claims.next("other", LEASE)).isPresent();
      assertThat(store.count(Query.where(Condition.ready()))).isEqualTo(TASKS - 1);
    }
  }

  @Test
  void largeTasksGoToTheArchiveAndBackAndAway() throws Exception {
    try (TaskStore store = filled()) {
      assertChanged(store.archive(Query.all()));
      assertThat(store.count(Query.all())).isZero();
      assertChanged(store.restore(Query.all()));
      assertThat(store.count(Query.all())).isEqualTo(TASKS);
      assertChanged(store.archive(Query.all()));
      assertChanged(store.purge(Query.all()));
      assertThat(store.archived(Query.all(), PageRequest.first(1)).items()).isEmpty();
    }
  }

  @Test
  void largeTasksAreAllUpdated() throws Exception {
    try (TaskStore store = filled()) {
      assertChanged(
          store.updateAll("longest", Query.all(), 1_000, t -> t.withPriority(Priority.HIGH)));
      assertThat(store.count(Query.where(TaskFields.PRIORITY.is(Priority.HIGH)))).isEqualTo(TASKS);
    }
  }

  private static void assertChanged(Job job) throws InterruptedException {
    assertThat(job.await().changed()).isEqualTo(TASKS);
  }
}
