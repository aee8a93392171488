package dev.quarry.internal.write;

import dev.quarry.BulkResult;
import dev.quarry.ConflictException;
import dev.quarry.Durability;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.read.Predicates;
import dev.quarry.internal.read.Queries;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

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
    return each(
        ids,
        Action.ARCHIVE,
        (staging, id) -> {
          if (staging.get(id) == null) {
            return false;
          }
          staging.archive(id);
          return true;
        },
        (staging, id) -> staging.archived(id) != null);
  }

  /** As {@link dev.quarry.TaskStore#restore(Collection)}. */
  public BulkResult restore(Collection<String> ids) {
    return each(ids, Action.RESTORE, Staging::restore, (staging, id) -> staging.get(id) != null);
  }

  /** Moves those tasks that can be moved, in one commit; of the others some are there already. */
  private BulkResult each(
      Collection<String> ids,
      Action action,
      BiPredicate<Staging, String> move,
      BiPredicate<Staging, String> isThere) {
    Set<String> distinct = new LinkedHashSet<>(ids);
    return committer.exclusively(
        staging -> {
          List<String> missing = new ArrayList<>();
          int updated = 0;
          int unchanged = 0;
          for (String id : distinct) {
            if (move.test(staging, id)) {
              updated++;
            } else if (isThere.test(staging, id)) {
              unchanged++;
            } else {
              missing.add(id);
            }
          }
          staging.describe(action, null);
          return new BulkResult(staging.commit(durability), updated, unchanged, missing);
        });
  }

  /** As {@link dev.quarry.TaskStore#purge(Collection)}. */
  public BulkResult purge(Collection<String> ids) {
    Set<String> distinct = new LinkedHashSet<>(ids);
    return committer.exclusively(
        staging -> {
          List<String> missing = new ArrayList<>();
          List<String> needed = new ArrayList<>();
          int purged = 0;
          for (String id : distinct) {
            if (staging.archived(id) == null) {
              missing.add(id);
            } else if (staging.hasDependents(id)) {
              needed.add(id);
            } else {
              staging.purge(id);
              purged++;
            }
          }
          if (!needed.isEmpty()) {
            throw new ConflictException(
                "tasks of the store depend on archived ones, so none was purged; leave these out",
                Map.of("ids", needed));
          }
          staging.describe(Action.PURGE, null);
          return new BulkResult(staging.commit(durability), purged, 0, missing);
        });
  }

  /** As {@link dev.quarry.TaskStore#archive(Instant, Set)}, in chunks. */
  public ChunkedWork archive(Instant olderThan, Set<Status> statuses) {
    Objects.requireNonNull(olderThan, "olderThan");
    Condition old =
        TaskFields.STATUS.in(Set.copyOf(statuses)).and(TaskFields.UPDATED_AT.before(olderThan));
    return archive(Query.where(old));
  }

  /** As {@link dev.quarry.TaskStore#archive(Query)}, in chunks. */
  public ChunkedWork archive(Query query) {
    Condition condition = filter(query);
    Predicate<IndexedFields> holds = Predicates.compile(condition);
    long[] position = {-1};
    ChunkSize size = new ChunkSize(CHUNK);
    return tally -> {
      long[] ordinals =
          reads.read(
              tally::checkCancelled, (Queries q) -> q.ordinals(condition, position[0], size.now()));
      if (ordinals.length == 0) {
        return false;
      }
      List<String> ids = new ArrayList<>();
      int[] treated = {0};
      try {
        committer.exclusively(staging -> archive(staging, ordinals, holds, treated, ids, tally));
        position[0] = ordinals[treated[0] - 1];
        tally.made(treated[0], ids.size());
        size.grow();
      } catch (RuntimeException e) {
        ChunkSize.checkGoesOn(e, tally);
        if (!size.shrink(treated[0])) {
          leave(ids, e, tally);
          position[0] = ordinals[0];
        }
      }
      return true;
    };
  }

  private static void leave(List<String> ids, RuntimeException cause, ChunkedWork.Tally tally) {
    if (ids.isEmpty()) {
      throw cause; // no task was refused, the commit itself was
    }
    tally.made(1, 0);
    tally.failed(1);
    tally.problem("task " + ids.get(0) + " stays where it is: " + cause);
  }

  /** Archives as many as go into one commit, and tells how many it looked at and which went. */
  private Void archive(
      Staging staging,
      long[] ordinals,
      Predicate<IndexedFields> holds,
      int[] treated,
      List<String> ids,
      ChunkedWork.Tally tally) {
    ChunkRoom room = committer.newRoom();
    while (treated[0] < ordinals.length) {
      tally.checkCancelled();
      long ordinal = ordinals[treated[0]];
      Task task = staging.get(ordinal);
      boolean wanted = task != null && holds.test(staging.fields(ordinal, task));
      if (wanted && !room.takesToArchive(task)) {
        break;
      }
      treated[0]++;
      if (wanted) {
        ids.add(task.id());
        staging.archive(task.id());
      }
    }
    staging.describe(Action.ARCHIVE, null);
    staging.commit(durability);
    return null;
  }

  /** As {@link dev.quarry.TaskStore#restore(Query)}, in chunks. */
  public ChunkedWork restore(Query query) {
    return inArchive(
        query,
        Action.RESTORE,
        (staging, id, problems) -> staging.get(id) == null && staging.restore(id));
  }

  /** As {@link dev.quarry.TaskStore#purge(Instant)}, in chunks. */
  public ChunkedWork purge(Instant olderThan) {
    Objects.requireNonNull(olderThan, "olderThan");
    return purge(Query.where(TaskFields.UPDATED_AT.before(olderThan)));
  }

  /** As {@link dev.quarry.TaskStore#purge(Query)}, in chunks. */
  public ChunkedWork purge(Query query) {
    return inArchive(
        query,
        Action.PURGE,
        (staging, id, problems) -> {
          if (staging.hasDependents(id)) {
            problems.add("task " + id + " stays: tasks of the store depend on it");
            return false;
          }
          staging.purge(id);
          return true;
        });
  }

  /** What is done to an archived task; whether that changed it. */
  private interface Treatment {
    boolean treat(Staging staging, String id, List<String> problems);
  }

  /** Goes through the archive by id. A chunk has looked at no more than so many records. */
  private ChunkedWork inArchive(Query query, Action action, Treatment treatment) {
    Predicate<IndexedFields> condition = Predicates.compile(filter(query));
    Predicate<byte[]> holds = record -> condition.test(codec.indexed(record).withWaits(1));
    byte[][] position = {null};
    ChunkSize size = new ChunkSize(CHUNK);
    return tally -> {
      List<String> ids = new ArrayList<>();
      byte[] next = matches(position[0], holds, size.now(), ids, tally);
      List<String> problems = new ArrayList<>();
      try {
        int changed =
            committer.exclusively(
                staging -> {
                  int n = 0;
                  for (String id : ids) {
                    tally.checkCancelled();
                    byte[] record = staging.archived(id);
                    boolean wanted = record != null && holds.test(record);
                    n += wanted && treatment.treat(staging, id, problems) ? 1 : 0;
                  }
                  staging.describe(action, null);
                  staging.commit(durability);
                  return n;
                });
        tally.made(ids.size(), changed);
        problems.forEach(tally::problem);
        size.grow();
      } catch (RuntimeException e) {
        ChunkSize.checkGoesOn(e, tally);
        if (size.shrink(ids.size())) {
          return true;
        }
        leave(ids, e, tally);
      }
      position[0] = next;
      return next != null;
    };
  }

  /**
   * Collects the ids of records that hold, from a key on, as many as go into one commit; where to
   * go on, or null at the end.
   */
  private byte[] matches(
      byte[] from, Predicate<byte[]> holds, int most, List<String> ids, ChunkedWork.Tally tally) {
    int seen = 0;
    ChunkRoom room = committer.newRoom();
    try (StorageIterator it = committer.storage().iterate(Family.ARCHIVE, from, null, null)) {
      for (it.first(); it.isValid(); it.next()) {
        byte[] key = it.key();
        if (seen++ == CHUNK || ids.size() == most) {
          return key;
        }
        tally.checkCancelled();
        byte[] record = it.value();
        if (holds.test(record)) {
          if (!room.takes(record)) {
            return key;
          }
          ids.add(new String(key, StandardCharsets.UTF_8));
        }
      }
    }
    return null;
  }

  private static Condition filter(Query query) {
    if (!query.order().isEmpty() || query.limit().isPresent()) {
      throw new IllegalArgumentException(
          "this goes by no order and has no limit; take them away from " + query);
    }
    return query.condition();
  }

  /** The archived task of an id, or null. */
  public static Task get(Storage storage, RecordCodec codec, String id) {
    byte[] record = storage.get(Family.ARCHIVE, Keys.id(id));
    return record == null ? null : codec.decode(record);
  }
}
