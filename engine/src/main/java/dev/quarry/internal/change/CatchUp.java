package dev.quarry.internal.change;

import dev.quarry.change.Change;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.CommitPart;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * What a subscription reads by itself while it lags: out of the ring, else out of the change log,
 * and a commit that is larger than its share of the {@link LagRoom} in parts. Used by whoever
 * delivers, or by the dispatcher while the subscription is neither LAGGING nor scheduled.
 */
final class CatchUp {
  private static final int CHUNK_CHANGES = 256;

  /** Of one read, so that it has an end where nothing concerns the filter; a commit counts, too. */
  private static final int MOST_LOOKED = 8_192;

  private final ChangeFeed feed;
  private final Selection selection;
  private final Inbox inbox;
  private final boolean conflates;
  private final int wanted;
  private final Queue<Item> items = new ArrayDeque<>();
  private CommitSource.Reader log; // while it lags
  private int taken; // of the feed's room

  /** All commits up to this are read. */
  private long readTo;

  /** How many changes of the next commit are read, too. */
  private int readOf;

  /** Whether the next commit has given changes already. */
  private boolean isBegun;

  CatchUp(ChangeFeed feed, WatchOptions options, Selection selection, Inbox inbox, long from) {
    this.feed = feed;
    this.selection = selection;
    this.inbox = inbox;
    this.conflates = options.mode() == WatchOptions.Mode.LATEST;
    int capacity = options.queueCapacity();
    this.wanted = conflates ? capacity : Math.min(CHUNK_CHANGES, capacity);
    this.readTo = from;
  }

  /** All commits up to this are read, or come otherwise. */
  long readTo() {
    return readTo;
  }

  /** It is to go on behind a commit. */
  void goOnBehind(long sequence) {
    readTo = sequence;
    readOf = 0;
    isBegun = false;
  }

  /** What it goes on with is not needed for now. */
  void pause() {
    log = null;
  }

  /** The next of what was read, or null. */
  Item poll() {
    return items.poll();
  }

  boolean isEmpty() {
    return items.isEmpty();
  }

  /** One was delivered. */
  void done(Item item) {
    giveBack(item.size());
  }

  /** Lets go of everything. */
  void clear() {
    items.clear();
    log = null;
    giveBack(taken);
  }

  private void giveBack(int room) {
    taken -= room;
    feed.lagRoom().giveBack(room);
  }

  /**
   * Reads on, and gives the first of it: what follows is polled. Where nothing is left, and there
   * are commits behind {@link #readTo}.
   *
   * @param toCommitEnd whether to read no further than to the end of the next commit
   */
  Item read(boolean toCommitEnd) {
    taken = feed.lagRoom().take(wanted);
    Reading reading = new Reading(feed.last(), taken, toCommitEnd);
    Commit commit = feed.ring().get(readTo + 1);
    if (commit == null) {
      reading.inLog();
    } else {
      reading.inRing(commit);
    }
    if (reading.held() > 0 && conflates) {
      items.add(reading.conflation.toItem(false, isBegun));
    }
    giveBack(taken - reading.held());
    Item first = items.poll();
    return first == null ? new Item(List.of(), readTo, false, isBegun) : first;
  }

  /** Collects changes up to a number. */
  private final class Reading {
    private final long last;
    private final int room;
    private final boolean toCommitEnd;
    private final Conflation conflation = conflates ? new Conflation() : null;
    private int changes;
    private int looked;
    private long first = Long.MAX_VALUE;
    private boolean isFull;

    Reading(long last, int room, boolean toCommitEnd) {
      this.last = last;
      this.room = room;
      this.toCommitEnd = toCommitEnd;
    }

    /** From a commit on, as far as the ring has what follows: that may be in the log only. */
    void inRing(Commit from) {
      Commit commit = from;
      while (commit != null && take(CommitPart.of(commit, readOf, left()))) {
        commit = feed.ring().get(readTo + 1);
      }
    }

    void inLog() {
      long from = readTo;
      log = log == null ? feed.reader() : log;
      feed.readParts(log, from, readOf, this::left, this::take);
      feed.checkNoGap(from, first);
      if (!isFull) {
        goOnBehind(last);
      }
    }

    int held() {
      return conflates ? conflation.size() : changes;
    }

    private int left() {
      return room - held();
    }

    /** Takes a part; false where no more is wanted. */
    private boolean take(CommitPart part) {
      Commit commit = part.commit();
      long sequence = commit.sequence();
      if (sequence > last) {
        return false; // its derived state is not complete
      }
      first = Math.min(first, sequence);
      if (sequence != readTo + 1) {
        goOnBehind(sequence - 1); // those between have failed, or this will
      }
      List<Change> matches = selection.of(commit);
      if (part.isLast()) {
        add(matches, sequence, isBegun);
        goOnBehind(sequence);
      } else {
        add(matches, readTo, false);
        readOf += commit.changes().size();
        isBegun |= !matches.isEmpty();
      }
      looked += 1 + commit.changes().size();
      isFull = left() == 0 || looked >= MOST_LOOKED || (toCommitEnd && part.isLast());
      return !isFull;
    }

    /** Adds what leads to a position; nothing counts, too, where it ends what has begun. */
    private void add(List<Change> matches, long through, boolean ends) {
      if (conflates) {
        inbox.countDropped(conflation.add(matches, through));
      } else if (!matches.isEmpty() || ends) {
        items.add(new Item(matches, through, false, through == readTo));
        changes += matches.size();
      }
    }
  }
}
