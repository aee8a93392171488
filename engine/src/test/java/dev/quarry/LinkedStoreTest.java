package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store that is opened through a symbolic link is the one that the link led to then. */
@Timeout(120)
class LinkedStoreTest {
  private static final List<OpenMode> READ_AND_WRITE =
      List.of(OpenMode.OPEN, OpenMode.OPEN_OR_CREATE, OpenMode.READ_ONLY);

  @TempDir Path directory;

  private Path v1() {
    return directory.resolve("v1");
  }

  private Path v2() {
    return directory.resolve("v2");
  }

  private Path link() {
    return directory.resolve("current");
  }

  private static void create(Path path, String prefix, int tasks) {
    try (TaskStore store = TaskStore.open(path)) {
      put(store, prefix, tasks);
      store.compact();
    }
  }

  private static void put(TaskStore store, String prefix, int tasks) {
    for (int i = 0; i < tasks; i++) {
      store.put(Task.builder(prefix + i, "title").agent("a" + i % 7).build());
    }
  }

  /** As {@code ln -sfn} does it. */
  private void lead(Path to) throws IOException {
    Path made = Files.createSymbolicLink(directory.resolve("made"), to.getFileName());
    Files.move(made, link(), StandardCopyOption.ATOMIC_MOVE);
  }

  private static void assertHolds(Path path, long tasks) {
    try (TaskStore store = TaskStore.open(path)) {
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
      assertThat(store.count(Query.all())).isEqualTo(tasks);
    }
  }

  @Test
  void aWriterStaysWithItsStore() throws Exception {
    create(v1(), "one-", 100);
    create(v2(), "two-", 300);
    lead(v1());
    Path opened;
    try (TaskStore store = TaskStore.open(link())) {
      opened = store.directory();
      put(store, "more-", 50);
      lead(v2());
      put(store, "later-", 50);
      store.compact();
      store.backup(directory.resolve("backups"));
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
      assertHolds(link(), 300);
    }
    assertHolds(v2(), 300);
    assertHolds(v1(), 200);
    TaskStore.restore(directory.resolve("backups"), directory.resolve("restored"));
    assertHolds(directory.resolve("restored"), 200);
    assertThat(opened).isEqualTo(v1().toRealPath());
  }

  @Test
  void aReaderStaysWithItsStore() throws Exception {
    create(v1(), "one-", 100);
    create(v2(), "two-", 300);
    lead(v1());
    try (TaskStore reader = TaskStore.openReadOnly(link())) {
      lead(v2());
      try (TaskStore writer = TaskStore.open(v1())) {
        put(writer, "more-", 50);
        writer.compact();
        assertThat(reader.count(Query.all())).isEqualTo(150);
        assertThat(reader.stats().tasks()).isEqualTo(150);
      }
    }
    assertHolds(v2(), 300);
  }

  @Test
  void whatLiesInsideIsFoundThroughLinksToo() throws Exception {
    create(v1(), "one-", 100);
    lead(v1());
    Path inside = link().resolve("copy");
    Path around = directory.resolve("missing").resolve("..").resolve("v1").resolve("copy");
    try (TaskStore store = TaskStore.open(v1())) {
      assertThatThrownBy(() -> store.checkpoint(inside)).hasMessageContaining("cannot lie inside");
      assertThatThrownBy(() -> store.checkpoint(around)).hasMessageContaining("cannot lie inside");
      assertThatThrownBy(() -> store.backup(inside)).hasMessageContaining("cannot lie inside");
    }
    try (TaskStore store = TaskStore.open(link())) {
      assertThatThrownBy(() -> store.checkpoint(v1().resolve("copy")))
          .hasMessageContaining("cannot lie inside");
    }
    assertThatThrownBy(() -> TaskStore.salvage(v1(), inside, ProgressListener.NONE))
        .hasMessageContaining("cannot lie inside");
    assertThatThrownBy(() -> TaskStore.salvage(link(), v1().resolve("copy"), ProgressListener.NONE))
        .hasMessageContaining("cannot lie inside");
    assertThat(v1().resolve("copy")).doesNotExist();
    assertHolds(v1(), 100);
  }

  /** Of a store, or of one that is to be made: neither is opened, nor changed, nor made. */
  @Test
  void aDataFolderThatIsALinkIsRefused() throws Exception {
    create(v1(), "one-", 100);
    Path folder = Files.move(v1().resolve("data"), directory.resolve("folder"));
    Path made = Files.createDirectory(directory.resolve("made"));
    for (Path path : List.of(v1(), made)) {
      Files.createSymbolicLink(path.resolve("data"), folder);
      List<Path> before = List.of(folder.toFile().list()).stream().sorted().map(Path::of).toList();
      for (OpenMode mode : path.equals(made) ? List.of(OpenMode.CREATE) : READ_AND_WRITE) {
        assertThatThrownBy(() -> TaskStore.open(TaskStoreOptions.builder(path).mode(mode).build()))
            .as("%s", mode)
            .isInstanceOf(StorageException.class)
            .hasMessageContaining("is a symbolic link")
            .hasMessageContaining(path.resolve("data").toString());
      }
      assertThatThrownBy(() -> TaskStore.repair(path, ProgressListener.NONE))
          .hasMessageContaining("is a symbolic link");
      assertThat(TaskStore.inspect(path).problems())
          .anyMatch(problem -> problem.contains("is a symbolic link"));
      assertThatThrownBy(() -> TaskStore.restore(directory.resolve("none"), path))
          .isInstanceOf(StorageException.class);
      assertThat(path.resolve("data")).isSymbolicLink();
      assertThat(List.of(folder.toFile().list()).stream().sorted().map(Path::of).toList())
          .isEqualTo(before);
    }
    Path saved = directory.resolve("saved");
    assertThat(TaskStore.salvage(v1(), saved, ProgressListener.NONE).tasks()).isEqualTo(100);
    assertHolds(saved, 100);
    Files.delete(v1().resolve("data"));
    Files.move(folder, v1().resolve("data"));
    assertHolds(v1(), 100);
  }
}
