package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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
          .hasMessageContaining("delete the directory and begin it again")
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

  private static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copied = to.resolve(from.relativize(file).toString());
        // nobody may open a lock file and close it again, which would give the lock away
        if (!file.getFileName().toString().equals("quarry.lock")) {
          Files.copy(file, copied);
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
    assertThatThrownBy(() -> TaskStore.restore(backups(), killed))
        .hasMessageContaining("not empty");
    assertThat(killed.resolve("QUARRY")).doesNotExist();
    assertThat(killed.resolve("data")).as("nothing was made of it").isEmptyDirectory();
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
              .hasMessageContaining("not empty");
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
      store.checkpoint(target(), SEQUENCE, ProgressListener.NONE);
      assertWhole();
    }
  }
}
