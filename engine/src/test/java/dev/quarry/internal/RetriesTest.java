package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.ConflictException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.work.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Conflicts are met again, other errors are not. */
@Timeout(120)
class RetriesTest {
  @TempDir Path directory;

  private static ConflictException conflict() {
    return new ConflictException("a conflict", Map.of());
  }

  @Test
  void pausesGrowUpToABound() {
    List<Long> pauses = new ArrayList<>();
    assertThatThrownBy(
            () ->
                Retries.run(
                    12,
                    () -> {
                      throw conflict();
                    },
                    pauses::add))
        .isInstanceOf(ConflictException.class);
    assertThat(pauses).hasSize(11);
    for (int i = 0; i < pauses.size(); i++) {
      long most = 1_000_000L << Math.min(i, 7);
      assertThat(pauses.get(i)).isBetween(most / 2, most);
    }
  }

  @Test
  void aPolicySaysHowOftenAndHowLong() {
    RetryPolicy policy = new RetryPolicy(5, Duration.ofMillis(8), Duration.ofMillis(30), 2, 0.5);
    List<Long> pauses = new ArrayList<>();
    assertThatThrownBy(
            () ->
                Retries.run(
                    policy,
                    () -> {
                      throw conflict();
                    },
                    pauses::add))
        .isInstanceOf(ConflictException.class);
    long[] most = {8_000_000, 16_000_000, 30_000_000, 30_000_000};
    assertThat(pauses).hasSize(most.length);
    for (int i = 0; i < most.length; i++) {
      assertThat(pauses.get(i)).isBetween(most[i] / 2, most[i]);
    }
    try (TaskStore store = TaskStore.open(directory)) {
      int[] runs = new int[1];
      assertThatThrownBy(
              () ->
                  store.retrying(
                      new RetryPolicy(3, Duration.ZERO, Duration.ZERO, 1, 0),
                      () -> {
                        runs[0]++;
                        throw conflict();
                      }))
          .isInstanceOf(ConflictException.class);
      assertThat(runs[0]).isEqualTo(3);
    }
  }

  @Test
  void onlyConflictsAreRetried() {
    int[] runs = new int[1];
    assertThat(
            Retries.run(
                3,
                () -> {
                  if (++runs[0] < 3) {
                    throw conflict();
                  }
                  return "done";
                },
                pause -> {}))
        .isEqualTo("done");
    assertThat(runs[0]).isEqualTo(3);
    assertThatThrownBy(
            () ->
                Retries.run(
                    3,
                    () -> {
                      runs[0]++;
                      throw new IllegalStateException("other");
                    },
                    pause -> {}))
        .hasMessage("other");
    assertThat(runs[0]).isEqualTo(4);
    assertThatThrownBy(() -> Retries.run(0, () -> 1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void noneOfManyReplacementsIsLost() throws Exception {
    int threads = 4;
    int each = 50;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      store.insert(Task.builder("T", "0").build());
      List<Future<Void>> done = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        done.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int n = 0; n < each; n++) {
                    store.retrying(1_000, () -> increment(store));
                  }
                },
                pool));
      }
      for (Future<Void> future : done) {
        future.get();
      }
      assertThat(store.get("T").orElseThrow().title()).isEqualTo(String.valueOf(threads * each));
    } finally {
      pool.shutdown();
    }
  }

  private static Task increment(TaskStore store) {
    Task task = store.get("T").orElseThrow();
    String next = String.valueOf(Integer.parseInt(task.title()) + 1);
    return store.replace(task.toBuilder().title(next).build(), task.version());
  }
}
