package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.DuplicateTaskException;
import dev.quarry.Durability;
import dev.quarry.LimitExceededException;
import dev.quarry.ProgressListener;
import dev.quarry.Status;
import dev.quarry.StorageException;
import dev.quarry.StoreFailedException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.Until;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageOptions;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.internal.write.Committer;
import dev.quarry.internal.write.Staging;
import dev.quarry.internal.write.StoreHead;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Writers that come while another one writes share its next batch. */
@Timeout(240)
class GroupCommitTest {
  @TempDir Path dir;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stop() throws InterruptedException {
    threads.shutdownNow();
    assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
  }

  /** Stops the first two batches once they are announced, and counts them. */
  private static class Gate implements CommitSteps {
    final CountDownLatch[] reached = {new CountDownLatch(1), new CountDownLatch(1)};
    final CountDownLatch[] go = {new CountDownLatch(1), new CountDownLatch(1)};
    final AtomicInteger writes = new AtomicInteger();

    @Override
    public void reached(Step step) {
      if (step == Step.ANNOUNCED) {
        int n = writes.getAndIncrement();
        if (n < go.length) {
          reached[n].countDown();
          try {
            go[n].await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        }
      }
    }

    void open() {
      go[0].countDown();
      go[1].countDown();
    }
  }

  /** Has one batch stopped whose leader lets others decide meanwhile: that of "second". */
  private Future<Task> stopSecond(TaskStore store, Gate gate) throws Exception {
    Future<Task> first = threads.submit(() -> store.insert(Task.builder("first", "").build()));
    gate.reached[0].await();
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    Future<Task> second =
        threads.submit(
            () -> {
              thread.complete(Thread.currentThread());
              return store.insert(Task.builder("second", "").attribute("n", "0").build());
            });
    Until.holds(
        "it has found the first one at work",
        () -> thread.get().getState() == Thread.State.WAITING);
    gate.go[0].countDown();
    first.get();
    gate.reached[1].await();
    return second;
  }

  @Test
  void theyShareOneBatchAndKeepTheirSequences() throws Exception {
    Gate gate = new Gate();
    TaskStoreOptions options = TaskStoreOptions.builder(dir.resolve("s")).build();
    try (TaskStore store = StoreFactory.openWriting(options, gate, UnaryOperator.identity())) {
      try {
        List<Future<Task>> inserted = new ArrayList<>();
        inserted.add(stopSecond(store, gate));
        // one that sees what is decided but not written, and is refused by it once it is written
        assertThat(store.get("second")).isEmpty();
        FutureTask<Task> twice = insertion(store, "second");
        // and one that finds it as it wants it, which must not be told before it is so
        FutureTask<?> already =
            new FutureTask<>(() -> store.setStatus(List.of("second"), Status.TODO).unchanged());
        List<Thread> waiting = new ArrayList<>();
        waiting.add(new Thread(twice));
        waiting.add(new Thread(already));
        waiting.forEach(Thread::start);
        for (int i = 0; i < 20; i++) {
          FutureTask<Task> insert = insertion(store, "t" + i);
          Thread thread = new Thread(insert);
          thread.start();
          waiting.add(thread);
          inserted.add(insert);
        }
        waiting.forEach(GroupCommitTest::awaitJoined);
        assertThat(twice.isDone() || already.isDone()).isFalse();
        gate.go[1].countDown();
        assertThatThrownBy(twice::get).hasCauseInstanceOf(DuplicateTaskException.class);
        assertThat(already.get()).isEqualTo(1);
        List<Long> sequences = new ArrayList<>();
        for (Future<Task> future : inserted) {
          sequences.add(future.get().version());
        }
        assertThat(sequences).doesNotHaveDuplicates().allMatch(s -> s >= 2 && s <= 22);
        assertThat(store.sequence()).isEqualTo(22);
        assertThat(gate.writes.get()).as("batches: first, second, all others").isEqualTo(3);
        assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
      } finally {
        gate.open();
      }
    }
  }

  /** Until it has decided and joined: one that still waits for its turn to decide waits, too. */
  private static void awaitJoined(Thread thread) {
    while (!isWaiting(thread) || !isIn(thread, "Pending.await")) {
      assertThat(Thread.currentThread().isInterrupted()).as("the time-out").isFalse();
    }
  }

  private static boolean isWaiting(Thread thread) {
    Thread.State state = thread.getState();
    return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
  }

  private static boolean isIn(Thread thread, String method) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(
            frame ->
                (frame.getClassName().replace('$', '.') + "." + frame.getMethodName())
                    .endsWith("." + method));
  }

  private static FutureTask<Task> insertion(TaskStore store, String id) {
    return new FutureTask<>(() -> store.insert(Task.builder(id, "").build()));
  }

  @Test
  void largeOnesDoNotShareOneBatch() throws Exception {
    Gate gate = new Gate();
    String text = "x".repeat(Task.MAX_TEXT_CHARS);
    TaskStoreOptions options = TaskStoreOptions.builder(dir.resolve("s")).build();
    try (TaskStore store = StoreFactory.openWriting(options, gate, UnaryOperator.identity())) {
      try {
        Future<Task> second = stopSecond(store, gate);
        List<FutureTask<?>> inserted = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
          Task task = Task.builder("t" + i, "").description(text).build(); // 16 MiB: three fit
          FutureTask<?> insert = new FutureTask<>(() -> store.insert(task));
          Thread thread = new Thread(insert);
          thread.start();
          awaitJoined(thread);
          inserted.add(insert);
        }
        gate.go[1].countDown();
        second.get();
        for (FutureTask<?> insert : inserted) {
          insert.get();
        }
        assertThat(gate.writes.get()).as("first, second, then 3 + 3 + 1").isEqualTo(5);
        assertThat(store.stats().tasks()).isEqualTo(2 + 7);
      } finally {
        gate.open();
      }
    }
  }

  @Test
  void oneThatIsTooLargeIsRefusedByItselfAndByName() {
    String text = "x".repeat(Task.MAX_TEXT_CHARS);
    List<Task> tasks = new ArrayList<>();
    for (int k = 0; k <= (512 << 20) / Task.MAX_TEXT_CHARS; k++) {
      tasks.add(Task.builder("t" + k, "").description(text).build());
    }
    try (TaskStore store = TaskStore.open(dir.resolve("s"))) {
      assertThatThrownBy(() -> store.insertAll(tasks))
          .isInstanceOf(LimitExceededException.class)
          .hasMessageContaining("smaller parts")
          .hasMessageContaining("limit=536870912");
      assertThat(store.sequence()).isZero();
      store.insert(tasks.get(0));
      assertThat(store.stats().tasks()).isEqualTo(1);
    }
  }

  /** What was written of a failed batch may turn up in the log: then two tasks had one ordinal. */
  @Test
  void theOrdinalsOfAFailedWriteAreNotGivenOutAgain() throws Exception {
    AtomicInteger failures = new AtomicInteger();
    CommitSteps failing =
        step -> {
          if (step == CommitSteps.Step.ANNOUNCED && failures.getAndDecrement() > 0) {
            throw new StorageException("planned", Map.of(), null, true);
          }
        };
    TaskStoreOptions options = TaskStoreOptions.builder(dir.resolve("s")).build();
    try (TaskStore store = StoreFactory.openWriting(options, failing, UnaryOperator.identity())) {
      store.insert(Task.builder("first", "").build());
      failures.set(1);
      assertThatThrownBy(() -> store.insert(Task.builder("second", "").build()))
          .hasMessageContaining("planned");
      failures.set(1);
      List<Task> five =
          IntStream.range(0, 5).mapToObj(i -> Task.builder("n" + i, "").build()).toList();
      assertThatThrownBy(() -> store.insertAll(five)).hasMessageContaining("planned");
      store.update("first", task -> task.withStatus(Status.DONE)); // gives none out
      store.insert(Task.builder("third", "").build());
      assertThat(store.stats().tasks()).isEqualTo(2);
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
    }
    try (Storage storage =
        Storage.open(
            dir.resolve("s").resolve("data"), new StorageOptions(1 << 20, 1 << 20, false))) {
      assertThat(storage.get(Family.IDS, Keys.id("first"))).isEqualTo(Keys.number(0));
      assertThat(storage.get(Family.IDS, Keys.id("third"))).isEqualTo(Keys.number(7));
      assertThat(StoreHead.read(storage)).isEqualTo(new StoreHead(5, 8, 2));
    }
  }

  @Test
  void aChangeOverADecidedChangeIsMadeInOrder() throws Exception {
    Gate gate = new Gate();
    TaskStoreOptions options = TaskStoreOptions.builder(dir.resolve("s")).build();
    try (TaskStore store = StoreFactory.openWriting(options, gate, UnaryOperator.identity())) {
      try {
        Future<Task> second = stopSecond(store, gate);
        List<Future<?>> writes = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
          Status status = i % 2 == 0 ? Status.DONE : Status.TODO;
          writes.add(
              threads.submit(
                  () ->
                      store.put(
                          Task.builder("b", "").dependency("second").status(status).build())));
          writes.add(threads.submit(() -> store.update("second", GroupCommitTest::counted)));
        }
        gate.go[1].countDown();
        second.get();
        for (Future<?> write : writes) {
          write.get();
        }
        assertThat(store.get("second").orElseThrow().attributes()).containsEntry("n", "50");
        assertThat(store.verify().problems()).isEmpty();
      } finally {
        gate.open();
      }
    }
  }

  private static Task counted(Task task) {
    return task.withAttribute("n", "" + (Integer.parseInt(task.attributes().get("n")) + 1));
  }

  @Test
  void aGroupWhoseLeaderDoesNotComeIsWrittenByOneWhoFollows() throws Exception {
    try (TaskStore store = TaskStore.open(dir.resolve("s"))) {
      Committer committer = ((WritingParts) ((QuarryStore) store).parts).committer;
      committer.submit(inserting("of one who died")); // and never awaits it
      Future<Long> follower = threads.submit(() -> committer.submit(inserting("next")).await());
      assertThat(follower.get(60, TimeUnit.SECONDS)).isEqualTo(2);
      assertThat(store.get("of one who died")).isPresent();
      assertThat(store.get("next")).isPresent();
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  private static Function<Staging, Long> inserting(String id) {
    return staging -> {
      staging.insert(Task.builder(id, "").build());
      return staging.commit(Durability.BUFFERED);
    };
  }

  @Test
  void whatWasDecidedOverAFailedWriteFailsToo() throws Exception {
    Gate gate =
        new Gate() {
          @Override
          public void reached(Step step) {
            super.reached(step);
            if (step == Step.ANNOUNCED && writes.get() == 2) {
              throw new IllegalStateException("planned");
            }
          }
        };
    TaskStoreOptions options = TaskStoreOptions.builder(dir.resolve("s")).build();
    try (TaskStore store = StoreFactory.openWriting(options, gate, UnaryOperator.identity())) {
      try {
        Future<Task> second = stopSecond(store, gate);
        FutureTask<Task> third = insertion(store, "third");
        Thread thread = new Thread(third);
        thread.start();
        awaitJoined(thread);
        gate.go[1].countDown();
        assertThatThrownBy(second::get).hasRootCauseMessage("planned");
        assertThatThrownBy(third::get).hasRootCauseMessage("planned");
        assertThat(store.get("first")).isPresent();
        assertThat(store.get("second")).isEmpty();
        assertThat(store.get("third")).isEmpty();
        assertThatThrownBy(() -> store.insert(Task.builder("fourth", "").build()))
            .isInstanceOf(StoreFailedException.class);
      } finally {
        gate.open();
      }
    }
  }
}
