package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code export -o} does to the file that it writes, and to others. */
@Timeout(300)
class ExportFileTest {
  private static final int TASKS = 3_000;

  @TempDir private Path directory;

  private Runner quarry;

  @BeforeEach
  void setUp() {
    quarry = new Runner(directory).variable("QUARRY_DB", "store");
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        tasks.add(Task.builder("T-" + i, "t").description("words of task " + i).build());
      }
      store.insertAll(tasks);
    }
  }

  private void ok(String... args) {
    Runner.Result result = quarry.run(args);
    assertThat(result.exitCode()).as(result.err()).isZero();
  }

  private void assertNothingElse(String... names) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder(names);
    }
  }

  @Test
  void theFileKeepsItsRights() throws IOException {
    Path file = Files.writeString(directory.resolve("all.jsonl"), "before");
    Set<PosixFilePermission> own = PosixFilePermissions.fromString("rw-------");
    Files.setPosixFilePermissions(file, own);
    ok("export", "-o", "all.jsonl");
    assertThat(Files.readAllLines(file)).hasSize(TASKS);
    assertThat(Files.getPosixFilePermissions(file)).isEqualTo(own);
    assertNothingElse("store", "all.jsonl");
  }

  @Test
  void noLinkThatLiesInWaitIsFollowed() throws IOException {
    Path victim = Files.writeString(directory.resolve("victim"), "untouched");
    Files.createSymbolicLink(directory.resolve(".all.jsonl.part"), victim);
    ok("export", "-o", "all.jsonl");
    assertThat(victim).hasContent("untouched");
    assertThat(Files.isSymbolicLink(directory.resolve("all.jsonl"))).isFalse();
    assertThat(Files.readAllLines(directory.resolve("all.jsonl"))).hasSize(TASKS);
  }

  /** In each round, of exports of different tasks one is there in the end, whole. */
  @Test
  void severalAtOnceDoNotMix() throws Exception {
    int writers = 3;
    Path file = directory.resolve("all.jsonl");
    ExecutorService threads = Executors.newFixedThreadPool(writers);
    try {
      for (int round = 0; round < 8; round++) {
        CyclicBarrier begin = new CyclicBarrier(writers);
        List<Callable<Runner.Result>> exports = new ArrayList<>();
        for (int i = 0; i < writers; i++) {
          String query = "id != T-" + i;
          exports.add(
              () -> {
                begin.await();
                return quarry.run("export", query, "-o", "all.jsonl");
              });
        }
        for (Future<Runner.Result> export : threads.invokeAll(exports)) {
          assertThat(export.get().exitCode()).as(export.get().err()).isZero();
        }
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(TASKS - 1).allMatch(l -> l.startsWith("{") && l.endsWith("}"));
        assertThat(Set.copyOf(lines)).hasSize(TASKS - 1);
      }
    } finally {
      threads.shutdownNow();
    }
    assertNothingElse("store", "all.jsonl");
  }
}
