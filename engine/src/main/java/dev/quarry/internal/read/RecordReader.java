package dev.quarry.internal.read;

import dev.quarry.Link;
import dev.quarry.Task;
import dev.quarry.cache.RecordCache;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.lifecycle.IdlePool;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageSnapshot;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Finds records: id to ordinal, ordinal to task, through the caches, or past them at a point in
 * time. Thread-safe; no read takes a lock. What the index knows of ids is {@link IdLookup}'s.
 */
public final class RecordReader {
  /** What {@link #ordinalOf} answers for an absent id. */
  public static final long ABSENT = -1;

  /** What is hot comes often enough; ids of which there are too many then cost little. */
  private static final int NAMED_ONE_OF = 8;

  private final Storage storage;
  private final RecordCodec codec;
  private final RecordCache<Task> records;
  private final IdlePool<ReadBuffers> buffers = new IdlePool<>(ReadBuffers::new);

  /**
   * A record as stored.
   *
   * @param ordinal its ordinal
   * @param bytes its value
   */
  @SuppressWarnings("ArrayRecordComponent") // a pair to return, never compared
  public record Stored(long ordinal, byte[] bytes) {}

  /** A reader with a cache, which it closes. */
  public RecordReader(Storage storage, RecordCodec codec, RecordCache<Task> records) {
    this.storage = storage;
    this.codec = codec;
    this.records = records;
  }

  /** A cache for a reader, of so many bytes; 0 for none. */
  public static RecordCache<Task> cache(long bytes) {
    return bytes == 0 ? RecordCache.disabled() : RecordCache.create(bytes, RecordReader::weight);
  }

  /** About the heap that a task takes: strings are one byte a character here, mostly. */
  private static int weight(Task task) {
    long sum = 320L + task.title().length();
    sum += length(task.description()) + length(task.notes()) + task.id().length();
    sum += length(task.project()) + length(task.agent()) + length(task.assignee());
    for (String tag : task.tags()) {
      sum += 60L + tag.length();
    }
    for (String dependency : task.dependencies()) {
      sum += 60L + dependency.length();
    }
    for (var attribute : task.attributes().entrySet()) {
      sum += 150L + attribute.getKey().length() + attribute.getValue().length();
    }
    for (Link link : task.links()) {
      sum += 80L + link.target().length();
    }
    return (int) Math.min(Integer.MAX_VALUE, sum);
  }

  private static long length(String text) {
    return text == null ? 0 : 56L + text.length();
  }

  /** The task of an id as of now by the family of ids, or null. */
  public Task get(String id) {
    for (int attempt = 0; attempt < 2; attempt++) {
      long ordinal = ordinalOf(id);
      if (ordinal == ABSENT) {
        return null;
      }
      Task task = get(ordinal);
      if (task != null && task.id().equals(id)) {
        return task;
      }
      // removed, and perhaps added anew, between the two reads
    }
    return null;
  }

  /** The ordinal of an id as of now by the family of ids, or {@link #ABSENT}. */
  public long ordinalOf(String id) {
    return ordinalOf(id, null);
  }

  /** The ordinal of an id at a point in time (null for now), or {@link #ABSENT}. */
  public long ordinalOf(String id, StorageSnapshot at) {
    byte[] value = storage.get(Family.IDS, Keys.id(id), at);
    return value == null ? ABSENT : Keys.number(value);
  }

  /** The task of an id as of now where it is one of those that are read often; else null. */
  Task named(String id) {
    return records.named(id);
  }

  /** The task of an ordinal as of now if its id is the given one, or null. */
  Task get(long ordinal, String id) {
    Task cached = records.get(ordinal);
    Task task = cached != null ? cached : load(ordinal);
    if (task == null || !task.id().equals(id)) {
      return null;
    }
    if (cached != null && (ThreadLocalRandom.current().nextInt() & NAMED_ONE_OF - 1) == 0) {
      records.name(ordinal, task.id(), task);
    }
    return task;
  }

  /** The task of an ordinal as of now, or null. */
  public Task get(long ordinal) {
    Task cached = records.get(ordinal);
    return cached != null ? cached : load(ordinal);
  }

  private Task load(long ordinal) {
    long stamp = records.readStamp(ordinal);
    Task task = read(ordinal, null, codec::decode);
    if (task != null) {
      records.fill(ordinal, task, stamp);
    }
    return task;
  }

  /**
   * The task of an ordinal at the point in time of a sequence, or null. A version is the sequence
   * of a task's last commit, and a write lets the cache forget a task before it is stored: so what
   * the cache has of no later version is what was then.
   */
  Task get(long ordinal, StorageSnapshot at, long sequence) {
    Task cached = records.get(ordinal);
    return cached != null && cached.version() <= sequence
        ? cached
        : read(ordinal, at, codec::decode);
  }

  /** The queryable fields of an ordinal at a point in time (null for now), or null. */
  public IndexedFields fields(long ordinal, StorageSnapshot at) {
    return read(ordinal, at, codec::indexed);
  }

  private <R> R read(long ordinal, StorageSnapshot at, Function<ByteBuffer, R> decoder) {
    ReadBuffers taken = buffers.take();
    try {
      ByteBuffer record = taken.read(storage, ordinal, at);
      return record == null ? null : decoder.apply(record);
    } finally {
      buffers.give(taken);
    }
  }

  /**
   * What a read of many tasks is of.
   *
   * @param snapshot the storage then; null for now
   * @param sequence of the snapshot; what is cached of no later version is what was then
   * @param isPresent whether no later commit has begun; asked behind the stamps of what is read
   */
  record Moment(StorageSnapshot snapshot, long sequence, BooleanSupplier isPresent) {
    static final Moment NOW = new Moment(null, Long.MAX_VALUE, () -> true);
  }

  /**
   * The tasks of ordinals in their order, null for absent ones and for {@link #ABSENT}. What the
   * cache lacks is fetched with one multi-get, and with it the ordinals of {@code ids}, by the
   * family of ids, into {@code found}.
   */
  List<Task> tasks(long[] ordinals, List<String> ids, long[] found, Moment moment) {
    Task[] tasks = new Task[ordinals.length];
    long[] stamps = new long[ordinals.length];
    List<byte[]> keys = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < ordinals.length; i++) {
      Task cached = ordinals[i] == ABSENT ? null : records.get(ordinals[i]);
      if (cached != null && cached.version() <= moment.sequence()) {
        tasks[i] = cached;
      } else if (ordinals[i] != ABSENT) {
        stamps[i] = records.readStamp(ordinals[i]);
        keys.add(Keys.number(ordinals[i]));
        places.add(i);
      }
    }
    List<Family> families = new ArrayList<>(Collections.nCopies(keys.size(), Family.RECORDS));
    for (String id : ids) {
      families.add(Family.IDS);
      keys.add(Keys.id(id));
    }
    boolean isPresent = moment.isPresent().getAsBoolean();
    List<byte[]> values = storage.multiGet(families, keys, moment.snapshot());
    for (int k = 0; k < places.size(); k++) {
      int i = places.get(k);
      if (values.get(k) != null) {
        tasks[i] = codec.decode(values.get(k));
        if (isPresent) {
          records.fill(ordinals[i], tasks[i], stamps[i]);
        }
      }
    }
    for (int k = 0; k < ids.size(); k++) {
      byte[] value = values.get(places.size() + k);
      found[k] = value == null ? ABSENT : Keys.number(value);
    }
    return Arrays.asList(tasks);
  }

  /** The tasks of ordinals at a point in time, in their order, without absent ones. */
  public List<Task> tasksAt(List<Long> ordinals, StorageSnapshot at) {
    List<byte[]> keys = new ArrayList<>(ordinals.size());
    for (long ordinal : ordinals) {
      keys.add(Keys.number(ordinal));
    }
    List<Task> tasks = new ArrayList<>(ordinals.size());
    for (byte[] value : storage.multiGet(Family.RECORDS, keys, at)) {
      if (value != null) {
        tasks.add(codec.decode(value));
      }
    }
    return tasks;
  }

  /** The stored value of an ordinal, at a point in time (null for now), or null. */
  public byte[] bytes(long ordinal, StorageSnapshot at) {
    return storage.get(Family.RECORDS, Keys.number(ordinal), at);
  }

  /**
   * The record that an id leads to as of now, past the caches, or null. For the committer, which
   * compares the id.
   */
  public Stored stored(String id) {
    byte[] key = storage.get(Family.IDS, Keys.id(id));
    if (key == null) {
      return null;
    }
    byte[] value = storage.get(Family.RECORDS, key);
    return value == null ? null : new Stored(Keys.number(key), value);
  }

  /**
   * The task of an ordinal as of now where it is cached, or null. For the committer: nothing is
   * cached of a task from before its write begins until the write has ended.
   */
  public Task cached(long ordinal) {
    return records.peek(ordinal);
  }

  /** The committer is about to write this record. */
  public void beginWrite(long ordinal) {
    records.beginWrite(ordinal);
  }

  /** The committer has written this record; null removed it. */
  public void endWrite(long ordinal, Task task) {
    records.endWrite(ordinal, task);
  }

  /** The commit failed. */
  public void abortWrite(long ordinal) {
    records.abortWrite(ordinal);
  }

  /** Forgets everything cached. */
  public void clear() {
    records.clear();
  }

  /** Sets the bound of the record cache, evicting the least used. */
  public void limitCache(long bytes) {
    records.resize(bytes);
  }

  /** Counters of the record cache. */
  public dev.quarry.cache.CacheStats stats() {
    return records.stats();
  }

  /** Ends the cache. */
  public void close() {
    records.close();
  }
}
