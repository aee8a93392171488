package dev.quarry.internal.change;

import dev.quarry.change.Change;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.read.Predicates;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.TaskChange;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Which changes a subscription gets, and how. Thread-safe. */
final class Selection {
  private final Predicate<IndexedFields> predicate;
  private final long maxEventBytes;

  Selection(WatchOptions options) {
    predicate = Predicates.compile(options.filter());
    maxEventBytes = options.maxEventBytes();
  }

  /** Those of a commit. */
  List<Change> of(Commit commit) {
    List<Change> matches = new ArrayList<>();
    for (TaskChange change : commit.changes()) {
      boolean concerns =
          (change.after() != null && predicate.test(IndexedFields.of(change.after())))
              || (change.before() != null && predicate.test(IndexedFields.of(change.before())));
      if (concerns) {
        matches.add(Events.of(commit, change, maxEventBytes));
      }
    }
    return matches;
  }
}
