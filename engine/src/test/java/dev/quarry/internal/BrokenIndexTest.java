package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.IndexSpec;
import dev.quarry.ProgressListener;
import dev.quarry.SalvageReport;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.VerifyReport;
import dev.quarry.index.IndexBatch;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.index.IdKeys;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An index that refuses a commit costs time, never an answer. */
class BrokenIndexTest {
  private static final Query TODO = Query.where(TaskFields.STATUS.is(Status.TODO));

  private static final String POSTED = "status, priority, project, agent, assignee, tags";

  @TempDir Path directory;

  private interface Call {
    Object on(PostingIndex index, Method method, Object[] arguments) throws Throwable;
  }

  private TaskStore open(Call call) {
    return StoreFactory.openWriting(
        TaskStoreOptions.builder(directory.resolve("store")).recordCacheBytes(0).build(),
        CommitSteps.NONE,
        index ->
            (PostingIndex)
                Proxy.newProxyInstance(
                    PostingIndex.class.getClassLoader(),
                    new Class<?>[] {PostingIndex.class},
                    (proxy, method, arguments) -> {
                      try {
                        return call.on(index, method, arguments);
                      } catch (InvocationTargetException e) {
                        throw e.getCause();
                      }
                    }));
  }

  private TaskStore open(AtomicReference<String> failing) {
    return open(
        (index, method, arguments) -> {
          if (method.getName().equals(failing.get())) {
            failing.set(null);
            throw new IllegalStateException("injected");
          }
          return method.invoke(index, arguments);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"apply", "internTerm"})
  void queriesGoByTheRecordsUntilARebuild(String method) {
    AtomicReference<String> failing = new AtomicReference<>();
    try (TaskStore store = open(failing)) {
      store.insert(Task.builder("A", "a").build());
      failing.set(method);
      store.insert(Task.builder("B", "b").agent("new-" + method).build());
      assertThat(failing.get()).isNull();
      store.insert(Task.builder("C", "c").build());
      assertThat(store.count(TODO)).isEqualTo(3);
      VerifyReport broken = store.verify();
      assertThat(broken.problems()).isEmpty();
      assertThat(broken.notCompared()).containsExactly(POSTED.split(", "));
      assertThat(broken.indexes()).isEqualTo(store.indexes().size() - 6);
      assertThat(broken.toString()).endsWith("0 differences; not compared: " + POSTED);
      store.rebuildIndexes(ProgressListener.NONE);
      store.insert(Task.builder("D", "d").build());
      assertThat(store.count(TODO)).isEqualTo(4);
      VerifyReport whole = store.verify();
      assertThat(whole.problems()).isEmpty();
      assertThat(whole.notCompared()).isEmpty();
      assertThat(whole.indexes()).isEqualTo(store.indexes().size());
      assertThat(whole.toString()).endsWith(" 0 differences");
      failing.set(method);
      store.insert(Task.builder("E", "e").agent("again-" + method).build());
    }
    try (TaskStore store = open(failing)) {
      assertThat(store.count(TODO)).isEqualTo(5);
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  @Test
  void aRepairOfAnIndexThatIsWrongBuildsItAnewAndNothingElse() {
    TaskStoreOptions options = TaskStoreOptions.builder(directory.resolve("store")).build();
    try (TaskStore store =
        open(
            (index, method, arguments) ->
                method.getName().equals("apply") && (long) arguments[1] == 2
                    ? skip(index, (long) arguments[1])
                    : method.invoke(index, arguments))) {
      store.insert(Task.builder("A", "a").build());
      store.insert(Task.builder("B", "b").build());
      assertThat(store.verify().isOk()).isFalse();
    }
    SalvageReport report = TaskStore.repair(options.directory(), ProgressListener.NONE);
    assertThat(report.isComplete()).isTrue();
    assertThat(report.aside()).isEmpty();
    assertThat(report.indexesRebuilt()).isTrue();
    assertThat(TaskStore.repair(options.directory(), ProgressListener.NONE).indexesRebuilt())
        .isFalse();
    try (TaskStore store = TaskStore.open(options)) {
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
      assertThat(store.count(TODO)).isEqualTo(2);
      assertThat(store.history("A", 10)).hasSize(1);
    }
  }

  /** The index believes that it has followed. */
  private static Object skip(PostingIndex index, long sequence) {
    index.apply(new IndexBatch(), sequence);
    return null;
  }

  /** What reads ask the table of the ids' keys, and believe. */
  @ParameterizedTest
  @ValueSource(strings = {"A-1", "an id whose key is a hash"})
  void aKeyThatTheIndexHasLostIsFound(String id) {
    AtomicLong lost = new AtomicLong(IdKeys.of("none"));
    Call losing =
        (index, method, arguments) ->
            method.getName().equals("find") && (long) arguments[0] == lost.get()
                ? PostingIndex.NO_ROW
                : method.invoke(index, arguments);
    try (TaskStore store = open(losing)) {
      store.insert(Task.builder(id, "a").build());
      store.insert(Task.builder("B", "b").build());
      assertThat(store.verify().problems()).isEmpty();
      lost.set(IdKeys.of(id));
      assertThat(store.get(id)).isEmpty();
      assertThat(store.verify().problems())
          .containsExactly("the id of task " + id + " is not led to its row");
    }
  }

  @Test
  void anIdThatIsLedToAnothersRowIsFound() {
    AtomicBoolean wrong = new AtomicBoolean();
    Call leading =
        (index, method, arguments) ->
            method.getName().equals("find")
                    && wrong.get()
                    && (long) arguments[0] == IdKeys.of("A-1")
                ? index.find(IdKeys.of("B-1"))
                : method.invoke(index, arguments);
    try (TaskStore store = open(leading)) {
      store.insert(Task.builder("A-1", "a").build());
      store.insert(Task.builder("B-1", "b").status(Status.DONE).build());
      wrong.set(true);
      assertThat(store.statusOf("A-1")).contains(Status.DONE);
      assertThat(store.verify().problems())
          .containsExactly("the id of task A-1 is not led to its row");
    }
  }

  @Test
  void aReaderSaysThatItDoesNotOpenTheIndex() {
    try (TaskStore store = open(new AtomicReference<>())) {
      store.createIndex(
          IndexSpec.equality("team", TaskFields.attribute("team")), ProgressListener.NONE);
      assertThat(store.verify().indexes()).isEqualTo(store.indexes().size());
    }
    try (TaskStore reader = TaskStore.openReadOnly(directory.resolve("store"))) {
      VerifyReport report = reader.verify();
      assertThat(report.isOk()).isTrue();
      assertThat(report.indexes()).isEqualTo(reader.indexes().size() - 7);
      assertThat(report.toString()).endsWith("0 differences; not compared: " + POSTED + ", team");
    }
  }

  @Test
  void attributesTooLongForTermsAreFound() {
    String big = "x".repeat(40_000);
    var team = TaskFields.attribute("team");
    try (TaskStore store = open(new AtomicReference<>())) {
      store.createIndex(IndexSpec.equality("team", team), ProgressListener.NONE);
      store.insert(Task.builder("A", "a").attribute("team", big).build());
      store.insert(Task.builder("B", "b").attribute("team", big + "y").build());
      store.insert(Task.builder("C", "c").attribute("team", "z").build());
      assertThat(store.count(Query.where(team.is(big)))).isEqualTo(1);
      assertThat(store.count(Query.where(team.in(big, "z")))).isEqualTo(2);
      assertThat(store.count(Query.where(team.is("z")))).isEqualTo(1);
      assertThat(store.distinct(team)).containsExactly(big, big + "y", "z");
      assertThat(store.verify().problems()).isEmpty();
    }
  }
}
