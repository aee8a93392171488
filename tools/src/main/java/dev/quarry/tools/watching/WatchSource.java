package dev.quarry.tools.watching;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Tells where in a folder something may have changed. Used by one thread; close it. */
public interface WatchSource extends AutoCloseable {
  /** How often a source that cannot wait for events looks. */
  Duration LOOK_EVERY = Duration.ofMillis(300);

  /**
   * What may have changed since the last signal.
   *
   * @param paths files and folders
   * @param isOverflow whether it may be anything else, too
   */
  record Signal(Set<Path> paths, boolean isOverflow) {
    /** That of a quiet time. */
    public static final Signal NOTHING = new Signal(Set.of(), false);

    /** That of something unknown. */
    public static final Signal OVERFLOW = new Signal(Set.of(), true);
  }

  /**
   * Waits until something may have changed.
   *
   * @param most waits no longer than this
   */
  Signal await(Duration most) throws InterruptedException;

  @Override
  void close();

  /**
   * The events of the file system, or where it has none, or no more, looks now and then.
   *
   * @param isWatched whether a folder below belongs to it
   * @param note is told where there are no events
   */
  static WatchSource of(Path folder, Predicate<Path> isWatched, Consumer<String> note) {
    try {
      return new EventSource(folder, isWatched, note);
    } catch (IOException | UnsupportedOperationException e) {
      note.accept("no events of " + folder + " (" + e.getMessage() + "); looking now and then");
      return looking(LOOK_EVERY);
    }
  }

  /** Looks every so often, for file systems whose events do not come, such as network drives. */
  static WatchSource looking(Duration every) {
    return new LookingSource(every);
  }
}
