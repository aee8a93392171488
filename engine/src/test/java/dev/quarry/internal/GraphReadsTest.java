package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.LimitExceededException;
import dev.quarry.Link;
import dev.quarry.OpenMode;
import dev.quarry.Seeds;
import dev.quarry.Snapshot;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.internal.read.Deadline;
import dev.quarry.internal.read.GraphReader;
import dev.quarry.internal.read.Reads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How often the graph verbs ask the storage, and that they answer what plain walks do. */
@Timeout(120)
class GraphReadsTest {
  private static final int TASKS = 3_000;

  @TempDir Path directory;
  private TaskStore store;

  private TaskStore open(long cacheBytes) {
    return TaskStore.open(
        TaskStoreOptions.builder(directory.resolve("s")).recordCacheBytes(cacheBytes).build());
  }

  @AfterEach
  void close() {
    store.close();
  }

  private long multiGets() {
    return ((QuarryStore) store).parts.storage.multiGets();
  }

  /** The answer, for which the storage was asked at most so often. */
  private <R> R within(int most, Supplier<R> verb) {
    long before = multiGets();
    R answer = verb.get();
    assertThat(multiGets() - before).as("multi-gets").isLessThanOrEqualTo(most);
    return answer;
  }

  /** Some are too long to be told by their keys alone. */
  private static String id(int i) {
    return i % 3 == 0 ? "a-task-with-a-name-that-is-longer-than-a-key-" + i : "t" + i;
  }

  /** Tasks that wait for earlier ones, and for some that are not there. */
  private Map<String, Task> fill(Random random) {
    Map<String, Task> model = new HashMap<>();
    for (int i = 0; i < TASKS; i++) {
      Task.Builder task = Task.builder(id(i), "Task " + i);
      task.status(random.nextInt(4) == 0 ? Status.DONE : Status.TODO);
      for (int d = random.nextInt(4); d > 0 && i > 0; d--) {
        task.dependency(random.nextInt(9) == 0 ? "gone-" + i : id(random.nextInt(i)));
      }
      if (i > 0) {
        task.link(Link.Type.PARENT, id(i / 3));
      }
      model.put(id(i), task.build());
    }
    store.insertAll(model.values());
    return model;
  }

  private static Set<String> below(Map<String, Task> model, List<String> ids, int depth) {
    Set<String> found = new HashSet<>();
    Set<String> level = new HashSet<>(ids);
    for (int d = 0; d <= depth; d++) {
      Set<String> next = new HashSet<>();
      for (String id : level) {
        if (model.containsKey(id) && found.add(id)) {
          next.addAll(model.get(id).dependencies());
        }
      }
      next.removeAll(found);
      level = next;
    }
    return found;
  }

  /** After how many levels nothing more is named, be it there or not. */
  private static int depth(Map<String, Task> model, String id) {
    Set<String> asked = new HashSet<>(Set.of(id));
    Set<String> level = asked;
    for (int depth = 0; ; depth++) {
      Set<String> next = new HashSet<>();
      for (String one : level) {
        if (model.containsKey(one)) {
          next.addAll(model.get(one).dependencies());
        }
      }
      next.removeAll(asked);
      if (next.isEmpty()) {
        return depth;
      }
      asked.addAll(next);
      level = next;
    }
  }

  @Seeds({41, 42, 43})
  void aThousandTasksWithTheirDependenciesTakeAMultiGetALevel(long seed) {
    Random random = new Random(seed);
    store = open(0);
    Map<String, Task> model = fill(random);
    List<String> ids = new ArrayList<>();
    while (ids.size() < 1_000) {
      ids.add(random.nextInt(50) == 0 ? "absent-" + ids.size() : id(random.nextInt(TASKS)));
    }
    for (int depth = 0; depth < 5; depth++) {
      int d = depth;
      assertThat(within(depth + 1, () -> store.graph().withDependencies(ids, d)).keySet())
          .isEqualTo(below(model, ids, depth));
    }
    store.close();
    store =
        TaskStore.open(
            TaskStoreOptions.builder(directory.resolve("s")).mode(OpenMode.READ_ONLY).build());
    // there is no index: an id leads to its task by two steps
    List<String> late = List.of(id(TASKS - 1), id(TASKS - 2));
    assertThat(within(6, () -> store.graph().withDependencies(late, 2))).isNotEmpty();
  }

  @Test
  void theOtherWalksTakeNoMore() {
    store = open(0);
    Map<String, Task> model = fill(new Random(44));
    for (int i = 0; i < 200; i++) {
      Task task = model.get(id(i * 7));
      List<String> there = new ArrayList<>(task.dependencies());
      there.removeIf(id -> !model.containsKey(id));
      assertThat(within(2, () -> store.graph().blockersOf(task.id())))
          .extracting(Task::id)
          .containsExactlyElementsOf(there);
      within(2, () -> store.graph().dependentsOf(task.id()));
      within(2, () -> store.graph().linkedTo(task.id(), Link.Type.PARENT));
      within(2, () -> store.graph().whatUnlocks(task.id()));
      for (int d = 0; d < 4; d++) {
        int levels = d;
        within(levels + 1, () -> store.graph().subtree(task.id(), levels));
      }
      int depth = depth(model, task.id());
      within(depth + 1, () -> store.graph().criticalPath(task.id()));
    }
    within(3, () -> store.graph().criticalPath()); // of a thousand each, and one for the path
  }

  /** Once for what they wait for, once for those that wait for nothing else. */
  @Test
  void whatUnlocksAsksOnceForAllThatWait() {
    store = open(0);
    List<Task> tasks = new ArrayList<>(List.of(Task.builder("first", "").build()));
    for (int i = 0; i < 500; i++) {
      Task.Builder task = Task.builder("w" + i, "").dependency("first");
      tasks.add((i % 2 == 0 ? task : task.dependency("w" + (i - 1))).build());
    }
    store.insertAll(tasks);
    long before = multiGets();
    assertThat(store.graph().whatUnlocks("first")).hasSize(250);
    assertThat(multiGets() - before).isEqualTo(2);
  }

  /** A multi-get for each 1,000 of a level: between the parts it looks whether its time is over. */
  @Test
  void oneLevelOfManyIsReadInParts() {
    store = open(0);
    List<Task> tasks = new ArrayList<>(List.of(Task.builder("first", "").build()));
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 2_500; i++) {
      ids.add("w" + i);
      tasks.add(
          Task.builder("w" + i, "").dependency("first").link(Link.Type.PARENT, "first").build());
    }
    tasks.add(Task.builder("last", "").dependencies(ids).build());
    store.insertAll(tasks);
    for (Supplier<List<Task>> verb :
        List.<Supplier<List<Task>>>of(
            () -> store.graph().subtree("first", 1),
            () -> store.graph().dependentsOf("first"),
            () -> store.graph().linkedTo("first", Link.Type.PARENT),
            () -> store.graph().blockersOf("last"))) {
      long before = multiGets();
      assertThat(verb.get()).hasSize(2_500);
      assertThat(multiGets() - before).isEqualTo(3);
    }
    long ofLevels = multiGets(); // of 1, of 2,500, and of 1 again
    assertThat(store.graph().withDependencies(List.of("last"), 2)).hasSize(2_502);
    assertThat(multiGets() - ofLevels).isEqualTo(5);
    long before = multiGets();
    assertThat(store.graph().whatUnlocks("first")).hasSize(2_500);
    assertThat(multiGets() - before).isEqualTo(6);
  }

  /** A commit of so many tasks gives none of them to the cache. */
  private List<String> insertUncached(String prefix) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      Task.Builder task = Task.builder(prefix + i, "");
      tasks.add((i == 0 ? task : task.dependency(prefix + (i - 1))).build());
    }
    store.insertAll(tasks);
    return tasks.stream().map(Task::id).toList();
  }

  /** Another thread fills the cache. */
  private void awaitCached(Runnable read) {
    long before;
    do {
      assertThat(Thread.currentThread().isInterrupted()).as("the time-out").isFalse();
      before = multiGets();
      read.run();
    } while (multiGets() > before);
  }

  @Test
  void whatWasReadOnceIsCached() {
    store = open(32 << 20);
    insertUncached("t");
    assertThat(store.graph().withDependencies(List.of("t9"), 3)).hasSize(4);
    assertThat(multiGets()).isPositive();
    awaitCached(
        () -> {
          store.graph().withDependencies(List.of("t9"), 3);
          store.graph().blockersOf("t9");
          store.graph().dependentsOf("t8");
        });
  }

  /** What an old view reads is not given to the cache, which is of the present. */
  @Test
  void anOldSnapshotLeavesTheCacheAlone() {
    store = open(32 << 20);
    List<String> ids = insertUncached("t");
    insertUncached("u");
    try (Snapshot old = store.snapshot()) {
      store.setStatus(ids, Status.DONE);
      assertThat(old.getAll(ids)).allMatch(t -> t.orElseThrow().status() == Status.TODO);
    }
    // the cache is filled in the order of reading: this one would come behind those
    awaitCached(() -> store.getAll(List.of("u0")));
    for (String id : ids) {
      assertThat(store.get(id).orElseThrow().status()).as(id).isEqualTo(Status.DONE);
    }
  }

  /** Each way in which the index, which is of the present, leads an old view astray. */
  @Test
  void aSnapshotFindsWhatItHad() {
    store = open(32 << 20);
    for (String id : List.of("kept", "changed", "deleted", "anew")) {
      store.insert(Task.builder(id, "old").build());
    }
    try (Snapshot old = store.snapshot()) {
      store.update("changed", t -> t.withTitle("new"));
      store.delete("deleted");
      store.delete("anew");
      store.insert(Task.builder("anew", "new").build());
      store.insert(Task.builder("since", "new").build());
      List<String> ids = List.of("since", "anew", "absent", "deleted", "changed", "kept", "anew");
      assertThat(old.getAll(ids))
          .extracting(task -> task.map(Task::title).orElse(null))
          .containsExactly(null, "old", null, "old", "old", "old", "old");
      assertThat(store.getAll(ids))
          .extracting(task -> task.map(Task::title).orElse(null))
          .containsExactly("new", "new", null, null, "new", "old", "new");
    }
  }

  /** The last of a chain is no target of another: the path has one task more than is counted. */
  @Test
  void theCriticalPathOfAsManyTargetsAsAllowedIsAnswered() {
    int targets = 100;
    store = open(1 << 20);
    for (int i = 0; i <= targets; i++) {
      Task.Builder task = Task.builder("c" + i, "t");
      if (i > 0) {
        task.dependency("c" + (i - 1));
      }
      store.insert(task.build());
    }
    assertThat(criticalPath(targets)).hasSize(targets + 1).startsWith("c0").endsWith("c" + targets);
    assertThatThrownBy(() -> criticalPath(targets - 1))
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining("tasks=" + targets);
  }

  /** They are held while it walks, though the path is of two, and all wait for the same one. */
  @Test
  void theCriticalPathOfMoreThanMayWaitIsRefused() {
    int waiting = 100;
    store = open(1 << 20);
    store.insert(Task.builder("first", "t").build());
    for (int i = 0; i < waiting; i++) {
      store.insert(Task.builder("w" + i, "t").dependency("first").build());
    }
    assertThat(criticalPath(waiting)).hasSize(2).startsWith("first");
    assertThatThrownBy(() -> criticalPath(waiting - 1))
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContainingAll("tasks=" + waiting, "critical path of one task");
  }

  private List<String> criticalPath(int mostTasks) {
    StoreParts parts = ((QuarryStore) store).parts;
    try (Reads.Pinned pinned = parts.reads().pin()) {
      return new GraphReader(
              pinned.view(), parts.codec, new Deadline(Duration.ofMinutes(1)), mostTasks)
          .criticalPath().stream().map(Task::id).toList();
    }
  }
}
