package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.internal.storage.Storage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A restore or checkpoint holds its target, and one that was cut short is not taken for a store.
 */
@Timeout(120)
class UnfinishedCopyTest {
  private static final long SEQUENCE = 150;

  @TempDir Path directory;

  private Path store() {
    return directory.resolve("store");
  }

  private Path backups() {
    return directory.resolve("backups");
  }

  private Path target() {
    return directory.resolve("target");
  }

  @BeforeEach
  void backUp() {
    try (TaskStore store = TaskStore.open(store())) {
      for (int i = 0; i < 200; i++) {
        store.put(Task.builder("T-" + i, "title").build());
      }
      store.backup(backups());
    }
  }

  /** The listener is called when all tables are there, and the format file is not. */
  private void restore(ProgressListener progress) {
    Backups.open(backups()).restore(1, target(), SEQUENCE, progress);
  }

  private static void assertRefused(Path path) {
    for (OpenMode mode : OpenMode.values()) {
      assertThatThrownBy(() -> TaskStore.open(TaskStoreOptions.builder(path).mode(mode).build()))
          .as("%s", mode)
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("has not been finished")
          .hasMessageContaining("make it again into the same directory, or delete the directory")
          .hasMessageContaining(path.toString());
    }
    assertThatThrownBy(() -> TaskStore.repair(path, ProgressListener.NONE))
        .hasMessageContaining("has not been finished");
    assertThat(TaskStore.inspect(path).problems())
        .anyMatch(problem -> problem.contains("has not been finished"));
  }

  private static List<Path> filesOf(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted(Comparator.reverseOrder()).toList();
    }
  }

  /** RocksDB removes logs and manifests that it needs no more meanwhile. */
  private static void copyIfThere(Path from, Path to) throws IOException {
    try {
      Files.copy(from, to);
    } catch (NoSuchFileException e) {
      assertThat(from.getFileName().toString()).matches("\\d+\\.log|MANIFEST-\\d+");
    }
  }

  private static void copy(Path from, Path to) {
    try {
      Files.createDirectory(to);
      for (String name : from.toFile().list()) { // names only, for what is named may go
        Path file = from.resolve(name);
        if (Files.isDirectory(file)) {
          copy(file, to.resolve(name));
        } else if (!name.equals("quarry.lock")) {
          // nobody may open a lock file and close it again, which would give the lock away
          copyIfThere(file, to.resolve(name));
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What a kill leaves behind: the files up to some one, in the order in which they are copied. */
  @Test
  void aRestoreThatWasCutShortIsNotTakenForAStore() throws Exception {
    Path killed = directory.resolve("killed");
    restore(
        (phase, done, total) -> {
          if (!Files.exists(killed)) {
            copy(target(), killed);
          }
        });
    List<Path> files = filesOf(killed.resolve("data"));
    assertThat(files).anyMatch(file -> file.endsWith("CURRENT"));
    assertRefused(killed);
    for (Path file : files) {
      Files.delete(file);
      assertThatThrownBy(() -> TaskStore.open(killed)).hasMessageContaining("not been finished");
    }
    assertRefused(killed);
    assertThat(killed.resolve("QUARRY")).doesNotExist();
    assertThat(killed.resolve("data")).as("nothing was made of it").isEmptyDirectory();
  }

  private Path cutShort() {
    Path killed = directory.resolve("killed");
    restore(
        (phase, done, total) -> {
          if (!Files.exists(killed)) {
            copy(target(), killed);
          }
        });
    Storage.deleteTree(target());
    return killed;
  }

  @Test
  void aFurtherRestoreOrCheckpointTakesItUp() throws Exception {
    Path killed = cutShort();
    Files.move(killed, target());
    restore(ProgressListener.NONE);
    assertWhole();
    Storage.deleteTree(target());
    Files.createDirectory(target());
    Files.createFile(target().resolve("quarry.lock")); // killed before it could mark anything
    Files.writeString(target().resolve("quarry.holder"), "pid=1");
    restore(ProgressListener.NONE);
    assertWhole();
    Storage.deleteTree(target());
    copy(cutShort(), target());
    Files.createDirectory(target().resolve("salvage.tmp"));
    Files.move(target().resolve("data"), target().resolve("data.tmp"));
    try (TaskStore store = TaskStore.open(store())) {
      store.checkpoint(target(), SEQUENCE, ProgressListener.NONE);
    }
    assertWhole();
    assertThat(target().resolve("data.tmp")).doesNotExist();
    assertThat(target().resolve("salvage.tmp")).doesNotExist();
  }

  /** Each of them in a directory that is otherwise a copy cut short. */
  @Test
  void whatNoCopyMakesIsNeitherTakenNorRemoved() throws Exception {
    Path killed = cutShort();
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("000007.sst"), "mine");
    for (String foreign :
        List.of(
            "mine", "index", "data/mine", "data/sub/000001.sst", "data.tmp/x.sst", "QUARRY/x")) {
      Path file = killed.resolve(foreign);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "mine");
      assertLeftAlone(killed);
      Files.delete(file);
      if (!file.getParent().endsWith("data") && !file.getParent().equals(killed)) {
        Files.delete(file.getParent());
      }
    }
    for (String linked : List.of("data.tmp", "data/000999.sst", "QUARRY")) {
      Path link = Files.createSymbolicLink(killed.resolve(linked), outside);
      assertLeftAlone(killed);
      Files.delete(link);
    }
    Files.delete(killed.resolve("quarry.unfinished"));
    assertLeftAlone(killed);
    assertThat(killed.resolve("quarry.lock")).as("nothing is put beside it").doesNotExist();
    assertThat(outside.resolve("000007.sst")).hasContent("mine");
  }

  private void assertLeftAlone(Path killed) throws IOException {
    List<Path> before = allOf(killed);
    assertThatThrownBy(() -> TaskStore.restore(backups(), killed))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("not empty");
    assertThat(allOf(killed)).isEqualTo(before);
  }

  private static List<Path> allOf(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> !file.endsWith("quarry.holder")).sorted().toList();
    }
  }

  /** Restores, and says when the mark is there and when all tables are. */
  static final class Restorer {
    private Restorer() {}

    public static void main(String[] arguments) throws IOException {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      boolean waits = Boolean.parseBoolean(arguments[2]);
      out.println("begins");
      Backups.open(Path.of(arguments[0]))
          .restore(
              1,
              Path.of(arguments[1]),
              SEQUENCE,
              (phase, done, total) -> {
                out.println("copied");
                if (waits) {
                  LockSupport.park(); // to be killed here
                }
              });
      out.println("done");
    }
  }

  /** Killed behind some number of files; a restore that was faster is whole. */
  @Test
  @Timeout(300) // it starts fourteen processes
  void aRestoreThatWasKilledCanBeMadeAgain() throws Exception {
    int unfinished = 0;
    for (int files = 0; files < 14; files++) {
      boolean waits = files % 2 == 0;
      try (ChildJvm child = new ChildJvm(Restorer.class, backups(), target(), waits)) {
        assertThat(child.line()).isEqualTo("begins");
        if (waits) {
          assertThat(child.line()).isEqualTo("copied");
          assertThatThrownBy(() -> restore(ProgressListener.NONE))
              .isInstanceOf(StoreLockedException.class)
              .hasMessageContaining("pid=" + child.pid())
              .hasMessageContaining("another copy into the target directory");
        } else {
          while (countIn(target()) < files && Files.notExists(target().resolve("QUARRY"))) {
            LockSupport.parkNanos(100_000); // until the test's time is over
          }
        }
        child.kill();
      }
      if (Files.exists(target().resolve("quarry.unfinished")) || countIn(target()) == 0) {
        unfinished++;
        restore(ProgressListener.NONE);
      }
      assertWhole();
      Storage.deleteTree(target());
    }
    assertThat(unfinished).isGreaterThanOrEqualTo(7);
  }

  private static int countIn(Path folder) {
    String[] names = folder.resolve("data").toFile().list();
    return names == null ? 0 : names.length;
  }

  @Test
  void aSalvageHoldsItsTargetToo() throws Exception {
    try (TaskStore store = TaskStore.open(store())) { // the listener hears of every 8,192 entries
      store.insertAll(
          IntStream.range(200, 9_000)
              .mapToObj(i -> Task.builder("T-" + i, "title").build())
              .toList());
    }
    Files.delete(store().resolve("data").resolve("CURRENT"));
    Path killed = directory.resolve("killed");
    AtomicBoolean seen = new AtomicBoolean();
    ProgressListener looks =
        (phase, done, total) -> {
          if (phase.equals("salvage") && seen.compareAndSet(false, true)) {
            assertThatThrownBy(() -> TaskStore.open(target()))
                .isInstanceOf(StoreLockedException.class);
            copy(target(), killed);
            throw new IllegalStateException("mine");
          }
        };
    assertThatThrownBy(() -> TaskStore.salvage(store(), target(), looks)).hasMessage("mine");
    assertThat(seen).isTrue();
    assertThat(target()).isEmptyDirectory();
    assertRefused(killed);
    assertThat(TaskStore.salvage(store(), killed, ProgressListener.NONE).tasks()).isEqualTo(9_000);
    try (TaskStore store = TaskStore.open(killed)) {
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
    }
  }

  @Test
  void aStoreCannotBeOpenedWhileItIsRestored() throws Exception {
    List<String> others = new ArrayList<>();
    restore(
        (phase, done, total) -> {
          assertThatThrownBy(() -> TaskStore.open(target()))
              .isInstanceOf(StoreLockedException.class);
          assertThatThrownBy(() -> TaskStore.openReadOnly(target()))
              .hasMessageContaining("has not been finished")
              .hasMessageContaining("pid=" + ProcessHandle.current().pid());
          assertThatThrownBy(() -> TaskStore.restore(backups(), target()))
              .isInstanceOf(StoreLockedException.class)
              .hasMessageContaining("another copy into the target directory");
          others.add(ofOtherProcess());
        });
    assertThat(others).containsOnly("locked " + ProcessHandle.current().pid()).isNotEmpty();
    assertWhole();
  }

  private String ofOtherProcess() {
    try (ChildJvm child = new ChildJvm(LifecyclePrograms.Holder.class, target())) {
      return child.line();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void assertWhole() {
    assertThat(target().resolve("quarry.unfinished")).doesNotExist();
    try (TaskStore store = TaskStore.open(target())) {
      assertThat(store.sequence()).isEqualTo(SEQUENCE);
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
    }
  }

  @Test
  void aListenerThatThrowsLeavesNothing() {
    for (RuntimeException thrown :
        List.of(new IllegalStateException("mine"), new StorageException("mine", Map.of(), null))) {
      assertThatThrownBy(
              () ->
                  restore(
                      (phase, done, total) -> {
                        throw thrown;
                      }))
          .isSameAs(thrown);
      assertThat(target()).isEmptyDirectory();
    }
    restore(ProgressListener.NONE);
    assertWhole();
  }

  @Test
  void aCheckpointHoldsItsTargetToo() throws Exception {
    Path killed = directory.resolve("killed");
    try (TaskStore store = TaskStore.open(store())) {
      assertThatThrownBy(
              () ->
                  store.checkpoint(
                      target(),
                      SEQUENCE,
                      (phase, done, total) -> {
                        assertThatThrownBy(() -> TaskStore.open(target()))
                            .isInstanceOf(StoreLockedException.class);
                        copy(target(), killed);
                        throw new IllegalStateException("mine");
                      }))
          .hasMessage("mine");
      assertThat(target()).isEmptyDirectory();
      assertRefused(killed);
      assertThatThrownBy(() -> TaskStore.restore(backups(), store()))
          .as("its lock is not asked for")
          .hasMessageContaining("not empty");
      store.checkpoint(target(), SEQUENCE, ProgressListener.NONE);
      assertWhole();
    }
  }
}
