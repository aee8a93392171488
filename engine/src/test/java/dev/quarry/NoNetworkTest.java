package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * No telemetry: a process that uses all of a store, in a JVM without a flag that Quarry asks for,
 * loads no class with which Java reaches a network, nor the one that looks up names.
 */
@Timeout(300)
class NoNetworkTest {
  private static final List<String> CLASSES =
      List.of(
          "java.net.Socket",
          "java.net.ServerSocket",
          "java.net.DatagramSocket",
          "java.net.SocketImpl",
          "java.net.HttpURLConnection",
          "java.net.http.HttpClient",
          "java.net.InetAddress",
          "java.net.Inet4AddressImpl",
          "java.net.Inet6AddressImpl",
          "sun.nio.ch.Net", // of all channels; JDK 25 loads theirs where it reads a file
          "sun.nio.ch.NioSocketImpl",
          "sun.net.www.http.HttpClient");

  @TempDir Path directory;

  /** What of the classes the program loads. */
  private List<String> loaded(Object... more) throws Exception {
    Path log = directory.resolve("classes.log");
    List<Object> arguments = new ArrayList<>(List.of(directory.resolve("store")));
    arguments.addAll(List.of(more));
    List<String> lines = new ArrayList<>();
    // the log of the JVM itself
    List<String> options = List.of("-Xlog:class+load=info:file=" + log + "::filecount=0");
    try (ChildJvm child = new ChildJvm(options, NetworkProgram.class, arguments.toArray())) {
      for (String line = child.line(); line != null; line = child.line()) {
        lines.add(line);
      }
      assertThat(child.exit()).as("%s", lines).isZero();
    }
    assertThat(lines).endsWith("network end");
    try (Stream<String> text = Files.lines(log)) {
      List<String> all = text.toList();
      assertThat(all).anyMatch(line -> line.contains(" dev.quarry.TaskStore "));
      return CLASSES.stream()
          .filter(name -> all.stream().anyMatch(line -> line.contains(" " + name + " ")))
          .toList();
    }
  }

  @Test
  void nothingReachesANetwork() throws Exception {
    assertThat(loaded()).isEmpty();
  }

  @Test
  void whatWouldReachOneIsSeen() throws Exception {
    assertThat(loaded("socket")).contains("java.net.Socket", "sun.nio.ch.Net");
  }
}
