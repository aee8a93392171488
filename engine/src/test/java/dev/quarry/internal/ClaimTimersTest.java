package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import dev.quarry.work.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nothing is awaited any more for a claim that has ended, however that was. */
@Timeout(120)
class ClaimTimersTest {
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir Path directory;

  private volatile Instant now = Instant.parse("2026-11-20T23:15:00Z");

  private TaskStore open() {
    return TaskStore.open(
        TaskStoreOptions.builder(directory.resolve("s")).clock(() -> now).build());
  }

  private static int awaited(TaskStore store) {
    return ((QuarryStore) store).parts.claims().awaited();
  }

  @Test
  void whoeverEndsAClaimEndsItsTimer() {
    List<BiConsumer<TaskStore, Claim>> ends =
        List.of(
            (store, claim) -> store.claims().complete(claim),
            (store, claim) -> store.claims().fail(claim, "no", RetryPolicy.of(1, DAY)),
            (store, claim) -> store.claims().release(claim),
            (store, claim) -> store.update(claim.id(), t -> t.withStatus(Status.CANCELLED)),
            (store, claim) -> store.delete(claim.id()),
            (store, claim) -> store.archive(List.of(claim.id())));
    try (TaskStore store = open()) {
      for (BiConsumer<TaskStore, Claim> end : ends) {
        for (int i = 0; i < 50; i++) {
          store.put(Task.builder("T-" + i, "t").build());
          end.accept(store, store.claims().tryClaim("T-" + i, "w", DAY).orElseThrow());
          store.purge(List.of("T-" + i));
        }
        assertThat(awaited(store)).isZero();
      }
    }
  }

  @Test
  void aRestIsAwaited() {
    try (TaskStore store = open()) {
      store.insert(Task.builder("T", "t").build());
      Claim claim = store.claims().tryClaim("T", "w", DAY).orElseThrow();
      store.claims().fail(claim, "no", RetryPolicy.of(3, DAY));
      assertThat(awaited(store)).isEqualTo(1);
    }
  }

  @Test
  void theNextClaimOfTheTaskIsAwaited() {
    Duration lease = Duration.ofSeconds(30);
    try (TaskStore store = open()) {
      store.insert(Task.builder("T", "t").build());
      Claims claims = store.claims();
      claims.release(claims.tryClaim("T", "first", DAY).orElseThrow());
      claims.tryClaim("T", "second", lease);
      assertThat(awaited(store)).isEqualTo(1);
      now = now.plus(lease);
      assertThat(claims.next("third", lease)).isPresent();
    }
  }
}
