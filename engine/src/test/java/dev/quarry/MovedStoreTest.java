package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A store whose directory is renamed while it is open loses nothing that it has acknowledged, and
 * does not touch what comes into its place. (Other systems refuse to rename it.)
 */
@Timeout(120)
@EnabledOnOs({OS.LINUX, OS.MAC})
class MovedStoreTest {
  private static final IndexSpec TEAM = IndexSpec.equality("team", TaskFields.attribute("team"));

  @TempDir Path directory;
  private int tasks;

  private Path path() {
    return directory.resolve("store");
  }

  private Path moved() {
    return directory.resolve("moved");
  }

  private void insert(TaskStore store, int n) {
    for (int i = 0; i < n; i++) {
      store.insert(Task.builder("T-" + tasks, "title").agent("a" + tasks % 7).build());
      tasks++;
    }
  }

  private StorageException refused(TaskStore store) {
    while (true) {
      try {
        insert(store, 1);
      } catch (StorageException e) {
        return e;
      }
    }
  }

  private static void assertMoved(StorageException e, Path from) {
    assertThat(e)
        .hasMessageContaining("was moved or replaced")
        .hasMessageContaining("open it where it is now")
        .hasMessageContaining("directory=" + from);
    assertThat(e.isRetryable()).isFalse();
  }

  private void assertAllThere() {
    try (TaskStore store = TaskStore.open(moved())) {
      assertThat(store.count(Query.all())).isEqualTo(tasks);
      for (int i = 0; i < tasks; i++) {
        assertThat(store.get("T-" + i)).isPresent();
      }
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
      insert(store, 1);
    }
  }

  /** Some tasks in tables, some in the log alone. */
  private TaskStore filled() {
    TaskStore store = TaskStore.open(path());
    insert(store, 200);
    store.compact();
    insert(store, 100);
    return store;
  }

  @Test
  void writesAreRefusedAndNothingIsLost() throws Exception {
    TaskStore store = filled();
    Path from = store.directory();
    Files.move(path(), moved());
    assertMoved(refused(store), from);
    assertThatThrownBy(() -> insert(store, 1))
        .isInstanceOf(StoreFailedException.class)
        .hasMessageContaining("was moved or replaced");
    assertThat(store.count(Query.all())).isEqualTo(tasks);
    assertThat(store.get("T-" + (tasks - 1))).isPresent();
    assertThatThrownBy(() -> store.backup(directory.resolve("backups")))
        .isInstanceOfSatisfying(StorageException.class, e -> assertMoved(e, from));
    assertThatThrownBy(store::compact)
        .isInstanceOfSatisfying(StorageException.class, e -> assertMoved(e, from));
    assertThatThrownBy(() -> TaskStore.open(moved())).isInstanceOf(StoreLockedException.class);
    assertThatThrownBy(store::close)
        .isInstanceOfSatisfying(StorageException.class, e -> assertMoved(e, from));
    assertThat(path()).doesNotExist();
    assertThat(directory.resolve("backups")).doesNotExist();
    assertAllThere();
  }

  /** So large a write asks for the free space, and that right behind one that saw the folder. */
  @Test
  void noFreeSpaceIsLookedForWhereTheFolderWas() throws Exception {
    TaskStore store = filled();
    Path from = store.directory();
    Task large = Task.builder("large", "title").description("x".repeat(200 << 10)).build();
    insert(store, 1);
    Files.move(path(), moved());
    assertThatThrownBy(() -> store.insert(large))
        .isInstanceOfSatisfying(StorageException.class, e -> assertMoved(e, from));
    assertThatThrownBy(store::close).isInstanceOf(StorageException.class);
    assertAllThere();
  }

  /** Closed before a write could notice it. */
  @Test
  void aCloseLosesNothing() throws Exception {
    TaskStore store = filled();
    Path from = store.directory();
    Files.move(path(), moved());
    assertThatThrownBy(store::close)
        .isInstanceOfSatisfying(StorageException.class, e -> assertMoved(e, from));
    assertThat(path()).doesNotExist();
    assertAllThere();
  }

  @Test
  void noIndexIsBuiltWhereTheFolderWas() throws Exception {
    TaskStore store = filled();
    Path from = store.directory();
    Files.move(path(), moved());
    assertThatThrownBy(() -> store.rebuildIndexes(ProgressListener.NONE))
        .isInstanceOfSatisfying(StorageException.class, e -> assertMoved(e, from));
    assertThat(path()).doesNotExist();
    assertThatThrownBy(store::close).isInstanceOf(StorageException.class);
    assertAllThere();
  }

  /** Moved while an index is built, and files of such names are in the place then. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBuildOfAnIndexEndsWhereTheFolderIsMoved(boolean rebuilds) throws Exception {
    TaskStore store = filled();
    Path from = store.directory();
    tasks += 20_000;
    store.insertAll(
        IntStream.range(tasks - 20_000, tasks)
            .mapToObj(i -> Task.builder("T-" + i, "title").attribute("team", "t" + i % 5).build())
            .toList());
    AtomicInteger calls = new AtomicInteger();
    ProgressListener moves =
        (phase, done, total) -> {
          if (calls.incrementAndGet() == 1) {
            replaceByFiles();
          }
        };
    assertThatThrownBy(
            () -> {
              if (rebuilds) {
                store.rebuildIndexes(moves);
              } else {
                store.createIndex(TEAM, moves);
              }
            })
        .isInstanceOfSatisfying(StorageException.class, e -> assertMoved(e, from));
    assertThat(calls).hasValue(1);
    assertThat(files()).hasSize(40);
    assertThatThrownBy(store::close)
        .isInstanceOfSatisfying(StorageException.class, e -> assertMoved(e, from));
    assertThat(files()).hasSize(40);
    assertAllThere();
  }

  private void replaceByFiles() {
    try {
      Files.move(path(), moved());
      Path index = Files.createDirectories(path().resolve("index"));
      for (int i = 0; i < 20; i++) {
        Files.createFile(index.resolve("postings-" + i + ".map"));
        Files.createFile(index.resolve("rows-" + i + ".map"));
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Nobody calls anything: flushes and compactions of such a store must end, too. */
  @ParameterizedTest
  @ValueSource(longs = {0, 512 << 20})
  void aStoreAtRestNoticesIt(long memoryLimit) throws Exception {
    TaskStoreOptions options =
        TaskStoreOptions.builder(path()).memoryLimitBytes(memoryLimit).build();
    TaskStore store = TaskStore.open(options);
    insert(store, 10);
    Path from = store.directory();
    Until.holds(
        "it is noticed",
        () -> {
          Files.move(path(), moved());
          TimeUnit.MILLISECONDS.sleep(200); // most of the time it is away
          Files.move(moved(), path());
          try {
            insert(store, 1);
            return false;
          } catch (StorageException e) {
            assertMoved(e, from);
            return true;
          }
        });
    assertThatThrownBy(store::close).isInstanceOf(StorageException.class);
    Files.move(path(), moved());
    assertAllThere();
  }

  /** The name of its holder goes with it; other systems cannot reach it there. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void nobodyHoldsItBehindItsClose() throws Exception {
    TaskStore store = filled();
    Files.move(path(), moved());
    Files.createDirectory(path());
    Path others = Files.createFile(path().resolve("quarry.holder"));
    assertThat(TaskStore.holder(moved())).isPresent();
    assertThatThrownBy(store::close).isInstanceOf(StorageException.class);
    assertThat(TaskStore.holder(moved())).isEmpty();
    assertThat(moved().resolve("quarry.holder")).doesNotExist();
    assertThat(others).exists();
    assertAllThere();
  }

  /** Makes a store of its own. */
  static final class Maker {
    private Maker() {}

    public static void main(String[] arguments) {
      try (TaskStore store = TaskStore.open(Path.of(arguments[0]))) {
        for (int i = 0; i < 300; i++) {
          store.insert(Task.builder("other-" + i, "title").agent("a" + i % 7).build());
          if (i % 100 == 50) {
            store.compact();
          }
        }
      }
      new PrintStream(System.out, true, StandardCharsets.UTF_8).println("made");
    }
  }

  @Test
  void theStoreInItsPlaceIsNotTouched() throws Exception {
    TaskStore store = filled();
    Path from = store.directory();
    Files.move(path(), moved());
    try (ChildJvm child = new ChildJvm(Maker.class, path())) {
      assertThat(child.line()).isEqualTo("made");
    }
    Map<String, String> before = files();
    assertThatThrownBy(() -> store.rebuildIndexes(ProgressListener.NONE))
        .isInstanceOfSatisfying(StorageException.class, e -> assertMoved(e, from));
    assertThatThrownBy(() -> store.createIndex(TEAM, ProgressListener.NONE))
        .isInstanceOfSatisfying(StorageException.class, e -> assertMoved(e, from));
    assertMoved(refused(store), from);
    assertThatThrownBy(store::compact).hasMessageContaining("was moved or replaced");
    assertThatThrownBy(() -> store.checkpoint(directory.resolve("copy")))
        .hasMessageContaining("was moved or replaced");
    assertThatThrownBy(() -> store.verify(true, ProgressListener.NONE))
        .hasMessageContaining("was moved or replaced");
    assertThatThrownBy(store::close)
        .isInstanceOfSatisfying(StorageException.class, e -> assertMoved(e, from));
    assertThat(files()).isEqualTo(before);
    assertAllThere();
    assertThatThrownBy(() -> TaskStore.open(path()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("start it anew");
    try (ChildJvm child = new ChildJvm(Checker.class, path())) {
      assertThat(child.line()).isEqualTo("300 []");
    }
  }

  /** Says how many tasks there are, and what is wrong with the store. */
  static final class Checker {
    private Checker() {}

    public static void main(String[] arguments) {
      try (TaskStore store = TaskStore.open(Path.of(arguments[0]))) {
        VerifyReport report = store.verify(true, ProgressListener.NONE);
        new PrintStream(System.out, true, StandardCharsets.UTF_8)
            .println(store.count(Query.all()) + " " + report.problems());
      }
    }
  }

  private Map<String, String> files() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(path())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        contents.put(
            path().relativize(file).toString(), bytes.length + " " + Arrays.hashCode(bytes));
      }
    }
    return contents;
  }

  @Test
  void aReaderDoesNotGoOverToTheOtherStore() throws Exception {
    filled().close();
    try (TaskStore reader = TaskStore.openReadOnly(path())) {
      assertThat(reader.count(Query.all())).isEqualTo(tasks);
      Path from = reader.directory();
      Files.move(path(), moved());
      assertThatThrownBy(() -> reader.count(Query.all()))
          .isInstanceOfSatisfying(StorageException.class, e -> assertMoved(e, from));
      try (ChildJvm child = new ChildJvm(Maker.class, path())) {
        assertThat(child.line()).isEqualTo("made");
      }
      assertThatThrownBy(() -> reader.get("T-0"))
          .isInstanceOfSatisfying(StorageException.class, e -> assertMoved(e, from));
    }
    assertAllThere();
  }
}
