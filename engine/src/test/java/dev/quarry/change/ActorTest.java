package dev.quarry.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.Until;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who follows live and who reads the log hear of the same actor. */
@Timeout(120)
class ActorTest {
  @TempDir Path directory;

  @Test
  void aLongNameIsTheSameLiveAndInTheLog() throws Exception {
    String owner = "\u20ac".repeat(1_000); // of three bytes each
    Queue<Change> live = new ConcurrentLinkedQueue<>();
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      store.insert(Task.builder("A", "t").build());
      long before = store.sequence();
      try (Subscription subscription =
          store.watch(WatchOptions.builder().fromSequence(before).build(), live::add)) {
        Until.holds("it is live", () -> subscription.state() == Subscription.State.LIVE);
        assertThat(store.claims().tryClaim("A", owner, Duration.ofHours(1))).isPresent();
        assertThat(subscription.await(store.sequence(), Duration.ofSeconds(60))).isTrue();
      }
      String logged = store.changesAfter(before, 1).get(0).actor();
      assertThat(logged).isNotEmpty().matches("\u20ac+");
      assertThat(logged.getBytes(StandardCharsets.UTF_8)).hasSizeBetween(1_000, 1_024);
      assertThat(live).singleElement().matches(change -> change.actor().equals(logged));
      assertThat(store.claims().claimOf("A").orElseThrow().owner()).isEqualTo(owner);
    }
  }
}
