package dev.quarry.tools.cli;

import dev.quarry.TaskStore;
import java.time.Instant;

/** A point of the past as it is typed: the number of a commit, or a time. */
record PastPoint(Long sequence, Instant time) {
  static PastPoint of(String option, String text, Instant now) {
    if (text.matches("\\d{1,18}")) {
      return new PastPoint(Long.valueOf(text), null);
    }
    return new PastPoint(null, Inputs.time(option, text, now));
  }

  /** The commit; that at or before the time. */
  long in(TaskStore store) {
    return sequence != null ? sequence : store.sequenceAt(time);
  }
}
