package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * I/O errors other than that of a full device: a typed refusal, the first cause told to later
 * writers, intact reads served, and everything acknowledged there when the store is opened again.
 *
 * <p>Errors are injected into the calls that RocksDB makes: it appends by write, syncs files by
 * fdatasync, directories by fsync and ranges by sync_file_range, and reads by pread64. Which of
 * them met a file of the store is read from the log of the tracer.
 *
 * <p>{@code -Dquarry.faults=N} injects N errors, {@code -Dquarry.fault=I} begins with that of
 * number I, {@code -Dquarry.seed=S} rolls other dice.
 */
@Timeout(3_600)
class FaultTest {
  private static final long SEED = Campaign.seed(601);
  private static final int FAULTS = Integer.getInteger("quarry.faults", 5);
  private static final int FIRST = Integer.getInteger("quarry.fault", 0);

  /** What one thread makes at least as often in a run, so that the error is met. */
  private static final Map<String, Integer> CALLS =
      new TreeMap<>(
          Map.of("write", 120, "fdatasync", 12, "fsync", 8, "sync_file_range", 6, "pread64", 30));

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private Path store() {
    return directory.resolve("store");
  }

  /** No file may become larger than this, so that the log cannot be written on: EFBIG. */
  @Test
  void aLogThatCannotGrowFailsTheStoreAndLosesNothing() throws Exception {
    long blocks = 2 * (24 << 10); // of 512 bytes: 24 MiB
    create();
    List<String> limit = List.of("sh", "-c", "ulimit -f " + blocks + " && exec \"$@\"", "sh");
    String outcome = runChild(limit, 1, 4_000, "reads-must-not-fail", 64 << 20);
    assertThat(outcome)
        .startsWith("write refused: ")
        .contains("StorageException")
        .contains("the device or file system failed; mend it")
        .contains("File too large");
    check("file size limit");
  }

  @Test
  void injectedErrorsAreToldAndLoseNothing() throws Exception {
    assumeTrue(canInject(), "strace cannot inject errors here: it is absent, or may not trace");
    Map<String, Integer> outcomes = new TreeMap<>();
    Map<String, Long> met = new TreeMap<>();
    List<String> calls = List.copyOf(CALLS.keySet());
    for (int i = FIRST; i < FIRST + FAULTS; i++) {
      Random random = new Random((SEED * 1_000_003 + i) * 0x9E3779B97F4A7C15L);
      String call = calls.get(i % calls.size());
      // calls are counted by thread, and most are made by a few: early ones meet the opening
      int when = 1 + random.nextInt(CALLS.get(call));
      String rule = call + ":error=EIO:when=" + when + (random.nextBoolean() ? "+" : "");
      create();
      List<String> inject = injecting(call, rule);
      if (call.equals("pread64")) {
        inject.addAll(onlyTables()); // the JVM reads its own classes by the same call
      }
      String what = "fault " + i + " of seed " + SEED + ", " + rule;
      String outcome;
      try {
        // a call that writes leaves what is there readable
        String reads = call.equals("pread64") ? "reads-may-fail" : "reads-must-not-fail";
        outcome = runChild(inject, i, 150, reads, 1 << 20);
        assertThat(outcome).as(what).isNotEmpty().doesNotStartWith("WRONG");
        check(what + ", " + outcome);
      } catch (AssertionError e) {
        throw new AssertionError(
            what + " (-Dquarry.seed=" + SEED + " -Dquarry.fault=" + i + ")", e);
      }
      outcomes.merge(call + ": " + outcome.split(":", 2)[0], 1, Integer::sum);
      met.merge(call, met(), Long::sum);
    }
    Files.writeString(Path.of("target", "faults.txt"), met + "\n" + outcomes + "\n");
    // what met nothing tested nothing
    assertThat(met)
        .as("errors met, by call")
        .allSatisfy((call, hits) -> assertThat(hits).isPositive());
  }

  /** Writes of a thread fail from one on that comes behind the opening, so the log's do. */
  @Test
  void aLogThatCannotBeWrittenRefusesTheWrite() throws Exception {
    assumeTrue(canInject(), "strace cannot inject errors here: it is absent, or may not trace");
    create();
    String rule = "write:error=EIO:when=" + CALLS.get("write") + "+";
    String outcome = runChild(injecting("write", rule), 1, 150, "reads-must-not-fail", 1 << 20);
    assertThat(outcome).startsWith("write refused: ");
    assertThat(met()).isPositive();
    check(rule + ", " + outcome);
  }

  private List<String> injecting(String call, String rule) {
    List<String> strace = new ArrayList<>();
    strace.addAll(List.of("strace", "-f", "-y", "-qq", "-s", "0", "-o", traced().toString()));
    strace.addAll(List.of("-e", "trace=" + call, "-e", "inject=" + rule));
    return strace;
  }

  private Path traced() {
    return directory.resolve("traced");
  }

  /** How many errors met a file or directory of the store. */
  private long met() throws IOException {
    String place = "<" + store().toRealPath();
    return TracedCalls.in(traced()).stream()
        .filter(call -> call.contains("(INJECTED)") && call.contains(place))
        .count();
  }

  private List<String> onlyTables() throws IOException {
    List<String> options = new ArrayList<>();
    try (Stream<Path> files = Files.list(store().resolve("data"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".sst")).sorted().toList()) {
        options.addAll(List.of("-P", file.toString()));
      }
    }
    assertThat(options).isNotEmpty();
    return options;
  }

  private boolean canInject() throws Exception {
    List<String> probe =
        List.of("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e");
    List<String> command = new ArrayList<>(probe);
    command.addAll(List.of("inject=fsync:error=EIO:when=1", "sync", directory.toString()));
    return Commands.exit(command, directory.resolve("output")) == 1; // the sync was refused
  }

  private void create() throws IOException {
    if (Files.exists(store())) {
      try (Stream<Path> files = Files.walk(store())) {
        for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.delete(file);
        }
      }
    }
    Files.deleteIfExists(oracle());
    try (TaskStore store = TaskStore.open(FaultProgram.options(store(), 1 << 20))) {
      for (int i = 0; i < 300; i++) { // tables to read from
        store.put(Task.builder("first-" + i, "").description("text ".repeat(i)).build());
      }
    }
  }

  private Path oracle() {
    return directory.resolve("oracle");
  }

  private String runChild(
      List<String> around, long seed, int changes, String reads, long writeBufferBytes)
      throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command = new ArrayList<>(around);
    command.addAll(List.of(java, "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-XX:ErrorFile=" + directory + "/hs_err", "-XX:-UsePerfData"));
    command.add("-Djava.library.path=" + library());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(FaultProgram.class.getName(), store().toString()));
    command.addAll(List.of(oracle().toString(), String.valueOf(seed), String.valueOf(changes)));
    command.addAll(List.of(reads, String.valueOf(writeBufferBytes)));
    int exit = Commands.exit(command, directory.resolve("output"));
    assertThat(directory.resolve("hs_err")).doesNotExist();
    String outcome = new FaultProgram.Oracle(oracle()).outcome();
    assertThat(exit).as("%s; %s", outcome, said()).isZero();
    return outcome;
  }

  /** RocksDB's library unpacked, so that few of the errors meet its unpacking. */
  private Path library() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("library"));
    for (String name : List.of("librocksdbjni-linux64.so", "librocksdbjni-linux-aarch64.so")) {
      Path file = folder.resolve(name);
      try (InputStream in = FaultTest.class.getClassLoader().getResourceAsStream(name)) {
        if (in != null && !Files.exists(file)) {
          Files.copy(in, file);
        }
      }
    }
    return folder;
  }

  private String said() throws IOException {
    return Files.readString(directory.resolve("output"), StandardCharsets.ISO_8859_1);
  }

  /** All acknowledged is there, and of the write that was refused all or nothing. */
  private void check(String what) throws IOException {
    FaultProgram.Oracle oracle = new FaultProgram.Oracle(oracle());
    long[] pending = oracle.pending();
    try (TaskStore store = TaskStore.open(FaultProgram.options(store(), 1 << 20))) {
      List<Long> before = new ArrayList<>();
      List<Long> after = new ArrayList<>();
      List<Long> found = new ArrayList<>();
      for (int id = 0; id < FaultProgram.IDS; id++) {
        boolean isPending =
            pending[0] != 0 && Math.floorMod(id - pending[1], FaultProgram.IDS) < pending[2];
        before.add(oracle.number(id));
        after.add(isPending ? (Long) pending[0] : (Long) oracle.number(id));
        found.add(FaultProgram.number(store, id));
      }
      assertThat(found).as(what).isIn(before, after);
      assertThat(store.verify(true, ProgressListener.NONE).problems()).as(what).isEmpty();
      assertThat(store.get("first-0")).as(what).isPresent();
      store.put(Task.builder("later", "it takes writes").build());
    }
  }
}
