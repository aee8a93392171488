package dev.quarry.bench;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/**
 * One line on a console about work that takes longer than two seconds; silent without a console.
 * Not thread-safe.
 */
final class Progress {
  private static final long QUIET_NANOS = Duration.ofSeconds(2).toNanos();
  private static final long INTERVAL_NANOS = Duration.ofMillis(250).toNanos();
  private static final int WIDTH = 70;

  /** Shows nothing. */
  static final Progress NONE = new Progress(null, false);

  private final PrintWriter err;
  private final boolean enabled;
  private String phase = "";
  private long due;
  private boolean shown;

  Progress(PrintWriter err, boolean enabled) {
    this.err = err;
    this.enabled = enabled;
  }

  /** Whether somebody looks at a console. */
  @SuppressWarnings("SystemConsoleNull") // isTerminal is asked where there is one
  static boolean hasConsole() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      // from JDK 22 on there is a console object even for a pipe, and this method, unknown to 17
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }

  /** Work of this name has come so far; a total of 0 means that it is not known. */
  void at(String name, long done, long total) {
    if (!enabled) {
      return;
    }
    long now = System.nanoTime();
    if (!name.equals(phase)) {
      clear();
      phase = name;
      due = now + QUIET_NANOS;
    }
    if (now - due >= 0) {
      due = now + INTERVAL_NANOS;
      shown = true;
      String of = total > 0 ? String.format(Locale.ROOT, " of %,d", total) : "";
      String text = String.format(Locale.ROOT, "%s: %,d%s", name, done, of);
      err.print("\r" + text + " ".repeat(Math.max(0, WIDTH - text.length())));
      err.flush();
    }
  }

  /** Wipes the line. */
  void clear() {
    if (shown) {
      err.print("\r" + " ".repeat(WIDTH) + "\r");
      err.flush();
      shown = false;
    }
    phase = "";
  }
}
