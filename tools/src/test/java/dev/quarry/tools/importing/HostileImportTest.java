package dev.quarry.tools.importing;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files that somebody made up to do harm, for every importer: deep nesting, aliases of aliases,
 * numbers without end, packed bombs, foreign and broken encodings. They end in a report or in a
 * documented exception, in bounded time, memory and stack.
 *
 * <p>{@code -Dquarry.fuzz.executions=N}, {@code -Dquarry.seed=S} and {@code -Dquarry.fuzz.first=I}
 * set the number of executions, the seed and the first execution.
 */
class HostileImportTest {
  private static final long STACK_BYTES = 512 << 10;
  private static final long MAX_CPU_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** What waits uses no processor; what works may wait for one on a busy machine. */
  private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(240);

  private static final long SPARE_BYTES = 8 << 20;

  /** A record costs some six thousand, be it a line of one character. */
  private static final long BYTES_PER_BYTE = 5_000;

  private static final List<String> PIECES =
      List.of(
          "[",
          "{",
          "}",
          "]",
          "{\"a\":",
          "[{",
          "\"id\":",
          "\"id\":\"x\",",
          "1e999999999",
          "-",
          "9".repeat(400),
          "\"\\ud800\"",
          "\\u0000",
          "\u0000",
          "\ufeff",
          "---\n",
          "- ",
          "- - ",
          "&a [*a,*a]",
          "a: &b [x,x]\n",
          "c: *b\n",
          "? ",
          ": ",
          "!!java.net.URL [\"http://x\"]\n",
          "!!binary |\n",
          "| ",
          ">\n",
          "'",
          "\"",
          ",",
          ";",
          "\t",
          "\r\n",
          "\n\n",
          "```\n",
          "# ",
          "- [ ] ",
          "- [x] ",
          "(A) ",
          "due:2024-02-30 ",
          "+p @c ",
          "null",
          "true",
          "0x1F",
          ".nan",
          "{\"dependencies\":[",
          "\"subtasks\":[{\"id\":1},",
          "20240230T250000Z",
          "\ud83d\ude00");

  private final List<byte[]> samples = new ArrayList<>();
  private final AtomicLong startedAt = new AtomicLong();
  private final AtomicLong startedAtCpu = new AtomicLong();

  /** A file, its size unpacked, and what it is taken for; null to let the importer find out. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Input(Format format, byte[] bytes, int unpacked) {}

  private Input input(SplittableRandom random) {
    Format[] formats = Format.values();
    Format format = random.nextInt(8) == 0 ? null : formats[random.nextInt(formats.length)];
    byte[] bytes =
        switch (random.nextInt(4)) {
          case 0 -> pieces(random).getBytes(StandardCharsets.UTF_8);
          case 1 -> repeated(random).getBytes(StandardCharsets.UTF_8);
          default -> damaged(samples.get(random.nextInt(samples.size())), random);
        };
    if (random.nextInt(16) == 0) {
      bytes = ("\ufeff" + text(bytes)).getBytes(StandardCharsets.UTF_16BE);
    }
    int unpacked = bytes.length;
    if (random.nextInt(10) == 0) {
      bytes = packed(bytes);
      if (random.nextInt(3) == 0) {
        bytes = damaged(bytes, random);
        unpacked = 1_200 * bytes.length; // no more can come out of so many bytes
      }
    }
    return new Input(format, bytes, Math.max(unpacked, bytes.length));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static String pieces(SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    for (int k = random.nextInt(200); k > 0; k--) {
      text.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return text.toString();
  }

  private static String repeated(SplittableRandom random) {
    String piece = PIECES.get(random.nextInt(PIECES.size()));
    String other = PIECES.get(random.nextInt(PIECES.size()));
    int most = random.nextInt(30) == 0 ? 300_000 : 5_000;
    return other + piece.repeat(1 + random.nextInt(most) / piece.length()) + other;
  }

  private byte[] damaged(byte[] source, SplittableRandom random) {
    byte[] bytes = source.clone();
    for (int k = 1 << random.nextInt(5); k > 0 && bytes.length > 0; k--) {
      int at = random.nextInt(bytes.length);
      int length = random.nextInt(Math.min(80, bytes.length - at) + 1);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes = replace(bytes, at, length, new byte[0]);
        case 3 -> {
          byte[] other = samples.get(random.nextInt(samples.size()));
          int from = random.nextInt(other.length);
          int to = Math.min(other.length, from + 200);
          bytes = replace(bytes, at, 0, Arrays.copyOfRange(other, from, to));
        }
        case 4 -> {
          String piece = PIECES.get(random.nextInt(PIECES.size()));
          bytes = replace(bytes, at, 0, piece.getBytes(StandardCharsets.UTF_8));
        }
        default -> bytes = random.nextInt(8) == 0 ? Arrays.copyOf(bytes, at + 1) : bytes;
      }
    }
    return bytes;
  }

  private static byte[] replace(byte[] bytes, int at, int length, byte[] other) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + other.length);
    out.write(bytes, 0, at);
    out.write(other, 0, other.length);
    out.write(bytes, at + length, bytes.length - at - length);
    return out.toByteArray();
  }

  private static byte[] packed(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static void run(Input input) {
    MemoryTarget target = new MemoryTarget();
    ImportOptions options = ImportOptions.defaults().withFormat(input.format());
    ImportReport report;
    try {
      report = Imports.bytes("source", input.bytes(), options, target);
    } catch (UncheckedIOException | IllegalArgumentException e) {
      // a stream that cannot be unpacked; a format that is not clear
      boolean documented = e instanceof UncheckedIOException || input.format() == null;
      if (!documented || e.getMessage() == null || e.getMessage().isBlank()) {
        throw e;
      }
      return;
    }
    long sum =
        report.created()
            + report.updated()
            + report.unchanged()
            + report.skipped()
            + report.failed();
    if (sum != report.records()) {
      throw new AssertionError("the report does not add up: " + report.lines());
    }
  }

  private void execute(long seed, long number) {
    Input input = input(new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number));
    startedAtCpu.set(cpuNanos());
    startedAt.set(System.nanoTime());
    try {
      checkHeap(input);
    } catch (Throwable e) { // also what the stack or the heap ends with
      String shown = Base64.getEncoder().encodeToString(Arrays.copyOf(input.bytes(), 3_000));
      throw new AssertionError(
          "seed %d, execution %d (-Dquarry.seed=%d -Dquarry.fuzz.first=%d), %s, %d bytes: %s"
              .formatted(seed, number, seed, number, input.format(), input.bytes().length, shown),
          e);
    }
    startedAt.set(0);
  }

  private static long cpuNanos() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadCpuTime();
  }

  private static void checkHeap(Input input) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    run(input);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    long allowed = SPARE_BYTES + BYTES_PER_BYTE * input.unpacked();
    if (allocated > allowed) {
      throw new AssertionError(allocated + " bytes of heap; allowed are " + allowed);
    }
  }

  /** What long campaigns found. */
  @ParameterizedTest
  @CsvSource({
    "YAML, '', '---\n', 20000",
    "YAML, '', 'a: x\n', 20000",
    "YAML, '', '? ', 20",
    "CSV, 'id,title\n', 'x\",\"\n', 30000",
    "CSV, 'id,title\n', 'x\",\"\r\n', 30000",
  })
  void whatRepeatsCostsNoMoreEachTime(Format format, String head, String piece, int times) {
    String text = head.translateEscapes() + piece.translateEscapes().repeat(times);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    checkHeap(new Input(format, bytes, bytes.length));
  }

  private boolean takesTooLong(Thread worker, long started) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = startedAtCpu.get();
    long cpu = threads.getThreadCpuTime(worker.getId()) - before;
    boolean tooLong = cpu > MAX_CPU_NANOS || System.nanoTime() - started > MAX_NANOS;
    return tooLong && worker.isAlive() && startedAt.get() == started;
  }

  @Test
  @Timeout(36_000)
  void hostileFilesAreReported() throws Exception {
    for (String name : Samples.names()) {
      samples.add(Samples.bytes(name));
    }
    long seed = Long.getLong("quarry.seed", 75);
    long first = Long.getLong("quarry.fuzz.first", 0);
    long last = first + Long.getLong("quarry.fuzz.executions", 2_500);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    AtomicLong at = new AtomicLong();
    Runnable work =
        () -> {
          try {
            for (long i = first; i < last; i++) {
              at.set(i);
              execute(seed, i);
            }
          } catch (Throwable e) { // thrown below
            failure.set(e);
          }
        };
    Thread worker = new Thread(null, work, "hostile-import", STACK_BYTES);
    worker.setDaemon(true);
    worker.start();
    while (worker.isAlive()) {
      worker.join(1_000);
      long started = startedAt.get();
      if (started != 0 && takesTooLong(worker, started)) {
        AssertionError stuck =
            new AssertionError("seed " + seed + ", execution " + at + " takes too long");
        stuck.setStackTrace(worker.getStackTrace());
        throw stuck;
      }
    }
    if (failure.get() != null) {
      throw new AssertionError(failure.get().getMessage(), failure.get());
    }
  }
}
