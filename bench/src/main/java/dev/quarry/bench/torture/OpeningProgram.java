package dev.quarry.bench.torture;

import dev.quarry.TaskStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The process that is killed while it recovers a store, or just behind that: it opens it and waits.
 * Directory, and time in milliseconds.
 */
final class OpeningProgram {
  /** Said before it opens the store. */
  static final String BEGIN = "opening";

  /** Said behind that, with the microseconds that it took. */
  static final String OPEN = "opened";

  private OpeningProgram() {}

  /** Ends by itself where nobody is left to kill it. */
  public static void main(String[] args) throws IOException {
    Instant now = Instant.ofEpochMilli(Long.parseLong(args[1]));
    say(BEGIN);
    long begin = System.nanoTime();
    try (TaskStore store =
        TaskStore.open(
            TortureProgram.options(Path.of(args[0]), new AtomicReference<>(now)).build())) {
      say(OPEN + " " + TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begin));
      if (System.in.read() >= 0) {
        throw new IllegalStateException(store.directory() + ": nothing is said to this process");
      }
    } catch (RuntimeException | Error e) {
      say(("failed " + e + " cause " + e.getCause()).replace('\n', ' '));
      throw e;
    }
  }

  private static void say(String line) {
    System.out.println(line + TortureProgram.MARK);
    System.out.flush();
  }
}
