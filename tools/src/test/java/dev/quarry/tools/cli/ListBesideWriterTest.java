package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.ProgressListener;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.WriteBatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code quarry list} in a loop, beside a process that writes 10,000 tasks a second: no call fails,
 * none holds up the writer, and nothing of it is seen in the data.
 *
 * <p>{@code -Dquarry.beside.seconds=N} sets how long; ten minutes with {@code quarry.long}.
 */
@Timeout(3_600)
class ListBesideWriterTest {
  private static final long SECONDS =
      Long.getLong("quarry.beside.seconds", Boolean.getBoolean("quarry.long") ? 600 : 4);

  private static final int RATE = 10_000;
  private static final int BATCH = 500;
  private static final int KEPT = 5_000;

  /** On a machine that is busy the writer may not get its turn within some calls. */
  private static final long MOST_IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);

  @TempDir Path directory;

  /** Writes at the rate until it is told to end, then says how many. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) throws Exception {
      long written = 0;
      try (TaskStore store = TaskStore.open(Path.of(arguments[0]))) {
        long begin = System.nanoTime();
        System.out.println("open");
        while (System.in.available() == 0) {
          try (WriteBatch batch = store.newBatch()) {
            for (int i = 0; i < BATCH; i++) {
              // the same ids again and again, so that the store stays small
              String id = "T-" + (written + i) % KEPT;
              batch.put(Task.builder(id, "write " + (written + i)).agent("a" + i % 3).build());
            }
            batch.commit();
          }
          written += BATCH;
          System.out.println("written " + written);
          long due = begin + TimeUnit.SECONDS.toNanos(1) * written / RATE;
          while (System.nanoTime() - due < 0 && System.in.available() == 0) {
            TimeUnit.MILLISECONDS.sleep(1); // the rate
          }
        }
        System.out.println("done " + written + " " + (System.nanoTime() - begin) / 1_000_000);
      }
    }
  }

  private Process writer(Path store) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            Writer.class.getName(),
            store.toString());
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  /** Lists until a commit has come meanwhile; how often. */
  private static int listBesideACommit(Runner quarry, BufferedReader lines) throws IOException {
    isWritten(lines);
    long begin = System.nanoTime();
    int calls = 0;
    do {
      Runner.Result result = quarry.run("list", "--limit", "50", "--format", "jsonl");
      assertThat(result.exitCode()).as(result.err()).isZero();
      assertThat(result.out().lines().count()).isIn(0L, 50L);
      calls++;
      assertThat(System.nanoTime() - begin)
          .as("nanoseconds of %d calls beside which nothing was written", calls)
          .isLessThan(MOST_IDLE_NANOS);
    } while (!isWritten(lines));
    return calls;
  }

  /** Whether the writer has told of commits since this was asked last. */
  private static boolean isWritten(BufferedReader lines) throws IOException {
    boolean written = false;
    while (lines.ready()) {
      assertThat(lines.readLine()).startsWith("written ");
      written = true;
    }
    return written;
  }

  @Test
  void noCallFails() throws Exception {
    Path store = directory.resolve("store");
    Process process = writer(store);
    long written;
    int calls = 0;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("open");
      Runner quarry = new Runner(directory).variable("QUARRY_DB", "store");
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      for (int rounds = 0; rounds < 3 || System.nanoTime() - end < 0; rounds++) {
        calls += listBesideACommit(quarry, lines);
      }
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
      String[] done = lines.readLine().split(" ", -1);
      while (done[0].equals("written")) {
        done = lines.readLine().split(" ", -1);
      }
      written = Long.parseLong(done[1]);
      long rate = 1_000 * written / Math.max(1, Long.parseLong(done[2]));
      System.out.printf("%d calls beside %d tasks a second, %d failures%n", calls, rate, 0);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
    try (TaskStore after = TaskStore.open(store)) {
      assertThat(after.verify(true, ProgressListener.NONE).problems()).isEmpty();
      assertThat(after.stats().tasks()).isEqualTo(Math.min(KEPT, written));
      assertThat(after.sequence()).isEqualTo(written / BATCH);
      for (long n = written - BATCH; n < written; n++) {
        assertThat(after.get("T-" + n % KEPT).orElseThrow().title()).isEqualTo("write " + n);
      }
    }
  }
}
