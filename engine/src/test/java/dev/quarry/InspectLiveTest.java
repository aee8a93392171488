package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files come and go while somebody writes, which is no problem of the store. */
class InspectLiveTest {
  @TempDir Path directory;

  @Test
  void aStoreUnderLoadHasNoProblems() throws Exception {
    Path path = directory.resolve("store");
    TaskStoreOptions options =
        TaskStoreOptions.builder(path).writeBufferBytes(1 << 20).recordCacheBytes(0).build();
    AtomicBoolean over = new AtomicBoolean();
    try (TaskStore store = TaskStore.open(options)) {
      Thread writer =
          new Thread(
              () -> {
                for (int i = 0; !over.get(); i++) {
                  String text = (i + " some words ").repeat(200);
                  store.put(Task.builder("t" + i % 500, "title").description(text).build());
                  if (i % 400 == 399) {
                    store.compact(); // every file is replaced
                  }
                }
              });
      writer.start();
      try {
        for (int round = 0; round < 60; round++) {
          StoreInspection found = TaskStore.inspect(path);
          assertThat(found.problems()).as("round %d", round).isEmpty();
          assertThat(found.database()).isEqualTo("readable");
        }
      } finally {
        over.set(true);
        writer.join();
      }
    }
  }
}
