package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.quarry.CapturedLogs;
import dev.quarry.ChildJvm;
import dev.quarry.IndexInfo;
import dev.quarry.IndexSpec;
import dev.quarry.OpenMode;
import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.storage.CloseMark;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import dev.quarry.query.TaskFields;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An index that holds no more, or for which the JVM has no memory, costs time; it neither keeps a
 * store shut nor its tasks from being flushed. The limits are injected.
 */
@Timeout(120)
class UnbuildableIndexTest {
  private static final int TASKS = 50;
  private static final Query AGENT = Query.where(TaskFields.AGENT.is("a1"));
  private static final Query READY = Query.where(Condition.ready());
  private static final Query TEAM = Query.where(TaskFields.attribute("team").is("x"));

  @TempDir Path directory;

  /** Verbs of the index that fail, and with what. */
  private final Map<String, Throwable> failing = new ConcurrentHashMap<>();

  private static Throwable limit(boolean memory) {
    return memory ? new OutOfMemoryError("planted") : new IllegalStateException("planted");
  }

  private TaskStoreOptions.Builder options() {
    return TaskStoreOptions.builder(directory.resolve("store"));
  }

  private TaskStore open(TaskStoreOptions options) {
    try {
      return open(options, failing);
    } catch (OutOfMemoryError e) { // which would end the JVM of the tests
      throw new AssertionError("a store was not opened", e);
    }
  }

  private static TaskStore open(TaskStoreOptions options, Map<String, Throwable> failing) {
    return StoreFactory.openWriting(
        options,
        CommitSteps.NONE,
        index ->
            (PostingIndex)
                Proxy.newProxyInstance(
                    PostingIndex.class.getClassLoader(),
                    new Class<?>[] {PostingIndex.class},
                    (proxy, method, arguments) -> {
                      Throwable cause = failing.get(method.getName());
                      if (cause != null && !method.getName().equals("close")) {
                        index.fail(); // as it does itself
                        throw cause;
                      }
                      Object result;
                      try {
                        result = method.invoke(index, arguments);
                      } catch (InvocationTargetException e) {
                        throw e.getCause();
                      }
                      if (cause != null) {
                        throw cause;
                      }
                      return result;
                    }));
  }

  private static void insert(TaskStore store, int from, int to) {
    for (int i = from; i < to; i++) {
      store.insert(Task.builder("T-" + i, "t").agent("a" + i % 10).attribute("team", "x").build());
    }
  }

  private void makeWithoutIndex() {
    try (TaskStore store = open(options().build())) {
      insert(store, 0, TASKS);
    }
    Storage.deleteTree(directory.resolve("store").resolve(StoreFactory.INDEX));
  }

  private static void checkAnswers(TaskStore store, int tasks, boolean byIndex) {
    assertThat(store.explain(AGENT).access() == QueryPlan.Access.POSTINGS).isEqualTo(byIndex);
    assertThat(store.count(AGENT)).isEqualTo((tasks + 8) / 10);
    assertThat(store.count(TEAM)).isEqualTo(tasks);
    assertThat(store.get("T-" + (tasks - 1))).isPresent();
    assertThat(store.verify().problems()).isEmpty();
  }

  private static boolean isHealing() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("quarry-index-heal"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStoreOpensWithoutIt(boolean memory) {
    makeWithoutIndex();
    failing.put("load", limit(memory));
    try (TaskStore store = open(options().build())) {
      checkAnswers(store, TASKS, false);
      insert(store, TASKS, 2 * TASKS);
      checkAnswers(store, 2 * TASKS, false);
      assertThat(isHealing()).isFalse(); // it would meet the same
    }
    failing.clear();
    try (TaskStore store = open(options().build())) {
      checkAnswers(store, 2 * TASKS, true);
    }
  }

  /**
   * The mark of how they count is not written then: it would let an old list of ready ones pass.
   */
  @Test
  void absentDependenciesCountAsTheOptionsSay() {
    try (TaskStore store = open(options().build())) {
      store.insert(Task.builder("A", "a").dependency("nowhere").build());
      assertThat(store.page(READY, PageRequest.first(9)).items()).isEmpty();
    }
    failing.put("load", limit(false));
    try (TaskStore store = open(options().absentDependenciesBlock(false).build())) {
      assertThat(store.page(READY, PageRequest.first(9)).items()).hasSize(1);
      assertThat(store.verify().problems()).isEmpty();
      assertThat(problemsReadOnly(false)).as("beside the writer").isEmpty();
    }
    assertThat(problemsReadOnly(false)).isEmpty();
    assertThat(problemsReadOnly(true)).as("in another meaning").isNotEmpty();
    failing.clear();
    open(options().absentDependenciesBlock(false).build()).close();
    assertThat(problemsReadOnly(true)).as("the store's mark decides").isEmpty();
  }

  private List<String> problemsReadOnly(boolean absentBlocks) {
    TaskStoreOptions.Builder reading = options().mode(OpenMode.READ_ONLY);
    try (TaskStore reader = TaskStore.open(reading.absentDependenciesBlock(absentBlocks).build())) {
      return reader.verify().problems();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStoreOpensWithoutItWhereAnIndexOfTheOptionsIsTooMuch(boolean memory) {
    makeWithoutIndex();
    IndexSpec team = IndexSpec.equality("team", TaskFields.attribute("team"));
    open(options().build()).close(); // builds it
    failing.put("apply", limit(memory));
    try (TaskStore store = open(options().index(team).build())) {
      checkAnswers(store, TASKS, false);
    }
    failing.clear();
    try (TaskStore store = open(options().index(team).build())) {
      checkAnswers(store, TASKS, true);
      assertThat(store.indexes())
          .anyMatch(
              index -> index.spec().equals(team) && index.state() == IndexInfo.State.READABLE);
    }
  }

  @Test
  void whatAListenerThrowsIsStillThrown() {
    makeWithoutIndex();
    IllegalStateException thrown = new IllegalStateException("the listener's");
    TaskStoreOptions options =
        options()
            .progress(
                (phase, done, total) -> {
                  throw thrown;
                })
            .build();
    assertThat(catchThrowable(() -> open(options))).isSameAs(thrown);
  }

  /** Opens a store whose index cannot be built, and says how many tasks there are. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      TaskStoreOptions options = TaskStoreOptions.builder(Path.of(args[0])).build();
      try (TaskStore store = open(options, Map.of("load", limit(false)))) {
        System.out.println("tasks " + store.count(AGENT));
      }
    }
  }

  @Test
  void itIsLoggedOnceWithWhatToDo() throws Exception {
    makeWithoutIndex();
    List<String> said = new ArrayList<>();
    try (ChildJvm child =
        new ChildJvm(
            List.of("-Dslf4j.provider=" + CapturedLogs.class.getName()),
            Program.class,
            directory.resolve("store"))) {
      for (String line = child.line(); line != null; line = child.line()) {
        said.add(line);
      }
    }
    assertThat(said).contains("tasks " + (TASKS + 8) / 10);
    assertThat(said)
        .filteredOn(line -> line.startsWith("record WARN"))
        .singleElement()
        .asString()
        .contains("cannot be built", "drop indexes", "-Xmx", "planted");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStoreWhoseIndexCannotBeClosedIsFlushedAndClosed(boolean memory) {
    Throwable cause = limit(memory);
    TaskStore store = open(options().build());
    insert(store, 0, TASKS);
    failing.put("close", cause);
    assertThatThrownBy(store::close).isSameAs(cause);
    assertThat(directory.resolve("store").resolve(CloseMark.FILE)).exists();
    failing.clear();
    try (TaskStore again = open(options().build())) {
      checkAnswers(again, TASKS, true);
    }
  }
}
