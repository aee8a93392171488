package dev.quarry.bench.jmh;

import dev.quarry.Task;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.bench.TempDirectory;
import dev.quarry.bench.WrongAnswerException;
import dev.quarry.bench.raw.RawStore;
import dev.quarry.internal.codec.RecordCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** RocksDB alone with the same records, loaded and compacted once a trial. */
@State(Scope.Benchmark)
public class RawState {
  private static final long BLOCK_CACHE_BYTES = 64L << 20;
  private static final long WRITE_BUFFER_BYTES = 64L << 20;

  /** Tasks in the store. */
  @Param({"10000", "100000", "1000000"})
  public int tasks;

  private final TaskWorkload workload = new TaskWorkload(QuarryState.SEED);
  private final RecordCodec codec = new RecordCodec();
  private TempDirectory directory;
  private RawStore store;
  private final AtomicLong next = new AtomicLong();

  /** Loads. */
  @Setup(Level.Trial)
  public void load() {
    directory = TempDirectory.in(null);
    store = new RawStore(directory.sub("raw"), BLOCK_CACHE_BYTES, WRITE_BUFFER_BYTES);
    while (next.get() < tasks) {
      int count = (int) Math.min(QuarryState.CHUNK, tasks - next.get());
      insertAll(workload.tasks(take(count), count));
    }
    store.compact();
    check();
  }

  /** Before a time counts: each record, by scan and by id, is the task that it was made of. */
  private void check() {
    long[] number = {0};
    store.scan(
        record -> {
          Task expected = workload.task(number[0]++);
          check(expected, record);
          check(expected, store.get(expected.id()));
        });
    if (number[0] != tasks) {
      throw new WrongAnswerException("of " + tasks + " records there are " + number[0]);
    }
  }

  private void check(Task expected, byte[] record) {
    Task found = record == null ? null : codec.decode(record);
    if (!expected.equals(found)) {
      throw new WrongAnswerException("a record holds " + found + " instead of " + expected);
    }
  }

  /** Frees all. */
  @TearDown(Level.Trial)
  public void close() {
    store.close();
    directory.close();
  }

  void insertAll(List<Task> added) {
    List<String> ids = new ArrayList<>(added.size());
    List<byte[]> records = new ArrayList<>(added.size());
    for (Task task : added) {
      ids.add(task.id());
      records.add(codec.encode(task, 1));
    }
    store.insertAll(ids, records);
  }

  RawStore store() {
    return store;
  }

  RecordCodec codec() {
    return codec;
  }

  TaskWorkload workload() {
    return workload;
  }

  long take(int count) {
    return next.getAndAdd(count);
  }
}
