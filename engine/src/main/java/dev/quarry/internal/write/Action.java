package dev.quarry.internal.write;

import java.util.Locale;

/** What a commit was for. The codes stand in the change log and never change their meaning. */
public enum Action {
  /** Tasks were written by their caller. */
  WRITE(0),
  /** A task was claimed. */
  CLAIM(1),
  /** A lease was prolonged. */
  RENEW(2),
  /** A claimed task was completed. */
  COMPLETE(3),
  /** A claimed task failed. */
  FAIL(4),
  /** A claim was given back. */
  RELEASE(5),
  /** A lease ran out. */
  EXPIRE(6),
  /** A failed task may be tried again. */
  RETRY(7),
  /** A change was taken back. */
  UNDO(8),
  /** Tasks went to the archive. */
  ARCHIVE(9),
  /** Tasks came back from the archive. */
  RESTORE(10),
  /** Archived tasks were deleted. */
  PURGE(11),
  /** Changes were taken back by which tasks had gone to the archive, so some came from there. */
  UNDO_ARCHIVE(12, "undo");

  private final int code;
  private final String word;

  Action(int code) {
    this.code = code;
    this.word = name().toLowerCase(Locale.ROOT);
  }

  Action(int code, String word) {
    this.code = code;
    this.word = word;
  }

  /** What callers know it by. */
  public String word() {
    return word;
  }

  /** Whether of what it added some came from the archive. */
  public boolean isFromArchive() {
    return this == RESTORE || this == UNDO_ARCHIVE;
  }

  /** Whether the tasks that it changed were claimed before, and no longer behind it. */
  public boolean endsClaims() {
    return this == COMPLETE || this == FAIL || this == RELEASE || this == EXPIRE;
  }

  int code() {
    return code;
  }

  /** The action with this code, or null. */
  static Action of(int code) {
    for (Action action : values()) {
      if (action.code == code) {
        return action;
      }
    }
    return null;
  }
}
