package dev.quarry;

import static dev.quarry.query.TaskFields.AGENT;
import static dev.quarry.query.TaskFields.CREATED_AT;
import static dev.quarry.query.TaskFields.PRIORITY;
import static dev.quarry.query.TaskFields.STATUS;
import static dev.quarry.query.TaskFields.TAGS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs, one by one, as a newcomer would use them. */
class TaskStoreTest {
  @TempDir Path directory;

  private TaskStore open() {
    return TaskStore.open(directory.resolve("store"));
  }

  private static Task task(int i) {
    return Task.builder("T-" + i, "Task " + i)
        .status(i % 3 == 0 ? Status.TODO : Status.DONE)
        .priority(Priority.values()[i % 4])
        .agent("A" + i % 5)
        .tag("t" + i % 7)
        .build();
  }

  @Test
  void insertGetUpdateDelete() {
    try (TaskStore store = open()) {
      Task stored = store.insert(task(1));
      assertThat(stored.version()).isEqualTo(1);
      assertThat(stored.createdAt()).isNotNull();
      assertThat(store.get("T-1")).contains(stored);
      assertThatThrownBy(() -> store.insert(task(1)))
          .isInstanceOf(DuplicateTaskException.class)
          .hasMessageContaining("T-1");
      Task done = store.update("T-1", t -> t.withStatus(Status.TODO));
      assertThat(done.version()).isEqualTo(2);
      assertThat(store.get("T-1").orElseThrow().status()).isEqualTo(Status.TODO);
      assertThat(store.statusOf("T-1")).contains(Status.TODO);
      assertThat(store.update("T-1", t -> t).version()).isEqualTo(2);
      assertThat(store.sequence()).isEqualTo(2);
      assertThatThrownBy(() -> store.update("T-9", t -> t))
          .isInstanceOf(TaskNotFoundException.class);
      assertThat(store.delete("T-1")).hasValue(3);
      assertThat(store.delete("T-1")).isEmpty();
      assertThat(store.get("T-1")).isEmpty();
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  @Test
  void aTaskWrittenOverAnotherWasChangedNow() {
    Instant created = Instant.parse("2026-01-01T00:00:00Z");
    Instant now = Instant.parse("2026-11-21T10:00:00Z");
    try (TaskStore store =
        TaskStore.open(TaskStoreOptions.builder(directory).clock(() -> now).build())) {
      Task old = Task.builder("T", "old").createdAt(created).build();
      assertThat(store.put(old).updatedAt()).as("a new one").isEqualTo(created);
      assertThat(store.put(old).version()).as("the same again").isEqualTo(store.sequence());
      Task put = store.put(old.withTitle("put"));
      assertThat(put.updatedAt()).isEqualTo(now);
      assertThat(put.createdAt()).isEqualTo(created);
      Task replaced = store.replace(old.withTitle("replaced"), put.version());
      assertThat(replaced.updatedAt()).isEqualTo(now);
      try (WriteBatch batch = store.newBatch()) {
        batch.put(old.withTitle("in a batch")).commit();
      }
      assertThat(store.get("T").orElseThrow().updatedAt()).isEqualTo(now);
      Task emptied = store.update("T", t -> t.toBuilder().title("emptied").updatedAt(null).build());
      assertThat(emptied.updatedAt()).isEqualTo(now);
      long sequence = store.sequence();
      store.put(old.withTitle("emptied"));
      assertThat(store.sequence()).as("nothing changes").isEqualTo(sequence);
    }
  }

  @Test
  void survivesReopenAndQueries() {
    try (TaskStore store = open()) {
      store.insertAll(Stream.iterate(0, i -> i + 1).limit(1000).map(TaskStoreTest::task).toList());
      check(store);
    }
    try (TaskStore store = open()) {
      check(store);
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  private static void check(TaskStore store) {
    assertThat(store.count(Query.all())).isEqualTo(1000);
    Query q =
        Query.where(STATUS.is(Status.TODO).and(AGENT.is("A1")).and(TAGS.contains("t3")))
            .orderBy(PRIORITY.descending(), CREATED_AT.ascending());
    List<String> expected = new ArrayList<>();
    try (Stream<Task> all = store.stream(Query.all())) {
      all.filter(
              t -> t.status() == Status.TODO && "A1".equals(t.agent()) && t.tags().contains("t3"))
          .sorted(
              (a, b) ->
                  b.priority() != a.priority()
                      ? b.priority().compareTo(a.priority())
                      : a.createdAt().compareTo(b.createdAt()))
          .forEach(t -> expected.add(t.id()));
    }
    assertThat(expected).isNotEmpty();
    List<String> found = new ArrayList<>();
    Page<Task> page = store.page(q, PageRequest.first(3));
    while (true) {
      page.items().forEach(t -> found.add(t.id()));
      if (!page.hasNext()) {
        break;
      }
      page = store.page(q, PageRequest.after(page.continuation(), 3));
    }
    assertThat(found).isEqualTo(expected);
    assertThat(store.count(q)).isEqualTo(expected.size());
    assertThat(store.countBy(Query.all(), STATUS))
        .containsEntry(Status.TODO, 334L)
        .containsEntry(Status.DONE, 666L);
    QueryPlan plan = store.explain(q);
    assertThat(plan.returnedRows()).isPositive();
    assertThat(store.getAll(List.of("T-5", "nope", "T-2")))
        .extracting(Optional::isPresent)
        .containsExactly(true, false, true);
  }

  @Test
  void readOnlyBesideTheWriter() {
    try (TaskStore store = open()) {
      store.insert(task(1));
      assertThatThrownBy(this::open)
          .isInstanceOf(StoreLockedException.class)
          .hasMessageContaining("pid=");
      try (TaskStore reader = TaskStore.openReadOnly(directory.resolve("store"))) {
        assertThat(reader.get("T-1")).isPresent();
        store.insert(task(2));
        assertThat(reader.get("T-2")).isPresent();
        assertThat(reader.count(Query.where(STATUS.is(Status.DONE)))).isEqualTo(2);
        assertThatThrownBy(() -> reader.insert(task(3))).isInstanceOf(StorageException.class);
      }
    }
  }
}
