package dev.quarry.tools.watching;

import dev.quarry.TaskStore;
import dev.quarry.tools.importing.Format;
import dev.quarry.tools.importing.ImportProblem;
import dev.quarry.tools.importing.ImportReport;
import dev.quarry.tools.importing.Importer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Keeps a store equal to the task files of a folder. Each {@link #step} waits for a signal, looks
 * at the files that it names, reads those that have stood still for a while, and takes the tasks of
 * those that went out of the store. A task that the store has as the file has it is not written, so
 * an export into the folder ends there. Used by one thread.
 *
 * <p>A task belongs to the files in which it was last read; it goes when the last of them loses it.
 * A file that cannot be read keeps its tasks. Files and folders whose names begin with a dot are
 * left out, as is the store itself; links are not followed. What went while nobody looked is not
 * noticed: which file a task came from is known to this object only.
 */
public final class FolderMirror {
  private static final Duration IDLE = Duration.ofMillis(250);
  private static final Duration TICK = Duration.ofMillis(20);

  private final Path root;
  private final Path storeFolder;
  private final MirrorOptions options;
  private final MirrorStore store;
  private final WatchSource source;
  private final MirrorListener listener;
  private final LongSupplier nanos;
  private final long settleNanos;

  private final Map<Path, Held> files = new HashMap<>();
  private final Map<Path, Pending> pending = new TreeMap<>();

  /** In how many files each task is. */
  private final Map<String, Integer> holders = new HashMap<>();

  private long rescans;

  /** A file as it was read, with its tasks. */
  private record Held(FileState state, Set<String> ids) {}

  /** A file that changed, as it was when it was seen last, and since when it is like that. */
  private record Pending(FileState state, long since) {}

  /**
   * A mirror, which has not looked yet.
   *
   * @param nanos a clock like {@link System#nanoTime}
   */
  public FolderMirror(
      Path root,
      TaskStore store,
      MirrorOptions options,
      WatchSource source,
      MirrorListener listener,
      LongSupplier nanos) {
    this.root = root.toAbsolutePath().normalize();
    this.storeFolder = store.directory().toAbsolutePath().normalize();
    this.options = options;
    this.store = new MirrorStore(store, options.removal());
    this.source = source;
    this.listener = listener;
    this.nanos = nanos;
    settleNanos = options.settle().toNanos();
  }

  /** Whether files below a folder are looked at. */
  public static boolean isFollowed(Path folder, Path storeFolder) {
    Path name = folder.getFileName();
    return name != null
        && !name.toString().startsWith(".")
        && !folder.equals(storeFolder.toAbsolutePath().normalize());
  }

  /** Whether every change seen so far is in the store. */
  public boolean isIdle() {
    return pending.isEmpty();
  }

  /** How often the whole folder was looked through. */
  public long rescans() {
    return rescans;
  }

  /** How many files are known. */
  public int files() {
    return files.size();
  }

  /**
   * Waits a little for changes and brings into the store what has settled.
   *
   * @throws FolderGoneException if the folder is gone
   */
  public void step() throws InterruptedException {
    WatchSource.Signal signal = source.await(pending.isEmpty() ? IDLE : TICK);
    if (signal.isOverflow()) {
      rescan();
    }
    Set<Path> absent = new HashSet<>();
    signal.paths().forEach(path -> touch(path, absent));
    touchBelow(absent);
    bringIn();
  }

  /** Looks through the whole folder for what is new, changed or gone. */
  public void rescan() {
    rescans++;
    requireRoot();
    Map<Path, FileState> found = new HashMap<>();
    Set<Path> closed = new HashSet<>();
    walk(root, found, closed);
    for (Path file : files.keySet()) {
      if (closed.stream().noneMatch(file::startsWith)) {
        found.putIfAbsent(file, FileState.ABSENT);
      }
    }
    found.forEach(this::pendIfChanged);
  }

  /** What was seen to change before, and stands still since, goes on waiting for its end. */
  private void pendIfChanged(Path file, FileState state) {
    Held held = files.get(file);
    Pending seen = pending.get(file);
    boolean isKnown = seen != null ? seen.state().equals(state) : isHeld(held, state);
    if (!isKnown) {
      pend(file, state);
    }
  }

  private static boolean isHeld(Held held, FileState state) {
    return held != null && held.state().equals(state);
  }

  private void requireRoot() {
    if (!Files.isDirectory(root)) {
      throw new FolderGoneException(root);
    }
  }

  /**
   * Collects the task files of a folder.
   *
   * @param closed gets what could not be looked into
   */
  private void walk(Path top, Map<Path, FileState> found, Set<Path> closed) {
    SimpleFileVisitor<Path> visitor =
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return folder.equals(root) || isFollowed(folder, storeFolder)
                ? FileVisitResult.CONTINUE
                : FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile() && format(file) != null) {
              found.put(file, FileState.of(attributes));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            if (FileState.of(file).isThere() || Files.isDirectory(file)) {
              closed.add(file);
              listener.error(new ImportProblem(name(file), 0, 0, "cannot be read: " + e));
            }
            return FileVisitResult.CONTINUE;
          }
        };
    try {
      Files.walkFileTree(top, visitor);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + top, e);
    }
  }

  /** The format of a task file; null where it is none. */
  private Format format(Path file) {
    String name = file.getFileName().toString();
    if (name.startsWith(".")) {
      return null;
    }
    return options.formats().stream()
        .filter(format -> Importer.takes(format, name))
        .findFirst()
        .orElse(null);
  }

  private String name(Path file) {
    return root.relativize(file).toString();
  }

  /**
   * Looks at what may have changed.
   *
   * @param absent gets what is not there, and was no known file
   */
  private void touch(Path path, Set<Path> absent) {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      if (isFollowed(path, storeFolder)) {
        Map<Path, FileState> found = new HashMap<>();
        walk(path, found, new HashSet<>());
        found.forEach(this::pendIfChanged);
      }
      return;
    }
    FileState state = FileState.of(path);
    if (files.containsKey(path) || (state.isThere() && format(path) != null)) {
      pend(path, state);
    } else if (!state.isThere()) {
      pending.remove(path);
      absent.add(path);
    }
  }

  /** Looks at the files of folders that went, once for all of them: there may be many files. */
  private void touchBelow(Set<Path> absent) {
    if (absent.isEmpty()) {
      return;
    }
    for (Path file : files.keySet()) {
      Path folder = file.getParent();
      while (folder != null && !absent.contains(folder)) {
        folder = folder.getParent();
      }
      if (folder != null) {
        pendIfChanged(file, FileState.of(file));
      }
    }
  }

  private void pend(Path file, FileState state) {
    pending.put(file, new Pending(state, nanos.getAsLong()));
  }

  /** Reads the files that stand still, and takes away what is gone. */
  private void bringIn() {
    long now = nanos.getAsLong();
    Map<Format, List<Path>> ready = new EnumMap<>(Format.class);
    Map<Path, FileState> states = new HashMap<>();
    List<Path> gone = new ArrayList<>();
    for (Map.Entry<Path, Pending> entry : List.copyOf(pending.entrySet())) {
      Path file = entry.getKey();
      Pending seen = entry.getValue();
      // what goes waits longer: under its new name, or in its new place, it comes first
      long wait = seen.state().isThere() ? settleNanos : 2 * settleNanos;
      if (now - seen.since() < wait) {
        continue;
      }
      FileState state = FileState.of(file);
      if (!state.equals(seen.state())) {
        pend(file, state);
        continue;
      }
      pending.remove(file);
      if (state.isThere()) {
        ready.computeIfAbsent(format(file), f -> new ArrayList<>()).add(file);
        states.put(file, state);
      } else if (files.containsKey(file)) {
        gone.add(file);
      }
    }
    if (!states.isEmpty() || !gone.isEmpty()) {
      requireRoot();
      take(ready, states, gone);
    }
  }

  private void take(Map<Format, List<Path>> ready, Map<Path, FileState> states, List<Path> gone) {
    MirrorPass pass = new MirrorPass(gone.size(), 0, 0, 0, 0, 0);
    Set<String> left = new HashSet<>();
    for (Map.Entry<Format, List<Path>> group : ready.entrySet()) {
      Reading reading = new Reading(group.getValue());
      pass = pass.plus(reading.run(group.getKey()));
      for (Path file : group.getValue()) {
        hold(file, states.get(file), reading, left);
      }
    }
    for (Path file : gone) {
      release(files.remove(file).ids(), Set.of(), left);
    }
    long removed = store.remove(left.stream().filter(id -> !holders.containsKey(id)).toList());
    left.retainAll(holders.keySet());
    readAgain(left);
    listener.pass(pass.plus(new MirrorPass(0, 0, 0, 0, removed, 0)));
  }

  private void hold(Path file, FileState state, Reading reading, Set<String> left) {
    Held before = files.get(file);
    Set<String> old = before == null ? Set.of() : before.ids();
    Set<String> ids = reading.ids(file);
    if (reading.isWrong(file)) {
      ids.addAll(old);
    }
    files.put(file, new Held(state, Set.copyOf(ids)));
    ids.stream().filter(id -> !old.contains(id)).forEach(id -> holders.merge(id, 1, Integer::sum));
    release(old, ids, left);
  }

  /** Counts the tasks that a file has lost, and adds them to {@code left}. */
  private void release(Set<String> old, Set<String> kept, Set<String> left) {
    for (String id : old) {
      if (!kept.contains(id)) {
        holders.computeIfPresent(id, (i, n) -> n == 1 ? null : n - 1);
        left.add(id);
      }
    }
  }

  /** Reads the files that still have a task which another one lost: it is as they have it now. */
  private void readAgain(Set<String> ids) {
    if (!ids.isEmpty()) {
      files.forEach(
          (file, held) -> {
            if (ids.stream().anyMatch(held.ids()::contains)) {
              pend(file, held.state());
            }
          });
    }
  }

  /** One reading of files of one format. */
  private final class Reading {
    private final List<Path> some;
    private final Map<String, Set<String>> ids = new HashMap<>();
    private final Set<String> wrong = new HashSet<>();
    private boolean isAnyWrong;

    Reading(List<Path> some) {
      this.some = some;
    }

    MirrorPass run(Format format) {
      List<Path> full = new ArrayList<>();
      long errors = 0;
      for (Path file : some) {
        if (isEmptied(file)) {
          errors++;
          wrong.add(name(file));
          listener.error(new ImportProblem(name(file), 0, 0, "is empty, but had tasks"));
        } else {
          full.add(file);
        }
      }
      ImportReport report =
          Importer.runFiles(
              root,
              full,
              options.reading().withFormat(format),
              store,
              (file, id) -> ids.computeIfAbsent(file, f -> new HashSet<>()).add(id));
      report.errors().forEach(listener::error);
      report.errors().forEach(problem -> wrong.add(problem.file()));
      report.warnings().forEach(listener::warning);
      isAnyWrong = report.errorCount() > report.errors().size();
      errors += report.errorCount();
      return new MirrorPass(
          some.size(), report.created(), report.updated(), report.unchanged(), 0, errors);
    }

    /** A program that writes a file anew may be between emptying and filling it. */
    private boolean isEmptied(Path file) {
      Held held = files.get(file);
      return held != null && !held.ids().isEmpty() && FileState.of(file).size() == 0;
    }

    Set<String> ids(Path file) {
      return ids.computeIfAbsent(name(file), f -> new HashSet<>());
    }

    /** Whether the file, or some of many, had errors. */
    boolean isWrong(Path file) {
      return isAnyWrong || wrong.contains(name(file));
    }
  }
}
