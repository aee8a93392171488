package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that may have little memory in all, native memory included: what the store takes beside
 * the heap is bounded, too. The limit is that of a control group where the system's manager makes
 * one for us, else that of the kernel on the data of a process; whichever it is, it is first seen
 * to stop a process that takes more.
 */
@Timeout(1_200)
class ConfinedTest {
  private static final int TASKS = Boolean.getBoolean("quarry.long") ? 100_000 : 8_000;

  /** Heap of 64, caches and the like of 96, and what a JVM takes for code, classes and threads. */
  private static final int ENOUGH_MEGABYTES = 384;

  /** With this not even all of the caches have room. */
  private static final int LITTLE_MEGABYTES = 176;

  @TempDir Path directory;

  private record Ended(int exit, String output) {}

  /** Ways to start a process with a limit. */
  private enum Confinement {
    CONTROL_GROUP {
      @Override
      List<String> command(int megabytes) {
        List<String> command = new ArrayList<>(List.of("systemd-run"));
        if (!System.getProperty("user.name").equals("root")) {
          command.add("--user");
        }
        command.addAll(List.of("--scope", "--quiet", "--collect"));
        command.addAll(List.of("-p", "MemoryMax=" + megabytes + "M", "-p", "MemorySwapMax=0"));
        return command;
      }
    },
    DATA_OF_A_PROCESS {
      @Override
      List<String> command(int megabytes) {
        return List.of("/bin/sh", "-c", "ulimit -d " + megabytes * 1_024 + " && exec \"$@\"", "sh");
      }
    };

    abstract List<String> command(int megabytes);
  }

  /** Takes native memory and writes to all of it. */
  static final class Greedy {
    private Greedy() {}

    public static void main(String[] arguments) {
      List<java.nio.ByteBuffer> taken = new ArrayList<>();
      for (int i = 0; i < Integer.parseInt(arguments[0]); i += 16) {
        java.nio.ByteBuffer part = java.nio.ByteBuffer.allocateDirect(16 << 20);
        for (int at = 0; at < part.capacity(); at += 4_096) {
          part.put(at, (byte) 1);
        }
        taken.add(part);
      }
      System.out.println("took " + taken.size());
    }
  }

  private static Ended run(List<String> prefix, Class<?> main, Object... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx64m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-XX:ReservedCodeCacheSize=32m", "-XX:MaxDirectMemorySize=1g"));
    command.addAll(List.of("-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/null"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    for (Object argument : arguments) {
      command.add(String.valueOf(argument));
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(output).isTrue();
    return new Ended(process.exitValue(), output);
  }

  /** Whether it lets a process have what it may, and no more. */
  private static boolean bites(Confinement confinement) throws InterruptedException {
    try {
      int most = ENOUGH_MEGABYTES;
      Ended within = run(confinement.command(2 * most), Greedy.class, most);
      Ended beyond = run(confinement.command(most), Greedy.class, most);
      return within.exit() == 0 && beyond.exit() != 0 && !beyond.output().contains("took");
    } catch (IOException e) {
      return false; // no such program
    }
  }

  private static Confinement confinement(TestReporter reporter) throws InterruptedException {
    for (Confinement confinement : Confinement.values()) {
      if (bites(confinement)) {
        reporter.publishEntry("memory is limited by", confinement.name());
        return confinement;
      }
    }
    // on Linux the last one is always there, so there nothing may be left out
    assertThat(new File("/proc/self/limits")).as("no limit was effective").doesNotExist();
    return Assumptions.abort("this system has no limit of memory that a test can set");
  }

  @Test
  void aStoreKeepsWithinTheMemoryOfItsProcess(TestReporter reporter) throws Exception {
    Confinement confinement = confinement(reporter);
    Path path = directory.resolve("store");
    Ended enough = run(confinement, ENOUGH_MEGABYTES, path);
    assertThat(enough.output()).as("%s", confinement).isEqualTo("ok " + TASKS + "\n");
    assertThat(enough.exit()).isZero();

    // where it is too little, the process ends; what had returned is there
    path = directory.resolve("other");
    Ended little = run(confinement, LITTLE_MEGABYTES, path);
    String text = confinement + ", exit " + little.exit() + ": " + little.output();
    assertThat(little.output().equals("ok " + TASKS + "\n")).as(text).isEqualTo(little.exit() == 0);
    if (Files.exists(path.resolve("QUARRY"))) {
      try (TaskStore store = TaskStore.open(path)) {
        assertThat(store.verify(true, ProgressListener.NONE).problems()).as(text).isEmpty();
        assertThat(store.stats().tasks() % 1_000).as(text).isZero();
      }
    }
  }

  private static Ended run(Confinement confinement, int megabytes, Path store)
      throws IOException, InterruptedException {
    return run(confinement.command(megabytes), LimitPrograms.LittleMemory.class, store, TASKS);
  }
}
