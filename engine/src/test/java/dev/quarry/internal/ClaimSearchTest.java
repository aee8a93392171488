package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.query.Condition;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker for whom there is nothing searches all ready tasks, and nobody waits for that. */
@Timeout(120)
class ClaimSearchTest {
  private static final Duration LEASE = Duration.ofSeconds(30);

  /** Its tasks lie behind the head of the index of ready tasks, where there are any. */
  private static final Condition RARE =
      TaskFields.AGENT.startsWith("a").and(TaskFields.attribute("rare").is("yes"));

  @TempDir Path directory;

  private HeldIndex held;

  @BeforeEach
  void prepare() {
    held = new HeldIndex(directory.resolve("store"), false);
  }

  private TaskStore open() {
    TaskStore store = held.open();
    for (int i = 0; i < HeldIndex.TASKS; i++) {
      store.insert(HeldIndex.task(i));
    }
    return store;
  }

  private static Task rare(String id, String agent) {
    return Task.builder(id, id).agent(agent).attribute("rare", "yes").build();
  }

  @Test
  void aSearchInVainHoldsUpNoWriter() throws Exception {
    try (TaskStore store = open();
        AutoCloseable release = held.goOn::countDown) { // before the store waits for the search
      assertThat(release).isNotNull();
      held.arm();
      FutureTask<List<Claim>> search =
          new FutureTask<>(() -> store.claims().next(RARE, "worker", LEASE, 2));
      new Thread(search).start();
      held.reached.await();
      FutureTask<Task> write =
          new FutureTask<>(() -> store.insert(Task.builder("N", "new").build()));
      new Thread(write).start();
      assertThat(write.get(60, TimeUnit.SECONDS).version()).isEqualTo(HeldIndex.TASKS + 1);
      assertThat(search).isNotDone();
      held.goOn.countDown();
      assertThat(search.get()).isEmpty();
    }
  }

  @Test
  void whatLiesBehindTheHeadIsFoundInOrder() {
    try (TaskStore store = open()) {
      store.insert(rare("R-1", "a"));
      store.insert(rare("R-2", "a"));
      store.insert(rare("R-3", "b"));
      assertThat(store.claims().next(RARE, "worker", LEASE, 5))
          .extracting(Claim::id)
          .containsExactly("R-1", "R-2");
      assertThat(store.claims().next(RARE, "worker", LEASE)).isEmpty();
    }
  }
}
