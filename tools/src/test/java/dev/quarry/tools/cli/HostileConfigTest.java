package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.quarry.tools.config.Configuration;
import dev.quarry.tools.config.ConfigurationException;
import dev.quarry.tools.config.Setting;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files of settings that somebody made up to do harm: they are settings, or refused with a short
 * message that names the file, in bounded time and memory.
 *
 * <p>{@code -Dquarry.fuzz.executions=N} and {@code -Dquarry.seed=S} set the number of executions
 * and the seed. Each execution writes a file, some 700 in a second of processor time: there are no
 * more than 500,000, or {@code -Dquarry.fuzz.most=N}.
 */
@Timeout(36_000)
class HostileConfigTest {
  private static final long MAX_CPU_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long MAX_BYTES = 64L << 20;
  private static final int SHOWN = 4_000;
  private static final long EXECUTIONS =
      Math.min(
          Long.getLong("quarry.fuzz.executions", 1_000), Long.getLong("quarry.fuzz.most", 500_000));
  private static final List<String> PIECES =
      List.of(
          "memory:\n",
          "  limit_mb: ",
          "cache:\n  records_mb: 1\n",
          "write.buffer_mb: 5\n",
          "512\n",
          "-1",
          "1e999999999",
          "9".repeat(400),
          "99999999999999999999999\n",
          "0x10",
          "~\n",
          "&a [*a,*a]",
          "a: &b [x,x]\n",
          "c: *b\n",
          "? ",
          ": ",
          "- ",
          "- - - ",
          "{",
          "}",
          "{a: {a: {a: ",
          "[",
          "!!java.net.URL [\"http://x\"]\n",
          "!!binary |\n",
          "| ",
          ">\n",
          "'",
          "\"",
          "\"\\ud800\"",
          "\u0000",
          "\ufeff",
          "\u2028",
          "---\n",
          "...\n",
          "%YAML 9.9\n",
          "#",
          "\t",
          "\r\n",
          "\n",
          "  ",
          "<<: *a\n");

  @TempDir Path directory;

  private static byte[] input(String real, SplittableRandom random) {
    StringBuilder text = new StringBuilder(random.nextInt(5) == 0 ? "" : real);
    for (int k = 1 << random.nextInt(6); k > 0; k--) {
      int at = random.nextInt(text.length() + 1);
      int end = at + random.nextInt(Math.min(40, text.length() - at) + 1);
      String piece = PIECES.get(random.nextInt(PIECES.size()));
      int times = random.nextInt(60) == 0 ? random.nextInt(60_000) / piece.length() + 1 : 1;
      String other = random.nextInt(6) == 0 ? text.substring(at, end) : piece.repeat(times);
      text.replace(random.nextBoolean() ? at : end, end, other);
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    if (random.nextInt(8) == 0 && bytes.length > 0) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  private void tryIt(byte[] bytes, String what) throws IOException {
    Path file = Files.write(directory.resolve("settings.yaml"), bytes);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = threads.getCurrentThreadAllocatedBytes();
    long cpu = threads.getCurrentThreadCpuTime();
    try {
      Configuration found = Configuration.of(file, Map.of(), Words::nearest);
      for (Setting setting : Setting.values()) {
        assertThat(found.entry(setting, null)).as(what).isNotNull();
      }
    } catch (ConfigurationException e) {
      assertThat(e.getMessage()).as(what).contains(file.toString()).hasSizeLessThan(SHOWN);
    }
    allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
    cpu = threads.getCurrentThreadCpuTime() - cpu;
    assertThat(allocated).as("%s: bytes of heap for %s", what, bytes.length).isLessThan(MAX_BYTES);
    assertThat(cpu).as("%s: nanoseconds", what).isLessThan(MAX_CPU_NANOS);
  }

  private static String real() throws IOException {
    return Files.readString(Path.of("..", "config", "performance.yaml"));
  }

  @Test
  void hostileFilesAreSettingsOrRefused() throws Exception {
    long seed = Long.getLong("quarry.seed", 81);
    String real = real();
    tryIt(real.getBytes(StandardCharsets.UTF_8), "as it is");
    for (long i = 0; i < EXECUTIONS; i++) {
      SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + i);
      tryIt(input(real, random), "seed " + seed + ", execution " + i);
    }
  }

  /** What grew with the product of a key's length and the number of the values below it. */
  @Test
  void aLongKeyAboveManyValues() throws Exception {
    List<String> texts = new ArrayList<>();
    for (int length : new int[] {30_000, 500_000}) {
      texts.add("? " + "x".repeat(length) + "\n:\n" + "  a:\n".repeat(length / 6));
      texts.add("x".repeat(length) + ": 1\n");
      texts.add("memory:\n  limit_mb: " + "1".repeat(length) + "\n");
      texts.add("a:\n ".repeat(length / 4) + "b: 1\n");
    }
    for (String text : texts) {
      tryIt(text.getBytes(StandardCharsets.UTF_8), "text of " + text.length());
    }
  }
}
