package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store under a memory limit: what it holds, what it tells, and that its answers stay right. */
@Timeout(180)
class MemoryLimitTest {
  private static final int TASKS = 12_000;
  private static final Duration INTERVAL = Duration.ofMillis(500);
  private static final Query Q =
      Query.where(TaskFields.AGENT.is("A3").and(TaskFields.PRIORITY.atLeast(Priority.HIGH)))
          .orderBy(TaskFields.PRIORITY.descending(), TaskFields.ID.ascending());

  @TempDir Path directory;
  private final TaskModel model = new TaskModel();
  private final List<MemoryPressure> told = new CopyOnWriteArrayList<>();

  private TaskStoreOptions.Builder options() {
    return TaskStoreOptions.builder(directory.resolve("s"))
        .memoryCheckInterval(INTERVAL)
        .onMemoryPressure(told::add);
  }

  private static Task task(int i) {
    return Task.builder("T-" + i, "Task " + i)
        .description(("Words about task " + i + ". ").repeat(40))
        .priority(Priority.values()[i % 4])
        .agent("A" + i % 10)
        .build();
  }

  /** Loads a store without a limit and says what it holds when all of it has been read. */
  private StoreStats.Memory load() {
    try (TaskStore store = TaskStore.open(options().memoryLimitBytes(0).build())) {
      for (int i = 0; i < TASKS; i += 1_000) {
        List<Task> tasks = new ArrayList<>();
        for (int k = i; k < i + 1_000; k++) {
          tasks.add(task(k));
        }
        store.insertAll(tasks);
      }
      for (int i = 0; i < TASKS; i++) {
        model.put(store.get("T-" + i).orElseThrow());
      }
      StoreStats.Memory memory = store.stats().memory();
      assertThat(memory.limitBytes()).isZero();
      assertThat(told).isEmpty();
      return memory;
    }
  }

  private void compare(TaskReader store, int i) {
    String id = "T-" + i % TASKS;
    assertThat(store.get(id)).contains(model.get(id));
    if (i % 100 == 0) {
      assertThat(store.page(Q, PageRequest.first(50)).items())
          .isEqualTo(model.answer(Q).subList(0, 50));
      assertThat(store.count(Q)).isEqualTo(model.answer(Q).size());
    }
  }

  private static void awaitIntervals(int n) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(n * INTERVAL.toNanos());
  }

  @Test
  void theDefaultIsHalfAGigabyte() {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      StoreStats.Memory memory = store.stats().memory();
      assertThat(memory.limitBytes()).isEqualTo(512L << 20);
      assertThat(memory.fits()).isTrue();
      assertThat(memory.pressures()).isZero();
      assertThat(memory.sumBytes()).isBetween(1L, 512L << 20);
    }
    TaskStoreOptions options = TaskStoreOptions.builder(directory.resolve("s")).build();
    assertThat(options.memoryCheckInterval()).isEqualTo(Duration.ofSeconds(60));
    Throwable refused = catchThrowable(() -> options().memoryLimitBytes(-1));
    assertThat(refused).isInstanceOf(IllegalArgumentException.class);
  }

  /** Readers compare with the model all the while that caches are emptied under them. */
  @Test
  void overTheLimitMemoryIsGivenBackAndReadsStayRight() throws Exception {
    StoreStats.Memory before = load();
    long fixed = before.indexBytes() + before.tableBytes() + before.pinnedBytes();
    long limit = fixed + (8 << 20);
    assertThat(before.sumBytes()).as("present use").isGreaterThan(limit);
    AtomicBoolean stop = new AtomicBoolean();
    AtomicReference<Throwable> failed = new AtomicReference<>();
    try (TaskStore store = TaskStore.open(options().memoryLimitBytes(limit).build())) {
      List<Thread> readers = new ArrayList<>();
      for (int r = 0; r < 2; r++) {
        int first = r * 5_003;
        Thread reader =
            new Thread(
                () -> {
                  for (int i = first; !stop.get(); i++) {
                    compare(store, i);
                  }
                });
        reader.setUncaughtExceptionHandler((thread, e) -> failed.set(e));
        reader.start();
        readers.add(reader);
      }
      while (told.isEmpty() && failed.get() == null) {
        compare(store, 0);
        TimeUnit.MILLISECONDS.sleep(20);
      }
      Until.holds(
          "it fits beside the readers",
          () -> failed.get() != null || store.stats().memory().sumBytes() <= limit);
      stop.set(true);
      for (Thread reader : readers) {
        reader.join();
      }
      assertThat(failed.get()).isNull();
      StoreStats.Memory held = store.stats().memory();
      assertThat(held.pressures()).isPositive();
      assertThat(held.limitBytes()).isEqualTo(limit);
      assertThat(held.fits()).isTrue();
      assertThat(told.get(0).before().sumBytes()).isGreaterThan(limit);
      assertThat(told.get(0).after().sumBytes()).isLessThanOrEqualTo(limit);
      for (int i = 0; i < TASKS; i++) {
        compare(store, i);
      }
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  @Test
  void memtablesAreFlushedUnderAWriter() throws Exception {
    StoreStats.Memory before = load();
    long limit = before.indexBytes() + before.tableBytes() + before.pinnedBytes() + (6 << 20);
    TaskStoreOptions options = options().memoryLimitBytes(limit).recordCacheBytes(0).build();
    try (TaskStore store = TaskStore.open(options)) {
      for (int i = 0; i < TASKS && told.isEmpty(); i++) {
        model.put(store.update("T-" + i, t -> t.withStatus(Status.DONE)));
      }
      Until.holds("it fits", () -> store.stats().memory().sumBytes() <= limit);
      for (int i = 0; i < TASKS; i++) {
        compare(store, i);
      }
    }
  }

  @Test
  void aListenerThatThrowsOrClosesDoesNoHarm() throws Exception {
    load();
    CompletableFuture<TaskStore> held = new CompletableFuture<>();
    List<Throwable> refused = new CopyOnWriteArrayList<>();
    TaskStoreOptions options =
        options()
            .memoryLimitBytes(1 << 20)
            .onMemoryPressure(
                pressure -> {
                  refused.add(catchThrowable(() -> held.join().close()));
                  throw new IllegalStateException("the listener fails");
                })
            .build();
    try (TaskStore store = TaskStore.open(options)) {
      held.complete(store);
      compare(store, 1);
      while (refused.isEmpty()) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      assertThat(refused.get(0))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("cannot be closed from inside");
      awaitIntervals(2);
      compare(store, 2);
      assertThat(store.stats().memory().fits()).isFalse();
    }
  }

  @Test
  void aLimitBelowTheIndexIsLoggedOnce() throws Exception {
    List<String> lines = new ArrayList<>();
    List<String> provider = List.of("-Dslf4j.provider=" + CapturedLogs.class.getName());
    try (ChildJvm child =
        new ChildJvm(provider, LimitPrograms.TinyLimit.class, directory.resolve("s"))) {
      for (String line = child.line(); line != null; line = child.line()) {
        lines.add(line);
      }
      assertThat(child.exit()).as("%s", lines).isZero();
    }
    lines.removeIf(line -> line.contains(" net.openhft."));
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0))
        .startsWith(CapturedLogs.PREFIX + "WARN")
        .contains("the memory limit of 1048576 bytes is below the");
    assertThat(lines.get(1)).isEqualTo("ok 1");
  }
}
