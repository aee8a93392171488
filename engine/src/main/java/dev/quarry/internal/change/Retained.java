package dev.quarry.internal.change;

import dev.quarry.SequenceNotRetainedException;
import dev.quarry.change.WatchOptions;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the change log still has. Thread-safe; under a lease of the store's guard. */
final class Retained {
  private final CommitSource source;

  Retained(CommitSource source) {
    this.source = source;
  }

  /**
   * Where to begin who asks for {@code from}, which must be reached by the log.
   *
   * @param more what the exception tells beside the sequences
   */
  long checked(long from, long last, Map<String, ?> more) {
    if (from == WatchOptions.NOW) {
      return last;
    }
    // a snapshot has a commit from the moment on that it is written, a little before it is the last
    if (from > last && from > source.lastSeen()) {
      throw new IllegalArgumentException(
          "fromSequence must be at most the store's last, " + last + ", but is " + from);
    }
    if (from < last) {
      checkNext(from, more);
    }
    return from;
  }

  /** Refuses to go on behind {@code after} where the log begins later. */
  void checkNext(long after, Map<String, ?> more) {
    long oldest = source.firstRetained();
    if (after + 1 < oldest) {
      throw not(
          "the change log no longer has this sequence; read the store anew, then watch from its"
              + " sequence on",
          after + 1,
          oldest,
          more);
    }
  }

  /** The exception for who asked for a sequence. */
  SequenceNotRetainedException not(String message, long asked, Map<String, ?> more) {
    return not(message, asked, source.firstRetained(), more);
  }

  private static SequenceNotRetainedException not(
      String message, long asked, long oldest, Map<String, ?> more) {
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("asked", asked);
    context.put("oldestRetained", oldest);
    context.putAll(more);
    return new SequenceNotRetainedException(message, context);
  }
}
