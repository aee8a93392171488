package dev.quarry.tools.watching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.query.Query;
import dev.quarry.tools.exporting.ExportFormat;
import dev.quarry.tools.exporting.ExportOptions;
import dev.quarry.tools.exporting.Exporter;
import dev.quarry.tools.importing.Format;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a mirror does with files that come, change and go. */
class FolderMirrorTest extends MirrorFixture {
  @Test
  void createdChangedAndRemovedFilesAreSoInTheStore() throws Exception {
    Path a = write("a.md", task("A", "first"));
    Path b = write("sub/deep/b.md", task("B", "other"));
    mirror.rescan();
    settle();
    assertThat(ids()).containsExactly("A", "B");
    write("a.md", task("A", "second"));
    changed(a);
    assertThat(title("A")).isEqualTo("second");
    Files.delete(b);
    changed(b);
    assertThat(ids()).containsExactly("A");
    assertThat(told.total).isEqualTo(new MirrorPass(4, 2, 1, 0, 1, 0));
    assertThat(told.problems).isEmpty();
  }

  @Test
  void aTaskThatIsPutBeforeOthersInTheirFileTakesNoneAway() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<Task> tasks =
        List.of(Task.builder("A", "a").description("one").build(), Task.builder("B", "b").build());
    Exporter.export(tasks.iterator(), ExportFormat.MARKDOWN, out);
    String exported = out.toString(StandardCharsets.UTF_8);
    Path file = write("all.md", exported);
    mirror.rescan();
    settle();
    assertThat(ids()).containsExactly("A", "B");
    write("all.md", task("NEW", "new") + exported);
    changed(file);
    assertThat(ids()).containsExactly("A", "B");
    assertThat(told.problems).hasSize(1);
    assertThat(told.problems.get(0)).contains("set body_chars: 4,");
  }

  @Test
  void anOverflowMeansOneRescanThatFindsEverything() throws Exception {
    write("kept.md", task("KEPT", "as it is"));
    Path gone = write("gone.md", task("GONE", "soon"));
    write("changed.md", task("CHANGED", "before"));
    mirror.rescan();
    settle();
    long before = mirror.rescans();
    Files.delete(gone);
    write("changed.md", task("CHANGED", "after, and longer"));
    write("sub/new.md", task("NEW", "came"));
    signals.signals.add(WatchSource.Signal.OVERFLOW);
    settle();
    assertThat(mirror.rescans() - before).isEqualTo(1);
    assertThat(ids()).containsExactly("CHANGED", "KEPT", "NEW");
    assertThat(title("CHANGED")).isEqualTo("after, and longer");
    // what did not change was not even read
    assertThat(told.total.files()).isEqualTo(3 + 3);
  }

  @Test
  void aFileIsReadWhenItStandsStill() throws Exception {
    Path file = write("a.md", "---\nid: A\ntitle: be");
    for (int i = 0; i < 20; i++) {
      signals.changed(file);
      mirror.step();
      mirror.step();
      mirror.step();
      Files.writeString(file, Files.readString(file) + "x");
      assertThat(told.total.files()).isZero();
      assertThat(told.problems).isEmpty();
    }
    Files.writeString(file, task("A", "whole"));
    // no event of the last change: that the file differs is enough
    settle();
    assertThat(title("A")).isEqualTo("whole");
    assertThat(told.total.files()).isEqualTo(1);
  }

  @Test
  void aRenameKeepsTheTaskAndItsHistory() throws Exception {
    Path old = write("old.md", task("A", "stays"));
    mirror.rescan();
    settle();
    long version = store.get("A").orElseThrow().version();
    long sequence = store.sequence();
    Path renamed = Files.move(old, folder.resolve("new.md"));
    changed(old, renamed);
    assertThat(store.get("A").orElseThrow().version()).isEqualTo(version);
    assertThat(store.sequence()).isEqualTo(sequence);
    Files.delete(renamed);
    changed(renamed);
    assertThat(ids()).isEmpty();
  }

  @Test
  void aFolderComesAndGoesWithItsFiles() throws Exception {
    write("sub/a.md", task("A", "a"));
    write("sub/deep/b.md", task("B", "b"));
    changed(folder.resolve("sub"));
    assertThat(ids()).containsExactly("A", "B");
    Files.move(folder.resolve("sub"), directory.resolve("elsewhere"));
    changed(folder.resolve("sub"));
    assertThat(ids()).isEmpty();
  }

  @Test
  void whatIsExportedIntoTheFolderIsNotWrittenAgain() throws Exception {
    for (int i = 0; i < 50; i++) {
      store.insert(
          Task.builder("T-" + i, "Task " + i)
              .status(i % 3 == 0 ? Status.DONE : Status.TODO)
              .tag("t")
              .dependencies(i == 0 ? List.of() : List.of("T-" + (i - 1)))
              .attribute("n", "" + i)
              .build());
    }
    long sequence = store.sequence();
    try (Stream<Task> tasks = store.stream(Query.all())) {
      Exporter.exportFolder(tasks.iterator(), folder, ExportOptions.defaults());
    }
    signals.signals.add(WatchSource.Signal.OVERFLOW);
    settle();
    assertThat(store.sequence()).isEqualTo(sequence);
    assertThat(told.total).isEqualTo(new MirrorPass(50, 0, 0, 50, 0, 0));
  }

  @Test
  void aTaskOfTwoFilesGoesWithTheLast() throws Exception {
    Path a = write("a.md", task("A", "of a"));
    mirror.rescan();
    settle();
    Path b = write("b.md", task("A", "of b"));
    changed(b);
    assertThat(title("A")).isEqualTo("of b");
    Files.delete(b);
    changed(b);
    assertThat(title("A")).isEqualTo("of a");
    Files.delete(a);
    changed(a);
    assertThat(ids()).isEmpty();
  }

  @Test
  void whatARemovalDoesIsAnOption() throws Exception {
    Path file = write("a.md", task("A", "a"));
    open(MirrorOptions.defaults().withRemoval(RemovalPolicy.KEEP));
    mirror.rescan();
    settle();
    Files.delete(file);
    changed(file);
    assertThat(ids()).containsExactly("A");

    open(MirrorOptions.defaults().withRemoval(RemovalPolicy.ARCHIVE));
    write("a.md", task("A", "a"));
    mirror.rescan();
    settle();
    Files.delete(file);
    changed(file);
    assertThat(ids()).isEmpty();
    assertThat(store.getArchived("A")).isPresent();
    write("a.md", task("A", "is back"));
    changed(file);
    assertThat(title("A")).isEqualTo("is back");
    assertThat(store.getArchived("A")).isEmpty();
  }

  @Test
  void aBadFileIsToldAndKeepsItsTasks() throws Exception {
    Path bad = write("bad.md", task("BAD", "good still"));
    mirror.rescan();
    settle();
    write("bad.md", "---\nid: BAD\ntitle: [never\nends: {\n---\nbody\n");
    Path good = write("good.md", task("GOOD", "good"));
    changed(bad, good);
    assertThat(ids()).containsExactly("BAD", "GOOD");
    assertThat(told.problems).hasSize(1);
    assertThat(told.problems.get(0)).matches("(?s)bad\\.md:[345](:\\d+)?: front matter: .*");
    assertThat(told.total.errors()).isEqualTo(1);
    Files.writeString(bad, "");
    changed(bad);
    assertThat(ids()).containsExactly("BAD", "GOOD");
    assertThat(told.problems.get(1)).isEqualTo("bad.md: is empty, but had tasks");
    Files.writeString(bad, task("BAD", "repaired"));
    changed(bad);
    assertThat(title("BAD")).isEqualTo("repaired");
    assertThat(told.problems).hasSize(2);
  }

  @Test
  void aFolderThatIsGoneRemovesNothing() throws Exception {
    Path file = write("a.md", task("A", "a"));
    mirror.rescan();
    settle();
    Files.delete(file);
    Files.delete(folder);
    signals.changed(file);
    assertThatThrownBy(this::settle).isInstanceOf(FolderGoneException.class);
    assertThat(ids()).containsExactly("A");
  }

  @Test
  void otherFormatsPackedFilesAndWhatIsLeftOut() throws Exception {
    open(MirrorOptions.defaults().withFormats(List.of(Format.MARKDOWN, Format.JSONL)));
    Path list =
        write("list.jsonl", "{\"id\":\"L-1\",\"title\":\"a\"}\n{\"id\":\"L-2\",\"title\":\"b\"}\n");
    write("a.md", task("A", "a"));
    write(".hidden.md", task("HIDDEN", "no"));
    write(".git/b.md", task("GIT", "no"));
    write("list.csv", "id,title\nC,no\n");
    write("README.md", "# No task\n");
    mirror.rescan();
    settle();
    assertThat(ids()).containsExactly("A", "L-1", "L-2");
    // a task that goes out of a file that stays
    Files.writeString(list, "{\"id\":\"L-2\",\"title\":\"b\"}\n");
    changed(list);
    assertThat(ids()).containsExactly("A", "L-2");
    signals.changed(folder.resolve(".git"), folder.resolve(".hidden.md"));
    settle();
    assertThat(ids()).containsExactly("A", "L-2");
  }

  @Test
  void theStoreInsideTheFolderIsLeftAlone() throws Exception {
    try (TaskStore inside = TaskStore.open(folder.resolve("store"))) {
      Files.writeString(folder.resolve("store/x.md"), task("X", "no"));
      write("a.md", task("A", "a"));
      FolderMirror other =
          new FolderMirror(
              folder, inside, MirrorOptions.defaults(), signals, told, () -> signals.nanos);
      other.rescan();
      signals.changed(folder.resolve("store"));
      while (!(other.isIdle() && signals.signals.isEmpty())) {
        other.step();
      }
      assertThat(inside.get("A")).isPresent();
      assertThat(inside.get("X")).isEmpty();
    }
  }

  /** Looks through a folder now and then, as where there are no events. */
  @Test
  void lookingFindsTheSame() throws Exception {
    long deadline = System.nanoTime() + 60_000_000_000L;
    try (WatchSource source = WatchSource.looking(Duration.ofMillis(20))) {
      FolderMirror looking =
          new FolderMirror(folder, store, MirrorOptions.defaults(), source, told, System::nanoTime);
      Path file = write("sub/a.md", task("A", "a"));
      while (store.get("A").isEmpty()) {
        looking.step();
        assertThat(System.nanoTime()).isLessThan(deadline);
      }
      Files.walkFileTree(
          folder.resolve("sub"),
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path f, BasicFileAttributes a) throws IOException {
              Files.delete(f);
              return FileVisitResult.CONTINUE;
            }
          });
      assertThat(file).doesNotExist();
      while (store.get("A").isPresent()) {
        looking.step();
        assertThat(System.nanoTime()).isLessThan(deadline);
      }
    }
  }

  @Test
  void aLineWithoutAnIdTakesNoTaskFromAFileThatNamesIt() throws Exception {
    openTodoTxt();
    Path b = write("b.txt", "buy milk\n");
    mirror.rescan();
    settle();
    String id = ids().iterator().next();
    openTodoTxt(); // which reads both in one pass
    write("a.txt", "buy milk at once id:" + id + "\n");
    mirror.rescan();
    settle();
    assertThat(ids()).hasSize(2).contains(id);
    assertThat(title(id)).isEqualTo("buy milk at once");
    write("b.txt", "walk\n");
    changed(b);
    assertThat(ids()).hasSize(2).contains(id);
    assertThat(title(id)).isEqualTo("buy milk at once");
  }

  private void openTodoTxt() {
    MirrorOptions defaults = MirrorOptions.defaults();
    open(
        new MirrorOptions(
            List.of(Format.TODO_TXT), defaults.reading(), defaults.removal(), defaults.settle()));
  }

  @Test
  void theSameLineInTwoFilesIsTwoTasksWhicheverChanges() throws Exception {
    openTodoTxt();
    Path a = write("a.txt", "buy milk\n");
    Path b = write("b.txt", "buy milk\n");
    mirror.rescan();
    settle();
    Set<String> both = ids();
    assertThat(both).hasSize(2);
    write("b.txt", "buy milk\nwalk\n");
    changed(b);
    assertThat(ids()).hasSize(3).containsAll(both);
    write("a.txt", "buy milk\nrun\n");
    changed(a);
    assertThat(ids()).hasSize(4).containsAll(both);
    write("a.txt", "run\n");
    changed(a);
    write("b.txt", "walk\n");
    changed(b);
    assertThat(ids()).hasSize(2).doesNotContainAnyElementsOf(both);
    assertThat(told.problems).isEmpty();
  }

  @Test
  void aLineThatIsMovedToAnotherFileKeepsItsTask() throws Exception {
    openTodoTxt();
    Path todo = write("todo.txt", "buy milk\nwalk\n");
    mirror.rescan();
    settle();
    Set<String> both = ids();
    Path done = write("done.txt", "x buy milk\n");
    write("todo.txt", "walk\n");
    changed(done, todo);
    assertThat(ids()).isEqualTo(both);
    // one comes before the other
    write("todo.txt", "");
    write("done.txt", "x buy milk\nx walk\n");
    write("todo.txt", "next\n");
    signals.changed(done);
    signals.changed(todo);
    settle();
    assertThat(ids()).hasSize(3).containsAll(both);
    Path renamed = Files.move(done, folder.resolve("old.txt"));
    changed(renamed, done);
    assertThat(ids()).hasSize(3).containsAll(both);
  }
}
