package dev.quarry.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.query.Condition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The feed of a store opened read-only beside its writer. */
@Timeout(120)
class ReadOnlyWatchTest {
  @TempDir Path directory;

  @Test
  void followsTheWriter() throws Exception {
    Path path = directory.resolve("store");
    try (TaskStore writer = TaskStore.open(path)) {
      writer.insert(Task.builder("A", "a").build());
      try (TaskStore reader = TaskStore.openReadOnly(path)) {
        Queue<Change> got = new ConcurrentLinkedQueue<>();
        Condition all = new Condition.And(List.of());
        try (Subscription subscription = reader.watch(all, 0, got::add)) {
          assertThat(subscription.await(1, Duration.ofSeconds(30))).isTrue();
          for (int i = 0; i < 6_000; i++) {
            writer.update(
                "A", t -> t.withStatus(t.status() == Status.TODO ? Status.DONE : Status.TODO));
          }
          assertThat(subscription.await(writer.sequence(), Duration.ofSeconds(30)))
              .as("%s", subscription.failure())
              .isTrue();
          assertThat(reader.sequence()).isEqualTo(writer.sequence());
        }
        List<Change> changes = new ArrayList<>(got);
        assertThat(changes).hasSize(6_001);
        for (int i = 0; i < changes.size(); i++) {
          assertThat(changes.get(i).sequence()).isEqualTo(i + 1);
          assertThat(changes.get(i).after().version()).isEqualTo(i + 1);
          assertThat(changes.get(i).before()).isEqualTo(i == 0 ? null : changes.get(i - 1).after());
        }
        assertThat(reader.history("A", 3)).containsExactlyElementsOf(lastThree(changes));
        WatchOptions named = WatchOptions.builder().name("n").build();
        assertThatThrownBy(() -> reader.watch(named, change -> {}))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("read-only");
      }
    }
  }

  private static List<Change> lastThree(List<Change> changes) {
    int n = changes.size();
    return List.of(changes.get(n - 1), changes.get(n - 2), changes.get(n - 3));
  }
}
