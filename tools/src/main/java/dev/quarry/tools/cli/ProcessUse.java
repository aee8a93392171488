package dev.quarry.tools.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** What this process takes of the machine. */
final class ProcessUse {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessUse() {}

  /**
   * Bytes in memory and of address space, per cent of one processor since the start, bytes of the
   * heap in use and the most there were; null where the system does not tell.
   */
  static Map<String, Object> now() {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("rss", status("VmRSS:"));
    record.put("vms", status("VmSize:"));
    record.put("cpu_percent", cpuPercent());
    record.put("current", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    record.put("peak", peakHeap());
    return record;
  }

  private static long peakHeap() {
    long sum = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP) {
        sum += pool.getPeakUsage().getUsed();
      }
    }
    return sum;
  }

  private static Double cpuPercent() {
    ProcessHandle.Info info = ProcessHandle.current().info();
    if (info.totalCpuDuration().isEmpty() || info.startInstant().isEmpty()) {
      return null;
    }
    long wall = Duration.between(info.startInstant().get(), Instant.now()).toMillis();
    double percent = 100.0 * info.totalCpuDuration().get().toMillis() / Math.max(1, wall);
    return Math.round(percent * 10) / 10.0;
  }

  private static Long status(String key) {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(key)) {
          String kilobytes = line.substring(key.length()).replace("kB", "").strip();
          return Long.parseLong(kilobytes) << 10;
        }
      }
    } catch (IOException e) {
      return null; // not Linux
    }
    return null;
  }
}
