package dev.quarry.tools.watching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.query.Query;
import dev.quarry.tools.importing.ImportProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A mirror under signals that the test gives, on a clock that the test turns. */
abstract class MirrorFixture {
  @TempDir Path directory;

  final Signals signals = new Signals();
  final Told told = new Told();
  Path folder;
  TaskStore store;
  FolderMirror mirror;

  /** Gives what the test has put into it, and turns the clock by what it is to wait. */
  static final class Signals implements WatchSource {
    final Deque<Signal> signals = new ArrayDeque<>();
    long nanos = 1;

    void changed(Path... paths) {
      signals.add(new Signal(new LinkedHashSet<>(Arrays.asList(paths)), false));
    }

    @Override
    public Signal await(Duration most) {
      if (signals.isEmpty()) {
        nanos += most.toNanos();
        return Signal.NOTHING;
      }
      return signals.remove();
    }

    @Override
    public void close() {
      // nothing is held
    }
  }

  /** Remembers what it is told. */
  static final class Told implements MirrorListener {
    MirrorPass total = MirrorPass.NOTHING;
    final List<String> problems = new ArrayList<>();
    Action onPass = () -> {};
    Action onError = () -> {};

    /** What the test does meanwhile. */
    interface Action {
      void run() throws IOException;
    }

    private static void run(Action action) {
      try {
        action.run();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void pass(MirrorPass pass) {
      total = total.plus(pass);
      run(onPass);
      onPass = () -> {};
    }

    @Override
    public void error(ImportProblem problem) {
      problems.add(problem.toString());
      run(onError);
      onError = () -> {};
    }

    @Override
    public void warning(ImportProblem problem) {
      problems.add("warning: " + problem);
    }
  }

  @BeforeEach
  void setUp() throws IOException {
    directory = directory.toRealPath();
    folder = Files.createDirectory(directory.resolve("tasks"));
    store = TaskStore.open(directory.resolve("store"));
    open(MirrorOptions.defaults());
  }

  @AfterEach
  void tearDown() {
    store.close();
  }

  void open(MirrorOptions options) {
    mirror = new FolderMirror(folder, store, options, signals, told, () -> signals.nanos);
  }

  void write(int first, int end) throws IOException {
    for (int i = first; i < end; i++) {
      write("t" + i + ".md", task("T-" + i, "task"));
    }
  }

  Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  static String task(String id, String title) {
    return "---\nid: " + id + "\ntitle: " + title + "\n---\nbody\n";
  }

  void settle() throws InterruptedException {
    for (int i = 0; i < 1_000 && !(mirror.isIdle() && signals.signals.isEmpty()); i++) {
      mirror.step();
    }
    assertThat(mirror.isIdle()).isTrue();
  }

  void changed(Path... paths) throws InterruptedException {
    signals.changed(paths);
    settle();
  }

  Set<String> ids() {
    return store.page(Query.all(), PageRequest.first(10_000)).items().stream()
        .map(Task::id)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  String title(String id) {
    return store.get(id).orElseThrow().title();
  }
}
