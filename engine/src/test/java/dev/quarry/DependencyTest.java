package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dependencies, the circles that they must not close, and the tasks that are ready. */
class DependencyTest {
  @TempDir Path dir;

  private static Task task(String id, String... dependencies) {
    return Task.builder(id, "").dependencies(List.of(dependencies)).build();
  }

  private static List<String> ready(TaskReader store) {
    return store.page(Query.where(Condition.ready()), PageRequest.first(1_000)).items().stream()
        .map(Task::id)
        .sorted()
        .toList();
  }

  @Test
  void readyFollowsTheBlockersInTheirOwnCommit() {
    try (TaskStore store = TaskStore.open(dir.resolve("s"))) {
      store.insert(task("A"));
      store.insert(task("B", "A"));
      store.insert(task("C", "A", "B"));
      assertThat(ready(store)).containsExactly("A");
      store.update("A", t -> t.withStatus(Status.DONE));
      assertThat(ready(store)).containsExactly("B");
      store.update("B", t -> t.withStatus(Status.DONE));
      assertThat(ready(store)).containsExactly("C");
      store.update("A", t -> t.withStatus(Status.TODO));
      assertThat(ready(store)).containsExactly("A");
      assertThat(store.count(Query.where(Condition.ready().not()))).isEqualTo(2);
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  @Test
  void anAbsentDependencyBlocksUntilItAppearsAndIsDone() {
    try (TaskStore store = TaskStore.open(dir.resolve("s"))) {
      store.insert(task("B", "A"));
      assertThat(ready(store)).isEmpty();
      store.insert(task("A"));
      assertThat(ready(store)).containsExactly("A");
      store.update("A", t -> t.withStatus(Status.DONE));
      assertThat(ready(store)).containsExactly("B");
      store.delete("A");
      assertThat(ready(store)).isEmpty();
      store.update("B", t -> t.withDependencies(List.of()));
      assertThat(ready(store)).containsExactly("B");
    }
  }

  @Test
  void theMeaningOfAbsentDependenciesCanBeChanged() {
    Path path = dir.resolve("s");
    try (TaskStore store = TaskStore.open(path)) {
      store.insert(task("B", "A"));
      store.insert(task("C", "D"));
      store.insert(task("D", "E"));
    }
    TaskStoreOptions options =
        TaskStoreOptions.builder(path).absentDependenciesBlock(false).build();
    try (TaskStore store = TaskStore.open(options)) {
      assertThat(ready(store)).containsExactly("B", "D");
      store.insert(task("A"));
      assertThat(ready(store)).containsExactly("A", "D");
      store.delete("A");
      assertThat(ready(store)).containsExactly("B", "D");
      assertThat(store.verify().problems()).isEmpty();
    }
    try (TaskStore store = TaskStore.open(path)) {
      assertThat(ready(store)).isEmpty();
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  @Test
  void circlesAreRefusedWithTheirTasks() {
    try (TaskStore store = TaskStore.open(dir.resolve("s"))) {
      store.insert(task("A"));
      store.insert(task("B", "A"));
      store.insert(task("C", "B"));
      assertThatThrownBy(() -> store.update("A", t -> t.withDependencies(List.of("C"))))
          .isInstanceOf(DependencyCycleException.class)
          .hasMessageContaining("A -> C -> B -> A");
      assertThatThrownBy(() -> store.insert(task("X", "X")))
          .isInstanceOf(DependencyCycleException.class)
          .hasMessageContaining("X -> X");
      store.insert(task("Y", "Z"));
      assertThatThrownBy(() -> store.insert(task("Z", "Y")))
          .isInstanceOf(DependencyCycleException.class)
          .hasMessageContaining("Z -> Y -> Z");
      assertThatThrownBy(() -> store.insertAll(List.of(task("P", "Q"), task("Q", "P"))))
          .isInstanceOf(DependencyCycleException.class);
      assertThat(store.count(Query.all())).isEqualTo(4);
      // a batch may turn an edge around
      try (WriteBatch batch = store.newBatch()) {
        batch.update("B", t -> t.withDependencies(List.of()));
        batch.update("A", t -> t.withDependencies(List.of("B")));
        batch.commit();
      }
      try (WriteBatch batch = store.newBatch()) {
        batch.update("B", t -> t.withDependencies(List.of("A")));
        batch.update("A", t -> t.withDependencies(List.of()));
        batch.commit();
      }
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  /** Random edges against a search of the whole graph. */
  @Seeds({11, 12, 13})
  void acceptsExactlyWhatClosesNoCircle(long seed) {
    Random random = new Random(seed);
    Map<String, Set<String>> edges = new HashMap<>();
    int refused = 0;
    try (TaskStore store = TaskStore.open(dir.resolve("s"))) {
      for (int i = 0; i < 600; i++) {
        Map<String, Set<String>> after = new HashMap<>(edges);
        int touched = 1 + random.nextInt(3);
        List<Task> writes = new ArrayList<>();
        List<String> deleted = new ArrayList<>();
        for (int k = 0; k < touched; k++) {
          String id = "t" + random.nextInt(25);
          if (random.nextInt(6) == 0) {
            deleted.add(id);
            after.remove(id);
            continue;
          }
          Set<String> dependencies = new HashSet<>();
          for (int d = random.nextInt(3); d > 0; d--) {
            dependencies.add("t" + random.nextInt(25));
          }
          Status status = random.nextBoolean() ? Status.TODO : Status.DONE;
          writes.add(Task.builder(id, "").status(status).dependencies(dependencies).build());
          after.put(id, dependencies);
          deleted.remove(id);
        }
        boolean legal = after.keySet().stream().noneMatch(id -> reaches(after, id));
        try (WriteBatch batch = store.newBatch()) {
          writes.forEach(batch::put);
          deleted.forEach(batch::delete);
          // a put and a later delete of one id leave none
          if (legal == acceptedBy(batch)) {
            if (legal) {
              edges = after;
            } else {
              refused++;
            }
          } else {
            throw new AssertionError("seed " + seed + ", step " + i + ": legal " + legal);
          }
        }
      }
      assertThat(refused).isGreaterThan(20);
      assertThat(store.verify().problems()).isEmpty();
      assertThat(store.count(Query.all())).isEqualTo(edges.size());
    }
  }

  private static boolean acceptedBy(WriteBatch batch) {
    try {
      batch.commit();
      return true;
    } catch (DependencyCycleException e) {
      return false;
    }
  }

  private static boolean reaches(Map<String, Set<String>> edges, String start) {
    Set<String> seen = new HashSet<>();
    List<String> next = new ArrayList<>(edges.get(start));
    while (!next.isEmpty()) {
      String id = next.remove(next.size() - 1);
      if (id.equals(start)) {
        return true;
      }
      if (seen.add(id)) {
        next.addAll(edges.getOrDefault(id, Set.of()));
      }
    }
    return false;
  }

  /** The smaller side of the search is all that it reads, twice over, be the other as it may. */
  @Test
  void aCircleIsLookedForOnTheSmallerSide() {
    TaskStoreOptions options =
        TaskStoreOptions.builder(dir.resolve("s")).recordCacheBytes(0).build();
    try (TaskStore store = TaskStore.open(options)) {
      List<Task> waiting = new ArrayList<>();
      for (int i = 0; i < 3_000; i++) {
        waiting.add(task("w" + i, "hub"));
      }
      store.insertAll(waiting);
      for (int i = 0; i < 300; i++) {
        store.insert(task("w" + i + "-late", "hub")); // in other stretches, and other blocks
      }
      store.insert(task("leaf"));
      store.insert(task("hub"));
      long leaf = Allocated.by(() -> store.update("hub", t -> t.withDependencies(List.of("leaf"))));
      assertThat(leaf).isLessThan(200_000); // all that wait are over a million

      List<Task> blockers = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        blockers.add(task("b" + i, i < 1_000 ? "b" + (i + 1_000) : "leaf"));
      }
      store.insertAll(blockers);
      List<String> ids = blockers.stream().map(Task::id).toList();
      long many = Allocated.by(() -> store.update("hub", t -> t.withDependencies(ids)));
      assertThat(many).isLessThan(40_000_000); // each for itself looked at all that wait: billions
      assertThatThrownBy(() -> store.update("b1999", t -> t.withDependencies(List.of("w2999"))))
          .isInstanceOf(DependencyCycleException.class)
          .hasMessageContaining("b1999 -> w2999 -> hub -> b");
      assertThatThrownBy(
              () -> store.update("b7", t -> t.withDependencies(List.of("leaf", "w7-late"))))
          .isInstanceOf(DependencyCycleException.class)
          .hasMessageContaining("b7 -> w7-late -> hub -> b7");
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  /** Each of many searches comes to the same task, of which only the id is wanted. */
  @Test
  void manySearchesReadTheTaskThatWaitsForAllOnce() {
    TaskStoreOptions options =
        TaskStoreOptions.builder(dir.resolve("s")).recordCacheBytes(0).build();
    try (TaskStore store = TaskStore.open(options)) {
      List<String> gates = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        gates.add("gate-" + i);
      }
      store.insertAll(gates.stream().map(id -> task(id)).toList());
      store.insertAll(List.of(task("root"), task("middle", "root")));
      store.insert(Task.builder("fan", "").dependencies(gates).build());
      long all = Allocated.by(() -> gain(store, gates, List.of("middle"), null));
      assertThat(all).isLessThan(20_000_000); // the task each time: over 60 million
      // the same where the commit changes that task, too: one search for all, and its own edges
      long own = Allocated.by(() -> gain(store, gates, List.of("root"), gates.subList(1, 1_000)));
      assertThat(own).isLessThan(24_000_000);
      assertThatThrownBy(() -> gain(store, gates, List.of("middle", "fan"), null))
          .isInstanceOf(DependencyCycleException.class)
          .hasMessageContaining("gate-1 -> fan -> gate-1");
      gain(store, List.of("gate-0"), List.of("fan"), null); // on which it no longer waits
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  private static void gain(
      TaskStore store, List<String> gates, List<String> dependencies, List<String> ofFan) {
    try (WriteBatch batch = store.newBatch()) {
      if (ofFan != null) {
        batch.update("fan", t -> t.withDependencies(ofFan));
      }
      for (String gate : gates) {
        batch.update(gate, t -> t.withDependencies(dependencies));
      }
      batch.commit();
    }
  }

  @Test
  void aLongChainIsBuiltAndUndone() {
    try (TaskStore store = TaskStore.open(dir.resolve("s"))) {
      List<Task> chain = new ArrayList<>();
      for (int i = 0; i < 3_000; i++) {
        chain.add(i == 0 ? task("c0") : task("c" + i, "c" + (i - 1)));
      }
      store.insertAll(chain);
      assertThat(ready(store)).containsExactly("c0");
      for (int i = 0; i < 500; i++) {
        store.update("c" + i, t -> t.withStatus(Status.DONE));
      }
      assertThat(ready(store)).containsExactly("c500");
      assertThatThrownBy(() -> store.update("c0", t -> t.withDependencies(List.of("c2999"))))
          .isInstanceOf(DependencyCycleException.class)
          .hasMessageContaining("c0 -> c2999 -> ");
    }
  }

  @Test
  void fanOutBecomesReadyAtOnceAndFanInAtLast() {
    try (TaskStore store = TaskStore.open(dir.resolve("s"))) {
      List<Task> tasks = new ArrayList<>();
      tasks.add(task("root"));
      List<String> leaves = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        tasks.add(task("leaf" + i, "root"));
        leaves.add("leaf" + i);
      }
      tasks.add(Task.builder("sink", "").dependencies(leaves).build());
      store.insertAll(tasks);
      assertThat(ready(store)).containsExactly("root");
      store.update("root", t -> t.withStatus(Status.DONE));
      assertThat(store.count(Query.where(Condition.ready()))).isEqualTo(1_000);
      store.setStatus(leaves.subList(0, 999), Status.DONE);
      assertThat(ready(store)).containsExactly("leaf999");
      store.setStatus(leaves, Status.DONE);
      assertThat(ready(store)).containsExactly("sink");
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  @Test
  void linksAreKeptAndLeadBack() {
    Path path = dir.resolve("s");
    Task child = Task.builder("child", "").link(Link.Type.PARENT, "parent").build();
    try (TaskStore store = TaskStore.open(path)) {
      store.insert(child);
    }
    try (TaskStore store = TaskStore.open(path)) {
      assertThat(store.get("child").orElseThrow().links())
          .containsExactly(new Link(Link.Type.PARENT, "parent"));
      assertThat(ready(store)).containsExactly("child");
      assertThat(store.verify().problems()).isEmpty();
      assertThat(
              store.getAll(List.of("child")).stream()
                  .map(t -> t.orElseThrow().id())
                  .collect(Collectors.toList()))
          .containsExactly("child");
    }
  }
}
