package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Archived tasks are out of every index, count for those that depend on them, and come back. */
@Timeout(120)
class ArchiveTest {
  private static final Instant OLD = Instant.parse("2024-01-01T00:00:00Z");
  private static final Instant CUT = Instant.parse("2025-01-01T00:00:00Z");

  @TempDir Path directory;

  private TaskStore open() {
    return TaskStore.open(directory.resolve("s"));
  }

  private static Task task(String id, Status status, String... dependencies) {
    return Task.builder(id, "title of " + id)
        .status(status)
        .description("text")
        .tag("t")
        .createdAt(OLD)
        .updatedAt(OLD)
        .dependencies(List.of(dependencies))
        .build();
  }

  private static void check(TaskStore store) {
    VerifyReport report = store.verify(true, ProgressListener.NONE);
    assertThat(report.problems()).isEmpty();
  }

  private static List<String> ready(TaskStore store) {
    return store.page(Query.where(Condition.ready()), PageRequest.first(10_000)).items().stream()
        .map(Task::id)
        .sorted()
        .toList();
  }

  @Test
  void thereAndBack() {
    Task stored;
    try (TaskStore store = open()) {
      stored = store.insert(task("A", Status.DONE));
      store.insert(task("B", Status.TODO, "A"));
      BulkResult result = store.archive(List.of("A", "nobody"));
      assertThat(result.updated()).isEqualTo(1);
      assertThat(result.missing()).containsExactly("nobody");
      assertThat(store.archive(List.of("A")).unchanged()).isEqualTo(1);
      assertThat(store.get("A")).isEmpty();
      assertThat(store.count(Query.all())).isEqualTo(1);
      assertThat(store.countBy(Query.all(), TaskFields.STATUS)).containsOnlyKeys(Status.TODO);
      assertThat(store.getArchived("A")).contains(stored);
      assertThat(store.getArchived("B")).isEmpty();
      check(store);
    }
    try (TaskStore store = open()) {
      assertThat(store.getArchived("A")).contains(stored);
      for (Task again : List.of(stored, task("A", Status.TODO))) {
        assertThatThrownBy(() -> store.insert(again))
            .isInstanceOf(DuplicateTaskException.class)
            .hasMessageContaining("where=archive");
        assertThatThrownBy(() -> store.put(again)).isInstanceOf(DuplicateTaskException.class);
      }
      assertThat(store.restore(List.of("A", "B", "nobody")))
          .satisfies(
              r -> {
                assertThat(r.updated()).isEqualTo(1);
                assertThat(r.unchanged()).isEqualTo(1);
                assertThat(r.missing()).containsExactly("nobody");
              });
      assertThat(store.get("A")).contains(stored);
      assertThat(store.getArchived("A")).isEmpty();
      check(store);
    }
  }

  @Test
  void whoDependsOnTheArchivedGoesOnAsBefore() {
    try (TaskStore store = open()) {
      store.insertAll(
          List.of(
              task("DONE", Status.DONE),
              task("OPEN", Status.BLOCKED),
              task("ON-DONE", Status.TODO, "DONE"),
              task("ON-OPEN", Status.TODO, "OPEN")));
      assertThat(ready(store)).containsExactly("ON-DONE");
      store.archive(List.of("DONE", "OPEN"));
      assertThat(ready(store)).containsExactly("ON-DONE");
      store.insert(task("LATER-DONE", Status.TODO, "DONE"));
      store.insert(task("LATER-OPEN", Status.TODO, "OPEN"));
      store.update("ON-DONE", t -> t.withStatus(Status.IN_PROGRESS));
      store.update("ON-DONE", t -> t.withStatus(Status.TODO));
      assertThat(ready(store)).containsExactly("LATER-DONE", "ON-DONE");
      check(store);
      store.rebuildIndexes(ProgressListener.NONE);
      check(store);
      store.restore(List.of("DONE", "OPEN"));
      assertThat(ready(store)).containsExactly("LATER-DONE", "ON-DONE");
      store.setStatus(List.of("OPEN"), Status.DONE);
      assertThat(ready(store)).containsExactly("LATER-DONE", "LATER-OPEN", "ON-DONE", "ON-OPEN");
      check(store);
    }
  }

  @Test
  void byAgeAndStatus() throws Exception {
    try (TaskStore store = open()) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 2_500; i++) {
        tasks.add(task("T-" + i, i % 5 == 0 ? Status.TODO : Status.DONE));
      }
      tasks.add(task("young", Status.DONE).toBuilder().updatedAt(CUT).build());
      tasks.add(task("needs", Status.TODO, "T-1"));
      store.insertAll(tasks);
      Job.Progress archived = store.archive(CUT, Set.of(Status.DONE)).await();
      assertThat(archived.state()).isEqualTo(Job.State.DONE);
      assertThat(archived.changed()).isEqualTo(2_000);
      assertThat(store.count(Query.where(TaskFields.STATUS.is(Status.DONE)))).isEqualTo(1);
      assertThat(ready(store)).contains("needs");

      Query query = Query.where(TaskFields.ID.startsWith("T-1"));
      TreeSet<String> seen = new TreeSet<>();
      Page<Task> page = store.archived(query, PageRequest.first(99));
      while (true) {
        for (Task task : page.items()) {
          assertThat(seen.add(task.id())).as(task.id()).isTrue();
        }
        if (page.stopReason() == StopReason.EXHAUSTED) {
          break;
        }
        page = store.archived(query, PageRequest.after(page.continuation(), 99));
      }
      long expected =
          tasks.stream().filter(t -> t.status() == Status.DONE && t.id().startsWith("T-1")).count();
      assertThat(seen).hasSize((int) expected);
      assertThat(store.archived(query.limit(7), PageRequest.first(99)).items()).hasSize(7);
      assertThat(store.archived(Query.where(Condition.ready()), PageRequest.first(9)).items())
          .isEmpty();
      check(store);

      Job.Progress purged = store.purge(CUT).await();
      assertThat(purged.changed()).isEqualTo(1_999);
      assertThat(purged.problems()).singleElement().asString().contains("T-1 stays");
      assertThat(store.getArchived("T-1")).isPresent();
      assertThat(store.getArchived("T-2")).isEmpty();
      store.insert(task("T-2", Status.TODO));
      check(store);
    }
  }

  @Test
  void namedOnesArePurgedTogetherOrNot() {
    try (TaskStore store = open()) {
      store.insertAll(
          List.of(
              task("A", Status.DONE),
              task("B", Status.DONE),
              task("NEEDED", Status.DONE),
              task("ON", Status.TODO, "NEEDED")));
      store.archive(List.of("A", "B", "NEEDED"));
      long before = store.sequence();
      assertThatThrownBy(() -> store.purge(List.of("A", "NEEDED", "ON")))
          .isInstanceOf(ConflictException.class)
          .hasMessageContaining("ids=[NEEDED]");
      assertThat(store.sequence()).isEqualTo(before);
      assertThat(store.getArchived("A")).isPresent();
      BulkResult result = store.purge(List.of("A", "B", "A", "ON"));
      assertThat(result.updated()).isEqualTo(2);
      assertThat(result.missing()).containsExactly("ON");
      assertThat(result.sequence()).isEqualTo(before + 1);
      assertThat(store.getArchived("A")).isEmpty();
      assertThat(store.get("ON")).isPresent();
      check(store);
    }
  }

  @Test
  void aQuerysTasksGoAndComeBackInChunksThatGoOnAfterACancel() throws Exception {
    try (TaskStore store = open()) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 3_500; i++) {
        tasks.add(task("T-" + i, i % 2 == 0 ? Status.DONE : Status.TODO));
      }
      tasks.add(task("ON", Status.TODO, "T-0"));
      store.insertAll(tasks);
      Query done = Query.where(TaskFields.STATUS.is(Status.DONE));
      Job begun = store.archive(done);
      begun.cancel();
      Job.Progress progress = begun.await();
      long there = store.count(done);
      assertThat(there).isEqualTo(1_750 - progress.changed());
      assertThat(store.archive(done).await().changed()).isEqualTo(there);
      checkChunks(store);
      assertThat(store.count(done)).isZero();
      assertThat(ready(store)).contains("ON");
      check(store);

      Query some = Query.where(TaskFields.ID.startsWith("T-1"));
      long wanted =
          tasks.stream().filter(t -> t.status() == Status.DONE && t.id().startsWith("T-1")).count();
      assertThat(store.restore(some).await().changed()).isEqualTo(wanted);
      assertThat(store.count(done)).isEqualTo(wanted);
      Job.Progress purged = store.purge(Query.all()).await();
      assertThat(purged.treated()).isEqualTo(1_750 - wanted);
      assertThat(purged.changed()).isEqualTo(1_750 - wanted - 1);
      assertThat(purged.problems()).singleElement().asString().contains("T-0 stays");
      assertThat(store.restore(Query.where(Condition.ready())).await().treated()).isZero();
      for (Query bad : List.of(done.limit(1), done.orderBy(TaskFields.ID.ascending()))) {
        assertThatThrownBy(() -> store.archive(bad)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.restore(bad)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.purge(bad)).isInstanceOf(IllegalArgumentException.class);
      }
      check(store);
    }
  }

  /** What a cancel has to wait for, at most: the commit of a chunk. */
  private static void checkChunks(TaskStore store) {
    Map<Long, Integer> sizes = new TreeMap<>();
    store
        .changesAfter(1, 100_000)
        .forEach(change -> sizes.merge(change.sequence(), 1, Integer::sum));
    assertThat(sizes).isNotEmpty();
    assertThat(sizes.values()).allMatch(size -> size <= 1_000);
  }

  @Test
  void aCircleThatAroseMeanwhileIsRefused() {
    try (TaskStore store = open()) {
      store.insert(task("A", Status.TODO, "B"));
      store.archive(List.of("A"));
      store.insert(task("B", Status.TODO, "A"));
      assertThatThrownBy(() -> store.restore(List.of("A")))
          .isInstanceOf(DependencyCycleException.class);
      assertThat(store.getArchived("A")).isPresent();
      check(store);
    }
  }

  @Seeds({31, 32})
  void agreesWithAModel(long seed) {
    Random random = new Random(seed);
    TreeMap<String, Status> active = new TreeMap<>();
    TreeMap<String, Status> archive = new TreeMap<>();
    try (TaskStore store = open()) {
      for (int step = 0; step < 400; step++) {
        String id = "T-" + random.nextInt(30);
        Status any = Status.values()[random.nextInt(6)];
        Status status = random.nextInt(3) == 0 ? any : step % 2 == 0 ? Status.TODO : Status.DONE;
        switch (random.nextInt(5)) {
          case 0, 1 -> {
            if (archive.containsKey(id)) {
              assertThatThrownBy(() -> store.put(task(id, status)))
                  .isInstanceOf(DuplicateTaskException.class);
            } else {
              // a task depends on those with greater numbers only, so there is no circle
              String other = "T-" + (Integer.parseInt(id.substring(2)) + 1 + random.nextInt(3));
              store.put(task(id, status, other));
              active.put(id, status);
            }
          }
          case 2 -> {
            assertThat(store.archive(List.of(id)).updated())
                .isEqualTo(active.containsKey(id) ? 1 : 0);
            if (active.containsKey(id)) {
              archive.put(id, active.remove(id));
            }
          }
          case 3 -> {
            assertThat(store.restore(List.of(id)).updated())
                .isEqualTo(archive.containsKey(id) ? 1 : 0);
            if (archive.containsKey(id)) {
              active.put(id, archive.remove(id));
            }
          }
          default -> {
            assertThat(store.delete(id).isPresent()).isEqualTo(active.remove(id) != null);
          }
        }
        assertThat(store.get(id).map(Task::status).orElse(null)).isEqualTo(active.get(id));
        assertThat(store.getArchived(id).map(Task::status).orElse(null)).isEqualTo(archive.get(id));
        if (step % 50 == 49) {
          check(store);
        }
      }
      for (Task task : store.page(Query.all(), PageRequest.first(100)).items()) {
        String on = task.dependencies().get(0);
        Status blocker = active.containsKey(on) ? active.get(on) : archive.get(on);
        boolean expected = task.status() == Status.TODO && blocker == Status.DONE;
        assertThat(ready(store).contains(task.id()))
            .as("%s, seed %d", task, seed)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void whatWasPurgedSinceIsNotUndoneIntoTheArchive() {
    try (TaskStore store = open()) {
      store.insertAll(List.of(task("A", Status.TODO), task("B", Status.TODO)));
      long archived = store.archive(List.of("A", "B")).sequence();
      store.purge(List.of("B"));
      store.undo(archived);
      assertThat(store.get("A")).isPresent();
      assertThat(store.get("B")).isPresent();
      assertThat(store.undo("B")).isEmpty();
      assertThat(store.getArchived("B")).isEmpty();
      assertThat(store.undo("B")).isPresent();
      assertThat(store.undo("B")).isEmpty();
      assertThat(store.getArchived("B")).isEmpty();
      assertThat(store.undo("A")).isEmpty();
      assertThat(store.getArchived("A")).isPresent();
      check(store);
    }
  }
}
