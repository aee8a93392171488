package dev.quarry.internal.write;

import dev.quarry.internal.storage.Family;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Who is told of commits, in the committing thread, when they are complete. */
public final class CommitListeners {
  private static final byte[] EVERY_KEY = {};

  private volatile CommitListener all = CommitListener.NONE;
  private volatile ReadyListener ready = ReadyListener.NONE;
  private volatile BiConsumer<byte[], byte[]> claims = (key, value) -> {};

  private volatile Consumer<Throwable> brokenIndex = cause -> {};
  private volatile Runnable smallerIndex = () -> {};
  private volatile Consumer<Throwable> indexLimit = limit -> {};

  CommitListeners() {}

  /** Sets who is told of every commit; before the first of them. */
  public void all(CommitListener value) {
    all = value;
  }

  /** Sets who is told of ready tasks; before the first commit. */
  public void ready(ReadyListener value) {
    ready = value;
  }

  /**
   * Sets who is told of the entries of the claims family and their values, under the lock of those
   * who stage; before the first commit.
   */
  public void claims(BiConsumer<byte[], byte[]> value) {
    claims = value;
  }

  /** Sets who is told that the off-heap index has failed, and why; before the first commit. */
  public void brokenIndex(Consumer<Throwable> value) {
    brokenIndex = value;
  }

  /**
   * Sets who is told that an off-heap index which has failed has less to hold now than when it did;
   * before the first commit.
   */
  public void smallerIndex(Runnable value) {
    smallerIndex = value;
  }

  /** Sets who is told that the off-heap index has met a limit; before the first commit. */
  public void indexLimit(Consumer<Throwable> value) {
    indexLimit = value;
  }

  void tellOfIndexLimit(Throwable limit) {
    indexLimit.accept(limit);
  }

  void tellOfSmallerIndex() {
    smallerIndex.run();
  }

  void tellOfBrokenIndex(Throwable cause) {
    brokenIndex.accept(cause);
  }

  void tell(List<StagedCommit> commits) {
    CommitListener present = all;
    for (StagedCommit commit : commits) {
      if (present != CommitListener.NONE) {
        present.committed(commit.published());
      }
      ready.committed(commit::ready);
    }
  }

  void tellOfClaims(List<StagedCommit> commits) {
    BiConsumer<byte[], byte[]> present = claims;
    for (StagedCommit commit : commits) {
      commit
          .sides()
          .forEach(Family.CLAIMS, EVERY_KEY, (key, value) -> present.accept(key, value.bytes()));
    }
  }
}
