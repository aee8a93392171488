package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The lock of a store is given back by its close, and by nothing else. */
@Timeout(120)
class StoreLockTest {
  @TempDir Path directory;

  private Path store() {
    return directory.resolve("store");
  }

  private Path holder() {
    return store().resolve("quarry.holder");
  }

  private String inOtherProcess() throws Exception {
    try (ChildJvm child = new ChildJvm(LifecyclePrograms.Holder.class, store())) {
      return child.line();
    }
  }

  /** A folder that is not empty can neither be written nor deleted as a file. */
  private void blockHolder() throws Exception {
    Files.deleteIfExists(holder());
    Files.createDirectories(holder().resolve("child"));
  }

  private void unblockHolder() throws Exception {
    Files.delete(holder().resolve("child"));
    Files.delete(holder());
  }

  @Test
  void theLockIsGivenBackWhereTheHolderCannotBeDeleted() throws Exception {
    TaskStore store = TaskStore.open(store());
    blockHolder();
    store.close();
    unblockHolder();
    assertThat(inOtherProcess()).isEqualTo("open 0");
    TaskStore.open(store()).close();
  }

  /** As on a full device, where the file cannot be made. */
  @Test
  void aStoreIsOpenedWhereItsHolderCannotBeNamed() throws Exception {
    TaskStore.open(store()).close();
    blockHolder();
    try (TaskStore store = TaskStore.open(store())) {
      store.insert(Task.builder("A", "a").build());
      assertThat(inOtherProcess()).startsWith("locked");
      assertThat(TaskStore.holder(store())).isEmpty();
    }
    unblockHolder();
    assertThat(inOtherProcess()).isEqualTo("open 1");
  }

  /** A store whose lock file is another name of this one's, as on a second mount of the device. */
  @Test
  void aSecondNameOfTheLockFileDoesNotGiveTheLockAway() throws Exception {
    Path other = directory.resolve("other");
    TaskStore.open(other).close();
    try (TaskStore store = TaskStore.open(store())) {
      Files.delete(other.resolve("quarry.lock"));
      Files.createLink(other.resolve("quarry.lock"), store().resolve("quarry.lock"));
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> TaskStore.open(other)).isInstanceOf(StoreLockedException.class);
        System.gc(); // a channel that nobody keeps is closed by it
        assertThat(inOtherProcess()).isEqualTo("locked " + ProcessHandle.current().pid());
      }
      store.insert(Task.builder("A", "a").build());
    }
    assertThat(inOtherProcess()).isEqualTo("open 1");
  }

  @Test
  void otherCodeOfTheProcessKeepsItsLock() throws Exception {
    TaskStore.open(store()).close();
    try (FileChannel other =
        FileChannel.open(store().resolve("quarry.lock"), StandardOpenOption.WRITE)) {
      assertThat(other.tryLock()).isNotNull();
      assertThatThrownBy(() -> TaskStore.open(store())).isInstanceOf(StoreLockedException.class);
      System.gc();
      assertThat(inOtherProcess()).startsWith("locked");
    }
    TaskStore.open(store()).close();
  }
}
