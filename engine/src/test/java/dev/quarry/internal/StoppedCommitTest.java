package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Priority;
import dev.quarry.ScanOptions;
import dev.quarry.Snapshot;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskReader;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.WriteBatch;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.query.Field;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A writer that stands still in the middle of a commit delays no read, and every read sees the
 * state before the commit or the one after it, whole.
 */
@Timeout(120)
class StoppedCommitTest {
  private static final int TASKS = 40;

  @TempDir Path directory;

  /** Where the writer stops. */
  enum Place {
    ANNOUNCED(CommitSteps.Step.ANNOUNCED, false),
    WRITTEN(CommitSteps.Step.WRITTEN, true),
    /** Terms are numbered, but no posting list has changed. */
    BEFORE_INDEX(null, true),
    /** Posting lists and rows have changed, the index does not know that it is done. */
    AFTER_INDEX(null, true),
    INDEXED(CommitSteps.Step.INDEXED, true),
    CACHED(CommitSteps.Step.CACHED, true);

    private final CommitSteps.Step step;
    private final boolean isNew;

    Place(CommitSteps.Step step, boolean isNew) {
      this.step = step;
      this.isNew = isNew;
    }
  }

  /** Stops the thread that comes by, once. */
  private static final class Brake {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private volatile boolean armed;

    void pass() {
      if (armed) {
        armed = false;
        reached.countDown();
        try {
          goOn.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  private static PostingIndex braked(PostingIndex index, Place place, Brake brake) {
    return (PostingIndex)
        Proxy.newProxyInstance(
            PostingIndex.class.getClassLoader(),
            new Class<?>[] {PostingIndex.class},
            (proxy, method, arguments) -> {
              boolean apply = method.getName().equals("apply");
              if (apply && place == Place.BEFORE_INDEX) {
                brake.pass();
              }
              Object result = method.invoke(index, arguments);
              if (apply && place == Place.AFTER_INDEX) {
                brake.pass();
              }
              return result;
            });
  }

  private TaskStore open(Place place, Brake brake, long cacheBytes) {
    return StoreFactory.openWriting(
        TaskStoreOptions.builder(directory.resolve("store")).recordCacheBytes(cacheBytes).build(),
        step -> {
          if (step == place.step) {
            brake.pass();
          }
        },
        index -> braked(index, place, brake));
  }

  private static Task task(int i) {
    return Task.builder("T-" + i, "t")
        .status(i % 2 == 0 ? Status.TODO : Status.DONE)
        .priority(Priority.values()[i % 4])
        .agent("a" + i % 3)
        .tag("x")
        .estimatedHours(i / 4.0)
        .build();
  }

  private static final class State {
    final Set<Object> seen = new HashSet<>();
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void readersGoOn(Place place) throws Exception {
    Brake brake = new Brake();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (TaskStore store = open(place, brake, 1 << 20);
        AutoCloseable release = brake.goOn::countDown) { // before the store waits for the writer
      assertThat(release).isNotNull();
      for (int i = 0; i < TASKS; i++) {
        store.insert(task(i));
      }
      try (Snapshot early = store.snapshot()) {
        List<Object> before = view(store);
        List<Object> after = new ArrayList<>();
        brake.armed = true;
        Future<?> writer = threads.submit(() -> change(store));
        assertThat(brake.reached.await(30, TimeUnit.SECONDS)).isTrue();
        State now = new State();
        Future<?> reader =
            threads.submit(
                () -> {
                  for (int i = 0; i < 3; i++) {
                    now.seen.add(view(store));
                    now.seen.add(store.get("T-1").map(Task::agent).toString());
                    now.seen.add("inserted " + store.get("T-" + TASKS).isPresent());
                    now.seen.add("deleted " + store.get("T-0").isEmpty());
                  }
                  try (Snapshot snapshot = store.snapshot()) {
                    now.seen.add(view(snapshot));
                  }
                });
        reader.get(60, TimeUnit.SECONDS); // the writer still stands
        assertThat(writer.isDone()).isFalse();
        assertThat(view(early)).isEqualTo(before);
        brake.goOn.countDown();
        writer.get(30, TimeUnit.SECONDS);
        after.addAll(view(store));
        assertThat(after).isNotEqualTo(before);
        assertThat(now.seen)
            .containsExactlyInAnyOrder(
                place.isNew ? after : before,
                place.isNew ? "Optional[moved]" : "Optional[a1]",
                "inserted " + place.isNew,
                "deleted " + place.isNew);
        assertThat(view(early)).isEqualTo(before);
        assertThat(store.verify().problems()).isEmpty();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static void change(TaskStore store) {
    try (WriteBatch batch = store.newBatch()) {
      for (int i = 1; i < TASKS; i += 3) {
        batch.update(
            "T-" + i,
            t ->
                t.toBuilder()
                    .status(Status.BLOCKED)
                    .priority(Priority.LOW)
                    .agent("moved")
                    .tag("y")
                    .estimatedHours(-1.0)
                    .build());
      }
      for (int i = 0; i < TASKS; i += 5) {
        batch.delete("T-" + i);
      }
      for (int i = TASKS; i < TASKS + 5; i++) {
        batch.insert(task(i));
      }
      batch.commit();
    }
  }

  /** What the verbs answer, each by its own way through the engine. */
  private static List<Object> view(TaskReader reader) {
    List<Object> view = new ArrayList<>();
    Query todo = Query.where(TaskFields.STATUS.is(Status.TODO));
    Query ordered =
        Query.where(TaskFields.TAGS.contains("x"))
            .orderBy(TaskFields.PRIORITY.descending(), TaskFields.CREATED_AT.ascending());
    view.add(reader.count(todo));
    view.add(reader.count(Query.all()));
    view.add(reader.countBy(Query.all(), TaskFields.STATUS));
    view.add(reader.countBy(todo, TaskFields.AGENT));
    for (Field<?> group : List.of(TaskFields.AGENT, TaskFields.STATUS, TaskFields.TAGS)) {
      view.add(reader.summarizeBy(Query.all(), group, TaskFields.ESTIMATED_HOURS).toString());
      view.add(reader.summarizeBy(todo, group, TaskFields.ESTIMATED_HOURS).toString());
    }
    view.add(reader.distinct(TaskFields.AGENT));
    for (Query query : List.of(todo, ordered, Query.all().orderBy(TaskFields.ID.ascending()))) {
      Page<Task> page = reader.page(query, PageRequest.first(100));
      view.add(page.items().stream().map(Task::toString).toList());
      try (TaskCursor cursor = reader.scan(query, ScanOptions.chunks(100))) {
        view.add(cursor.nextChunk().stream().map(Task::toString).toList());
      }
    }
    ScanOptions some = ScanOptions.chunks(7).only(TaskFields.STATUS, TaskFields.AGENT);
    try (TaskCursor cursor = reader.scan(Query.all(), some)) {
      List<Task> chunk = cursor.nextChunk();
      while (!chunk.isEmpty()) {
        chunk.forEach(task -> view.add(task.id() + task.status() + task.agent()));
        chunk = cursor.nextChunk();
      }
    }
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < TASKS + 5; i++) {
      ids.add("T-" + i);
    }
    List<Optional<Task>> all = reader.getAll(ids);
    view.add(all.stream().map(String::valueOf).collect(Collectors.joining("\n")));
    view.add(ids.stream().map(reader::statusOf).toList());
    return view;
  }
}
