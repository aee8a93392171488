package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A compaction writes no faster than it may. */
@Timeout(120)
class BackgroundRateTest {
  private static final long RATE = 4 << 20;
  private static final int TASKS = 2_000;
  private static final int TEXT = 8_000;

  @TempDir Path directory;

  private long fileBytes() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("s").resolve("data"))) {
      long bytes = 0;
      for (Path file : files.filter(f -> f.toString().endsWith(".sst")).toList()) {
        bytes += Files.size(file);
      }
      return bytes;
    }
  }

  @Test
  void isKept() throws IOException {
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("s")).backgroundBytesPerSecond(RATE).build();
    try (TaskStore store = TaskStore.open(options)) {
      Random random = new Random(35);
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        String text =
            random
                .ints(TEXT, ' ', 0x7f)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        tasks.add(Task.builder("T-" + i, "t").description(text).build());
      }
      store.insertAll(tasks);
      long before = fileBytes();
      long from = System.nanoTime();
      store.compact();
      double seconds = (System.nanoTime() - from) / 1e9;
      // all that is there now was written meanwhile, but for what was there before
      long written = fileBytes() - before;
      assertThat(written).isGreaterThan(2 * RATE);
      assertThat(written / seconds).as("bytes a second").isLessThan(1.2 * RATE);
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  @Test
  void tooLittleIsRefused() {
    TaskStoreOptions.Builder builder = TaskStoreOptions.builder(directory);
    assertThat(builder.build().backgroundBytesPerSecond()).isZero();
    assertThatThrownBy(() -> builder.backgroundBytesPerSecond(1_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("backgroundBytesPerSecond must be at least 1048576");
  }
}
