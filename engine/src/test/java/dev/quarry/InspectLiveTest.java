package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Query;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files come and go while somebody writes, which is no problem of the store. */
@Timeout(240)
class InspectLiveTest {
  private static final int ROUNDS = 40;
  private static final int COMPACTIONS = 4;
  private static final int TASKS = 300;

  @TempDir Path directory;

  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicInteger compactions = new AtomicInteger();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  @Test
  void aStoreUnderLoadHasNoProblems() throws Exception {
    Path path = directory.resolve("store");
    TaskStoreOptions options =
        TaskStoreOptions.builder(path).writeBufferBytes(1 << 20).recordCacheBytes(0).build();
    try (TaskStore store = TaskStore.open(options)) {
      Thread writer = new Thread(() -> write(store), "writer");
      writer.setDaemon(true);
      writer.start();
      try {
        int round = 0;
        while (failure.get() == null && (round < ROUNDS || compactions.get() < COMPACTIONS)) {
          StoreInspection found = TaskStore.inspect(path);
          assertThat(found.problems()).as("round %d", round).isEmpty();
          assertThat(found.database()).isEqualTo("readable");
          try (TaskStore reader = TaskStore.openReadOnly(path)) {
            assertThat(reader.isReadOnly()).isTrue();
          }
          round++;
        }
      } finally {
        over.set(true);
        writer.join(TimeUnit.MINUTES.toMillis(1));
      }
      assertThat(failure.get()).isNull();
      assertThat(writer.isAlive()).isFalse();
    }
  }

  /** What a reader's own version still names may have been compacted away by the writer. */
  @Test
  void aReaderThatHasNotLookedAgainFindsNoDamage() {
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("store")).recordCacheBytes(0).build();
    try (TaskStore store = TaskStore.open(options)) {
      for (int i = 0; i < TASKS; i++) {
        store.put(Task.builder("t" + i, "title").build());
      }
      store.compact();
      try (TaskStore reader = TaskStore.openReadOnly(options.directory());
          TaskCursor open = reader.scan(Query.all(), ScanOptions.chunks(10))) { // keeps its version
        assertThat(open.nextChunk()).hasSize(10);
        for (int i = 0; i < TASKS; i++) {
          store.put(Task.builder("t" + i, "again").build());
        }
        store.compact();
        assertThat(reader.verify(true, ProgressListener.NONE).problems()).isEmpty();
      }
    }
  }

  private void write(TaskStore store) {
    try {
      for (int i = 0; !over.get(); i++) {
        String text = (i + " some words ").repeat(200);
        store.put(Task.builder("t" + i % TASKS, "title").description(text).build());
        if (i % TASKS == TASKS - 1) {
          store.compact(); // every file is replaced
          compactions.incrementAndGet();
        }
      }
    } catch (Throwable e) {
      failure.set(e);
    }
  }
}
