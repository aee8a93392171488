package dev.quarry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/**
 * The time of all processors since the system began, in its ticks, and what of it other virtual
 * machines were given while this one had work ({@code steal} in {@code /proc/stat}; see proc(5)).
 * Where that is much, a latency tells of the neighbours.
 */
record ProcessorTime(long all, long stolen) {
  private static final Path STAT = Path.of("/proc/stat");

  /** user, nice, system, idle, iowait, irq, softirq, steal; what guests use is within the first. */
  private static final int COLUMNS = 8;

  /** Until now; null where the system does not tell. */
  static ProcessorTime now() {
    try {
      return of(Files.readString(STAT));
    } catch (IOException e) {
      return null; // not Linux
    }
  }

  /** Of the text of the file; null where it has another form. */
  static ProcessorTime of(String stat) {
    String[] columns = stat.lines().findFirst().orElse("").split(" +", -1);
    if (columns.length <= COLUMNS || !columns[0].equals("cpu")) {
      return null;
    }
    long all = 0;
    for (int i = 1; i <= COLUMNS; i++) {
      all += Long.parseLong(columns[i]);
    }
    return new ProcessorTime(all, Long.parseLong(columns[COLUMNS]));
  }

  /** Percent of all time since then that was stolen; empty where too little has gone by. */
  OptionalDouble stolenPercent(ProcessorTime before) {
    return before == null || all <= before.all
        ? OptionalDouble.empty()
        : OptionalDouble.of(100.0 * (stolen - before.stolen) / (all - before.all));
  }
}
