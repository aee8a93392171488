package dev.quarry.internal.read;

import dev.quarry.Task;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.index.IdKeys;
import dev.quarry.internal.storage.StorageSnapshot;
import java.util.ArrayList;
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

  /** The tasks of ids, null for absent ones, at a point in time (null for now). */
  List<Task> tasks(List<String> ids, StorageSnapshot at) {
    long[] ordinals = new long[ids.size()];
    List<Integer> unsure = new ArrayList<>();
    for (int i = 0; i < ordinals.length; i++) {
      long found = index == null ? PostingIndex.UNSURE : index.find(IdKeys.of(ids.get(i)));
      ordinals[i] = found >= 0 ? found : RecordReader.ABSENT;
      if (found == PostingIndex.UNSURE || (found == PostingIndex.NO_ROW && at != null)) {
        unsure.add(i);
      }
    }
    reader.ordinalsOf(ids, ordinals, unsure, at);
    List<Task> tasks = reader.tasks(ordinals, at);
    List<Integer> others = new ArrayList<>();
    for (int i = 0; i < ordinals.length; i++) {
      boolean right = tasks.get(i) != null && tasks.get(i).id().equals(ids.get(i));
      if (!right) {
        tasks.set(i, null);
        if (ordinals[i] != RecordReader.ABSENT) {
          others.add(i); // another id has the same hash, or the index is ahead of the snapshot
        }
      }
    }
    if (!others.isEmpty()) {
      readOthers(ids, tasks, others, at);
    }
    return tasks;
  }

  private void readOthers(
      List<String> ids, List<Task> tasks, List<Integer> others, StorageSnapshot at) {
    long[] ordinals = new long[ids.size()];
    java.util.Arrays.fill(ordinals, RecordReader.ABSENT);
    reader.ordinalsOf(ids, ordinals, others, at);
    List<Task> found = reader.tasks(ordinals, at);
    for (int i : others) {
      Task task = found.get(i);
      tasks.set(i, task != null && task.id().equals(ids.get(i)) ? task : null);
    }
  }
}
