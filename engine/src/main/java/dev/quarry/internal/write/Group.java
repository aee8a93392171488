package dev.quarry.internal.write;

import dev.quarry.internal.lifecycle.Failures;
import dev.quarry.internal.lifecycle.Interrupts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Commits that are written together. The first who joins leads: writes for all. Guarded by the lock
 * of those who stage until it is closed; then only its leader touches it.
 */
final class Group {
  static final int MAX_COMMITS = 512;
  static final int MAX_TASKS = 4_096;

  /** A batch has to fit into memory some times, and into an array; a larger commit goes alone. */
  static final long MAX_BYTES = 64L << 20;

  private final List<StagedCommit> commits = new ArrayList<>();
  private final Overlay.Layer layer = new Overlay.Layer();
  private final CountDownLatch done = new CountDownLatch(1);
  private int tasks;
  private long bytes;
  private boolean sync;
  private Throwable failure;

  void add(StagedCommit commit, long commitBytes, boolean synced) {
    commits.add(commit);
    bytes += commitBytes;
    tasks += commit.mutations().size() + commit.waits().size();
    sync |= synced;
  }

  /** Whether a commit of about so many bytes may join. */
  boolean takes(long commitBytes) {
    return commits.size() < MAX_COMMITS && tasks < MAX_TASKS && bytes + commitBytes <= MAX_BYTES;
  }

  boolean isSync() {
    return sync;
  }

  List<StagedCommit> commits() {
    return commits;
  }

  Overlay.Layer layer() {
    return layer;
  }

  boolean isDone() {
    return done.getCount() == 0;
  }

  /** Ends the wait of those who joined; null for success. */
  void complete(Throwable cause) {
    failure = cause;
    done.countDown();
  }

  /** Waits until the group is written, at most so long; whether it is. */
  boolean await(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    // the commit is decided and will be made: its outcome has to be told
    return Interrupts.outlast(() -> done.await(end - System.nanoTime(), TimeUnit.NANOSECONDS));
  }

  /** Throws what kept the group from being written. */
  void check() {
    Failures.throwIfAny(failure);
  }
}
