package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A compaction writes no faster than it may, and not much slower. */
@Timeout(300)
class BackgroundRateTest {
  private static final long RATE = 10_000_000;
  private static final double TOLERANCE = 0.2;
  private static final int TASKS = 4_000;
  private static final int TEXT = 8_000;
  private static final int ATTEMPTS = 3;
  private static final int MOST_ATTEMPTS = 7;

  /** The rate is to be reached where the machine can do this multiple of it, or it has no room. */
  private static final double ROOM = 4;

  @TempDir Path directory;

  private TaskStore open(long bytesPerSecond) {
    return TaskStore.open(
        TaskStoreOptions.builder(directory.resolve("s"))
            .backgroundBytesPerSecond(bytesPerSecond)
            .build());
  }

  private static List<Task> tasks() {
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
    return tasks;
  }

  private Map<Path, Long> files() throws IOException {
    Map<Path, Long> files = new HashMap<>();
    try (Stream<Path> all = Files.list(directory.resolve("s/data"))) {
      for (Path file : all.filter(f -> f.toString().endsWith(".sst")).toList()) {
        files.put(file, file.toFile().length()); // 0 where it was compacted away meanwhile
      }
    }
    return files;
  }

  /**
   * Bytes a second of a compaction that writes every file anew, and nothing twice: all has been
   * compacted before.
   */
  private double compacted(long limit) throws IOException {
    try (TaskStore store = open(limit)) {
      Map<Path, Long> before = files();
      long from = System.nanoTime();
      store.compact();
      double seconds = (System.nanoTime() - from) / 1e9;
      Map<Path, Long> written = files();
      written.keySet().removeAll(before.keySet());
      long bytes = written.values().stream().mapToLong(Long::longValue).sum();
      assertThat(bytes).isGreaterThan(2 * RATE);
      return bytes / seconds;
    }
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /** What the machine does at most is seen in turn with what it does under the limit. */
  @Test
  void isKeptAndMadeUseOf() throws Exception {
    try (TaskStore store = open(0)) {
      store.insertAll(tasks());
      store.compact();
    }
    List<Double> unlimited = new ArrayList<>();
    List<Double> limited = new ArrayList<>();
    double least = 0;
    while (limited.size() < ATTEMPTS
        || (limited.size() < MOST_ATTEMPTS && median(limited) < least)) {
      unlimited.add(compacted(0));
      limited.add(compacted(RATE));
      double room = Collections.min(unlimited) / ROOM;
      least = (1 - TOLERANCE) * Math.min(RATE, room);
    }
    String measured = "bytes a second, beside " + unlimited + " without a limit";
    assertThat(limited).as(measured).allMatch(rate -> rate < (1 + TOLERANCE) * RATE);
    assertThat(median(limited)).as(measured).isGreaterThan(least);
    try (TaskStore store = open(0)) {
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
