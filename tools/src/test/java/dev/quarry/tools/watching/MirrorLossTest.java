package dev.quarry.tools.watching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.tools.importing.Format;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** A mirror takes no task away for a file that did not go, or that it cannot see. */
class MirrorLossTest extends MirrorFixture {
  @Test
  void anotherFolderInItsPlaceRemovesNothing() throws Exception {
    write("a.md", task("A", "a"));
    mirror.rescan();
    settle();
    Files.move(folder, directory.resolve("moved"));
    Files.createDirectory(folder);
    signals.signals.add(WatchSource.Signal.OVERFLOW);
    assertThatThrownBy(this::settle)
        .isInstanceOf(FolderGoneException.class)
        .hasMessageEndingWith("is not the one that it was");
    assertThat(ids()).containsExactly("A");
  }

  @Test
  void aFolderThatIsMovedAwayIsNoticedWithoutAnyEvent() throws Exception {
    Files.move(folder, directory.resolve("moved"));
    assertThatThrownBy(mirror::step)
        .isInstanceOf(FolderGoneException.class)
        .hasMessageEndingWith("is gone");
  }

  @Test
  void anUnmountedFolderBelowRemovesNothing() throws Exception {
    AtomicReference<String> drive = new AtomicReference<>("drive");
    mirror =
        new FolderMirror(
            folder,
            store,
            MirrorOptions.defaults(),
            signals,
            told,
            () -> signals.nanos,
            path -> path.startsWith(folder.resolve("sub")) ? drive.get() : "system");
    write("a.md", task("A", "a"));
    Path file = write("sub/deep/b.md", task("B", "b"));
    write("sub/deep/c.md", task("C", "c"));
    mirror.rescan();
    settle();
    // a file that goes while all drives are there
    Files.delete(folder.resolve("sub/deep/c.md"));
    changed(folder.resolve("sub/deep/c.md"));
    assertThat(ids()).containsExactly("A", "B");
    Files.delete(file);
    Files.delete(file.getParent());
    drive.set("system");
    signals.changed(file);
    assertThatThrownBy(this::settle)
        .isInstanceOf(FolderGoneException.class)
        .hasMessageEndingWith("is not on the drive that it was on");
    assertThat(ids()).containsExactly("A", "B");
  }

  @Test
  void aFolderThatGoesSlowlyRemovesNothing() throws Exception {
    write(0, 40);
    mirror.rescan();
    settle();
    for (int i = 0; i < 40; i++) {
      Path file = folder.resolve("t" + i + ".md");
      Files.delete(file);
      signals.changed(file);
      for (int j = 0; j < 8; j++) {
        mirror.step();
      }
    }
    assertThat(ids()).hasSize(40);
    // most are gone: the last step takes its time
    for (int j = 0; j < 50; j++) {
      mirror.step();
    }
    assertThat(ids()).hasSize(40);
    Files.delete(folder);
    assertThatThrownBy(this::settle).isInstanceOf(FolderGoneException.class);
    assertThat(ids()).hasSize(40);
  }

  @Test
  void aFolderThatGoesBetweenTwoLooksRemovesNothing() throws Exception {
    write(0, 40);
    mirror.rescan();
    settle();
    Files.delete(folder.resolve("t0.md"));
    signals.signals.add(WatchSource.Signal.OVERFLOW);
    mirror.step();
    for (int i = 1; i < 40; i++) {
      Files.delete(folder.resolve("t" + i + ".md"));
    }
    for (int j = 0; j < 50; j++) {
      mirror.step();
    }
    assertThat(ids()).hasSize(40);
    // the folder stays, so it was meant
    settle();
    assertThat(ids()).isEmpty();
  }

  @Test
  void aFileWithoutFrontMatterIsToldAndKeepsItsTask() throws Exception {
    Path open = write("open.md", task("OPEN", "o"));
    Path above = write("above.md", task("ABOVE", "a"));
    Path note = write("note.md", "no task\n");
    mirror.rescan();
    settle();
    write("open.md", "---\nid: OPEN\ntitle: o\nbody\n");
    write("above.md", "a line\n" + task("ABOVE", "a"));
    write("note.md", "still no task\n");
    changed(open, above, note);
    assertThat(ids()).containsExactly("ABOVE", "OPEN");
    assertThat(told.problems).hasSize(2);
    assertThat(told.problems.get(0)).startsWith("above.md:1: has no front matter here");
    assertThat(told.problems.get(1)).startsWith("open.md:1: has no front matter here");
    assertThat(told.total.errors()).isEqualTo(2);
    write("open.md", task("OTHER", "o"));
    changed(open);
    assertThat(ids()).containsExactly("ABOVE", "OTHER");
  }

  @Test
  void aTaskOfTwoFilesThatComeAtOnceGoesWithTheLast() throws Exception {
    write("a.md", task("A", "of a"));
    Path b = write("b.md", task("A", "of b"));
    mirror.rescan();
    settle();
    assertThat(title("A")).isEqualTo("of b");
    Files.delete(b);
    changed(b);
    assertThat(title("A")).isEqualTo("of a");
  }

  @Test
  void whatIsWrittenWhileItIsReadRemovesNothing() throws Exception {
    open(MirrorOptions.defaults().withFormats(List.of(Format.MARKDOWN, Format.JSONL)));
    String one = "{\"id\":\"L-1\",\"title\":\"a\"}\n";
    String two = "{\"id\":\"L-2\",\"title\":\"b\"}\n";
    Path list = write("list.jsonl", one + two);
    mirror.rescan();
    settle();
    Path bad = write("bad.md", "---\nid: [\n---\n");
    write("list.jsonl", one + two + "\n");
    // Markdown comes first: what is wrong there is told between looking at the list and reading it
    told.onError = () -> Files.writeString(list, one);
    told.onPass = () -> Files.writeString(list, one + two);
    long sequence = store.sequence();
    changed(bad, list);
    assertThat(told.problems).hasSize(1);
    assertThat(ids()).containsExactly("L-1", "L-2");
    assertThat(store.sequence()).isEqualTo(sequence);
  }

  @Test
  void whatTheSystemDoesNotGiveIsReadAgain() throws Exception {
    Path file = folder.resolve("a.md.gz");
    byte[] good = packed(task("A", "a"));
    byte[] half = good.clone();
    Arrays.fill(half, 10, half.length, (byte) -1);
    Files.write(file, half);
    FileTime time = Files.getLastModifiedTime(file);
    mirror.rescan();
    for (int i = 0; i < 12; i++) {
      mirror.step();
    }
    assertThat(told.total.files()).isEqualTo(1);
    assertThat(told.problems).isEmpty();
    // nothing shows that it is another one now
    Files.write(file, good);
    Files.setLastModifiedTime(file, time);
    settle();
    assertThat(ids()).containsExactly("A");
    assertThat(told.problems).isEmpty();
    Files.write(file, half);
    changed(file);
    assertThat(ids()).containsExactly("A");
    assertThat(told.problems).hasSize(1);
    assertThat(told.problems.get(0)).startsWith("a.md.gz: cannot be read: ");
    assertThat(told.total.errors()).isEqualTo(1);
  }

  private static byte[] packed(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  @Test
  void aTaskThatIsOnlyADependencyStaysInTheArchive() throws Exception {
    open(MirrorOptions.defaults().withRemoval(RemovalPolicy.ARCHIVE));
    Path a = write("a.md", task("A", "a"));
    mirror.rescan();
    settle();
    Files.delete(a);
    changed(a);
    Path b = write("b.md", "---\nid: B\ntitle: b\ndependencies: [A]\n---\n");
    changed(b);
    assertThat(ids()).containsExactly("B");
    assertThat(store.getArchived("A")).isPresent();
    // it can come back still
    write("a.md", task("A", "is back"));
    changed(a);
    assertThat(title("A")).isEqualTo("is back");
  }

  private static String task(String id, String title, String dependency) {
    return "---\nid: " + id + "\ntitle: " + title + "\ndependencies: [" + dependency + "]\n---\n";
  }

  private Path archiveBehindACircle() throws Exception {
    open(MirrorOptions.defaults().withRemoval(RemovalPolicy.ARCHIVE));
    Path a = write("a.md", task("A", "a", "B"));
    Path b = write("b.md", task("B", "b"));
    Path c = write("c.md", task("C", "c"));
    mirror.rescan();
    settle();
    Files.delete(a);
    Files.delete(c);
    changed(a, c);
    // out of the graph A closes no circle
    write("b.md", task("B", "b", "A"));
    changed(b);
    assertThat(store.get("B").orElseThrow().dependencies()).containsExactly("A");
    write("a.md", task("A", "a", "B"));
    write("c.md", task("C", "c"));
    return b;
  }

  @Test
  void aTaskComesBackThoughItsCircleIsOpenedInTheSamePass() throws Exception {
    Path b = archiveBehindACircle();
    write("b.md", task("B", "b"));
    changed(folder.resolve("a.md"), b, folder.resolve("c.md"));
    assertThat(ids()).containsExactly("A", "B", "C");
    assertThat(store.get("A").orElseThrow().dependencies()).containsExactly("B");
    assertThat(store.get("B").orElseThrow().dependencies()).isEmpty();
  }

  @Test
  void aTaskThatWouldCloseACircleStaysInTheArchiveUntilItIsOpened() throws Exception {
    Path b = archiveBehindACircle();
    changed(folder.resolve("a.md"), folder.resolve("c.md"));
    assertThat(ids()).containsExactly("B", "C");
    assertThat(store.getArchived("A")).isPresent();
    long files = told.total.files();
    signals.signals.add(WatchSource.Signal.OVERFLOW);
    settle();
    assertThat(told.total.files()).isEqualTo(files);
    write("b.md", task("B", "b"));
    changed(b);
    assertThat(ids()).containsExactly("A", "B", "C");
    assertThat(store.get("A").orElseThrow().dependencies()).containsExactly("B");
  }

  @Test
  void aFileBehindSomethingThatIsNoFolderIsAbsentAndNoOther() throws Exception {
    Path file = write("sub", "a file");
    assertThat(FileState.of(file.resolve("a.md"))).isEqualTo(FileState.ABSENT);
    assertThat(FileState.of(file.resolve("deep/a.md"))).isEqualTo(FileState.ABSENT);
    // too long a name is an error that says nothing of the file
    assertThat(FileState.of(folder.resolve("x".repeat(300)).resolve("a.md")))
        .isEqualTo(FileState.UNKNOWN);
  }
}
