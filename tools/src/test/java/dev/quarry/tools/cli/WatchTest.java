package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.OpenMode;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.tools.Quarry;
import dev.quarry.tools.watching.FolderMirror;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code watch} on a real folder under real events. */
class WatchTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  /** What the file system tells is in the store within this time. */
  private static final Duration IN_TIME = Duration.ofSeconds(1);

  @TempDir private Path directory;

  private final AtomicReference<TaskStore> opened = new AtomicReference<>();
  private final AtomicReference<Runner.Result> result = new AtomicReference<>();
  private Path folder;
  private Thread thread;

  @BeforeEach
  void setUp() throws IOException {
    folder = Files.createDirectory(directory.resolve("tasks"));
  }

  @AfterEach
  void tearDown() throws InterruptedException {
    if (thread != null) {
      thread.interrupt();
      thread.join();
    }
  }

  private void start(String... more) {
    List<String> args = new ArrayList<>(List.of("watch", "tasks"));
    args.addAll(List.of(more));
    run(args);
  }

  private void run(List<String> args) {
    Runner quarry =
        new Runner(directory)
            .variable("QUARRY_DB", "store")
            .opener(
                options -> {
                  TaskStore store = TaskStore.open(options);
                  opened.set(store);
                  return store;
                });
    thread = new Thread(() -> result.set(quarry.run(args.toArray(String[]::new))));
    thread.start();
    ServeFixture.until(() -> opened.get() != null);
  }

  private Runner.Result stop() throws InterruptedException {
    thread.interrupt();
    thread.join(SOON.toMillis());
    return result.get();
  }

  /** How long it takes until the store has a task like that. */
  private Duration untilTask(String id, Predicate<Optional<Task>> condition) {
    long begin = System.nanoTime();
    ServeFixture.until(() -> condition.test(opened.get().get(id)));
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private Path write(String name, String id, String title) throws IOException {
    Path file = folder.resolve(name);
    return Files.writeString(file, "---\nid: " + id + "\ntitle: " + title + "\n---\nbody\n");
  }

  @Test
  void whatDoesNotFitIsDoneAndTold() throws Exception {
    write("a.md", "A", "a");
    Runner quarry = new Runner(directory).variable("QUARRY_DB", "store");
    for (String format : List.of("jsonl", "table")) {
      write("a.md", "A", format);
      String[] args = {"--format", format, "--max-bytes", "5", "watch", "tasks", "--once"};
      Runner.Result once = quarry.run(args);
      assertThat(once.exitCode()).as(once.err()).isZero();
      assertThat(once.out()).isEmpty();
      assertThat(once.err()).contains("more rows did not fit into --max-bytes 5");
      assertThat(quarry.run("show", "A", "--format", "jsonl").out()).contains(format);
    }
  }

  /** The best of a few rounds counts: the machine may be busy with something else. */
  @Test
  void creationChangeAndRemovalAreInTheStoreWithinASecond() throws Exception {
    start();
    Duration created = SOON;
    Duration changed = SOON;
    Duration removed = SOON;
    for (int i = 0; i < 5; i++) {
      String id = "T-" + i;
      Path file = write(id + ".md", id, "new");
      created = shorter(created, untilTask(id, Optional::isPresent));
      write(id + ".md", id, "changed");
      changed = shorter(changed, untilTask(id, t -> t.orElseThrow().title().equals("changed")));
      Files.delete(file);
      removed = shorter(removed, untilTask(id, Optional::isEmpty));
    }
    assertThat(created).isLessThan(IN_TIME);
    assertThat(changed).isLessThan(IN_TIME);
    assertThat(removed).isLessThan(IN_TIME);
    assertThat(stop().exitCode()).isZero();
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  @Test
  void aThousandFilesWrittenAtOnceAllArrive() throws Exception {
    start();
    Files.createDirectory(folder.resolve("sub"));
    for (int i = 0; i < 1_000; i++) {
      write((i % 2 == 0 ? "" : "sub/") + "t" + i + ".md", "T-" + i, "task " + i);
    }
    ServeFixture.until(() -> opened.get().stats().tasks() == 1_000);
    for (int i = 0; i < 1_000; i++) {
      assertThat(opened.get().get("T-" + i).orElseThrow().title()).isEqualTo("task " + i);
    }
    Runner.Result end = stop();
    assertThat(end.exitCode()).as(end.err()).isZero();
    assertThat(end.err()).contains("watching ").contains("created 1000, updated 0, removed 0");
  }

  @Test
  void newAndMovedFoldersAreFollowed() throws Exception {
    start();
    Path sub = Files.createDirectories(folder.resolve("a/b"));
    write("a/b/x.md", "X", "x");
    untilTask("X", Optional::isPresent);
    // by now the folder has been looked into: this comes by an event of its own
    write("a/b/z.md", "Z", "z");
    untilTask("Z", Optional::isPresent);
    Files.move(folder.resolve("a"), folder.resolve("c"));
    assertThat(sub).doesNotExist();
    write("c/b/y.md", "Y", "y");
    untilTask("Y", Optional::isPresent);
    // an event under the new name of the folder
    write("c/b/x.md", "X", "changed");
    untilTask("X", t -> t.isPresent() && t.get().title().equals("changed"));
    Files.move(folder.resolve("c"), directory.resolve("away"), StandardCopyOption.ATOMIC_MOVE);
    untilTask("X", Optional::isEmpty);
    untilTask("Y", Optional::isEmpty);
    assertThat(stop().exitCode()).isZero();
  }

  @Test
  void aBadFileIsReportedWithPlaceAndRemedyAndDoesNotEndIt() throws Exception {
    start("--poll", "50ms", "-q");
    Files.writeString(folder.resolve("bad.md"), "---\nid: [\n---\n");
    write("good.md", "GOOD", "good");
    untilTask("GOOD", Optional::isPresent);
    write("later.md", "LATER", "later");
    untilTask("LATER", Optional::isPresent);
    Runner.Result end = stop();
    assertThat(end.exitCode()).isZero();
    assertThat(end.err()).containsOnlyOnce("error: bad.md:").contains("next: correct the file");
    assertThat(end.out()).contains(": created ");
  }

  @Test
  void onceBringsUpToDateAndEnds() throws Exception {
    write("a.md", "A", "a");
    Runner quarry = new Runner(directory).variable("QUARRY_DB", "store");
    Runner.Result first = quarry.run("watch", "tasks", "--once", "--on-remove", "keep");
    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.out()).contains("1 file: created 1, updated 0, removed 0, errors 0");
    Runner.Result second = quarry.run("--format", "jsonl", "watch", "tasks", "--once");
    assertThat(second.out()).isEmpty();
    Files.writeString(folder.resolve("bad.md"), "---\nid: [\n---\n");
    Runner.Result third = quarry.run("--format", "jsonl", "watch", "tasks", "--once");
    assertThat(third.exitCode()).isEqualTo(1);
    assertThat(third.out()).contains("\"files\":2,\"created\":0,").contains("\"errors\":1}");
  }

  private boolean waitsForAChange() {
    return thread.getState() == Thread.State.TIMED_WAITING
        && Arrays.stream(thread.getStackTrace())
            .anyMatch(frame -> frame.getClassName().equals(FolderMirror.class.getName()));
  }

  @Test
  void onceThatIsInterruptedBeforeItsEndSaysSo() throws Exception {
    write("a.md", "A", "a");
    start("--once", "--settle", "1h");
    ServeFixture.until(this::waitsForAChange);
    assertThat(stop().exitCode()).isEqualTo(ExitCode.INTERRUPTED);
  }

  @Test
  void aFolderThatIsNamedByALinkIsFollowed() throws Exception {
    Files.move(folder, directory.resolve("real"));
    Files.createSymbolicLink(folder, directory.resolve("real"));
    write("a.md", "A", "a");
    start("--poll", "50ms");
    untilTask("A", Optional::isPresent);
    write("b.md", "B", "b");
    untilTask("B", Optional::isPresent);
    assertThat(stop().exitCode()).isZero();
  }

  @Test
  void aFolderThatIsMovedAwayEndsItAndTheJsonIsClosed() throws Exception {
    write("a.md", "A", "a");
    run(List.of("--format", "json", "watch", "tasks"));
    untilTask("A", Optional::isPresent);
    Files.move(folder, directory.resolve("away"));
    thread.join(SOON.toMillis());
    assertThat(result.get()).as("ended").isNotNull();
    assertThat(result.get().exitCode()).isEqualTo(1);
    assertThat(result.get().err()).contains("is gone").contains("no task was removed");
    assertThat(result.get().out().strip()).contains("\"created\":1,").endsWith("]}");
  }

  @Test
  void wrongOptionsAreUsageErrors() {
    Runner quarry = new Runner(directory).variable("QUARRY_DB", "store");
    assertThat(quarry.run("watch", "nowhere").exitCode()).isEqualTo(2);
    assertThat(quarry.run("watch", "tasks", "--on-remove", "burn").err())
        .contains("--on-remove is one of delete, archive, keep, not `burn`");
    assertThat(quarry.run("watch", "tasks", "--settle", "0s").exitCode()).isEqualTo(2);
    Runner.Result ages = quarry.run("watch", "tasks", "--settle", "999999999d");
    assertThat(ages.exitCode()).isEqualTo(2);
    assertThat(ages.err()).contains("--settle must be at most 1d, but is `999999999d`");
    assertThat(quarry.run("watch", "tasks", "--format", "xls").exitCode()).isEqualTo(2);
  }

  @Test
  void anInterruptedProcessEndsCleanly() throws Exception {
    CtrlC.assumeThereIsOne();
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classPath,
                Quarry.class.getName(),
                "--db",
                "store",
                "watch",
                "tasks")
            .directory(directory.toFile())
            .redirectErrorStream(true);
    write("a.md", "A", "a");
    Process process = builder.start();
    try (InputStream out = process.getInputStream()) {
      StringBuilder text = new StringBuilder();
      for (int c = out.read(); c >= 0; c = out.read()) {
        text.append((char) c);
        if (text.toString().endsWith("created 1, updated 0, removed 0, errors 0\n")) {
          break;
        }
      }
      CtrlC.end(process);
      text.append(new String(out.readAllBytes(), StandardCharsets.UTF_8));
      assertThat(process.exitValue()).as(text.toString()).isZero();
      assertThat(text.toString()).endsWith("removed 0, errors 0\n").contains("watched 1 file: ");
    } finally {
      process.destroyForcibly();
    }
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("store")).mode(OpenMode.OPEN).build();
    try (TaskStore store = TaskStore.open(options)) {
      assertThat(store.get("A")).isPresent();
    }
  }
}
