package dev.quarry.tools.watching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events of a real file system. */
class EventSourceTest {
  /** Above the 512 that the JDK keeps of a folder. */
  private static final int MANY = 3_000;

  @TempDir private Path folder;

  private static void until(WatchSource source, Predicate<WatchSource.Signal> wanted)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!wanted.test(source.await(Duration.ofMillis(100)))) {
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }

  @Test
  void tooManyEventsAreAnOverflowBehindWhichNewFoldersAreWatched() throws Exception {
    List<String> notes = new ArrayList<>();
    try (WatchSource source = WatchSource.of(folder, path -> true, notes::add)) {
      for (int i = 0; i < MANY; i++) {
        Files.createFile(folder.resolve("f" + i));
      }
      Path sub = Files.createDirectory(folder.resolve("sub"));
      TimeUnit.MILLISECONDS.sleep(300);
      until(source, WatchSource.Signal::isOverflow);
      Path late = Files.createFile(sub.resolve("late.md"));
      until(source, signal -> signal.paths().contains(late));
      assertThat(notes).isEmpty();
    }
  }

  @Test
  void whatIsNotWatchedIsNotTold() throws Exception {
    Files.createDirectory(folder.resolve("out"));
    try (WatchSource source = WatchSource.of(folder, path -> !path.endsWith("out"), note -> {})) {
      Files.createFile(folder.resolve("out/a.md"));
      Path last = Files.createFile(folder.resolve("b.md"));
      List<Path> told = new ArrayList<>();
      until(
          source,
          signal -> {
            told.addAll(signal.paths());
            return told.contains(last);
          });
      assertThat(told).containsOnly(last);
    }
  }

  @Test
  void aFolderThatGoesMeanwhileDoesNotHideThoseBesideIt() throws Exception {
    for (int i = 0; i < 6; i++) {
      Files.createDirectory(folder.resolve("d" + i));
    }
    List<Path> asked = new ArrayList<>();
    Predicate<Path> vanishing =
        path -> {
          asked.add(path);
          try {
            if (asked.size() == 2) {
              Files.delete(path);
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return true;
        };
    List<String> notes = new ArrayList<>();
    try (WatchSource source = WatchSource.of(folder, vanishing, notes::add)) {
      assertThat(asked).hasSize(6);
      for (Path path : asked) {
        if (Files.exists(path)) {
          Path file = Files.createFile(path.resolve("x.md"));
          until(source, signal -> signal.paths().contains(file));
        }
      }
    }
    assertThat(notes).isEmpty();
  }

  @Test
  void aFolderThatIsClosedAtFirstIsWatchedWhenItOpens() throws Exception {
    Path sub = Files.createDirectory(folder.resolve("sub"));
    assumeTrue(sub.toFile().setReadable(false) && !Files.isReadable(sub));
    try (WatchSource source = WatchSource.of(folder, path -> true, note -> {})) {
      assertThat(sub.toFile().setReadable(true)).isTrue();
      until(source, signal -> signal.paths().contains(sub));
      Path file = Files.createFile(sub.resolve("x.md"));
      until(source, signal -> signal.paths().contains(file));
    }
  }

  @Test
  void aFolderThatIsDeletedIsTold() throws Exception {
    Path root = Files.createDirectory(folder.resolve("root"));
    try (WatchSource source = WatchSource.of(root, path -> true, note -> {})) {
      Files.delete(root);
      assertThatThrownBy(() -> until(source, signal -> false))
          .isInstanceOf(FolderGoneException.class)
          .hasMessageEndingWith("root is gone");
    }
  }

  @Test
  void whereThereAreNoEventsItLooks() throws Exception {
    List<String> notes = new ArrayList<>();
    try (WatchSource source = WatchSource.of(folder.resolve("nowhere"), path -> true, notes::add)) {
      until(source, WatchSource.Signal::isOverflow);
    }
    assertThat(notes).hasSize(1);
    assertThat(notes.get(0)).startsWith("no events of ").endsWith("; looking now and then");
  }
}
