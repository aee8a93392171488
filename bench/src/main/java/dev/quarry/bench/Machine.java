package dev.quarry.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What figures were measured on and with, and when. */
final class Machine {
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final String MODEL = "model name";
  private static final String UNKNOWN = "unknown";

  /** The revision of the sources, as whoever started this knows it; {@code bench/run.sh} does. */
  static final String REVISION = "quarry.bench.revision";

  private Machine() {}

  static Map<String, Object> figures() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    figures.put("revision", System.getProperty(REVISION, UNKNOWN));
    figures.put("versions", versions());
    figures.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    figures.put("kernel", System.getProperty("os.version"));
    figures.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    figures.put("processors", Runtime.getRuntime().availableProcessors());
    figures.put("processor", processor());
    figures.put("memory_mb", system.getTotalMemorySize() >> 20);
    figures.put("max_heap_mb", Runtime.getRuntime().maxMemory() >> 20);
    return figures;
  }

  /** Of the libraries, by name; those of other stores where they are on the class path. */
  static Map<String, Object> versions() {
    Map<String, Object> versions = new TreeMap<>();
    for (String file : List.of("versions.properties", "peer-versions.properties")) {
      try (InputStream in = Machine.class.getResourceAsStream(file)) {
        if (in != null) {
          Properties read = new Properties();
          read.load(in);
          read.forEach((name, version) -> versions.put((String) name, version));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return versions;
  }

  private static String processor() {
    if (!Files.isReadable(PROCESSORS)) {
      return UNKNOWN;
    }
    try (Stream<String> lines = Files.lines(PROCESSORS)) {
      return lines
          .filter(line -> line.startsWith(MODEL))
          .map(line -> line.substring(line.indexOf(':') + 1).trim())
          .findFirst()
          .orElse(UNKNOWN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
