package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Opening, closing, and what must not be done. */
@Timeout(120)
class LifecycleTest {
  @TempDir Path directory;

  private Path path() {
    return directory.resolve("store");
  }

  private TaskStore open() {
    return TaskStore.open(path());
  }

  private static Task task(String id) {
    return Task.builder(id, "t").build();
  }

  private static void fill(TaskStore store, int n) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      tasks.add(task("T-" + i));
    }
    store.insertAll(tasks);
  }

  private static void assertClosed(ThrowingCallable use) {
    assertThatThrownBy(use).isInstanceOf(StoreClosedException.class);
  }

  @Test
  void theIndexIsMadeForTheTasksThatThereAre() throws Exception {
    Path path = directory.resolve("passed-through");
    TaskStoreOptions options = TaskStoreOptions.builder(path).expectedTasks(1_000).build();
    try (TaskStore store = TaskStore.open(options)) {
      for (int round = 0; round < 40; round++) {
        WriteBatch come = store.newBatch();
        WriteBatch go = store.newBatch();
        for (int i = 0; i < 1_000; i++) {
          String id = "P-" + round + "-" + i;
          come.insert(Task.builder(id, "t").build());
          go.delete(id);
        }
        come.commit();
        go.commit();
      }
      store.insert(Task.builder("P", "t").build());
    }
    deleteFiles(path.resolve("index"));
    try (TaskStore store = TaskStore.open(options)) {
      assertThat(store.verify().problems()).isEmpty();
    }
    // files for the 40,001 ordinals that were given would be of 5 MB
    assertThat(bytesOf(path.resolve("index"))).isLessThan(2 << 20);
  }

  private static void deleteFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  private static long bytesOf(Path folder) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  @Test
  void closedSnapshotCursorAndBatchThrow() {
    try (TaskStore store = open()) {
      fill(store, 10);
      Snapshot snapshot = store.snapshot();
      TaskCursor ofSnapshot = snapshot.scan(Query.all(), ScanOptions.chunks(2));
      snapshot.close();
      snapshot.close();
      assertClosed(() -> snapshot.count(Query.all()));
      assertThat(ofSnapshot.nextChunk()).as("keeps the snapshot's data").hasSize(2);
      ofSnapshot.close();
      ofSnapshot.close();
      assertClosed(ofSnapshot::nextChunk);
      WriteBatch batch = store.newBatch();
      batch.insert(task("B")).commit();
      assertClosed(batch::commit);
      assertClosed(() -> batch.delete("B"));
      batch.close();
      try (WriteBatch failing = store.newBatch().insert(task("B"))) {
        assertThatThrownBy(failing::commit).isInstanceOf(DuplicateTaskException.class);
        assertClosed(failing::commit);
      }
      try (Stream<Task> stream = store.stream(Query.all())) {
        assertThat(stream.limit(3).toList()).hasSize(3);
      }
      assertThat(store.stats().openCursors()).isZero();
      assertThat(store.stats().openSnapshots()).isZero();
    }
  }

  @Test
  void closeWaitsForScansOfOtherThreads() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    for (int round = 0; round < 5; round++) {
      TaskStore store = TaskStore.open(directory.resolve("r" + round));
      fill(store, 2_000);
      CountDownLatch running = new CountDownLatch(3);
      Callable<Void> scans =
          () -> {
            boolean first = true;
            while (true) {
              store.forEachChunk(Query.all(), 50, c -> assertThat(c).isNotEmpty());
              store.forEachParallel(Query.all(), 2, t -> assertThat(t.id()).isNotNull());
              assertThat(store.count(Query.where(TaskFields.ID.startsWith("T-1")))).isPositive();
              if (first) {
                running.countDown();
                first = false;
              }
            }
          };
      List<Future<Void>> futures =
          List.of(threads.submit(scans), threads.submit(scans), threads.submit(scans));
      running.await();
      Future<?> other = threads.submit(store::close);
      store.close();
      other.get();
      for (Future<Void> future : futures) {
        assertThatThrownBy(future::get).hasCauseInstanceOf(StoreClosedException.class);
      }
    }
    threads.shutdownNow();
    assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void leakedCursorsAreClosedByTheCollector() {
    try (TaskStore store = open()) {
      fill(store, 100);
      for (int i = 0; i < 5; i++) {
        store.scan(Query.all(), ScanOptions.chunks(10)).nextChunk();
        store.snapshot().count(Query.all());
      }
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (store.stats().openCursors() + store.stats().openSnapshots() > 0
          && System.nanoTime() < end) {
        System.gc();
      }
      assertThat(store.stats().openCursors()).isZero();
      assertThat(store.stats().openSnapshots()).isZero();
    }
  }

  @Test
  void interruptedThreadsWriteReadAndClose() {
    try {
      Thread.currentThread().interrupt();
      for (int round = 0; round < 2; round++) {
        Thread.interrupted();
        TaskStore store = TaskStore.open(TaskStoreOptions.builder(path()).expectedTasks(1).build());
        Thread.currentThread().interrupt();
        if (round == 0) {
          fill(store, 20_000); // the index grows
        }
        for (int i = 0; i < 200; i++) {
          store.put(Task.builder("R" + round + "-" + i, "t").agent("agent-" + i).build());
        }
        store.rebuildIndexes(ProgressListener.NONE);
        assertThat(store.count(Query.where(TaskFields.AGENT.is("agent-7")))).isEqualTo(round + 1);
        assertThat(store.verify().problems()).isEmpty();
        store.close();
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
      }
      Thread.interrupted();
      List<String> phases = new ArrayList<>();
      TaskStore.open(TaskStoreOptions.builder(path()).progress((p, d, t) -> phases.add(p)).build())
          .close();
      assertThat(phases).as("a clean close").isEmpty();
    } finally {
      Thread.interrupted();
    }
  }

  @Test
  void writesInsideOfWritesAreRefused() {
    try (TaskStore store = open()) {
      fill(store, 3);
      assertThatThrownBy(
              () ->
                  store.update(
                      "T-1",
                      t -> {
                        store.insert(task("inner"));
                        return t.withTitle("x");
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("inside another");
      assertThat(store.get("inner")).isEmpty();
      store.update("T-1", t -> t.withTitle("of " + store.count(Query.all())));
      assertThat(store.get("T-1").orElseThrow().title()).isEqualTo("of 3");
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  @Test
  void openModes() throws Exception {
    TaskStoreOptions.Builder options = TaskStoreOptions.builder(path());
    assertThatThrownBy(() -> TaskStore.open(options.mode(OpenMode.OPEN).build()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("there is no store");
    assertThatThrownBy(() -> TaskStore.openReadOnly(path())).isInstanceOf(StorageException.class);
    assertThat(path()).doesNotExist();
    TaskStore.open(options.mode(OpenMode.CREATE).build()).close();
    assertThatThrownBy(() -> TaskStore.open(options.mode(OpenMode.CREATE).build()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("there is a store already");
    TaskStore.open(options.mode(OpenMode.OPEN).build()).close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
        .isEqualTo("rwx------");
  }

  @Test
  void foreignDirectoryIsRefused() throws Exception {
    Files.createDirectories(path());
    Files.writeString(path().resolve("notes.txt"), "mine");
    assertThatThrownBy(this::open)
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("neither empty nor a store");
    assertThat(path().resolve("quarry.lock")).doesNotExist();
    Files.delete(path().resolve("notes.txt"));
    open().close(); // an empty one is taken
  }

  @Test
  void halfCreatedStoreIsCreatedAnew() throws Exception {
    try (TaskStore store = open()) {
      assertThat(store.sequence()).isZero();
    }
    Files.delete(path().resolve("QUARRY")); // the last file that a creation writes
    try (TaskStore store = open()) {
      store.insert(task("A"));
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  @Test
  void newerFormatIsRefused() throws Exception {
    open().close();
    Path file = path().resolve("QUARRY");
    String text = Files.readString(file);
    Files.writeString(file, text.replaceFirst("format=\\d+", "format=99"));
    assertThatThrownBy(this::open)
        .isInstanceOf(FormatVersionException.class)
        .hasMessageContaining("99")
        .hasMessageContaining("newer release");
    assertThatThrownBy(() -> TaskStore.openReadOnly(path()))
        .isInstanceOf(FormatVersionException.class);
    Files.writeString(file, "format=x\n");
    assertThatThrownBy(this::open).isInstanceOf(CorruptionException.class);
    Files.writeString(file, text);
    open().close(); // a refused open leaves no lock behind
  }

  @Test
  void damagedOrMissingIndexIsRebuiltAndACleanOneIsNot() throws Exception {
    try (TaskStore store = open()) {
      fill(store, 3_000);
    }
    assertThat(phasesOfOpening()).isEmpty();
    Path index = path().resolve("index");
    try (Stream<Path> files = Files.walk(index)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        for (int i = 0; i < bytes.length; i += 997) {
          bytes[i] ^= 0x55;
        }
        Files.write(file, bytes);
      }
    }
    assertThat(phasesOfOpening()).contains("rebuild index");
    assertThat(phasesOfOpening()).isEmpty();
    try (Stream<Path> files = Files.walk(index)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    assertThat(phasesOfOpening()).contains("rebuild index");
    assertThat(phasesOfOpening()).isEmpty();
  }

  private List<String> phasesOfOpening() {
    List<String> phases = new ArrayList<>();
    TaskStoreOptions options =
        TaskStoreOptions.builder(path())
            .progress((phase, done, total) -> phases.add(phase))
            .build();
    try (TaskStore store = TaskStore.open(options)) {
      assertThat(store.count(Query.where(TaskFields.STATUS.is(Status.TODO)))).isEqualTo(3_000);
      assertThat(store.verify().problems()).isEmpty();
    }
    return phases;
  }
}
