package dev.quarry.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Listeners of several subscriptions work at the same time: together they take the longest time.
 */
@Timeout(120)
class ParallelListenersTest {
  private static final int LISTENERS = 3;
  private static final int CHANGES = 5;
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir Path directory;

  @Test
  void threeWorkAtOnce() throws Exception {
    CyclicBarrier all = new CyclicBarrier(LISTENERS);
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      List<Subscription> subscriptions = new ArrayList<>();
      for (int i = 0; i < LISTENERS; i++) {
        subscriptions.add(store.watch(WatchOptions.builder().build(), change -> meet(all)));
      }
      for (int i = 0; i < CHANGES; i++) {
        store.insert(Task.builder("T-" + i, "t").build());
      }
      for (Subscription subscription : subscriptions) {
        assertThat(subscription.await(store.sequence(), LONG)).isTrue();
        assertThat(subscription.failure()).isNull();
        subscription.close();
      }
    }
    assertThat(all.isBroken()).isFalse();
  }

  /** Each waits for the others, so that one after the other would wait for ever. */
  private static void meet(CyclicBarrier all) {
    try {
      all.await(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException("the others do not work meanwhile", e);
    }
  }
}
