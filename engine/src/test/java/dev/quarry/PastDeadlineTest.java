package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** No verb of the past outlives the time of a query. */
@Timeout(120)
class PastDeadlineTest {
  private static final int TASKS = 1_000;
  private static final int CHANGES = 300;

  @TempDir Path directory;

  private TaskStore open(Duration timeout) {
    return TaskStore.open(
        TaskStoreOptions.builder(directory.resolve("s"))
            .limits(Limits.DEFAULT.open(10, 2, Duration.ofSeconds(1)))
            .queryTimeout(timeout)
            .build());
  }

  /** The time of its first commit, which has many tasks; many of one task follow. */
  private Instant fill() {
    try (TaskStore store = open(Duration.ofMinutes(1))) {
      store.insertAll(
          IntStream.range(0, TASKS).mapToObj(i -> Task.builder("T-" + i, "").build()).toList());
      Instant first = store.changesAfter(0, 1).get(0).at();
      for (int i = 0; i < CHANGES; i++) {
        String title = "title " + i;
        store.update("T-1", task -> task.withTitle(title));
      }
      return first;
    }
  }

  private static Map<String, Consumer<TaskStore>> verbs(Instant first) {
    Map<String, Consumer<TaskStore>> verbs = new LinkedHashMap<>();
    verbs.put("history", store -> store.history("T-1", CHANGES));
    verbs.put("changesAfter", store -> store.changesAfter(0, 1));
    verbs.put("diff", store -> store.diff(0, store.sequence(), change -> {}));
    verbs.put("sequenceAt", store -> store.sequenceAt(first));
    verbs.put("asOf a sequence", store -> store.asOf(0).close());
    verbs.put("asOf a time", store -> store.asOf(first).close());
    return verbs;
  }

  @Test
  void eachEndsInItsTime() {
    Instant first = fill();
    try (TaskStore store = open(Duration.ofNanos(1))) {
      for (int round = 0; round < 5; round++) { // more than snapshots that may be open
        verbs(first)
            .forEach(
                (name, verb) ->
                    assertThatThrownBy(() -> verb.accept(store))
                        .as(name)
                        .isInstanceOf(QueryTimeoutException.class)
                        .hasMessageContaining("queryTimeout"));
      }
    }
    try (TaskStore store = open(Duration.ofMinutes(1))) {
      verbs(first)
          .forEach(
              (name, verb) ->
                  assertThatCode(() -> verb.accept(store)).as(name).doesNotThrowAnyException());
      assertThat(store.sequenceAt(first)).isEqualTo(1);
      try (Snapshot past = store.asOf(first)) {
        assertThat(past.count(Query.all())).isEqualTo(TASKS);
      }
    }
  }

  /** Three seconds of the caller's, of which none counts. */
  @Test
  void theTimeThatAnActionTakesIsItsOwn() {
    fill();
    int[] told = {0};
    try (TaskStore store = open(Duration.ofSeconds(2))) {
      store.diff(
          0,
          store.sequence(),
          change -> {
            if (++told[0] % 16 == 0) {
              LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
          });
    }
    assertThat(told[0]).isEqualTo(TASKS);
  }
}
