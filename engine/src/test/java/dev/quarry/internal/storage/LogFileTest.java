package dev.quarry.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the death of a machine leaves of a log is told from damage, wherever it begins. */
class LogFileTest {
  private static final int PAGE = 4 << 10;

  @TempDir Path directory;

  private byte[] log;

  /** What a reader says of a log. */
  private record Read(int records, List<Boolean> torn) {}

  @BeforeEach
  void write() throws IOException {
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      for (int i = 0; i < 100; i++) {
        store.insert(Task.builder("T-" + i, "t").description("text " + "x".repeat(i * 17)).build());
      }
      log = Files.readAllBytes(DataFiles.logs(directory.resolve("store").resolve("data")).get(0));
    }
    assertThat(log.length).isGreaterThan(3 * (32 << 10));
  }

  private Read read(byte[] bytes) throws IOException {
    Path file = directory.resolve("copy.log");
    Files.write(file, bytes);
    int[] records = {0};
    List<Boolean> torn = new ArrayList<>();
    LogFile.read(
        file,
        new LogFile.Sink() {
          @Override
          public void record(long offset, byte[] payload) {
            records[0]++;
          }

          @Override
          public void damage(long offset, long length, String why, boolean isTorn) {
            torn.add(isTorn);
          }
        });
    return new Read(records[0], torn);
  }

  @Test
  void lostPagesAreATornEnd() throws IOException {
    int before = 0;
    for (int from = 0; from < log.length; from += PAGE) {
      byte[] zeroed = log.clone();
      Arrays.fill(zeroed, from, log.length, (byte) 0);
      Read read = read(zeroed);
      assertThat(read.torn()).as("zeros from %s of %s", from, log.length).doesNotContain(false);
      assertThat(read.records()).as("zeros from %s", from).isGreaterThanOrEqualTo(before);
      before = read.records();
    }
    assertThat(before).isGreaterThan(90);
  }

  @Test
  void aCutIsATornEnd() throws IOException {
    for (int length = 0; length < log.length; length += 97) {
      Read read = read(Arrays.copyOf(log, length));
      assertThat(read.torn()).as("cut at %s of %s", length, log.length).doesNotContain(false);
    }
  }

  @Test
  void aLostPageWithOthersBehindItIsDamage() throws IOException {
    for (int from = PAGE; from + 2 * PAGE < log.length; from += PAGE) {
      byte[] hole = log.clone();
      Arrays.fill(hole, from, from + PAGE, (byte) 0);
      assertThat(read(hole).torn()).as("a hole at %s of %s", from, log.length).contains(false);
    }
  }
}
