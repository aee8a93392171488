package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.quarry.CapturedLogs;
import dev.quarry.ChildJvm;
import dev.quarry.IndexInfo;
import dev.quarry.IndexSpec;
import dev.quarry.LimitExceededException;
import dev.quarry.OpenMode;
import dev.quarry.PageRequest;
import dev.quarry.ProgressListener;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.Until;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.storage.CloseMark;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  private static final IndexSpec TEAMS = IndexSpec.equality("team", TaskFields.attribute("team"));
  private static final IndexSpec AREAS = IndexSpec.equality("area", TaskFields.attribute("area"));

  @TempDir Path directory;

  /** Verbs of the index that fail, and with what. */
  private final Map<String, Throwable> failing = new ConcurrentHashMap<>();

  private static Throwable limit(boolean memory) {
    return memory ? new OutOfMemoryError("planted") : new IllegalStateException("planted");
  }

  private static UncheckedIOException noRoom() {
    return new UncheckedIOException("planted", new IOException("No space left on device"));
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
                      if (method.getName().equals("isFailed")) { // it is asked beside its work
                        Throwable once = failing.remove("isFailed");
                        if (once != null) {
                          throw once;
                        }
                      }
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
    assertThat(problemsReadOnly(true)).as("the store's mark decides").isEmpty();
    failing.clear();
    open(options().absentDependenciesBlock(false).build()).close();
    assertThat(problemsReadOnly(true)).as("with the index, too").isEmpty();
  }

  private List<String> problemsReadOnly(boolean absentBlocks) {
    TaskStoreOptions.Builder reading = options().mode(OpenMode.READ_ONLY);
    try (TaskStore reader = TaskStore.open(reading.absentDependenciesBlock(absentBlocks).build())) {
      return reader.verify().problems();
    }
  }

  private static void assertLimit(Throwable thrown, Throwable cause, String... words) {
    assertThat(thrown)
        .isInstanceOf(LimitExceededException.class)
        .hasCause(cause)
        .hasMessageContainingAll("cannot be built", "drop indexes", "-Xmx")
        .hasMessageContainingAll(words);
  }

  private static void awaitInUse(TaskStore store) throws Exception {
    Until.holds(
        "the index is in use",
        () -> store.explain(AGENT).access() == QueryPlan.Access.POSTINGS && !isHealing());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStoreOpensWithoutAnIndexOfTheOptionsThatIsTooMuch(boolean memory) throws Exception {
    makeWithoutIndex();
    open(options().build()).close(); // builds it
    failing.put("apply", limit(memory));
    try (TaskStore store = open(options().index(TEAMS).index(AREAS).build())) {
      assertNotKept(store, TEAMS, AREAS);
      awaitInUse(store); // without the one that is too much
      checkAnswers(store, TASKS, true);
    }
    failing.clear();
    try (TaskStore store = open(options().index(TEAMS).build())) {
      checkAnswers(store, TASKS, true);
      assertThat(store.explain(TEAM).access()).isEqualTo(QueryPlan.Access.POSTINGS);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anIndexThatIsTooMuchIsNotKept(boolean memory) throws Exception {
    Throwable cause = limit(memory);
    try (TaskStore store = open(options().build())) {
      insert(store, 0, TASKS);
      failing.put("apply", cause);
      failing.put("load", noRoom()); // the healer waits meanwhile
      assertLimit(
          catchThrowable(() -> store.createIndex(TEAMS, ProgressListener.NONE)),
          cause,
          "index=team",
          "rebuilt without it");
      for (IndexSpec spec : List.of(TEAMS, AREAS)) { // nobody can tell whether it fits now
        assertLimit(
            catchThrowable(() -> store.createIndex(spec, ProgressListener.NONE)),
            cause,
            "index=" + spec.name(),
            "rebuild the indexes");
      }
      assertNotKept(store, TEAMS, AREAS);
      checkAnswers(store, TASKS, false);
      failing.clear();
      awaitInUse(store);
      checkAnswers(store, TASKS, true);
      insert(store, TASKS, 2 * TASKS);
      checkAnswers(store, 2 * TASKS, true);
      store.createIndex(TEAMS, ProgressListener.NONE);
      assertThat(store.explain(TEAM).access()).isEqualTo(QueryPlan.Access.POSTINGS);
      checkAnswers(store, 2 * TASKS, true);
    }
    try (TaskStore store = open(options().build())) {
      assertThat(store.explain(TEAM).access()).isEqualTo(QueryPlan.Access.POSTINGS);
      checkAnswers(store, 2 * TASKS, true);
    }
  }

  private static void assertNotKept(TaskStore store, IndexSpec... specs) {
    assertThat(store.indexes()).extracting(IndexInfo::spec).doesNotContain(specs);
  }

  /** A commit, which the new index makes too much, ends what is built. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anIndexThatACommitCannotFollowWhileItIsBuiltIsNotKept(boolean memory) throws Exception {
    Throwable cause = limit(memory);
    try (TaskStore store = open(options().build())) {
      insert(store, 0, TASKS);
      ProgressListener commits =
          (phase, done, total) -> {
            failing.put("load", noRoom()); // the healer waits meanwhile
            failing.put("apply", cause);
            insert(store, TASKS, TASKS + 1);
            failing.remove("apply");
          };
      assertLimit(
          catchThrowable(() -> store.createIndex(TEAMS, commits)),
          cause,
          "index=team",
          "rebuilt without it");
      assertNotKept(store, TEAMS);
      checkAnswers(store, TASKS + 1, false);
      failing.clear();
      awaitInUse(store);
      checkAnswers(store, TASKS + 1, true);
      store.createIndex(TEAMS, ProgressListener.NONE);
      assertThat(store.explain(TEAM).access()).isEqualTo(QueryPlan.Access.POSTINGS);
      checkAnswers(store, TASKS + 1, true);
    }
  }

  /** An error of the heap beside the off-heap index leaves that alone. */
  @Test
  void anIndexThatTheHeapIsTooSmallForIsNotKept() {
    Throwable cause = limit(true);
    try (TaskStore store = open(options().build())) {
      insert(store, 0, TASKS);
      assertThat(
              catchThrowable(
                  () ->
                      store.createIndex(
                          TEAMS, (phase, done, total) -> failing.put("isFailed", cause))))
          .isInstanceOf(LimitExceededException.class)
          .hasCause(cause)
          .hasMessageContainingAll("want of memory", "-Xmx", "index=team");
      assertNotKept(store, TEAMS);
      assertThat(isHealing()).isFalse();
      checkAnswers(store, TASKS, true);
      store.createIndex(TEAMS, ProgressListener.NONE);
      assertThat(store.explain(TEAM).access()).isEqualTo(QueryPlan.Access.POSTINGS);
      checkAnswers(store, TASKS, true);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rebuild index", "build index team"})
  void aStoreOpensWithoutAnIndexOfTheOptionsThatTheHeapIsTooSmallFor(String last) {
    makeWithoutIndex();
    TaskStoreOptions.Builder options =
        options()
            .index(TEAMS)
            .progress(
                (phase, done, total) -> {
                  if (phase.equals(last)) {
                    failing.put("isFailed", limit(true));
                  }
                });
    try (TaskStore store = open(options.build())) {
      assertThat(failing).isEmpty();
      assertNotKept(store, TEAMS);
      checkAnswers(store, TASKS, true);
    }
    try (TaskStore store = open(options().index(TEAMS).build())) {
      assertThat(store.explain(TEAM).access()).isEqualTo(QueryPlan.Access.POSTINGS);
      checkAnswers(store, TASKS, true);
    }
  }

  /** What is half-built is built first; the options, which name it too, are no second way in. */
  @Test
  void anIndexThatIsHalfBuiltAndTooMuchIsNotMadeAnewForTheOptions() throws Exception {
    IllegalStateException ended = new IllegalStateException("planted");
    ProgressListener ends =
        (phase, done, total) -> {
          throw ended;
        };
    try (TaskStore store = open(options().build())) {
      insert(store, 0, TASKS);
      assertThat(catchThrowable(() -> store.createIndex(TEAMS, ends))).isSameAs(ended);
    }
    failing.put("apply", limit(false));
    try (TaskStore store = open(options().index(TEAMS).build())) {
      assertNotKept(store, TEAMS);
      awaitInUse(store);
      checkAnswers(store, TASKS, true);
    }
  }

  /** The index that is there could be built again when there is memory; one more may not fit. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whereNoIndexCouldBeBuiltNoneIsAdded(boolean memory) {
    makeWithoutIndex();
    Throwable cause = limit(memory);
    failing.put("load", cause);
    try (TaskStore store = open(options().index(TEAMS).build())) {
      assertNotKept(store, TEAMS);
      assertLimit(
          catchThrowable(() -> store.createIndex(TEAMS, ProgressListener.NONE)),
          cause,
          "index=team",
          "rebuild the indexes");
      assertNotKept(store, TEAMS);
      assertThat(isHealing()).isFalse(); // it would meet the same
      checkAnswers(store, TASKS, false);
      failing.clear();
      store.rebuildIndexes(ProgressListener.NONE);
      store.createIndex(TEAMS, ProgressListener.NONE);
      assertThat(store.explain(TEAM).access()).isEqualTo(QueryPlan.Access.POSTINGS);
      checkAnswers(store, TASKS, true);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRebuildThatMeetsALimitSaysSo(boolean memory) {
    Throwable cause = limit(memory);
    try (TaskStore store = open(options().build())) {
      insert(store, 0, TASKS);
      failing.put("load", cause);
      assertLimit(
          catchThrowable(() -> store.rebuildIndexes(ProgressListener.NONE)),
          cause,
          "directory=" + store.directory(),
          "out of use");
      assertThat(isHealing()).isFalse(); // it would meet the same
      checkAnswers(store, TASKS, false);
      failing.clear();
      store.rebuildIndexes(ProgressListener.NONE);
      checkAnswers(store, TASKS, true);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatAListenerThrowsOutOfTheVerbsIsStillThrown(boolean ofLimit) {
    RuntimeException thrown =
        ofLimit
            ? new LimitExceededException("the listener's", Map.of())
            : new IllegalStateException("the listener's");
    ProgressListener listener =
        (phase, done, total) -> {
          throw thrown;
        };
    try (TaskStore store = open(options().build())) {
      insert(store, 0, TASKS);
      assertThat(catchThrowable(() -> store.createIndex(TEAMS, listener))).isSameAs(thrown);
      assertThat(catchThrowable(() -> store.rebuildIndexes(listener))).isSameAs(thrown);
      store.rebuildIndexes(ProgressListener.NONE);
      checkAnswers(store, TASKS, true);
    }
  }

  /** What has been built for ready tasks is kept; the index is built for it when it can be. */
  @Test
  void readyTasksAreBuiltOnce() {
    List<String> phases = new ArrayList<>();
    TaskStoreOptions options =
        options()
            .absentDependenciesBlock(false)
            .progress((phase, done, total) -> phases.add(phase))
            .build();
    try (TaskStore store = open(options().build())) {
      store.insert(Task.builder("A", "a").dependency("nowhere").build());
      insert(store, 0, TASKS);
    }
    failing.put("load", limit(false));
    for (int opens = 0; opens < 3; opens++) {
      try (TaskStore store = open(options)) {
        assertThat(store.count(READY)).isEqualTo(TASKS + 1);
        assertThat(store.verify().problems()).isEmpty();
      }
      try (TaskStore reader = TaskStore.openReadOnly(directory.resolve("store"))) {
        assertThat(reader.verify().problems()).isEmpty();
      }
    }
    assertThat(phases).containsExactly("build ready set");
    failing.clear();
    for (int opens = 0; opens < 2; opens++) {
      try (TaskStore store = open(options)) { // its files may have been whole before
        assertThat(store.explain(READY).access()).isEqualTo(QueryPlan.Access.POSTINGS);
        assertThat(store.count(READY)).isEqualTo(TASKS + 1);
        assertThat(store.verify().problems()).isEmpty();
      }
    }
    assertThat(phases).containsExactly("build ready set", "rebuild index");
  }

  /** Also at run time, by a call or by itself. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theIndexIsBuiltForReadyTasksOnce(boolean bySelf) throws Exception {
    List<String> phases = new ArrayList<>();
    TaskStoreOptions options =
        options()
            .absentDependenciesBlock(false)
            .progress((phase, done, total) -> phases.add(phase))
            .build();
    try (TaskStore store = open(options().build())) {
      store.insert(Task.builder("A", "a").dependency("nowhere").build());
      insert(store, 0, TASKS);
    }
    failing.put("load", bySelf ? noRoom() : limit(false));
    try (TaskStore store = open(options)) {
      failing.clear();
      if (!bySelf) {
        store.rebuildIndexes(ProgressListener.NONE);
      }
      awaitInUse(store);
      assertThat(store.count(READY)).isEqualTo(TASKS + 1);
    }
    try (TaskStore store = open(options)) {
      assertThat(store.explain(READY).access()).isEqualTo(QueryPlan.Access.POSTINGS);
      assertThat(store.count(READY)).isEqualTo(TASKS + 1);
      assertThat(store.verify().problems()).isEmpty();
    }
    assertThat(phases).containsExactly("build ready set"); // a failed rebuild tells of nothing
  }

  /** The files say that they are up to date, but their list of ready tasks is of before. */
  @Test
  void theIndexIsBuiltForReadyTasksThatAreNewerThanItsFiles() throws Exception {
    Path index = directory.resolve("store").resolve(StoreFactory.INDEX);
    Path before = directory.resolve("before");
    try (TaskStore store = open(options().build())) {
      store.insert(Task.builder("A", "a").dependency("nowhere").build());
    }
    Files.move(index, before);
    failing.put("load", limit(false));
    open(options().absentDependenciesBlock(false).build()).close();
    failing.clear();
    Storage.deleteTree(index);
    Files.move(before, index);
    try (TaskStore store = open(options().absentDependenciesBlock(false).build())) {
      assertThat(store.count(READY)).isEqualTo(1);
      assertThat(store.verify().problems()).isEmpty();
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
      try (TaskStore store =
          open(options, new ConcurrentHashMap<>(Map.of(args[1], limit(false))))) {
        insert(store, TASKS, TASKS + 1);
        System.out.println("tasks " + store.count(AGENT));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"load, cannot be built", "apply, cannot follow the commits"})
  void itIsLoggedOnceWithWhatToDo(String verb, String what) throws Exception {
    makeWithoutIndex();
    List<String> said = new ArrayList<>();
    try (ChildJvm child =
        new ChildJvm(
            List.of("-Dslf4j.provider=" + CapturedLogs.class.getName()),
            Program.class,
            directory.resolve("store"),
            verb)) {
      for (String line = child.line(); line != null; line = child.line()) {
        said.add(line);
      }
    }
    assertThat(said).contains("tasks " + (TASKS + 8) / 10);
    assertThat(said)
        .filteredOn(line -> line.startsWith("record WARN"))
        .singleElement()
        .asString()
        .contains(what, "drop indexes", "-Xmx", "planted");
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
