package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On a full device writes are refused, reads go on, and writes go on when there is space. */
@Timeout(1_200)
class FullDeviceTest {
  @TempDir Path directory;

  /** Without a mount: the device has less free space than the reserve asks for. */
  @Test
  void belowTheReserveWritesAreRefusedAndReadsGoOn() {
    Path path = directory.resolve("store");
    try (TaskStore store = TaskStore.open(path)) {
      store.insert(Task.builder("A", "a").build());
    }
    TaskStoreOptions options =
        TaskStoreOptions.builder(path).reservedDiskBytes(Long.MAX_VALUE / 2).build();
    try (TaskStore store = TaskStore.open(options)) {
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> store.insert(Task.builder("B", "b").build()))
            .isInstanceOfSatisfying(
                StorageException.class, e -> assertThat(e.isRetryable()).isTrue())
            .hasMessageContaining("no space is left")
            .hasMessageContaining("free space")
            .hasMessageContaining("freeBytes=")
            .hasMessageContaining("reservedBytes=");
        assertThat(store.get("A")).isPresent();
        assertThat(store.get("B")).isEmpty();
        assertThat(store.verify().problems()).isEmpty();
      }
    }
    try (TaskStore store = TaskStore.open(path)) {
      store.insert(Task.builder("B", "b").build());
      assertThat(store.stats().tasks()).isEqualTo(2);
    }
  }

  @Test
  void writesGoOnWhenThereIsSpaceAgain() throws Exception {
    run("write");
  }

  @Test
  void storesAreOpenedWithoutRoomForTheirIndexAndSavedWhenThereIsSome() throws Exception {
    run("open");
  }

  /** On a device of 64 MB in memory, where the system lets one be mounted. */
  private void run(String part) throws Exception {
    List<String> mount = List.of("unshare", "--user", "--map-root-user", "--mount");
    List<String> probe = new ArrayList<>(mount);
    Path device = Files.createDirectory(directory.resolve("device"));
    String mounting = "mount -t tmpfs -o size=64m,nr_inodes=2k tmpfs '" + device + "'";
    probe.addAll(List.of("sh", "-c", mounting));
    assumeTrue(exit(probe, directory.resolve("probe")) == 0, "no mount is permitted here");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command = new ArrayList<>(mount);
    command.addAll(List.of("sh", "-c", mounting + " && exec \"$@\"", "sh", java, "-Xmx256m"));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:ErrorFile=" + directory + "/hs_err"));
    command.add("-Dslf4j.provider=" + CapturedLogs.class.getName());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(FullDeviceProgram.class.getName(), device.toString(), part));
    command.add(Boolean.getBoolean("quarry.long") ? "6" : "3");
    Path output = directory.resolve("output");
    int exit = exit(command, output);
    String said = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(said).endsWith("ok\n");
    assertThat(warnings(said, "index has been rebuilt and is in use again"))
        .as("%s", said)
        // whether the index gets no room before the log does is chance; HealedIndexTest leaves none
        .isEqualTo(warnings(said, "is out of use until it is rebuilt"));
    assertThat(exit).isZero();
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.filter(f -> f.getFileName().toString().startsWith("hs_err"))).isEmpty();
    }
  }

  private static long warnings(String said, String what) {
    return said.lines()
        .filter(line -> line.startsWith(CapturedLogs.PREFIX + "WARN") && line.contains(what))
        .count();
  }

  private static int exit(List<String> command, Path output) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(1_000, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("the process does not end");
      }
      return process.exitValue();
    } catch (IOException e) {
      return -1; // there is no such program: no mount is possible
    }
  }
}
