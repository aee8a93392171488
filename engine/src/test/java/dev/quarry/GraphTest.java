package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.TaskGraph;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The graph verbs against plain walks over the same tasks. */
class GraphTest {
  @TempDir Path dir;

  private static Set<String> ids(Iterable<Task> tasks) {
    Set<String> ids = new LinkedHashSet<>();
    tasks.forEach(task -> ids.add(task.id()));
    return ids;
  }

  @Seeds({21, 22, 23})
  void equalsPlainWalks(long seed) {
    Random random = new Random(seed);
    Map<String, Task> model = new TreeMap<>();
    try (TaskStore store = TaskStore.open(dir.resolve("s"))) {
      for (int i = 0; i < 400; i++) {
        Task.Builder b =
            Task.builder("t" + i, "")
                .status(random.nextInt(3) == 0 ? Status.DONE : Status.TODO)
                .estimatedHours(random.nextBoolean() ? (Double) (double) random.nextInt(9) : null);
        for (int d = random.nextInt(4); d > 0; d--) {
          b.dependency("t" + random.nextInt(i + 40)); // some absent, some later: see below
        }
        if (random.nextInt(3) == 0) {
          b.link(Link.Type.PARENT, "t" + random.nextInt(400));
        }
        Task task = b.build();
        try {
          store.insert(task);
          model.put(task.id(), task);
        } catch (DependencyCycleException e) {
          assertThat(e.getMessage()).contains(task.id());
        }
      }
      assertThat(model).hasSizeGreaterThan(200);
      for (Task task : model.values()) {
        check(store, model, task);
      }
      assertThat(store.graph().findCycle()).isEmpty();
      List<Task> longest = store.graph().criticalPath();
      double best = 0;
      for (Task task : model.values()) {
        best = Math.max(best, weight(model, task, new HashMap<>()));
      }
      assertThat(sum(longest)).isEqualTo(best);
    }
  }

  private static void check(TaskStore store, Map<String, Task> model, Task task) {
    List<String> blockers = new ArrayList<>(task.dependencies());
    blockers.removeIf(id -> !model.containsKey(id));
    assertThat(ids(store.graph().blockersOf(task.id()))).containsExactlyElementsOf(blockers);
    List<String> dependents = new ArrayList<>();
    List<String> unlocks = new ArrayList<>();
    for (Task other : model.values()) {
      if (other.dependencies().contains(task.id())) {
        dependents.add(other.id());
        boolean last =
            other.dependencies().stream()
                .filter(id -> !id.equals(task.id()))
                .allMatch(id -> model.containsKey(id) && model.get(id).status() == Status.DONE);
        if (last && other.status() == Status.TODO && task.status() != Status.DONE) {
          unlocks.add(other.id());
        }
      }
    }
    assertThat(ids(store.graph().dependentsOf(task.id())))
        .containsExactlyInAnyOrderElementsOf(dependents);
    assertThat(ids(store.graph().whatUnlocks(task.id())))
        .containsExactlyInAnyOrderElementsOf(unlocks);
    Set<String> below = new LinkedHashSet<>();
    children(model, task.id(), 2, below);
    below.remove(task.id());
    assertThat(ids(store.graph().subtree(task.id(), 2))).containsExactlyInAnyOrderElementsOf(below);
    List<Task> path = store.graph().criticalPath(task.id());
    if (task.status() == Status.DONE) {
      assertThat(path).isEmpty();
      return;
    }
    assertThat(path.get(path.size() - 1).id()).isEqualTo(task.id());
    for (int i = 1; i < path.size(); i++) {
      assertThat(path.get(i).dependencies()).contains(path.get(i - 1).id());
    }
    assertThat(sum(path)).isEqualTo(weight(model, task, new HashMap<>()));
  }

  private static void children(Map<String, Task> model, String id, int depth, Set<String> into) {
    if (depth > 0) {
      for (Task task : model.values()) {
        if (task.links().contains(new Link(Link.Type.PARENT, id))) {
          into.add(task.id());
          children(model, task.id(), depth - 1, into);
        }
      }
    }
  }

  private static double hours(Task task) {
    return task.estimatedHours() == null ? 1 : task.estimatedHours();
  }

  private static double sum(List<Task> path) {
    return path.stream().mapToDouble(GraphTest::hours).sum();
  }

  private static double weight(Map<String, Task> model, Task task, Map<String, Double> known) {
    if (task == null || task.status() == Status.DONE) {
      return 0;
    }
    Double have = known.get(task.id());
    if (have == null) {
      double best = 0;
      for (String id : task.dependencies()) {
        best = Math.max(best, weight(model, model.get(id), known));
      }
      have = best + hours(task);
      known.put(task.id(), have);
    }
    return have;
  }

  @Test
  void dependenciesAreFoundLevelByLevelAndAbsentTasksAreNamed() {
    try (TaskStore store = TaskStore.open(dir.resolve("s"))) {
      store.insert(Task.builder("a", "").build());
      store.insert(Task.builder("b", "").dependency("a").build());
      store.insert(Task.builder("c", "").dependency("b").dependency("gone").build());
      assertThat(store.graph().withDependencies(List.of("c"), 0).keySet()).containsExactly("c");
      assertThat(store.graph().withDependencies(List.of("c"), 1).keySet())
          .containsExactlyInAnyOrder("c", "b");
      assertThat(store.graph().withDependencies(List.of("c", "x"), 9).keySet())
          .containsExactlyInAnyOrder("c", "b", "a");
      assertThatThrownBy(() -> store.graph().blockersOf("x"))
          .isInstanceOf(TaskNotFoundException.class)
          .hasMessageContaining("id=x");
    }
  }

  @Test
  void anAnswerOfTooManyTasksIsRefused() {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i <= TaskGraph.MAX_TASKS; i++) {
      ids.add("t" + i);
    }
    try (TaskStore store = TaskStore.open(dir.resolve("s"))) {
      store.insert(Task.builder("t0", "").build());
      assertThat(store.graph().withDependencies(ids.subList(0, 9), 0)).containsOnlyKeys("t0");
      assertThatThrownBy(() -> store.graph().withDependencies(ids, 0))
          .isInstanceOf(LimitExceededException.class)
          .hasMessageContaining("tasks=1000001")
          .hasMessageContaining("limit=1000000");
    }
  }

  /** The head of the index of ready tasks moves while it is drained and filled. */
  @Seeds({31, 32})
  void readyGoesByPriorityThenAge(long seed) {
    Random random = new Random(seed);
    Map<String, Task> model = new HashMap<>();
    Comparator<Task> order =
        Comparator.comparing(Task::priority)
            .reversed()
            .thenComparing(Task::createdAt)
            .thenComparing(task -> Integer.parseInt(task.id().substring(1)));
    try (TaskStore store = TaskStore.open(dir.resolve("s"))) {
      for (int i = 0; i < 3_000; i++) {
        if (random.nextInt(5) < 3) {
          Task task =
              Task.builder("t" + i, "")
                  .priority(Priority.values()[random.nextInt(4)])
                  .createdAt(Instant.ofEpochSecond(random.nextInt(50)))
                  .updatedAt(Instant.EPOCH)
                  .project(random.nextBoolean() ? "p" : "q")
                  .build();
          store.insert(task);
          model.put(task.id(), task);
        }
        boolean some = random.nextBoolean();
        Condition filter = some ? TaskFields.PROJECT.is("p") : new Condition.And(List.of());
        List<Task> first = store.ready(filter, PageRequest.first(1)).items();
        Task wanted =
            model.values().stream()
                .filter(task -> !some || "p".equals(task.project()))
                .min(order)
                .orElse(null);
        assertThat(first).hasSize(wanted == null ? 0 : 1);
        if (wanted != null) {
          assertThat(first.get(0).id()).as("step %d", i).isEqualTo(wanted.id());
          if (random.nextInt(3) > 0) {
            store.update(wanted.id(), t -> t.withStatus(Status.IN_PROGRESS));
            model.remove(wanted.id());
          } else if (random.nextInt(8) == 0) {
            store.setStatus(model.keySet(), Status.DONE);
            model.clear();
          }
        }
      }
      assertThat(store.verify().problems()).isEmpty();
      assertThat(store.count(Query.where(Condition.ready()))).isEqualTo(model.size());
    }
  }
}
