package dev.quarry.bench.peers;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.CompoundQuery;
import dev.quarry.bench.raw.LoggedBatches;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * An open store of tasks, as its competent user would drive it: a returned write has survived the
 * death of the process but not of the machine, a list is written all or nothing. One thread at a
 * time. Failures are unchecked exceptions.
 */
public interface Peer extends AutoCloseable {
  /** What a peer can be asked beside loading, point reads, writes and scans. */
  enum Ability {
    /** Q1, Q2 and counts by status. */
    QUERIES,
    /** The encoded record of a number, undecoded. */
    RECORD_BYTES,
    /** The status of an id on its own. */
    STATUS_OF,
    /** A scan that reads two fields of each task. */
    PROJECTED_SCAN,
    /** A scan by several threads. */
    PARALLEL_SCAN,
    /** Counts by any indexed field. */
    COUNTS_BY_FIELD,
    /** Pages far into a result. */
    DEEP_PAGES,
    /** Reads by other threads while one writes. */
    CONCURRENT_READS,
    /** The tasks of an answer that is told to it, where it cannot find it. */
    FETCH_OF_ANSWER,
    /** The batches that it has given to RocksDB. */
    LOGGED_BATCHES
  }

  /**
   * Where and how to open.
   *
   * @param directory an empty directory, or one that the same peer closed before
   * @param cacheBytes memory for all caches together, heap and native
   * @param expectedTasks how many tasks there will be, about
   * @param now the {@code updatedAt} of changed tasks
   */
  record Settings(Path directory, long cacheBytes, int expectedTasks, Instant now) {}

  /** Which of the optional verbs work; the others throw. */
  Set<Ability> abilities();

  /** Work on tasks soon to be written that a yardstick leaves out of the measured time. */
  default void prepare(List<Task> soon) {}

  /** The task of an id, or null. */
  Task get(String id);

  /** Adds one task. */
  void insert(Task task);

  /** Adds tasks in one batch. */
  void insertAll(List<Task> tasks);

  /**
   * Sets the status of present tasks in one batch, as {@link dev.quarry.TaskStore#setStatus} does:
   * {@code updatedAt} becomes now, {@code completedAt} follows DONE, nothing else moves.
   */
  void setStatus(List<String> ids, Status status);

  /** The first tasks with status TODO, in the order of insertion. */
  default List<Task> q1(int limit) {
    throw new UnsupportedOperationException("q1");
  }

  /** The first tasks of a compound query in its order, ties in the order of insertion. */
  default List<Task> q2(CompoundQuery query, int limit) {
    throw new UnsupportedOperationException("q2");
  }

  /** How many tasks have each status; statuses without any are absent. */
  default Map<Status, Long> countByStatus() {
    throw new UnsupportedOperationException("countByStatus");
  }

  /** How many tasks have each value of a field, as {@link dev.quarry.bench.Answers#byField}. */
  default Map<?, Long> countByField(String field) {
    throw new UnsupportedOperationException("countByField");
  }

  /** A function that counts the tasks with one value of a field; prepared beforehand. */
  default LongSupplier countOf(String field, String value) {
    throw new UnsupportedOperationException("countOf");
  }

  /** The tasks with these numbers, counted in the order of insertion from 0. */
  default List<Task> fetch(List<Long> numbers) {
    throw new UnsupportedOperationException("fetch");
  }

  /** The encoded record of a task's number, or null: one point read. */
  default byte[] recordBytes(long number) {
    throw new UnsupportedOperationException("recordBytes");
  }

  /** The task of an encoded record. */
  default Task decode(byte[] record) {
    throw new UnsupportedOperationException("decode");
  }

  /** The status of an id, or null. */
  default Status statusOf(String id) {
    throw new UnsupportedOperationException("statusOf");
  }

  /** Feeds every task to {@code action}, decoded whole. */
  void scan(Consumer<Task> action);

  /** As {@link #scan}, but only status and {@code createdAt} are wanted. */
  default void scanProjected(Consumer<Task> action) {
    throw new UnsupportedOperationException("scanProjected");
  }

  /** As {@link #scan}, by several threads in no order. */
  default void scanParallel(int threads, Consumer<Task> action) {
    throw new UnsupportedOperationException("scanParallel");
  }

  /** A function that fetches page {@code number} of a size, of all tasks; prepared beforehand. */
  default Runnable page(int number, int size) {
    throw new UnsupportedOperationException("page");
  }

  /** The batches that its last writes, each of so many tasks, gave to RocksDB. */
  default LoggedBatches logged(int most, int tasks) {
    throw new UnsupportedOperationException("logged");
  }

  /** Bytes of memory that hold indexes and projections outside the heap, where known. */
  default OptionalLong indexBytes() {
    return OptionalLong.empty();
  }

  /** What its user runs after a bulk load: flush, compaction, statistics. */
  void settle();

  @Override
  void close();
}
