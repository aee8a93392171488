package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.ProgressListener;
import dev.quarry.SalvageReport;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.index.IndexBatch;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An index that refuses a commit costs time, never an answer. */
class BrokenIndexTest {
  private static final Query TODO = Query.where(TaskFields.STATUS.is(Status.TODO));

  @TempDir Path directory;

  private TaskStore open(AtomicReference<String> failing) {
    return StoreFactory.openWriting(
        TaskStoreOptions.builder(directory.resolve("store")).build(),
        CommitSteps.NONE,
        index ->
            (PostingIndex)
                Proxy.newProxyInstance(
                    PostingIndex.class.getClassLoader(),
                    new Class<?>[] {PostingIndex.class},
                    (proxy, method, arguments) -> {
                      if (method.getName().equals(failing.get())) {
                        failing.set(null);
                        throw new IllegalStateException("injected");
                      }
                      try {
                        return method.invoke(index, arguments);
                      } catch (InvocationTargetException e) {
                        throw e.getCause();
                      }
                    }));
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
      assertThat(store.verify().problems()).isEmpty();
      store.rebuildIndexes(ProgressListener.NONE);
      store.insert(Task.builder("D", "d").build());
      assertThat(store.count(TODO)).isEqualTo(4);
      assertThat(store.verify().problems()).isEmpty();
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
        StoreFactory.openWriting(
            options,
            CommitSteps.NONE,
            index ->
                (PostingIndex)
                    Proxy.newProxyInstance(
                        PostingIndex.class.getClassLoader(),
                        new Class<?>[] {PostingIndex.class},
                        (proxy, method, arguments) ->
                            method.getName().equals("apply") && (long) arguments[1] == 2
                                ? skip(index, (long) arguments[1])
                                : method.invoke(index, arguments)))) {
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

  @Test
  void attributesTooLongForTermsAreFound() {
    String big = "x".repeat(40_000);
    var team = TaskFields.attribute("team");
    try (TaskStore store = open(new AtomicReference<>())) {
      store.createIndex(dev.quarry.IndexSpec.equality("team", team), ProgressListener.NONE);
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
