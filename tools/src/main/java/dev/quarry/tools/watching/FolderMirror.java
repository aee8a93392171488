package dev.quarry.tools.watching;

import dev.quarry.TaskStore;
import dev.quarry.tools.importing.FileListener;
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
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Keeps a store equal to the task files of a folder. Each {@link #step} waits for a signal, looks
 * at the files that it names, reads those that have stood still for a while, and takes the tasks of
 * those that went out of the store. A task that the store has as the file has it is not written, so
 * an export into the folder ends there. Used by one thread.
 *
 * <p>A task belongs to the files in which it was last read; it goes when the last of them loses it.
 * A file that cannot be read keeps its tasks, and so does one that changed while it was read. Files
 * that went are missed for a while before their tasks go, and longer when they are most of those
 * that are known: then it is the folder that goes, which ends the mirror and removes nothing. Files
 * and folders whose names begin with a dot are left out, as is the store itself; links are not
 * followed. What went while nobody looked is not noticed: which file a task came from is known to
 * this object only.
 */
public final class FolderMirror {
  private static final Duration IDLE = Duration.ofMillis(250);
  private static final Duration TICK = Duration.ofMillis(20);

  /** So many files more that went are no sign that the folder goes. */
  private static final int FEW = 10;

  /** How much longer most of the files are missed before their tasks go. */
  private static final long MORE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** What goes does not wait longer than this for others that go, unless they are most. */
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** How many known files are looked at before some are taken for gone. */
  private static final int SAMPLE = 1_000;

  private static final int MOST_ATTEMPTS = 5;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final Path root;
  private final Path storeFolder;
  private final MirrorOptions options;
  private final MirrorStore store;
  private final WatchSource source;
  private final MirrorListener listener;
  private final LongSupplier nanos;
  private final long settleNanos;
  private final FolderGuard guard;

  private final Map<Path, Held> files = new HashMap<>();
  private final Map<Path, Pending> pending = new TreeMap<>();

  /** How often a file could not be read, one after the other. */
  private final Map<Path, Integer> attempts = new HashMap<>();

  /** What could not be looked into. */
  private final Set<Path> closed = new HashSet<>();

  /** Files with tasks that could not come back out of the archive. */
  private final Set<Path> waiting = new HashSet<>();

  private final KnownFolders folders = new KnownFolders();
  private final Holders holders = new Holders();

  private long rescans;

  /** A file as it was read, with its tasks. */
  private record Held(FileState state, Set<String> ids) {}

  /** A file that changed, as it was when it was seen last, and since when it is like that. */
  private record Pending(FileState state, long since) {}

  /**
   * A mirror, which has not looked yet.
   *
   * @param root the folder; below it no link is followed
   * @param nanos a clock like {@link System#nanoTime}
   */
  public FolderMirror(
      Path root,
      TaskStore store,
      MirrorOptions options,
      WatchSource source,
      MirrorListener listener,
      LongSupplier nanos) {
    this(root, store, options, source, listener, nanos, Files::getFileStore);
  }

  /** A mirror with another way to tell drives apart. */
  FolderMirror(
      Path root,
      TaskStore store,
      MirrorOptions options,
      WatchSource source,
      MirrorListener listener,
      LongSupplier nanos,
      FolderGuard.Drives drives) {
    this.root = root.toAbsolutePath().normalize();
    this.storeFolder = real(store.directory());
    guard = new FolderGuard(this.root, drives);
    this.options = options;
    this.store = new MirrorStore(store, options.removal());
    this.source = source;
    this.listener = listener;
    this.nanos = nanos;
    settleNanos = options.settle().toNanos();
  }

  /** The name without links that it has in a folder whose own name is without them. */
  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize();
    }
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
   * @throws FolderGoneException if the folder is gone, or is not the one that it was
   */
  public void step() throws InterruptedException {
    WatchSource.Signal signal = source.await(pending.isEmpty() ? IDLE : TICK);
    // a folder that was moved away has no event that says so
    guard.requireRoot();
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
    guard.requireRoot();
    Map<Path, FileState> found = new HashMap<>();
    walk(root, found);
    for (Path file : files.keySet()) {
      if (closed.stream().noneMatch(file::startsWith)) {
        found.putIfAbsent(file, FileState.ABSENT);
      }
    }
    pendIfChanged(found);
  }

  /** What was found by one look is brought in by one, too. */
  private void pendIfChanged(Map<Path, FileState> found) {
    long now = nanos.getAsLong();
    found.forEach((file, state) -> pendIfChanged(file, state, now));
  }

  /** What was seen to change before, and stands still since, goes on waiting for its end. */
  private void pendIfChanged(Path file, FileState state, long now) {
    Held held = files.get(file);
    Pending seen = pending.get(file);
    boolean isHeld = held != null && held.state().equals(state);
    boolean isKnown = seen != null ? seen.state().equals(state) : isHeld;
    if (!isKnown) {
      pending.put(file, new Pending(state, now));
    }
  }

  /** Collects the task files of a folder, and notes what could not be looked into. */
  private void walk(Path top, Map<Path, FileState> found) {
    Set<Path> told = Set.copyOf(closed);
    closed.removeIf(path -> path.startsWith(top));
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
              close(file, e);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, IOException e) {
            if (e != null) {
              close(folder, e);
            }
            return FileVisitResult.CONTINUE;
          }

          private void close(Path path, IOException e) {
            closed.add(path);
            if (!told.contains(path)) {
              listener.error(new ImportProblem(name(path), 0, 0, "cannot be read: " + e));
            }
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
        walk(path, found);
        pendIfChanged(found);
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
    absent.removeIf(path -> !folders.has(path));
    if (absent.isEmpty()) {
      return;
    }
    long now = nanos.getAsLong();
    for (Path file : files.keySet()) {
      Path folder = file.getParent();
      while (folder != null && !absent.contains(folder)) {
        folder = folder.getParent();
      }
      if (folder != null) {
        pendIfChanged(file, FileState.of(file), now);
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
    boolean isGoing = isMissedLongEnough(now);
    List<Path> gone = new ArrayList<>();
    for (Map.Entry<Path, Pending> entry : List.copyOf(pending.entrySet())) {
      Path file = entry.getKey();
      Pending seen = entry.getValue();
      if (seen.state().isThere() ? now - seen.since() < settleNanos : !isGoing) {
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
      take(ready, states, gone);
    }
  }

  /**
   * Whether what went may be taken away. It waits longer than what comes: under its new name, or in
   * its new place, it comes first. It also waits for others that go, for a folder goes file by
   * file.
   */
  private boolean isMissedLongEnough(long now) {
    long first = Long.MAX_VALUE;
    long last = Long.MAX_VALUE;
    long count = 0;
    for (Map.Entry<Path, Pending> entry : pending.entrySet()) {
      if (!entry.getValue().state().isThere()) {
        long age = now - entry.getValue().since();
        first = count == 0 ? age : Math.max(first, age);
        last = Math.min(last, age);
        count += 1;
      }
    }
    boolean isMost = count > FEW && count * 2 > files.size();
    long wait = 2 * settleNanos + (isMost ? MORE_NANOS : 0);
    boolean isLongest = !isMost && first >= LONGEST_NANOS;
    return count > 0 && (isLongest || (last >= wait && !areMoreGoing()));
  }

  /** Looks at some of the other files: what is seen now and then only, goes on meanwhile. */
  private boolean areMoreGoing() {
    List<Path> more =
        files.keySet().stream()
            .filter(file -> !pending.containsKey(file))
            .limit(SAMPLE)
            .filter(file -> !FileState.of(file).isThere())
            .toList();
    more.forEach(file -> pend(file, FileState.ABSENT));
    return !more.isEmpty();
  }

  private void take(Map<Format, List<Path>> ready, Map<Path, FileState> states, List<Path> gone) {
    MirrorPass pass = MirrorPass.NOTHING;
    Set<String> left = new HashSet<>();
    waiting.removeAll(states.keySet());
    for (Map.Entry<Format, List<Path>> group : ready.entrySet()) {
      Reading reading = new Reading(group.getValue(), states);
      pass = pass.plus(reading.run(group.getKey()));
      for (Path file : group.getValue()) {
        hold(file, states.get(file), reading, left);
      }
    }
    // reading may take long, and nothing is removed on account of a folder that went meanwhile
    try {
      guard.requireDrives(gone);
    } catch (FolderGoneException e) {
      listener.pass(pass);
      throw e;
    }
    for (Path file : gone) {
      attempts.remove(file);
      waiting.remove(file);
      folders.remove(file);
      release(file, files.remove(file).ids(), Set.of(), left);
    }
    long removed = store.remove(left.stream().filter(id -> !holders.has(id)).toList());
    pass = pass.plus(new MirrorPass(gone.size(), 0, 0, 0, removed, 0));
    readAgain(left, pass.isChange() ? waiting : Set.of());
    listener.pass(pass);
  }

  /**
   * Whether a file has a task that {@code file} has not. One that is read now, changed or went does
   * not count: a line that was moved to another file, or whose file was, keeps its task.
   */
  private boolean isHeldBesides(Path file, String id, Set<Path> read) {
    return holders.of(id).stream()
        .anyMatch(
            other ->
                !other.equals(file)
                    && !read.contains(other)
                    && !pending.containsKey(other)
                    && FileState.of(other).isThere());
  }

  private void hold(Path file, FileState state, Reading reading, Set<String> left) {
    Held before = files.get(file);
    Set<String> old = before == null ? Set.of() : before.ids();
    if (before == null) {
      folders.add(file);
    }
    Set<String> ids = reading.ids(file);
    if (reading.isWrong(file)) {
      ids.addAll(old);
    }
    files.put(file, new Held(state, Set.copyOf(ids)));
    guard.learn(file.getParent());
    ids.stream().filter(id -> !old.contains(id)).forEach(id -> holders.add(id, file));
    release(file, old, ids, left);
  }

  /** Notes the tasks that a file has lost, and adds them to {@code left}. */
  private void release(Path file, Set<String> old, Set<String> kept, Set<String> left) {
    for (String id : old) {
      if (!kept.contains(id)) {
        holders.remove(id, file);
        left.add(id);
      }
    }
  }

  /** Reads the files that still have a task which another lost: it is as they have it now. */
  private void readAgain(Set<String> ids, Set<Path> besides) {
    Set<Path> some = new HashSet<>(besides);
    ids.forEach(id -> some.addAll(holders.of(id)));
    some.stream().filter(f -> !pending.containsKey(f)).forEach(f -> pend(f, files.get(f).state()));
  }

  /** One reading of files of one format. */
  private final class Reading {
    private final List<Path> some;
    private final Map<Path, FileState> states;
    private final Map<String, Set<String>> ids = new HashMap<>();
    private final Map<String, Long> plain = new HashMap<>();
    private final Set<String> unreadable = new HashSet<>();
    private final Set<String> wrong = new HashSet<>();
    private boolean isAnyWrong;

    Reading(List<Path> some, Map<Path, FileState> states) {
      this.some = some;
      this.states = states;
    }

    MirrorPass run(Format format) {
      List<Path> full = new ArrayList<>();
      long errors = 0;
      for (Path file : some) {
        if (hadTasks(file) && FileState.of(file).size() == 0) {
          // a program that writes a file anew may be between emptying and filling it
          errors++;
          tell(new ImportProblem(name(file), 0, 0, "is empty, but had tasks"));
        } else {
          full.add(file);
        }
      }
      ImportReport report =
          Importer.runFiles(root, full, options.reading().withFormat(format), store, listening());
      Set<String> again = readLater(full);
      errors += report.errorCount();
      for (ImportProblem problem : report.errors()) {
        if (again.contains(problem.file())) {
          errors--;
        } else {
          tell(problem);
        }
      }
      report.warnings().forEach(listener::warning);
      isAnyWrong = report.errorCount() > report.errors().size();
      wrong.addAll(again);
      for (Path file : format == Format.MARKDOWN ? full : List.<Path>of()) {
        errors += tellPlain(file);
      }
      return new MirrorPass(
          some.size(), report.created(), report.updated(), report.unchanged(), 0, errors);
    }

    private FileListener listening() {
      return new FileListener() {
        @Override
        public boolean isElsewhere(String file, String id) {
          return isHeldBesides(root.resolve(file), id, states.keySet());
        }

        @Override
        public void placed(String file, String id) {
          ids.computeIfAbsent(file, f -> new HashSet<>()).add(id);
        }

        @Override
        public void leftInArchive(String file, String id) {
          if (store.isArchivedHere(id)) {
            waiting.add(root.resolve(file));
          }
        }

        @Override
        public void skipped(String file, long line) {
          plain.put(file, line);
        }

        @Override
        public void unreadable(String file) {
          unreadable.add(file);
        }
      };
    }

    private void tell(ImportProblem problem) {
      wrong.add(problem.file());
      listener.error(problem);
    }

    /** Has files read again that changed meanwhile, or that the system may give later. */
    private Set<String> readLater(Collection<Path> read) {
      Set<String> again = new HashSet<>();
      for (Path file : read) {
        FileState state = FileState.of(file);
        int attempt = unreadable.contains(name(file)) ? attempts.merge(file, 1, Integer::sum) : 0;
        if (!state.equals(states.get(file))) {
          again.add(name(file));
          pend(file, state);
        } else if (attempt > 0 && attempt < MOST_ATTEMPTS) {
          again.add(name(file));
          long pause = PAUSE_NANOS << (attempt - 1);
          pending.put(file, new Pending(state, nanos.getAsLong() + pause));
        } else {
          attempts.remove(file);
        }
      }
      return again;
    }

    /** Tells of a file whose tasks would go only because their front matter is no more one. */
    private int tellPlain(Path file) {
      Long line = plain.get(name(file));
      if (line == null || wrong.contains(name(file)) || !hadTasks(file)) {
        return 0;
      }
      String what =
          "has no front matter here, between two lines ---, but had tasks; to take them away, remove"
              + " the file";
      tell(new ImportProblem(name(file), line, 0, what));
      return 1;
    }

    private boolean hadTasks(Path file) {
      Held held = files.get(file);
      return held != null && !held.ids().isEmpty();
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
