package dev.quarry.internal.read;

import dev.quarry.index.Postings;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.write.ChangeLog;
import dev.quarry.internal.write.CommitState;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/**
 * The members of live posting lists as of a sequence, block by block: each block is right for that
 * sequence whenever it is read, as {@link PinnedView} explains. Not thread-safe.
 */
final class SettledLists implements OrdinalBits.Loader {
  /** More changed tasks than this cost more than a scan is likely to. */
  private static final int MAX_CHANGED = 200_000;

  private final Postings live;
  private final Matcher holds;
  private final LongFunction<IndexedFields> fields;
  private final CommitState state;
  private final ChangeLog changes;
  private final BooleanSupplier valid;
  private final Deadline deadline;
  private final long sequence;
  private long settledTo;

  /** The tasks that commits up to {@code settledTo} have touched, rising. */
  private long[] touched = {};

  /** Thrown where too much has changed, or the lists are of no use any more. */
  static final class OvertakenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    OvertakenException() {
      super("the posting lists no longer tell", null, false, false);
    }
  }

  /**
   * Lists to be settled.
   *
   * @param applied the commits that the lists reflect at least, read before the lists were
   * @param fields a task's as of the sequence, or null
   * @param valid whether the lists are those that they were
   */
  SettledLists(
      Postings live,
      Matcher holds,
      LongFunction<IndexedFields> fields,
      CommitState state,
      ChangeLog changes,
      BooleanSupplier valid,
      Deadline deadline,
      long sequence,
      long applied) {
    this.live = live;
    this.holds = holds;
    this.fields = fields;
    this.state = state;
    this.changes = changes;
    this.valid = valid;
    this.deadline = deadline;
    this.sequence = sequence;
    this.settledTo = Math.min(applied, sequence);
  }

  @Override
  public void load(long block, long[] words) {
    live.block(block, words);
    VarHandle.loadLoadFence(); // the postings were read before this
    follow(Math.max(state.announced(), sequence));
    int from = Arrays.binarySearch(touched, block * Postings.BLOCK);
    for (int i = from < 0 ? -from - 1 : from; i < touched.length; i++) {
      long ordinal = touched[i];
      if (ordinal / Postings.BLOCK != block) {
        break;
      }
      settle(ordinal, words);
    }
    if (!valid.getAsBoolean()) {
      throw new OvertakenException();
    }
  }

  /** Decides a task by its record. */
  private void settle(long ordinal, long[] words) {
    deadline.step();
    IndexedFields task = fields.apply(ordinal);
    int word = (int) (ordinal % Postings.BLOCK) >>> 6;
    if (task != null && holds.test(ordinal, task)) {
      words[word] |= 1L << ordinal;
    } else {
      words[word] &= ~(1L << ordinal);
    }
  }

  /** Takes in what later commits have touched. */
  private void follow(long to) {
    if (settledTo >= to) {
      return;
    }
    int n = touched.length;
    for (long commit = settledTo + 1; commit <= to; commit++) {
      long[] ordinals = state.ordinals(commit);
      if (ordinals == null) {
        ordinals = changes.ordinals(commit, MAX_CHANGED);
      }
      if (ordinals == null || n + ordinals.length > MAX_CHANGED) {
        throw new OvertakenException();
      }
      if (n + ordinals.length > touched.length) {
        touched = Arrays.copyOf(touched, Math.max(2 * n, n + ordinals.length));
      }
      System.arraycopy(ordinals, 0, touched, n, ordinals.length);
      n += ordinals.length;
    }
    touched = Arrays.copyOf(touched, n);
    Arrays.sort(touched);
    settledTo = to;
  }
}
