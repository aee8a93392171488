package dev.quarry.internal.read;

import dev.quarry.CorruptionException;
import dev.quarry.index.Postings;
import dev.quarry.internal.codec.IndexedFields;
import java.lang.invoke.VarHandle;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/**
 * The members of live posting lists as of a sequence, block by block: each block is right for that
 * sequence whenever it is read, as {@link PinnedView} explains. Not thread-safe.
 */
final class SettledLists implements OrdinalBits.Loader {
  private final Postings live;
  private final Matcher holds;
  private final LongFunction<IndexedFields> fields;
  private final TouchedTasks touched;
  private final BooleanSupplier valid;
  private final Deadline deadline;
  private final ToldDamage told;

  /**
   * Lists to be settled.
   *
   * @param fields a task's as of the sequence, or null
   * @param touched since the lists were first read
   * @param valid whether the lists are those that they were
   * @param told as for {@link View#set}
   */
  SettledLists(
      Postings live,
      Matcher holds,
      LongFunction<IndexedFields> fields,
      TouchedTasks touched,
      BooleanSupplier valid,
      Deadline deadline,
      ToldDamage told) {
    this.live = live;
    this.holds = holds;
    this.fields = fields;
    this.touched = touched;
    this.valid = valid;
    this.deadline = deadline;
    this.told = told;
  }

  @Override
  public void load(long block, long[] words) {
    live.block(block, words);
    VarHandle.loadLoadFence(); // the postings were read before this
    touched.follow();
    int end = touched.from((block + 1) * Postings.BLOCK);
    for (int i = touched.from(block * Postings.BLOCK); i < end; i++) {
      settle(touched.at(i), words);
    }
    if (!valid.getAsBoolean()) {
      throw new TouchedTasks.OvertakenException();
    }
  }

  /** Decides a task by its record. */
  private void settle(long ordinal, long[] words) {
    deadline.step();
    int word = (int) (ordinal % Postings.BLOCK) >>> 6;
    if (isMember(ordinal)) {
      words[word] |= 1L << ordinal;
    } else {
      words[word] &= ~(1L << ordinal);
    }
  }

  private boolean isMember(long ordinal) {
    try {
      IndexedFields task = fields.apply(ordinal);
      return task != null && holds.test(ordinal, task);
    } catch (CorruptionException e) {
      if (told == null) {
        throw e;
      }
      return !told.contains(ordinal);
    }
  }
}
