package dev.quarry.internal.read;

import dev.quarry.Task;
import dev.quarry.index.PostingIndex;
import dev.quarry.index.Postings;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.ReadyHead;
import dev.quarry.internal.index.TermList;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import java.util.List;

/**
 * The store at one sequence, as a query sees it. {@link LiveView} reads the present and is right as
 * long as no commit begins; {@link PinnedView} reads a storage snapshot and is always right.
 */
interface View {
  /** The indexes as of the view. */
  IndexCatalog catalog();

  /** The posting index for estimates, or null where it cannot be used. */
  PostingIndex estimates();

  /**
   * Exactly the tasks that satisfy a condition, or null where posting lists cannot tell.
   *
   * @param whole whether all of it is found out now; else reading it throws {@link
   *     TouchedTasks.OvertakenException} where that cannot be done later
   * @param told of one who reads every record of the set, and so meets what is damaged there: where
   *     a damaged record has to decide, it is in the set unless it was told of; or null, and then
   *     it throws
   */
  Postings set(Condition condition, Deadline deadline, boolean whole, ToldDamage told);

  /** The terms of a field by its number, or null where they cannot be told of. */
  TermList terms(int number, Field<?> field);

  /** Whether {@link #row} can be used. */
  boolean hasRows();

  /**
   * Fills in those columns of a task's projection row whose bits are set; false where the task is
   * absent.
   */
  boolean row(long ordinal, int wanted, long[] columns);

  /** A task's queryable fields, or null where it is absent. */
  IndexedFields fields(long ordinal);

  /** What a task waits for, as {@link dev.quarry.internal.index.Waits} counts it. */
  int waits(long ordinal);

  /** A task, or null where it is absent. */
  Task task(long ordinal);

  /** The task of an id, or null where it is absent. */
  Task task(String id);

  /** The tasks of ids in their order, null for absent ones. */
  List<Task> tasks(List<String> ids);

  /** A task's stored value, or null where it is absent. */
  byte[] bytes(long ordinal);

  /** The ordinal of an id, or {@link RecordReader#ABSENT}. */
  long ordinalOf(String id);

  /** A walk over a family; the caller closes it. */
  StorageIterator iterate(Family family, byte[] lower, byte[] upper, boolean scan);

  /** Where the ready tasks begin, or null where nobody knows. */
  ReadyHead readyHead();

  /** The ordinals of the records are below this. */
  long ordinalBound();
}
