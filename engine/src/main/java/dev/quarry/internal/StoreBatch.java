package dev.quarry.internal;

import dev.quarry.Durability;
import dev.quarry.StoreClosedException;
import dev.quarry.Task;
import dev.quarry.WriteBatch;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.write.Staging;
import dev.quarry.internal.write.Writes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Collects operations until commit. */
final class StoreBatch implements WriteBatch {
  private final Guard guard;
  private final Writes writes;
  private final StoreSnapshot.Callbacks callbacks;
  private final WriteGate gate;
  private final List<Consumer<Staging>> operations = new ArrayList<>();
  private boolean ended;

  StoreBatch(Guard guard, Writes writes, StoreSnapshot.Callbacks callbacks, WriteGate gate) {
    this.guard = guard;
    this.writes = writes;
    this.callbacks = callbacks;
    this.gate = gate;
  }

  private WriteBatch add(Consumer<Staging> operation) {
    checkOpen();
    operations.add(operation);
    return this;
  }

  private void checkOpen() {
    if (ended) {
      throw new StoreClosedException(
          "the batch has ended; begin another with newBatch()", Map.of("what", "batch"));
    }
  }

  @Override
  public WriteBatch insert(Task task) {
    return add(writes.insertion(task));
  }

  @Override
  public WriteBatch put(Task task) {
    return add(writes.upsert(task));
  }

  @Override
  public WriteBatch update(String id, UnaryOperator<Task> change) {
    return add(writes.change(id, change));
  }

  @Override
  public WriteBatch delete(String id) {
    Objects.requireNonNull(id, "id");
    return add(staging -> staging.remove(id));
  }

  @Override
  public int size() {
    return operations.size();
  }

  @Override
  public long commit() {
    return commit(writes.durability());
  }

  @Override
  public long commit(Durability durability) {
    checkOpen();
    ended = true;
    gate.admit();
    int lease = guard.enter();
    try {
      return callbacks.run(() -> writes.commit(operations, durability));
    } finally {
      guard.exit(lease);
    }
  }

  @Override
  public void close() {
    ended = true;
  }
}
