package dev.quarry.internal.write;

import dev.quarry.BulkResult;
import dev.quarry.Durability;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.read.Queries;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.query.Condition;
import dev.quarry.query.TaskFields;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The archive: tasks that are out of every index, each the record under its id. Going there is a
 * delete, coming back an insert, each in one commit with the archive's entry. Thread-safe.
 */
public final class Archive {
  private static final int CHUNK = 1_000;

  private final Committer committer;
  private final RecordCodec codec;
  private final Reads reads;
  private final Durability durability;

  /** The archive of a store. */
  public Archive(Committer committer, RecordCodec codec, Reads reads, Durability durability) {
    this.committer = committer;
    this.codec = codec;
    this.reads = reads;
    this.durability = durability;
  }

  /** As {@link dev.quarry.TaskStore#archive(Collection)}. */
  public BulkResult archive(Collection<String> ids) {
    Set<String> distinct = new LinkedHashSet<>(ids);
    return committer.exclusively(
        staging -> {
          List<String> missing = new ArrayList<>();
          int updated = 0;
          int unchanged = 0;
          for (String id : distinct) {
            if (staging.get(id) != null) {
              staging.archive(id);
              updated++;
            } else if (staging.archived(id) != null) {
              unchanged++;
            } else {
              missing.add(id);
            }
          }
          staging.describe(Action.ARCHIVE, null);
          return new BulkResult(staging.commit(durability), updated, unchanged, missing);
        });
  }

  /** As {@link dev.quarry.TaskStore#restore}. */
  public BulkResult restore(Collection<String> ids) {
    Set<String> distinct = new LinkedHashSet<>(ids);
    return committer.exclusively(
        staging -> {
          List<String> missing = new ArrayList<>();
          int updated = 0;
          int unchanged = 0;
          for (String id : distinct) {
            if (staging.restore(id)) {
              updated++;
            } else if (staging.get(id) != null) {
              unchanged++;
            } else {
              missing.add(id);
            }
          }
          staging.describe(Action.RESTORE, null);
          return new BulkResult(staging.commit(durability), updated, unchanged, missing);
        });
  }

  /** As {@link dev.quarry.TaskStore#archive(Instant, Set)}, in chunks. */
  public ChunkedWork archive(Instant olderThan, Set<Status> statuses) {
    Objects.requireNonNull(olderThan, "olderThan");
    Set<Status> wanted = Set.copyOf(statuses);
    Condition old = TaskFields.STATUS.in(wanted).and(TaskFields.UPDATED_AT.before(olderThan));
    long[] position = {-1};
    return tally -> {
      long[] ordinals = reads.read((Queries q) -> q.ordinals(old, position[0], CHUNK));
      if (ordinals.length == 0) {
        return false;
      }
      int archived =
          committer.exclusively(
              staging -> {
                int n = 0;
                for (long ordinal : ordinals) {
                  tally.checkCancelled();
                  Task task = staging.get(ordinal);
                  if (task != null
                      && wanted.contains(task.status())
                      && task.updatedAt().isBefore(olderThan)) {
                    staging.archive(task.id());
                    n++;
                  }
                }
                staging.describe(Action.ARCHIVE, null);
                staging.commit(durability);
                return n;
              });
      position[0] = ordinals[ordinals.length - 1];
      tally.made(ordinals.length, archived);
      return true;
    };
  }

  /** As {@link dev.quarry.TaskStore#purge}, in chunks. */
  public ChunkedWork purge(Instant olderThan) {
    Objects.requireNonNull(olderThan, "olderThan");
    byte[][] position = {null};
    return tally -> {
      List<byte[]> keys = new ArrayList<>();
      boolean more = oldKeys(position, olderThan, keys);
      int purged =
          committer.exclusively(
              staging -> {
                int n = 0;
                for (byte[] key : keys) {
                  tally.checkCancelled();
                  byte[] record = staging.attached(Family.ARCHIVE, key);
                  if (record == null || !isOld(record, olderThan)) {
                    continue;
                  }
                  String id = new String(key, StandardCharsets.UTF_8);
                  if (staging.hasDependents(id)) {
                    tally.problem("task " + id + " stays: tasks of the store depend on it");
                  } else {
                    staging.purge(id);
                    n++;
                  }
                }
                staging.describe(Action.PURGE, null);
                staging.commit(durability);
                return n;
              });
      tally.made(keys.size(), purged);
      return more;
    };
  }

  private boolean isOld(byte[] record, Instant olderThan) {
    Instant updated = (Instant) codec.indexed(record).value(TaskFields.UPDATED_AT);
    return updated.isBefore(olderThan);
  }

  /** The next keys of old tasks behind the position, which moves on; whether there may be more. */
  private boolean oldKeys(byte[][] position, Instant olderThan, List<byte[]> keys) {
    Storage storage = committer.storage();
    int seen = 0;
    try (StorageIterator it = storage.iterate(Family.ARCHIVE, position[0], null, null)) {
      for (it.first(); it.isValid(); it.next()) {
        byte[] key = it.key();
        if (seen++ == CHUNK) {
          position[0] = key;
          return true;
        }
        if (isOld(it.value(), olderThan)) {
          keys.add(key);
        }
      }
    }
    return false;
  }

  /** The archived task of an id, or null. */
  public static Task get(Storage storage, RecordCodec codec, String id) {
    byte[] record = storage.get(Family.ARCHIVE, Keys.id(id));
    return record == null ? null : codec.decode(record);
  }
}
