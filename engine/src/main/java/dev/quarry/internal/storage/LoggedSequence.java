package dev.quarry.internal.storage;

/** Which of RocksDB's sequences the next batch of the logs has, if none is missing in between. */
final class LoggedSequence {
  private long next = -1;

  /** How many writes are missing before the next batch; 0 for none, and where it is the first. */
  long missingBefore(LoggedBatch batch) {
    long missing = next < 0 ? 0 : Math.max(0, batch.sequence() - next);
    next = batch.sequence() + batch.count();
    return missing;
  }

  /** Something was passed over: whatever comes next is right. */
  void passOver() {
    next = -1;
  }
}
