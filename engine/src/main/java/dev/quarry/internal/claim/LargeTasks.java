package dev.quarry.internal.claim;

import dev.quarry.Task;
import dev.quarry.internal.write.Committer;
import dev.quarry.internal.write.Staging;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tasks so large that no commit can claim them or give them back. They must not keep the others
 * from being had, so they are passed over until they are smaller; each is warned of once. {@link
 * #fits} is for a commit in the making, {@link #count} for everybody.
 */
final class LargeTasks {
  private static final Logger LOG = LoggerFactory.getLogger(LargeTasks.class);

  private final Committer committer;
  private final Set<Long> passedOver = ConcurrentHashMap.newKeySet();

  LargeTasks(Committer committer) {
    this.committer = committer;
  }

  /** Whether a commit can hold a change of the task, which must be there. */
  boolean fits(Staging staging, String id) {
    long ordinal = staging.ordinal(id);
    if (committer.newRoom().canTake(staging.get(id))) {
      passedOver.remove(ordinal);
      return true;
    }
    if (passedOver.add(ordinal)) {
      LOG.warn(
          "a task is too large for a commit that claims it or gives it back, and is passed over;"
              + " make its texts smaller, ordinal {}",
          ordinal);
    }
    return false;
  }

  /** Takes note of a change of a task that is there; whether it is no longer passed over. */
  boolean fitsNow(Staging staging, Task before, Task after) {
    return !passedOver.isEmpty()
        && (after == null || committer.newRoom().canTake(after))
        && passedOver.remove(staging.ordinal(before.id()));
  }

  /** How many are passed over. */
  int count() {
    return passedOver.size();
  }
}
