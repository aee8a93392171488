package dev.quarry.bench.peers;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.raw.RawStore;
import dev.quarry.internal.codec.FieldSelection;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.query.TaskFields;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The key-value work that no task store on RocksDB can leave out, with the same record bytes as
 * Quarry's. Records of new tasks are encoded before the clock runs.
 */
final class RawPeer implements Peer {
  private static final FieldSelection TWO_FIELDS =
      new FieldSelection(List.of(TaskFields.STATUS, TaskFields.CREATED_AT));

  private final RawStore store;
  private final RecordCodec codec = new RecordCodec();
  private final Instant now;
  private final Map<String, byte[]> prepared = new HashMap<>();

  RawPeer(Settings settings) {
    now = settings.now();
    store =
        new RawStore(settings.directory(), settings.cacheBytes(), ExpertPeer.WRITE_BUFFER_BYTES);
  }

  @Override
  public Set<Ability> abilities() {
    return EnumSet.of(Ability.RECORD_BYTES, Ability.PROJECTED_SCAN, Ability.FETCH_OF_ANSWER);
  }

  @Override
  public void prepare(List<Task> soon) {
    prepared.clear();
    soon.forEach(task -> prepared.put(task.id(), codec.encode(task, 1)));
  }

  private byte[] record(Task task) {
    byte[] ready = prepared.get(task.id());
    return ready == null ? codec.encode(task, 1) : ready;
  }

  @Override
  public Task get(String id) {
    byte[] record = store.get(id);
    return record == null ? null : codec.decode(record);
  }

  @Override
  public byte[] recordBytes(long number) {
    return store.get(number);
  }

  @Override
  public Task decode(byte[] record) {
    return codec.decode(record);
  }

  @Override
  public void insert(Task task) {
    store.insert(task.id(), record(task));
  }

  @Override
  public void insertAll(List<Task> tasks) {
    List<String> ids = new ArrayList<>(tasks.size());
    List<byte[]> records = new ArrayList<>(tasks.size());
    for (Task task : tasks) {
      ids.add(task.id());
      records.add(record(task));
    }
    store.insertAll(ids, records);
  }

  @Override
  public void setStatus(List<String> ids, Status status) {
    long[] ordinals = new long[ids.size()];
    List<byte[]> records = new ArrayList<>(ids.size());
    for (int i = 0; i < ordinals.length; i++) {
      ordinals[i] = store.ordinal(ids.get(i));
      Task task = codec.decode(store.get(ordinals[i]));
      records.add(codec.encode(Peers.withStatus(task, status, now), 1));
    }
    store.putAll(ordinals, records);
  }

  @Override
  public List<Task> fetch(List<Long> numbers) {
    List<Task> tasks = new ArrayList<>(numbers.size());
    for (long number : numbers) {
      tasks.add(codec.decode(store.get(number)));
    }
    return tasks;
  }

  @Override
  public void scan(Consumer<Task> action) {
    store.scan(record -> action.accept(codec.decode(record)));
  }

  @Override
  public void scanProjected(Consumer<Task> action) {
    store.scan(record -> action.accept(codec.decode(record, TWO_FIELDS)));
  }

  @Override
  public void settle() {
    store.compact();
  }

  @Override
  public void close() {
    store.close();
  }
}
