package dev.quarry;

import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.Subscriptions;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.StoreFactory;
import dev.quarry.internal.StoreInspector;
import dev.quarry.internal.care.salvage.Repair;
import dev.quarry.internal.care.salvage.Salvage;
import dev.quarry.internal.storage.SafeDirectories;
import dev.quarry.internal.storage.StoreLock;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.work.Claims;
import dev.quarry.work.RetryPolicy;
import dev.quarry.work.TaskGraph;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The open embedded database. Thread-safe. Reads take no lock; writes are committed one at a time,
 * each atomically, and are seen by every read that starts after they returned. Close it when done.
 *
 * <p>Afterwards everything throws {@link StoreClosedException}, also of what it has handed out, but
 * for this: closing again does nothing; {@link #directory}, {@link #isReadOnly} and whatever tells
 * how far a cursor, job, queue or subscription came go on telling it; {@link #claims}, {@link
 * #graph}, {@link #as} and {@link #within} return a view, whose verbs throw; {@link #retrying} runs
 * its work; a batch collects, and its commit throws. A publisher tells its subscriber of it.
 */
public interface TaskStore extends TaskReader, AutoCloseable {
  /** Opens the store in {@code directory} with default options, creating it where there is none. */
  static TaskStore open(Path directory) {
    return open(TaskStoreOptions.builder(directory).build());
  }

  /**
   * Opens a store.
   *
   * @throws StoreLockedException if it is open for writing elsewhere
   * @throws LimitExceededException if the caches exceed the memory limit, or the process may open
   *     fewer than 80 files more (Linux)
   */
  static TaskStore open(TaskStoreOptions options) {
    return StoreFactory.open(options);
  }

  /** Opens the store for reading beside a live writer, which may be another process. */
  static TaskStore openReadOnly(Path directory) {
    return open(TaskStoreOptions.builder(directory).mode(OpenMode.READ_ONLY).build());
  }

  /**
   * What lies in a store's directory, also of a store that is damaged or open elsewhere. Reads
   * every block of every file; writes nothing.
   */
  static StoreInspection inspect(Path directory) {
    return StoreInspector.inspect(directory);
  }

  /**
   * Who holds the store open for writing, as {@code pid=... host=... since=...}; empty where nobody
   * does, or where that could not be written. Does not touch the lock.
   */
  static Optional<String> holder(Path directory) {
    String holder = StoreLock.holder(directory);
    return holder.isEmpty() ? Optional.empty() : Optional.of(holder);
  }

  /**
   * Writes the newest backup as a store into {@code target}; {@link Backups#restore} takes others.
   *
   * @throws StorageException if there is no backup, or the target is refused, as by {@link
   *     Backups#restore}
   * @throws CorruptionException if the backup is damaged; nothing is left in the target
   */
  static BackupInfo restore(Path backupDirectory, Path target) {
    Backups backups = Backups.open(backupDirectory);
    BackupInfo newest =
        backups
            .latest()
            .orElseThrow(
                () ->
                    new StorageException(
                        "there are no backups; check the path",
                        Map.of("directory", backupDirectory)));
    return backups.restore(newest.number(), target);
  }

  /**
   * Saves what can be read of a damaged store, which must not be open and of which nothing but its
   * lock is written, into a new store in {@code target}: every record outside the damage, in the
   * newest version that can be read, without the change log and the history. Takes as long as
   * reading all and writing it twice. Where the device has no room for the indexes they are built
   * by the next open.
   *
   * @throws StoreLockedException if the damaged store is open
   * @throws StorageException if the target is refused, as by {@link Backups#restore}; retryable
   *     where the device has no room
   */
  static SalvageReport salvage(Path damaged, Path target, ProgressListener progress) {
    return Salvage.run(SafeDirectories.real(damaged), target, progress);
  }

  /**
   * Makes a damaged store open again, in its place; of a whole one nothing but the off-heap index
   * is touched. What was there is kept aside, in the folder that the report names, until you delete
   * it. Indexes as by {@link #salvage}.
   *
   * @throws StoreLockedException if the store is open
   * @throws StorageException if the store cannot be opened for a reason that is no damage of its
   *     files, or, retryable, the device has no room for what is saved; nothing is changed then
   */
  static SalvageReport repair(Path directory, ProgressListener progress) {
    return Repair.run(SafeDirectories.real(directory), progress);
  }

  /**
   * Adds a task. An absent {@code createdAt} is set to now, an absent {@code updatedAt} to {@code
   * createdAt}.
   *
   * @return the task as stored; its {@link Task#version} is the commit's sequence
   * @throws DuplicateTaskException if the id is taken
   */
  Task insert(Task task);

  /**
   * Adds a task as {@link #insert} does, or replaces the one that is there. An absent {@code
   * updatedAt} of a task that replaces another is set to now. Where nothing but that time would
   * change, nothing is written.
   */
  Task put(Task task);

  /**
   * Replaces a task as {@link #put} does, only if the stored version is {@code expectedVersion}.
   *
   * @throws ConflictException if it is another
   * @throws TaskNotFoundException if it is absent
   */
  Task replace(Task task, long expectedVersion);

  /**
   * Changes a task in one atomic step. {@code change} gets the present task and returns the new
   * one, with the same id; it runs in this thread, exactly once. {@code updatedAt} becomes now
   * unless the change set another time; {@code completedAt} becomes now when the status becomes
   * {@link Status#DONE}, and is cleared when it leaves it, unless the change set it. A change that
   * returns an equal task writes nothing.
   *
   * @throws TaskNotFoundException if the task is absent
   */
  Task update(String id, UnaryOperator<Task> change);

  /** Removes a task; the commit's sequence, or empty where there was none. */
  OptionalLong delete(String id);

  /**
   * Adds tasks in one atomic batch, all or none.
   *
   * @throws DuplicateTaskException if an id is taken or occurs twice
   */
  BulkResult insertAll(Collection<Task> tasks);

  /** Sets the status of tasks in one atomic batch; absent ids are reported, nothing else fails. */
  BulkResult setStatus(Collection<String> ids, Status status);

  /** A new batch of writes. */
  WriteBatch newBatch();

  /** The sequence of the last commit; 0 for an empty store. */
  long sequence();

  /** A point-in-time view. */
  Snapshot snapshot();

  /**
   * Makes every returned write survive the death of the machine ({@code fsync} of the log). Where
   * that fails, nobody can tell how much is durable: the store has then failed, and writes are
   * refused until it is opened again.
   */
  void sync();

  /** The tasks as a graph of dependencies and links. */
  TaskGraph graph();

  /** The indexes that the store keeps, built-in ones first. */
  List<IndexInfo> indexes();

  /**
   * Creates an index while reads and writes go on; returns when it is readable.
   *
   * @throws IllegalArgumentException if the name is taken by another index
   * @throws StorageException retryable where the device has no room for it; the same call builds it
   *     when there is some, and so does the next open
   * @throws LimitExceededException where the off-heap index would hold more than it can, or the JVM
   *     has no memory for it; the message says what helps. The index is not kept then, and queries
   *     go by the records until the others have been rebuilt without it, which is done by itself
   *     and lets writes wait. So it ends, too, for an equality index while the off-heap index is
   *     out of use because of such a limit
   */
  void createIndex(IndexSpec spec, ProgressListener progress);

  /**
   * Drops an index that is not built in; false where there is none of that name. What an equality
   * index takes of the off-heap index is freed for others before this returns, some thousand
   * entries at a time, between which other writes go on; that takes the longer the more tasks it
   * holds. Its values themselves (the terms), and what a process that died amid a drop has left,
   * are given back by the next {@link #rebuildIndexes}.
   */
  boolean dropIndex(String name);

  /**
   * Drops the off-heap indexes and builds them anew from the records. Writes wait meanwhile. The
   * old ones' memory and room on the device are given back when this has returned and the reads
   * that began before it have ended.
   *
   * @throws StorageException retryable where the device has no room for them; queries go by the
   *     records then, until there is room and they have been built by themselves
   * @throws LimitExceededException where they would hold more than they can, or the JVM has no
   *     memory for them; the message says what helps. Queries go by the records then, until another
   *     call or the next open builds them
   */
  void rebuildIndexes(ProgressListener progress);

  /**
   * Checks every index entry and projection against every record, both ways. The off-heap index is
   * compared only where it is in use: the report names what was not. Changes nothing; the time of a
   * check that found no problem is noted beside the data, unless the store is read-only.
   */
  VerifyReport verify(boolean deep, ProgressListener progress);

  /** {@link #verify(boolean, ProgressListener)}, not deep, silent. */
  default VerifyReport verify() {
    return verify(false, ProgressListener.NONE);
  }

  /** The store in numbers. */
  StoreStats stats();

  /** Compacts all column families fully. May take long; reads and writes go on. */
  void compact();

  /**
   * Adds a backup to a directory, which is created if absent. Files that an earlier backup there
   * holds are not copied again. The backup holds every commit that returned before the call, and is
   * of one commit; reads and writes go on. See {@link Backups}. Waits for the write, verification
   * or rebuild of indexes under way, so it cannot be called from inside one, nor by its listener.
   *
   * @throws CorruptionException if a file of the store is damaged: it is not backed up
   */
  BackupInfo backup(Path backupDirectory);

  /**
   * Makes a second store in {@code target}, which must be absent or empty, as of one commit not
   * before those that returned. On the same device files are shared, so it costs little time and
   * space. Reads and writes go on.
   */
  void checkpoint(Path target);

  /**
   * Makes a second store in {@code target} as this one was at an earlier sequence: tasks with their
   * links and dependencies, the archive, and the change log up to there, so that history, undo and
   * feed go on from it. No task is claimed in it or rests after a failure, though its tokens go on;
   * positions of named subscriptions lie at the sequence at most; jobs begin anew; its indexes are
   * those of now and are built when it is first opened. Costs a {@link #checkpoint(Path)}, and some
   * reads and a write for each task touched since. Reads and writes go on.
   *
   * @param sequence see {@link #sequenceAt} for that of a time
   * @param progress hears of the tasks that are taken back, in this thread
   * @throws SequenceNotRetainedException if the change log does not reach there; nothing is made
   * @throws CorruptionException if the history is damaged; nothing is left in the target
   */
  void checkpoint(Path target, long sequence, ProgressListener progress);

  /** Every record in key order, also damaged ones, as of now. */
  void dump(Consumer<RawRecord> action);

  /**
   * Delivers what is committed from now on, or from an earlier sequence on: each change once, in
   * commit order, one at a time. A change is delivered if its task satisfies the filter before or
   * after it. The listener runs in a thread of the feed; it may use the store, but not close it. If
   * it throws, it gets the same change again, up to three times and a little later each time; then
   * the subscription {@linkplain Subscription#failure fails}. A slow listener harms nobody but
   * itself. On a store that was opened read-only, changes of the writing process come within a
   * second.
   *
   * @throws SequenceNotRetainedException if the change log no longer has what is asked for
   * @throws ConflictException if a subscription of the same name is running
   */
  Subscription watch(WatchOptions options, Consumer<? super Change> listener);

  /** {@link #watch(WatchOptions, Consumer)} for a filter, behind a sequence, nothing left out. */
  default Subscription watch(
      Condition filter, long fromSequence, Consumer<? super Change> listener) {
    return watch(
        WatchOptions.builder().filter(filter).fromSequence(fromSequence).build(), listener);
  }

  /**
   * The same as a publisher: each subscriber gets a subscription of its own and as many changes as
   * it requests. It is completed when the store is closed.
   */
  Flow.Publisher<Change> changes(WatchOptions options);

  /** The named subscriptions that the store remembers. */
  Subscriptions subscriptions();

  /**
   * What was committed behind a sequence, at least {@code limit} changes or all: the changes of a
   * commit come together. Goes on behind the last one's sequence. Each call costs a step for each
   * change, and once one for each later change of the same tasks that left their texts as they
   * were; so who reads far asks for many at once, or watches.
   *
   * @throws SequenceNotRetainedException if the change log no longer has what is asked for
   */
  List<Change> changesAfter(long sequence, int limit);

  /**
   * The changes of a task, newest first, as far as the change log reaches; also of a removed one.
   * Costs two to four reads for each, and a step for each newer one that left the texts as they
   * were; not more with more changes than {@code limit}.
   *
   * @throws TaskNotFoundException if there is no trace of the id
   */
  List<Change> history(String id, int limit);

  /**
   * Feeds the tasks that differ between two sequences, once each, with their state at each of the
   * two. Costs a few reads for each task that was touched since the older. The time of a query
   * holds between one difference and the next, without what the action takes.
   *
   * @throws SequenceNotRetainedException if the change log does not reach both
   */
  void diff(long from, long to, Consumer<? super Change> action);

  /**
   * The store as it was at a sequence. Look-ups by id cost a few reads. Queries read the tasks that
   * satisfy them now, found by the indexes, and those touched since; every record where no index
   * helps, or more than 100,000 tasks were touched. Which tasks were ready is not kept, so a query
   * for those is refused.
   *
   * @throws SequenceNotRetainedException if the change log does not reach it
   */
  Snapshot asOf(long sequence);

  /** The store as it was at a time: as of {@link #sequenceAt}. */
  Snapshot asOf(Instant time);

  /**
   * The last sequence that was committed at or before a time: the greatest of those whose commits
   * have such a time, in microseconds. Where the clock was set back, earlier sequences may have
   * later times. Costs a step for each commit since, and a walk over the whole change log where
   * there is none.
   *
   * @throws SequenceNotRetainedException if no commit in the change log is at or before the time
   */
  long sequenceAt(Instant time);

  /**
   * Takes the last change of a task back, in a commit of its own: restores the task exactly as it
   * was before, removes it again, or brings it back. Undoing an undo does the change again. A claim
   * does not come back: where the change has ended one, or its lease ran out since, the task is
   * TODO, and can be claimed. Passes over the end of a lease that ran out, which no caller made:
   * what came before that is taken back. Waits for the writes under way.
   *
   * @return the task as it is then; empty where it is gone
   * @throws ConflictException if something that came later depends on the change: a task depends on
   *     the one that would go, or was begun when this one was done
   * @throws TaskNotFoundException if there is no trace of the id
   * @throws SequenceNotRetainedException if the change log no longer has the change
   */
  Optional<Task> undo(String id);

  /**
   * Takes a whole commit back, all of it or nothing, in a commit of its own. As {@link
   * #undo(String)} for each task that it changed; that a task's lease ran out since is not in the
   * way. The end of a lease can be taken back by its own sequence, too, which leaves the task TODO.
   * Waits for the writes under way.
   *
   * @return the changes that were taken back; empty for a commit that changed no task, such as the
   *     renewal of a lease
   * @throws ConflictException if something that came later stands on it, naming all of that (up to
   *     20 tasks of a kind): tasks that were changed again, tasks that depend on those that would
   *     go, or were begun when those were done
   * @throws SequenceNotRetainedException if the change log does not have it
   */
  List<Change> undo(long sequence);

  /**
   * {@link #undo(long)} of the last commit that changed tasks, found and taken back in one step.
   * Passes over the ends of leases that ran out, which no caller made.
   *
   * @return the changes that were taken back; empty where the change log has no such commit
   */
  List<Change> undoLast();

  /** A new queue of writes with room for 1,000, whose callers wait while it is full. */
  default AsyncWrites async() {
    return async(1_000, AsyncWrites.Policy.BLOCK);
  }

  /**
   * A new queue of writes, with a thread. {@code capacity} bounds the writes that wait; up to 512
   * further ones are being made.
   */
  AsyncWrites async(int capacity, AsyncWrites.Policy policy);

  /**
   * The same open store for a caller whose calls, of whatever verb, are limited by {@link
   * Limits#calls}: those that come too fast throw {@link LimitExceededException}, which says after
   * what time to retry. Not counted is the use of cursors, snapshots, batches and queues that it
   * got. Closing it closes the store.
   *
   * @throws IllegalArgumentException if no limit is set for the caller
   */
  TaskStore as(String caller);

  /**
   * Moves tasks to the archive, in one atomic step: out of every index and query, readable by
   * {@link #getArchived} and {@link #archived}. For those that depend on it an archived task counts
   * by its status still. Its id stays taken: {@link #insert} and {@link #put} of it are refused
   * with {@link DuplicateTaskException}. A claim ends, and its task goes there as TODO. In the
   * result, {@code unchanged} are in the archive already.
   */
  BulkResult archive(Collection<String> ids);

  /**
   * The same for all tasks of these statuses that were last changed before a time, in chunks of
   * 1,000, each atomic.
   */
  Job archive(Instant olderThan, Set<Status> statuses);

  /**
   * Brings tasks back from the archive, as they were but for their version, in one atomic step. In
   * the result, {@code unchanged} are in the store already.
   *
   * @throws DependencyCycleException if their dependencies would close a circle by now
   */
  BulkResult restore(Collection<String> ids);

  /**
   * Deletes archived tasks for good, in one atomic step. In the result, {@code updated} are gone
   * and {@code missing} were not in the archive.
   *
   * @throws ConflictException if tasks of the store depend on some of them; then none is deleted
   */
  BulkResult purge(Collection<String> ids);

  /** Deletes archived tasks that were last changed before a time, as {@link #purge(Query)} does. */
  Job purge(Instant olderThan);

  /**
   * Moves the tasks of a query to the archive, as {@link #archive(Collection)} does, in chunks of
   * 1,000, each atomic. What is archived leaves the query's result, so after a cancel, or the death
   * of the process, the same call goes on where this one stood. Cancelled, it ends before its next
   * task, or after the commit of the chunk under way. A task that no commit can take stays, counted
   * as failed and named in the job's problems, and the work goes on.
   *
   * @throws IllegalArgumentException if the query has an order or a limit
   */
  Job archive(Query query);

  /**
   * Brings the archived tasks of a query back, as {@link #restore(Collection)} does, otherwise as
   * {@link #archive(Query)}. Reads the whole archive. A task by whose dependencies a circle would
   * be closed stays, too.
   *
   * @throws IllegalArgumentException if the query has an order or a limit
   */
  Job restore(Query query);

  /**
   * Deletes the archived tasks of a query for good, otherwise as {@link #archive(Query)}. Reads the
   * whole archive. Those on which tasks of the store depend stay, and are named in the job's
   * problems.
   *
   * @throws IllegalArgumentException if the query has an order or a limit
   */
  Job purge(Query query);

  /** The archived task with this id. One point read. */
  Optional<Task> getArchived(String id);

  /**
   * A page of archived tasks, by id. Reads the whole archive up to the end of the page, for it has
   * no indexes.
   *
   * @throws IllegalArgumentException if the query has an order
   */
  Page<Task> archived(Query query, PageRequest request);

  /**
   * Changes all tasks of a query, in chunks, each atomic. As {@link #update} for each task that is
   * there now and satisfies the query when its turn comes. Where the process dies, the same call
   * goes on behind the last finished chunk, so every task is treated once; {@code name} tells which
   * work it is. A name is used up by its work: called again for finished work, it does nothing and
   * returns what was done.
   *
   * <p>A task whose change throws, would close a circle, or makes it too large for a commit stays
   * as it was, is counted as failed and named in the job's problems; the others of its chunk are
   * changed, and the work goes on to {@link Job.State#DONE}. To find such a task, a chunk that is
   * refused is made in smaller ones, so that {@code change} may be called several times for a task
   * of which one result is kept.
   *
   * @throws IllegalArgumentException if the query has an order or a limit, or the name belongs to
   *     another query or has unpaired surrogates
   * @throws IllegalStateException if work of this name is under way
   */
  Job updateAll(String name, Query query, int chunkSize, UnaryOperator<Task> change);

  /**
   * Runs work that reads tasks and {@linkplain #replace replaces} them, and runs it again where it
   * throws {@link ConflictException}, up to so many times in all, behind pauses that grow from
   * about 1 to about 100 milliseconds, with jitter. The last conflict is thrown. The work runs in
   * this thread, outside of any write. Where this thread is interrupted it does not pause.
   */
  <R> R retrying(int attempts, Supplier<R> work);

  /**
   * {@link #retrying(int, Supplier)} with the attempts and rests of a policy; an interrupted thread
   * does not rest either.
   */
  <R> R retrying(RetryPolicy policy, Supplier<R> work);

  /** The store's directory: where the path that it was opened by led to then. */
  Path directory();

  /** Whether writes are refused because the store was opened read-only. */
  boolean isReadOnly();

  /** The claims of workers on tasks. */
  Claims claims();

  /** Ends all reads, closes cursors and snapshots, flushes and unlocks. Idempotent. */
  @Override
  void close();
}
