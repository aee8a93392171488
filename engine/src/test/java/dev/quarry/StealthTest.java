package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a caller's function throws comes out as it is, and leaves nothing open or running. */
@Timeout(120)
class StealthTest {
  private static final int TASKS = 10_000;
  private static final Query TODO = Query.where(TaskFields.STATUS.is(Status.TODO));

  @TempDir Path directory;

  @BeforeEach
  void fill() {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        tasks.add(Task.builder("T" + i, "t").build());
      }
      store.insertAll(tasks);
    }
  }

  /** In one thread only, be it the caller's own or one that the scan has begun. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anActionOfAParallelScanEndsIt(boolean inCaller) {
    IOException cause = new IOException("by stealth");
    Thread caller = Thread.currentThread();
    Predicate<Thread> raises = thread -> (thread == caller) == inCaller;
    AtomicInteger calls = new AtomicInteger();
    CountDownLatch raising = new CountDownLatch(1);
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      assertThatThrownBy(
              () ->
                  store.forEachParallel(
                      Query.all(),
                      2,
                      task -> {
                        calls.incrementAndGet();
                        if (raises.test(Thread.currentThread())) {
                          raising.countDown();
                          throw Stealth.raise(cause);
                        }
                        awaitOpen(raising); // else this one may come to the end alone
                      }))
          .isSameAs(cause);
      int made = calls.get();
      assertThat(made).isLessThan(TASKS);
      assertThat(Thread.getAllStackTraces().keySet())
          .noneMatch(thread -> thread.getName().startsWith("quarry-scan"));
      assertThat(calls.get()).isEqualTo(made);
    }
  }

  private static void awaitOpen(CountDownLatch latch) {
    try {
      latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void dropIndex() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("s").resolve("index"))) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }

  private TaskStoreOptions options(Throwable cause) {
    return TaskStoreOptions.builder(directory.resolve("s"))
        .progress(
            (phase, done, total) -> {
              throw Stealth.raise(cause);
            })
        .build();
  }

  private static List<Throwable> causes() {
    // the last two are what a full device looks like from inside
    return List.of(
        new IOException("by stealth"),
        new UncheckedIOException(new IOException("a closed pipe")),
        new InternalError("of the listener"));
  }

  @Test
  void aListenerOfAnOpenLeavesNothingOpen() throws Exception {
    for (Throwable cause : causes()) {
      dropIndex();
      assertThatThrownBy(() -> TaskStore.open(options(cause))).isSameAs(cause);
      try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
        assertThat(store.count(TODO)).isEqualTo(TASKS);
        assertThat(store.verify(true, ProgressListener.NONE).isOk()).isTrue();
      }
    }
  }

  /** What such a listener throws may be of the types that a damaged record or a full device has. */
  @Test
  void aListenerOfAnIndexThatAnOpenCreatesEndsTheOpen() {
    IndexSpec team = IndexSpec.equality("team", TaskFields.attribute("team"));
    for (Throwable cause :
        List.of(
            new CorruptionException("mine", Map.of(), null),
            new StorageException("mine", Map.of(), null, true))) {
      TaskStoreOptions options =
          TaskStoreOptions.builder(directory.resolve("s"))
              .index(team)
              .progress(
                  (phase, done, total) -> {
                    if (phase.startsWith("build index")) {
                      throw Stealth.raise(cause);
                    }
                  })
              .build();
      assertThatThrownBy(() -> TaskStore.open(options)).isSameAs(cause);
    }
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      assertThat(store.count(TODO)).isEqualTo(TASKS);
      assertThat(store.verify(true, ProgressListener.NONE).isOk()).isTrue();
    }
  }

  @Test
  void aListenerOfARebuildIsNoFullDevice() {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      for (Throwable cause : causes()) {
        assertThatThrownBy(
                () ->
                    store.rebuildIndexes(
                        (phase, done, total) -> {
                          throw Stealth.raise(cause);
                        }))
            .isSameAs(cause);
        assertThat(store.count(TODO)).isEqualTo(TASKS);
        store.insert(Task.builder("new " + cause, "t").status(Status.DONE).build());
      }
      store.rebuildIndexes(ProgressListener.NONE);
      assertThat(store.verify(true, ProgressListener.NONE).isOk()).isTrue();
    }
  }
}
