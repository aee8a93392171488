package dev.quarry.tools.watching;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Events of the file system, of a folder and all below it. A folder that comes later is told as a
 * path; whoever is told looks into it, since what came into it before it was watched had no events.
 */
final class EventSource implements WatchSource {
  /** Enough for every folder of a large tree; the rest comes with the next signal. */
  private static final int MOST_KEYS = 10_000;

  private final Path root;
  private final Predicate<Path> isWatched;
  private final Consumer<String> note;
  private final WatchService service;
  private final FolderKeys folders = new FolderKeys();

  /** Folders that could not be looked into, which may change. */
  private final Set<Path> closed = new LinkedHashSet<>();

  private long openAt = System.nanoTime();

  private static final long OPEN_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** What looks instead when folders could not be watched any more, else null. */
  private WatchSource instead;

  EventSource(Path root, Predicate<Path> isWatched, Consumer<String> note) throws IOException {
    this.root = root;
    this.isWatched = isWatched;
    this.note = note;
    service = root.getFileSystem().newWatchService();
    try {
      if (service.getClass().getSimpleName().equals("PollingWatchService")) {
        throw new IOException("this system looks every ten seconds");
      }
      register(root);
    } catch (IOException | RuntimeException e) {
      service.close();
      throw e;
    }
  }

  @Override
  public Signal await(Duration most) throws InterruptedException {
    if (instead != null) {
      return instead.await(most);
    }
    WatchKey key = service.poll(most.toNanos(), TimeUnit.NANOSECONDS);
    Set<Path> paths = new LinkedHashSet<>();
    boolean isOverflow = false;
    for (int i = 0; key != null && i < MOST_KEYS; i++) {
      isOverflow |= take(key, paths);
      key = service.poll();
    }
    if (isOverflow) {
      registerLater(root);
    }
    open(paths);
    return new Signal(paths, isOverflow || instead != null);
  }

  /** Looks again now and then whether what could not be watched can be now. */
  private void open(Set<Path> paths) {
    long now = System.nanoTime();
    if (closed.isEmpty() || now - openAt < 0) {
      return;
    }
    openAt = now + OPEN_EVERY_NANOS;
    List<Path> some = List.copyOf(closed);
    closed.clear();
    for (Path folder : some) {
      registerLater(folder);
      if (!closed.contains(folder)) {
        paths.add(folder);
      }
    }
  }

  private boolean take(WatchKey key, Set<Path> paths) {
    boolean isOverflow = false;
    for (WatchEvent<?> event : key.pollEvents()) {
      Path folder = folders.folder(key);
      if (event.kind() == StandardWatchEventKinds.OVERFLOW) {
        isOverflow = true;
      } else if (folder != null) {
        Path path = folder.resolve((Path) event.context());
        paths.add(path);
        follow(event.kind(), path);
      }
    }
    if (!key.reset() && root.equals(folders.remove(key))) {
      throw new FolderGoneException(root, "is gone");
    }
    return isOverflow;
  }

  private void follow(WatchEvent.Kind<?> kind, Path path) {
    if (kind == StandardWatchEventKinds.ENTRY_CREATE
        && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      registerLater(path);
    } else if (kind == StandardWatchEventKinds.ENTRY_DELETE) {
      // a folder that was moved away goes on telling, under its old name
      folders.cancelBelow(path);
    }
  }

  private void registerLater(Path folder) {
    try {
      register(folder);
    } catch (NoSuchFileException e) {
      // it went again, which has an event of its own
    } catch (IOException e) {
      note.accept("no more events (" + e.getMessage() + "); looking now and then instead");
      instead = WatchSource.looking(LOOK_EVERY);
    }
  }

  private void register(Path top) throws IOException {
    Files.walkFileTree(
        top,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            if (!folder.equals(root) && !isWatched.test(folder)) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            return registerOne(folder);
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (file.equals(root)) {
              throw e;
            }
            // whoever reads the folder says so; what went has an event of its own
            if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
              closed.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, IOException e) {
            if (e != null) {
              closed.add(folder);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** One folder that is not there, or closed, must not keep those beside it from being watched. */
  private FileVisitResult registerOne(Path folder) throws IOException {
    try {
      WatchKey key =
          folder.register(
              service,
              StandardWatchEventKinds.ENTRY_CREATE,
              StandardWatchEventKinds.ENTRY_MODIFY,
              StandardWatchEventKinds.ENTRY_DELETE);
      folders.put(key, folder);
      return FileVisitResult.CONTINUE;
    } catch (NoSuchFileException | NotDirectoryException | AccessDeniedException e) {
      if (folder.equals(root)) {
        throw e;
      }
      if (e instanceof AccessDeniedException) {
        closed.add(folder);
      }
      return FileVisitResult.SKIP_SUBTREE;
    }
  }

  @Override
  public void close() {
    try {
      service.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
