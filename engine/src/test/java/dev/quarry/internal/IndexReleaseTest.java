package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.ChildJvm;
import dev.quarry.OwnThreads;
import dev.quarry.PageRequest;
import dev.quarry.ProgressListener;
import dev.quarry.ScanOptions;
import dev.quarry.Snapshot;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskStore;
import dev.quarry.Until;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The memory and the files of an index that was rebuilt are given back while the store is open, and
 * not before the last reader has left them. The long form rebuilds some thousand times.
 */
@Timeout(600)
class IndexReleaseTest {
  private static final int REBUILDS = Boolean.getBoolean("quarry.long") ? 2_000 : 25;
  private static final String RELEASE = "quarry-index-release";
  private static final long MATCHING = HeldIndex.TASKS / 2;

  @TempDir Path directory;

  private HeldIndex held;

  private TaskStore open() {
    held = new HeldIndex(directory.resolve("store"), false);
    TaskStore store = held.open();
    for (int i = 0; i < HeldIndex.TASKS; i++) {
      store.insert(HeldIndex.task(i));
    }
    return store;
  }

  private static boolean isReleasing() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals(RELEASE));
  }

  private void awaitMapped(long bytes) throws Exception {
    Until.holds(bytes + " bytes are mapped", () -> held.mappedBytes() == bytes && !isReleasing());
  }

  /** What is mapped after one rebuild: it does not depend on how the store came about. */
  private long mappedBehindRebuild(TaskStore store) throws Exception {
    store.rebuildIndexes(ProgressListener.NONE);
    Until.holds("the old files are released", () -> !isReleasing());
    return held.mappedBytes();
  }

  /** Who reads. */
  enum Reader {
    VERB,
    SNAPSHOT,
    JOB;

    long count(TaskStore store, String job) throws InterruptedException {
      if (this == VERB) {
        return store.count(HeldIndex.QUERY);
      } else if (this == JOB) {
        return HeldIndex.countByJob(store, job);
      }
      try (Snapshot snapshot = store.snapshot()) {
        return snapshot.count(HeldIndex.QUERY);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Reader.class)
  void aReaderWithinHoldsItBack(Reader kind) throws Exception {
    try (TaskStore store = open();
        AutoCloseable release = held.goOn::countDown) { // before the store waits for the reader
      assertThat(release).isNotNull();
      long alone = mappedBehindRebuild(store);
      assertThat(alone).isPositive();
      held.arm();
      FutureTask<Long> reader = new FutureTask<>(() -> kind.count(store, "stopped"));
      new Thread(reader).start();
      held.reached.await();
      for (int i = 1; i <= 3; i++) {
        store.rebuildIndexes(ProgressListener.NONE);
        assertThat(kind.count(store, "beside-" + i)).isEqualTo(MATCHING);
      }
      long since = System.nanoTime();
      while (System.nanoTime() - since < TimeUnit.MILLISECONDS.toNanos(100)) {
        assertThat(held.mappedBytes()).isGreaterThanOrEqualTo(2 * alone);
        assertThat(isReleasing()).isTrue();
      }
      assertThat(held.files()).hasSize(3); // two of entries and the state: names go at once
      held.goOn.countDown();
      assertThat(reader.get()).isEqualTo(MATCHING);
      awaitMapped(alone);
      assertThat(store.verify().problems()).isEmpty();
    }
    assertThat(held.mappedBytes()).isZero();
  }

  @Test
  void anInterruptDoesNotEndTheWait() throws Exception {
    try (TaskStore store = open();
        AutoCloseable release = held.goOn::countDown) { // before the store waits for the reader
      assertThat(release).isNotNull();
      long alone = mappedBehindRebuild(store);
      Set<Thread> before = OwnThreads.threads(RELEASE);
      held.arm();
      FutureTask<Long> reader = new FutureTask<>(() -> store.count(HeldIndex.QUERY));
      new Thread(reader).start();
      held.reached.await();
      store.rebuildIndexes(ProgressListener.NONE);
      OwnThreads.interruptAndSeeItRest(OwnThreads.begunSince(before, RELEASE));
      assertThat(held.mappedBytes()).isGreaterThanOrEqualTo(2 * alone);
      held.goOn.countDown();
      assertThat(reader.get()).isEqualTo(MATCHING);
      awaitMapped(alone);
    }
  }

  @Test
  void closeReleasesWhatStillWaits() throws Exception {
    TaskStore store = open();
    held.arm();
    FutureTask<Long> reader = new FutureTask<>(() -> store.count(HeldIndex.QUERY));
    new Thread(reader).start();
    held.reached.await();
    store.rebuildIndexes(ProgressListener.NONE);
    FutureTask<Boolean> closing =
        new FutureTask<>(
            () -> {
              store.close();
              return true;
            });
    new Thread(closing).start();
    assertThat(held.mappedBytes()).isPositive();
    held.goOn.countDown();
    assertThat(reader.get()).isEqualTo(MATCHING);
    assertThat(closing.get()).isTrue();
    assertThat(held.mappedBytes()).isZero();
    assertThat(isReleasing()).isFalse();
  }

  /** Readers of every kind, one of them in a snapshot and a cursor that outlive the rebuilds. */
  private static List<Callable<Long>> readers(TaskStore store, Snapshot snapshot) {
    AtomicLong n = new AtomicLong();
    Query todo = Query.where(TaskFields.STATUS.is(Status.TODO));
    return List.of(
        () -> store.count(HeldIndex.QUERY) - MATCHING,
        () -> store.count(todo) - HeldIndex.TASKS,
        () -> store.get("T-" + n.incrementAndGet() % HeldIndex.TASKS).isPresent() ? 0L : 1L,
        () -> store.statusOf("T-" + n.get() % HeldIndex.TASKS).isPresent() ? 0L : 1L,
        () -> (long) store.page(HeldIndex.QUERY, PageRequest.first(20)).items().size() - 20,
        () -> (long) store.countBy(Query.all(), TaskFields.AGENT).size() - 40,
        () -> snapshot.count(HeldIndex.QUERY) - MATCHING,
        () -> {
          AtomicLong seen = new AtomicLong();
          store.forEachParallel(HeldIndex.QUERY, 2, task -> seen.incrementAndGet());
          return seen.get() - MATCHING;
        });
  }

  @Test
  void rebuildsUnderReadersLeaveNothingBehind() throws Exception {
    try (TaskStore store = open()) {
      long alone = mappedBehindRebuild(store);
      List<String> files = held.files();
      long indexBytes = store.stats().index().bytes();
      AtomicBoolean stop = new AtomicBoolean();
      AtomicLong reads = new AtomicLong();
      List<FutureTask<Boolean>> tasks = new ArrayList<>();
      try (Snapshot snapshot = store.snapshot();
          AutoCloseable end = () -> stop.set(true)) {
        assertThat(end).isNotNull();
        for (Callable<Long> reader : readers(store, snapshot)) {
          FutureTask<Boolean> task =
              new FutureTask<>(
                  () -> {
                    while (!stop.get()) {
                      assertThat(reader.call()).isZero();
                      reads.incrementAndGet();
                    }
                    return true;
                  });
          tasks.add(task);
          new Thread(task).start();
        }
        TaskCursor cursor = store.scan(HeldIndex.QUERY, ScanOptions.chunks(1));
        List<Task> scanned = new ArrayList<>(cursor.nextChunk());
        for (int i = 0; i < REBUILDS; i++) {
          store.rebuildIndexes(ProgressListener.NONE);
          scanned.addAll(cursor.nextChunk());
          awaitMapped(alone); // beside the open snapshot, the cursor and the readers
          assertThat(held.files()).hasSameSizeAs(files);
          assertThat(store.stats().index().bytes()).isEqualTo(indexBytes);
        }
        assertThat(scanned).hasSize((int) Math.min(REBUILDS + 1, MATCHING)).doesNotHaveDuplicates();
        cursor.close();
        long before = reads.get();
        Until.holds(
            "a hundred reads, or a reader's failure",
            () -> reads.get() >= before + 100 || tasks.stream().anyMatch(FutureTask::isDone));
        stop.set(true);
        for (FutureTask<Boolean> task : tasks) {
          assertThat(task.get()).isTrue();
        }
      }
      assertThat(store.verify().problems()).isEmpty();
    }
    assertThat(held.mappedBytes()).isZero();
  }

  /** The mistake is planted in another process, which it ends: the readers do read that memory. */
  @ParameterizedTest
  @ValueSource(strings = {"in time", "early"})
  void aReleaseUnderAReaderEndsTheProcess(String when) throws Exception {
    List<String> options =
        List.of("-XX:ErrorFile=" + directory.resolve("crash"), "-XX:-CreateCoredumpOnCrash");
    try (ChildJvm child =
        new ChildJvm(options, EarlyReleaseProgram.class, directory.resolve("child"), when)) {
      assertThat(child.line()).isEqualTo("released");
      if (when.equals("early")) {
        assertThat(child.line()).startsWith("#"); // the machine's own report
        assertThat(child.exit()).isNotZero();
      } else {
        assertThat(child.line()).isEqualTo("counted " + MATCHING);
        assertThat(child.exit()).isZero();
      }
    }
  }
}
