package dev.quarry.internal.read;

import dev.quarry.Task;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.index.IdKeys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Finds tasks by id through the index's key column, and through the family of ids where that cannot
 * tell. A task is never taken for another's: its record's id is compared, or the key is one of
 * which there is only one id. Thread-safe.
 */
final class IdLookup {
  private final RecordReader reader;
  private final PostingIndex index;

  /** Over an index, or null where there is none. */
  IdLookup(RecordReader reader, PostingIndex index) {
    this.reader = reader;
    this.index = index;
  }

  /**
   * The ordinal of an id, or {@link RecordReader#ABSENT}; as of now, if nothing changes meanwhile.
   */
  long ordinalOf(String id) {
    if (index == null) {
      return reader.ordinalOf(id);
    }
    long key = IdKeys.of(id);
    long found = index.find(key);
    if (found == PostingIndex.NO_ROW) {
      return RecordReader.ABSENT;
    }
    return found >= 0 && IdKeys.isWhole(key) ? found : reader.ordinalOf(id);
  }

  /** The task of an id, or null; as of now, if nothing changes meanwhile. */
  Task get(String id) {
    if (index == null) {
      return reader.get(id);
    }
    long found = index.find(IdKeys.of(id));
    if (found == PostingIndex.NO_ROW) {
      return null;
    }
    Task task = found >= 0 ? reader.get(found) : null;
    return task != null && task.id().equals(id) ? task : reader.get(id);
  }

  /**
   * The tasks of ids, null for absent ones. One multi-get where the index leads to all that there
   * are, another where the family of ids leads to some, a third where the index had led to others.
   */
  List<Task> tasks(List<String> ids, RecordReader.Moment moment) {
    boolean isNow = moment.snapshot() == null;
    long[] ordinals = new long[ids.size()];
    List<Integer> unsure = new ArrayList<>();
    for (int i = 0; i < ordinals.length; i++) {
      long found = index == null ? PostingIndex.UNSURE : index.find(IdKeys.of(ids.get(i)));
      ordinals[i] = found >= 0 ? found : RecordReader.ABSENT;
      if (found == PostingIndex.UNSURE || (found == PostingIndex.NO_ROW && !isNow)) {
        unsure.add(i);
      }
    }
    List<Task> tasks = new ArrayList<>(Collections.nCopies(ordinals.length, null));
    boolean byIndex = true;
    while (true) {
      long[] told = new long[unsure.size()];
      List<Task> read =
          reader.tasks(ordinals, unsure.stream().map(ids::get).toList(), told, moment);
      List<Integer> wrong = new ArrayList<>();
      for (int i = 0; i < ordinals.length; i++) {
        Task task = read.get(i);
        if (task != null && task.id().equals(ids.get(i))) {
          tasks.set(i, task);
        } else if (byIndex && ordinals[i] != RecordReader.ABSENT) {
          wrong.add(i); // another id has the same hash, or the index is ahead of the snapshot
        }
      }
      if (wrong.isEmpty() && Arrays.stream(told).allMatch(one -> one == RecordReader.ABSENT)) {
        return tasks;
      }
      Arrays.fill(ordinals, RecordReader.ABSENT);
      for (int k = 0; k < told.length; k++) {
        ordinals[unsure.get(k)] = told[k];
      }
      unsure = wrong;
      byIndex = false;
    }
  }
}
