package dev.quarry.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A bench that is told to end in the middle leaves neither files nor processes. */
@Timeout(120)
class AtProcessEndTest {
  @TempDir Path directory;

  @Test
  void aBenchTakesItsStoreAlong() throws Exception {
    Process bench = start("stress", "--tasks=1000", "--duration=60");
    until("the bench has a store", () -> holds("CURRENT"));
    end(bench);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void andItsChildren() throws Exception {
    Process bench = start("memory", "--tasks=1000000");
    until("the bench has a store", () -> holds("CURRENT"));
    List<ProcessHandle> children = bench.descendants().toList();
    assertThat(children).isNotEmpty();
    end(bench);
    until("its children have ended", () -> children.stream().noneMatch(ProcessHandle::isAlive));
    assertThat(directory).isEmptyDirectory();
  }

  private Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(BenchMain.class.getName());
    command.addAll(List.of(arguments));
    command.add("--dir=" + directory);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** As Ctrl-C and kill do. */
  private static void end(Process bench) throws InterruptedException {
    bench.destroy();
    assertThat(bench.waitFor(60, TimeUnit.SECONDS)).isTrue();
  }

  private boolean holds(String name) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.anyMatch(f -> f.getFileName().toString().equals(name));
    } catch (IOException | java.io.UncheckedIOException e) {
      return false; // a file went meanwhile
    }
  }

  private static void until(String what, BooleanSupplier reached) throws InterruptedException {
    long begin = System.nanoTime();
    while (!reached.getAsBoolean()) {
      assertThat(System.nanoTime() - begin)
          .as("nanoseconds until %s", what)
          .isLessThan(TimeUnit.SECONDS.toNanos(60));
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
