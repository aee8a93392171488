package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A compaction writes no faster than it may, and not much slower. */
@Timeout(120)
class BackgroundRateTest {
  private static final long RATE = 4 << 20;
  private static final int TASKS = 2_000;
  private static final int TEXT = 8_000;

  /** Where the machine is slower than this multiple of the rate, the rate need not be reached. */
  private static final double MACHINE_SHARE = 8;

  @TempDir Path directory;

  private static long fileBytes(Path store) throws IOException {
    try (Stream<Path> files = Files.list(store.resolve("data"))) {
      long bytes = 0;
      for (Path file : files.filter(f -> f.toString().endsWith(".sst")).toList()) {
        bytes += file.toFile().length(); // 0 where it was compacted away meanwhile
      }
      return bytes;
    }
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

  /** Compresses and writes, as a compaction does, as fast as this machine lets it. */
  private static double unlimited(Path file, BooleanSupplier isOver) throws IOException {
    byte[] bytes = new byte[1 << 20];
    new Random(36).nextBytes(bytes);
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    long written = 0;
    long from = System.nanoTime();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      do {
        deflater.reset();
        deflater.setInput(bytes);
        deflater.finish();
        ByteBuffer out = ByteBuffer.allocate(2 * bytes.length);
        deflater.deflate(out);
        written += channel.write(out.flip(), 0);
        channel.force(false);
      } while (!isOver.getAsBoolean());
    } finally {
      deflater.end();
    }
    return written / ((System.nanoTime() - from) / 1e9);
  }

  /** A thread beside it says what the machine does in the same time where nothing limits it. */
  @Test
  void isKeptAndMadeUseOf() throws Exception {
    Path path = directory.resolve("s");
    TaskStoreOptions options =
        TaskStoreOptions.builder(path).backgroundBytesPerSecond(RATE).build();
    try (TaskStore store = TaskStore.open(options)) {
      store.insertAll(tasks());
      long before = fileBytes(path);
      AtomicBoolean over = new AtomicBoolean();
      Callable<Double> others = () -> unlimited(directory.resolve("beside"), over::get);
      FutureTask<Double> beside = new FutureTask<>(others);
      new Thread(beside, "unlimited").start();
      long from = System.nanoTime();
      try {
        store.compact();
      } finally {
        over.set(true);
      }
      double seconds = (System.nanoTime() - from) / 1e9;
      // all that is there now was written meanwhile, but for what was there before
      long written = fileBytes(path) - before;
      assertThat(written).isGreaterThan(2 * RATE);
      assertThat(written / seconds).as("bytes a second").isLessThan(1.2 * RATE);
      // a flush writes what the compaction then writes again, so half of it may be gone
      double least = Math.min(RATE / 8.0, beside.get() / (2 * MACHINE_SHARE));
      assertThat(written / seconds).as("bytes a second").isGreaterThan(least);
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
