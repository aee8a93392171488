package dev.quarry.internal.write;

/**
 * Where a reader stands in the change log: behind a commit, and behind some of the changes of the
 * next. Keeps where these lie in its entry, so that who goes on need not walk over them again. Not
 * thread-safe.
 */
public final class LogPlace {
  /** The place in the entry is to be found by the number of changes. */
  static final int UNKNOWN = -1;

  private long after;
  private int changes;

  /** The item of the entry to go on with, as an offset of bytes; 0 for the first. */
  private int item;

  /** How many tasks of that item lie behind. */
  private int inItem;

  /** The place behind {@code after} and behind the first {@code changes} of the next commit. */
  public LogPlace(long after, int changes) {
    moveTo(after);
    if (changes > 0) {
      this.changes = changes;
      item = UNKNOWN;
    }
  }

  /** Whether it is this place. */
  public boolean is(long otherAfter, int otherChanges) {
    return after == otherAfter && changes == otherChanges;
  }

  long after() {
    return after;
  }

  /** Changes of the next commit that lie behind. */
  int changes() {
    return changes;
  }

  int item() {
    return item;
  }

  int inItem() {
    return inItem;
  }

  /** Goes to the beginning of the commit behind {@code sequence}. */
  void moveTo(long sequence) {
    after = sequence;
    changes = 0;
    item = 0;
    inItem = 0;
  }

  /** Goes behind further changes of the next commit, to a place in its entry. */
  void pass(int more, int newItem, int newInItem) {
    changes += more;
    item = newItem;
    inItem = newInItem;
  }
}
