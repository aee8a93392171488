package dev.quarry.internal.write;

import dev.quarry.Task;
import dev.quarry.internal.storage.Family;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is decided but not yet in the storage: those who decide next see it. Guarded by the lock of
 * those who stage.
 */
final class Overlay {
  private final Map<String, Staged> byId = new HashMap<>();
  private final Map<Long, Staged> byOrdinal = new HashMap<>();
  private final SideWrites sides = new SideWrites();

  /**
   * A task as decided.
   *
   * @param ordinal the task
   * @param id its id
   * @param task null where it is removed
   * @param record its bytes in the storage, null where only the decision is known
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Staged(long ordinal, String id, Task task, byte[] record) {}

  /** The decided state of an id, or null where nothing is decided. */
  Staged of(String id) {
    return byId.get(id);
  }

  /** The decided state of an ordinal, or null where nothing is decided. */
  Staged of(long ordinal) {
    return byOrdinal.get(ordinal);
  }

  SideWrites sides() {
    return sides;
  }

  /** What a group has added, to take away when the storage has it. */
  static final class Layer {
    private final List<Staged> tasks = new ArrayList<>();
    private final SideWrites sides = new SideWrites();
  }

  void add(StagedCommit commit, Layer layer) {
    for (Mutation mutation : commit.mutations()) {
      Staged staged = new Staged(mutation.ordinal(), mutation.id(), mutation.after(), null);
      byId.put(staged.id(), staged);
      byOrdinal.put(staged.ordinal(), staged);
      layer.tasks.add(staged);
    }
    commit
        .sides()
        .forEach(
            (Family family, byte[] key, SideWrites.Value value) -> {
              sides.setValue(family, key, value);
              layer.sides.setValue(family, key, value);
            });
  }

  /** Forgets what a group added and no later one has replaced. */
  @SuppressWarnings("ReferenceEquality") // the very same, not an equal one that came later
  void drop(Layer layer) {
    for (Staged staged : layer.tasks) {
      byId.computeIfPresent(staged.id(), (id, present) -> present == staged ? null : present);
      byOrdinal.computeIfPresent(
          staged.ordinal(), (o, present) -> present == staged ? null : present);
    }
    layer.sides.forEach(sides::remove);
  }

  void clear() {
    byId.clear();
    byOrdinal.clear();
    sides.clear();
  }
}
