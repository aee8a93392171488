package dev.quarry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The system calls in a log of {@code strace -f -y}. */
final class TracedCalls {
  private TracedCalls() {}

  /** One line for each call that ended, with what the log has of it in two places put together. */
  static List<String> in(Path log) throws IOException {
    Map<String, String> begun = new HashMap<>();
    List<String> calls = new ArrayList<>();
    for (String line : Files.readAllLines(log, StandardCharsets.ISO_8859_1)) {
      String thread = line.substring(0, line.indexOf(' '));
      if (line.endsWith("<unfinished ...>")) { // the end follows behind lines of other threads
        begun.put(thread, line);
      } else {
        calls.add(line.contains("<... ") ? begun.getOrDefault(thread, "") + line : line);
      }
    }
    return calls;
  }
}
