package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;

/** Random operations and queries: the store and a plain map agree in everything. */
class StoreModelTest {
  @TempDir Path directory;

  /** The short form has one world of many tasks and one of few. */
  @Seeds(
      value = {2, 3},
      longUpTo = 400)
  void equalsAPlainMap(long seed) {
    new Run(directory.resolve("store"), seed).run();
  }

  /** One store, one model, one seed. */
  private static final class Run {
    private final Path path;
    private final RandomWorld world;
    private final TaskModel model = new TaskModel();
    private final List<IndexSpec> indexes = new ArrayList<>();
    private Instant now = Instant.ofEpochSecond(1_700_000_000L);
    private TaskStore store;
    private int names;

    Run(Path path, long seed) {
      this.path = path;
      this.world = new RandomWorld(seed, seed % 3 == 0 ? 40 : 400);
    }

    private TaskStoreOptions options() {
      return TaskStoreOptions.builder(path)
          .clock(() -> now)
          .expectedTasks(1 + world.random.nextInt(2_000))
          .recordCacheBytes(world.random.nextBoolean() ? 0 : 1 << 16)
          .build();
    }

    void run() {
      store = TaskStore.open(options());
      store.indexes().forEach(info -> indexes.add(info.spec()));
      try {
        for (int round = 0; round < 2; round++) {
          operations(150);
          checks(store, model).run(45);
          snapshotHolds();
          readOnly();
          verify();
          store.close();
          store = TaskStore.open(options());
          checks(store, model).run(12);
          verify();
        }
      } finally {
        store.close();
      }
    }

    private ReaderChecks checks(TaskReader reader, TaskModel state) {
      return new ReaderChecks(reader, state, world, indexes);
    }

    private void verify() {
      VerifyReport report = store.verify();
      assertThat(report.problems()).isEmpty();
      assertThat(report.tasks()).isEqualTo(model.size());
      assertThat(store.stats().tasks()).isEqualTo(model.size());
    }

    private void snapshotHolds() {
      TaskModel then = model.copy();
      try (Snapshot snapshot = store.snapshot();
          TaskCursor cursor = snapshot.scan(Query.all(), ScanOptions.chunks(7))) {
        operations(60);
        if (world.random.nextInt(3) == 0) {
          store.rebuildIndexes(ProgressListener.NONE);
        }
        checks(snapshot, then).run(20);
        List<Task> found = new ArrayList<>();
        for (List<Task> c = cursor.nextChunk(); !c.isEmpty(); c = cursor.nextChunk()) {
          found.addAll(c);
        }
        assertThat(found).isEqualTo(List.copyOf(then.tasks()));
        checks(store, model).run(5);
      }
      assertThat(store.stats().openSnapshots() + store.stats().openCursors()).isZero();
    }

    private void readOnly() {
      try (TaskStore reader = TaskStore.openReadOnly(path)) {
        checks(reader, model).run(6);
        operations(10);
        checks(reader, model).run(2);
      }
    }

    private void operations(int n) {
      for (int i = 0; i < n; i++) {
        if (world.random.nextInt(4) == 0) {
          now = now.plusMillis(world.random.nextInt(3));
        }
        long before = store.sequence();
        boolean wrote = operation();
        assertThat(store.sequence()).isEqualTo(wrote ? before + 1 : before);
      }
    }

    /** Does one thing to both; whether it must have been a commit. */
    private boolean operation() {
      return switch (world.random.nextInt(24)) {
        case 0, 1, 2, 3, 4 -> insert(world.task());
        case 5, 6 -> put(world.task());
        case 7, 8, 9, 10 -> update(world.id());
        case 11, 12 -> delete(world.id());
        case 13 -> insertAll();
        case 14 -> setStatus();
        case 15, 16, 17, 18 -> batch();
        case 19 -> failingUpdate(world.id());
        case 20 -> replace(world.id());
        case 21 -> discardedBatch();
        case 22 -> createIndex();
        default -> dropIndex();
      };
    }

    private Task given(Task task) {
      Instant created = task.createdAt() == null ? now : task.createdAt();
      Instant updated = task.updatedAt() == null ? created : task.updatedAt();
      return task.toBuilder().createdAt(created).updatedAt(updated).build();
    }

    /** What becomes of a task that is written over another, or over none. */
    private Task given(Task task, Task before) {
      if (before == null || task.updatedAt() != null) {
        return given(task);
      }
      Task same = given(task.toBuilder().updatedAt(before.updatedAt()).build());
      return same.equals(before) ? before : same.toBuilder().updatedAt(now).build();
    }

    private Task changed(Task before, Task after) {
      if (after.equals(before)) {
        return before;
      }
      Task.Builder b = after.toBuilder();
      if (Objects.equals(before.updatedAt(), after.updatedAt())) {
        b.updatedAt(now);
      }
      if (before.status() != after.status()
          && Objects.equals(before.completedAt(), after.completedAt())) {
        if (after.status() == Status.DONE) {
          b.completedAt(now);
        } else if (before.status() == Status.DONE) {
          b.completedAt(null);
        }
      }
      return given(b.build(), before);
    }

    private boolean insert(Task task) {
      if (model.get(task.id()) != null) {
        assertThatThrownBy(() -> store.insert(task))
            .isInstanceOf(DuplicateTaskException.class)
            .hasMessageContaining(task.id());
        return false;
      }
      assertThat(store.insert(task)).isEqualTo(given(task));
      model.put(given(task));
      return true;
    }

    private boolean put(Task task) {
      Task given = given(task, model.get(task.id()));
      boolean same = given.equals(model.get(task.id()));
      assertThat(store.put(task)).isEqualTo(given);
      model.put(given);
      return !same;
    }

    private boolean update(String id) {
      Task before = model.get(id);
      if (before == null) {
        assertThatThrownBy(() -> store.update(id, t -> t))
            .isInstanceOf(TaskNotFoundException.class);
        return false;
      }
      Task wanted = world.changed(before);
      Task after = changed(before, wanted);
      assertThat(store.update(id, t -> wanted)).isEqualTo(after);
      model.put(after);
      return !after.equals(before);
    }

    private boolean failingUpdate(String id) {
      if (model.get(id) != null) {
        IllegalStateException cause = new IllegalStateException("no");
        assertThatThrownBy(
                () ->
                    store.update(
                        id,
                        t -> {
                          throw cause;
                        }))
            .isSameAs(cause);
        assertThatThrownBy(() -> store.update(id, t -> world.task("other")))
            .isInstanceOf(IllegalArgumentException.class);
      }
      return false;
    }

    private boolean replace(String id) {
      Task before = model.get(id);
      if (before == null) {
        return false;
      }
      long version = store.get(id).orElseThrow().version();
      Task wanted = world.changed(before);
      Task after = given(wanted, before);
      assertThatThrownBy(() -> store.replace(wanted, version + 1))
          .isInstanceOf(ConflictException.class);
      assertThat(store.replace(wanted, version)).isEqualTo(after);
      model.put(after);
      return !after.equals(before);
    }

    private boolean delete(String id) {
      boolean there = model.get(id) != null;
      assertThat(store.delete(id).isPresent()).isEqualTo(there);
      model.remove(id);
      return there;
    }

    private boolean insertAll() {
      List<Task> tasks = new ArrayList<>();
      boolean fits = true;
      for (int i = world.random.nextInt(20); i > 0; i--) {
        String id = world.random.nextInt(40) == 0 ? world.id() : "bulk-" + names++;
        fits &= model.get(id) == null && tasks.stream().noneMatch(t -> t.id().equals(id));
        tasks.add(world.task(id));
      }
      if (!fits) {
        assertThatThrownBy(() -> store.insertAll(tasks)).isInstanceOf(DuplicateTaskException.class);
        return false;
      }
      assertThat(store.insertAll(tasks).updated()).isEqualTo(tasks.size());
      tasks.forEach(task -> model.put(given(task)));
      return !tasks.isEmpty();
    }

    private boolean setStatus() {
      List<String> ids = new ArrayList<>();
      for (int i = world.random.nextInt(15); i > 0; i--) {
        ids.add(world.id());
      }
      Status status = world.one(Status.values());
      List<String> missing = new ArrayList<>();
      int updated = 0;
      int unchanged = 0;
      for (String id : ids.stream().distinct().toList()) {
        Task before = model.get(id);
        if (before == null) {
          missing.add(id);
        } else if (before.status() == status) {
          unchanged++;
        } else {
          model.put(changed(before, before.withStatus(status)));
          updated++;
        }
      }
      BulkResult result = store.setStatus(ids, status);
      assertThat(result.missing()).isEqualTo(missing);
      assertThat(result.updated()).isEqualTo(updated);
      assertThat(result.unchanged()).isEqualTo(unchanged);
      assertThat(result.sequence()).isEqualTo(store.sequence());
      return updated > 0;
    }

    private boolean batch() {
      TaskModel after = model.copy();
      TaskModel.Batch staged = after.new Batch();
      boolean fails = false;
      try (WriteBatch batch = store.newBatch()) {
        for (int i = world.random.nextInt(9); i > 0; i--) {
          fails |= stage(batch, staged, fails);
        }
        if (fails) {
          assertThatThrownBy(batch::commit).isInstanceOf(TaskStoreException.class);
          return false;
        }
        batch.commit();
      }
      List<Task> old = List.copyOf(model.tasks());
      model.become(after);
      return !old.equals(List.copyOf(model.tasks()));
    }

    /** Adds one operation; whether it makes the commit fail. */
    private boolean stage(WriteBatch batch, TaskModel.Batch staged, boolean failed) {
      String id = world.id();
      Task before = staged.get(id);
      switch (world.random.nextInt(5)) {
        case 0 -> {
          boolean risk = world.random.nextInt(10) == 0;
          if (before == null || risk) {
            Task task = world.task(id);
            batch.insert(task);
            if (before != null) {
              return true;
            }
            staged.put(given(task));
          }
        }
        case 1 -> {
          Task task = world.task(id);
          batch.put(task);
          staged.put(given(task, before));
        }
        case 2, 3 -> {
          if (before == null) {
            boolean risk = !failed && world.random.nextInt(10) == 0;
            if (risk) {
              batch.update(id, t -> t.withTitle("x"));
            }
            return risk;
          }
          Task wanted = world.changed(before);
          batch.update(id, t -> wanted);
          staged.put(changed(before, wanted));
        }
        default -> {
          batch.delete(id);
          staged.remove(id);
        }
      }
      return false;
    }

    private boolean discardedBatch() {
      try (WriteBatch batch = store.newBatch()) {
        batch.insert(world.task("never")).delete(world.id());
      }
      return false;
    }

    private boolean createIndex() {
      if (indexes.size() < 13) {
        IndexSpec spec = world.index("index-" + names++);
        store.createIndex(spec, ProgressListener.NONE);
        indexes.add(spec);
      }
      return false;
    }

    private boolean dropIndex() {
      IndexSpec spec = world.one(indexes);
      boolean own = spec.name().startsWith("index-");
      if (own && world.random.nextBoolean()) {
        assertThat(store.dropIndex(spec.name())).isTrue();
        assertThat(store.dropIndex(spec.name())).isFalse();
        indexes.remove(spec);
      } else if (!own) {
        assertThatThrownBy(() -> store.dropIndex(spec.name()))
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThat(store.indexes()).extracting(IndexInfo::spec).containsExactlyElementsOf(indexes);
      return false;
    }
  }
}
