package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.quarry.IndexInfo;
import dev.quarry.IndexSpec;
import dev.quarry.OwnThreads;
import dev.quarry.PageRequest;
import dev.quarry.ProgressListener;
import dev.quarry.SalvageReport;
import dev.quarry.Status;
import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.Until;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An index that got no room comes back by itself when there is room, and costs time but no answer
 * until then. The want of room is injected; {@code FullDeviceTest} has it from a full device.
 */
@Timeout(120)
class HealedIndexTest {
  private static final Query AGENT = Query.where(TaskFields.AGENT.is("a1"));
  private static final String HEALER = "quarry-index-heal";
  private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

  @TempDir Path directory;

  /** Verbs of the index that are refused, and with what. */
  private final Map<String, Throwable> refused = new ConcurrentHashMap<>();

  private final List<String> refusals = new CopyOnWriteArrayList<>();

  /** After how many refusals a verb is let through; any number where it is not named. */
  private final Map<String, Integer> most = new ConcurrentHashMap<>();

  private final List<Long> loads = new CopyOnWriteArrayList<>();
  private volatile boolean interruptsLoads;
  private volatile CountDownLatch loading;
  private volatile CountDownLatch goOn;
  private int tasks;

  private static UncheckedIOException noRoom() {
    return new UncheckedIOException("planted", new IOException("No space left on device"));
  }

  private TaskStore open() {
    return open(TaskStoreOptions.builder(directory.resolve("store")).build());
  }

  private TaskStore open(TaskStoreOptions options) {
    return StoreFactory.openWriting(options, CommitSteps.NONE, this::refusing);
  }

  private PostingIndex refusing(PostingIndex index) {
    return (PostingIndex)
        Proxy.newProxyInstance(
            PostingIndex.class.getClassLoader(),
            new Class<?>[] {PostingIndex.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("load")) {
                loads.add(System.nanoTime());
                if (interruptsLoads) {
                  Thread.currentThread().interrupt();
                }
                if (goOn != null) {
                  loading.countDown();
                  goOn.await();
                }
              }
              String verb = method.getName();
              Throwable cause = refused.get(verb);
              if (cause != null) {
                refusals.add(verb);
                if (Collections.frequency(refusals, verb) == most.getOrDefault(verb, 0)) {
                  refused.remove(verb);
                }
                throw cause;
              }
              try {
                return method.invoke(index, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private void refuse(String verb, Throwable cause, int times) {
    most.put(verb, times);
    refused.put(verb, cause);
  }

  private void insert(TaskStore store, int n) {
    for (int i = 0; i < n; i++, tasks++) {
      store.insert(Task.builder("T-" + tasks, "t").agent("a" + tasks % 10).build());
    }
  }

  private static boolean isInUse(TaskStore store) {
    return store.explain(AGENT).access() == QueryPlan.Access.POSTINGS;
  }

  private static boolean isHealing() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals(HEALER));
  }

  private static void awaitInUse(TaskStore store) throws Exception {
    Until.holds("the index is in use", () -> isInUse(store) && !isHealing());
  }

  private void checkAnswers(TaskStore store) {
    assertThat(store.count(AGENT)).isEqualTo((tasks + 8) / 10);
    assertThat(store.count(Query.where(TaskFields.STATUS.is(Status.TODO)))).isEqualTo(tasks);
    assertThat(store.page(AGENT, PageRequest.first(3)).items()).hasSize(3);
    assertThat(store.get("T-" + (tasks - 1))).isPresent();
    assertThat(store.get("T-" + tasks)).isEmpty();
    assertThat(store.verify().problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itComesBackWhenThereIsRoom(boolean fault) throws Exception {
    try (TaskStore store = open()) {
      insert(store, 100);
      assertThat(isInUse(store)).isTrue();
      loads.clear();
      refused.put("load", noRoom());
      refused.put("apply", fault ? new InternalError("a fault in mapped memory") : noRoom());
      insert(store, 1);
      refused.remove("apply");
      assertThat(isInUse(store)).isFalse();
      while (loads.size() < 4) {
        insert(store, 1);
        checkAnswers(store);
      }
      for (int i = 1; i < 4; i++) { // the pauses grow
        assertThat(loads.get(i) - loads.get(i - 1)).isGreaterThanOrEqualTo(FIRST_PAUSE << i);
      }
      assertThat(isInUse(store)).isFalse();
      assertThat(store.stats().index().rows()).isZero(); // what it had is given back at once
      refused.clear();
      awaitInUse(store);
      checkAnswers(store);
      assertThat(store.stats().index().rows()).isEqualTo(tasks);
      insert(store, 10);
      assertThat(isInUse(store)).isTrue();
      checkAnswers(store);
    }
    try (TaskStore store = open()) {
      assertThat(isInUse(store)).isTrue();
      checkAnswers(store);
    }
  }

  /** In its pauses, and while it rebuilds. */
  @Test
  void anInterruptDoesNotEndTheHealer() throws Exception {
    try (TaskStore store = open()) {
      insert(store, 100);
      Set<Thread> before = OwnThreads.threads(HEALER);
      loads.clear();
      refused.put("load", noRoom());
      refuse("apply", noRoom(), 1);
      insert(store, 1);
      Thread healer = OwnThreads.begunSince(before, HEALER);
      Until.holds("it has tried", () -> loads.size() >= 2);
      OwnThreads.interruptAndSeeItRest(healer);
      interruptsLoads = true;
      refused.clear();
      awaitInUse(store);
      assertThat(healer.isAlive()).isFalse(); // it is done
      checkAnswers(store);
    }
  }

  /** A rebuild that does not help must not be repeated without a pause. */
  @Test
  void thePauseGrowsAlsoWhereRebuildsDoNotHelp() throws Exception {
    try (TaskStore store = open()) {
      insert(store, 40);
      loads.clear();
      for (int i = 0; i < 4; i++) {
        long failed = System.nanoTime();
        refused.put("apply", noRoom());
        insert(store, 1);
        refused.clear();
        awaitInUse(store);
        assertThat(loads).hasSize(i + 1);
        assertThat(loads.get(i) - failed).isGreaterThanOrEqualTo(FIRST_PAUSE << i);
        checkAnswers(store);
      }
    }
  }

  /** With pauses of a fifth of a second at most. */
  private TaskStore openImpatient() {
    CommitSteps steps =
        new CommitSteps() {
          @Override
          public void reached(Step step) {}

          @Override
          public long longestPauseNanos() {
            return 2 * FIRST_PAUSE;
          }
        };
    return StoreFactory.openWriting(
        TaskStoreOptions.builder(directory.resolve("store")).build(), steps, this::refusing);
  }

  /**
   * What the index cannot hold no room on the device helps; memory may come back, but not for long.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRebuildThatMeetsALimitIsNotTriedForEver(boolean memory) throws Exception {
    try (TaskStore store = openImpatient()) {
      insert(store, 40);
      loads.clear();
      refused.put(
          "load", memory ? new OutOfMemoryError("planted") : new IllegalStateException("planted"));
      refused.put("apply", noRoom());
      insert(store, 1);
      Until.holds("nobody heals", () -> !isHealing());
      assertThat(loads).hasSize(memory ? 4 : 1);
      for (int i = 1; i < loads.size(); i++) {
        assertThat(loads.get(i) - loads.get(i - 1)).isGreaterThanOrEqualTo(2 * FIRST_PAUSE);
      }
      checkAnswers(store);
      refused.clear();
      store.rebuildIndexes(ProgressListener.NONE);
      assertThat(isInUse(store)).isTrue();
      checkAnswers(store);
    }
  }

  @Test
  void itComesBackWhereMemoryWasShortForATime() throws Exception {
    try (TaskStore store = openImpatient()) {
      insert(store, 40);
      loads.clear();
      // counted there, not taken back here: this thread may come when the last attempt is over
      refuse("apply", noRoom(), 1);
      refuse("discard", new OutOfMemoryError("planted"), 1); // before any rebuild
      refuse("load", new OutOfMemoryError("planted"), 2);
      insert(store, 1);
      awaitInUse(store);
      assertThat(refusals).containsExactly("apply", "discard", "load", "load");
      assertThat(loads).hasSize(3);
      checkAnswers(store);
    }
  }

  @Test
  void nothingIsTriedBelowTheReserve() {
    try (TaskStore store = open()) {
      insert(store, 40);
    }
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("store"))
            .reservedDiskBytes(Long.MAX_VALUE / 2)
            .build();
    try (TaskStore store = open(options)) {
      loads.clear();
      refused.put("load", noRoom());
      assertNoRoom(store, () -> store.rebuildIndexes(ProgressListener.NONE));
      refused.clear();
      assertThat(isInUse(store)).isFalse();
      long since = System.nanoTime();
      while (System.nanoTime() - since < 10 * FIRST_PAUSE) {
        assertThat(isHealing()).isTrue();
        assertThat(loads).hasSize(1);
        checkAnswers(store);
      }
    }
    assertThat(isHealing()).isFalse();
    try (TaskStore store = open()) {
      assertThat(isInUse(store)).isTrue();
      checkAnswers(store);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStoreOpensWithoutRoomForItsIndex(boolean fault) throws Exception {
    Path store = directory.resolve("store");
    IndexSpec team = IndexSpec.equality("team", TaskFields.attribute("team"));
    try (TaskStore first = open()) {
      insert(first, 50);
    }
    try (Stream<Path> files = Files.list(store.resolve(StoreFactory.INDEX))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    refused.put("load", fault ? new InternalError("a fault in mapped memory") : noRoom());
    refused.put("apply", noRoom());
    try (TaskStore second = open(TaskStoreOptions.builder(store).index(team).build())) {
      assertThat(isInUse(second)).isFalse();
      checkAnswers(second);
      insert(second, 10);
      checkAnswers(second);
      refused.clear();
      awaitInUse(second);
      checkAnswers(second);
    }
  }

  /** Without a proxy: in the place of a first file lies what keeps it from being made. */
  @ParameterizedTest(name = "new {0}, without [{1}]")
  @CsvSource({"false,", "true,", "false,index.state", "true,index.state"})
  void aStoreOpensWhereNoFileOfItsIndexCanBeMade(boolean isNew, String file) throws Exception {
    Path store = directory.resolve("store");
    Path index = store.resolve(StoreFactory.INDEX);
    if (!isNew) {
      try (TaskStore first = open()) {
        insert(first, 50);
      }
      Storage.deleteTree(index);
    }
    Path blocked = file == null ? index : index.resolve(file);
    if (file == null) {
      Files.createDirectories(store);
      Files.createFile(blocked);
    } else {
      Files.createDirectories(blocked.resolve("within"));
    }
    try (TaskStore second = TaskStore.open(store)) {
      insert(second, 60);
      assertThat(isInUse(second)).isFalse();
      assertThat(isHealing()).isTrue();
      checkAnswers(second);
    }
    try (TaskStore third = TaskStore.open(store)) {
      insert(third, 10);
      assertThat(isInUse(third)).isFalse();
      Storage.deleteTree(blocked);
      Files.deleteIfExists(blocked);
      awaitInUse(third);
      insert(third, 10);
      assertThat(isInUse(third)).isTrue();
      checkAnswers(third);
    }
    try (TaskStore fourth = TaskStore.open(store)) {
      assertThat(isInUse(fourth)).isTrue();
      checkAnswers(fourth);
    }
  }

  private static void assertNoRoom(TaskStore store, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StorageException.class, e -> assertThat(e.isRetryable()).as("%s", e).isTrue())
        .hasMessageContaining("free space")
        .hasMessageContaining("directory=" + store.directory());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void callsThatGetNoRoomSaySoAndCanBeRepeated(boolean fault) throws Exception {
    IndexSpec team = IndexSpec.equality("team", TaskFields.attribute("team"));
    Throwable cause = fault ? new InternalError("a fault in mapped memory") : noRoom();
    try (TaskStore store = open()) {
      insert(store, 40);
      store.put(Task.builder("T-3", "t").agent("a3").attribute("team", "x").build());
      refused.put("load", cause);
      refused.put("apply", cause);
      assertNoRoom(store, () -> store.createIndex(team, ProgressListener.NONE));
      assertNoRoom(store, () -> store.rebuildIndexes(ProgressListener.NONE));
      checkAnswers(store);
      refused.clear();
      store.rebuildIndexes(ProgressListener.NONE);
      store.createIndex(team, ProgressListener.NONE);
      awaitInUse(store);
      checkAnswers(store);
      Query x = Query.where(TaskFields.attribute("team").is("x"));
      assertThat(store.explain(x).access()).isEqualTo(QueryPlan.Access.POSTINGS);
      assertThat(store.count(x)).isEqualTo(1);
    }
  }

  @Test
  void aRepairWithoutRoomForTheIndexLeavesAWholeStoreAlone() throws IOException {
    Path store = directory.resolve("store");
    try (TaskStore first = open()) {
      insert(first, 50);
    }
    Storage.deleteTree(store.resolve(StoreFactory.INDEX));
    Files.createFile(store.resolve(StoreFactory.INDEX));
    SalvageReport report = TaskStore.repair(store, ProgressListener.NONE);
    assertThat(report.isComplete()).isTrue();
    assertThat(report.aside()).isEmpty();
    Files.delete(store.resolve(StoreFactory.INDEX));
    try (TaskStore again = open()) {
      checkAnswers(again);
    }
  }

  /** An index that the options name, or that is half-built, must not keep the store shut. */
  @Test
  void anOrderedIndexThatGetsNoRoomDoesNotKeepTheStoreShut() {
    Path store = directory.resolve("store");
    try (TaskStore first = open()) {
      insert(first, 50);
    }
    IndexSpec byHours = IndexSpec.ordered("by-hours", TaskFields.ESTIMATED_HOURS.ascending());
    TaskStoreOptions.Builder options = TaskStoreOptions.builder(store).index(byHours);
    try (TaskStore full = open(options.reservedDiskBytes(Long.MAX_VALUE / 2).build())) {
      assertThat(full.indexes()).noneMatch(index -> index.spec().equals(byHours));
      checkAnswers(full);
    }
    try (TaskStore again = open(options.reservedDiskBytes(0).build())) {
      assertThat(again.indexes())
          .anyMatch(
              index -> index.spec().equals(byHours) && index.state() == IndexInfo.State.READABLE);
      checkAnswers(again);
    }
  }

  @Test
  void closeDoesNotWaitForRoom() throws Exception {
    TaskStore store = open();
    insert(store, 40);
    loads.clear();
    refused.put("load", noRoom());
    refused.put("apply", noRoom());
    insert(store, 1);
    Until.holds("seven loads", () -> loads.size() >= 7); // the next pause is of 12.8 seconds
    assertThat(isHealing()).isTrue();
    long since = System.nanoTime();
    store.close();
    assertThat(System.nanoTime() - since).isLessThan(TimeUnit.SECONDS.toNanos(10));
    assertThat(isHealing()).isFalse();
    refused.clear();
    try (TaskStore again = open()) {
      assertThat(isInUse(again)).isTrue();
      checkAnswers(again);
    }
  }

  @Test
  void itEndsWhereTheStoreWasMoved() throws Exception {
    TaskStore store = open();
    insert(store, 40);
    loads.clear();
    refused.put("load", noRoom());
    refused.put("apply", noRoom());
    insert(store, 1);
    Until.holds("a load", () -> !loads.isEmpty());
    Files.move(directory.resolve("store"), directory.resolve("moved"));
    Until.holds("nobody heals", () -> !isHealing());
    assertThatThrownBy(store::close).hasMessageContaining("was moved or replaced");
  }

  @Test
  void aRebuildThatGetsNoFilesWhereTheStoreWasMovedSaysSo() throws Exception {
    TaskStore store = open();
    insert(store, 40);
    loading = new CountDownLatch(1);
    goOn = new CountDownLatch(1);
    refused.put("load", noRoom());
    FutureTask<Throwable> rebuild =
        new FutureTask<>(() -> catchThrowable(() -> store.rebuildIndexes(ProgressListener.NONE)));
    new Thread(rebuild).start();
    loading.await();
    Files.move(directory.resolve("store"), directory.resolve("moved"));
    goOn.countDown();
    assertThat(rebuild.get()).hasMessageContaining("was moved or replaced");
    Until.holds("nobody heals", () -> !isHealing());
    assertThatThrownBy(store::close).hasMessageContaining("was moved or replaced");
  }

  @Test
  void closeEndsARebuild() throws Exception {
    TaskStore store = open();
    insert(store, 40);
    loading = new CountDownLatch(1);
    goOn = new CountDownLatch(1);
    refused.put("apply", noRoom());
    insert(store, 1);
    refused.clear();
    loading.await();
    FutureTask<Boolean> closing =
        new FutureTask<>(
            () -> {
              store.close();
              return true;
            });
    new Thread(closing).start();
    Until.holds("the store closes", () -> !isOpen(store));
    goOn.countDown();
    assertThat(closing.get()).isTrue();
    assertThat(isHealing()).isFalse();
    goOn = null;
    try (TaskStore again = open()) {
      assertThat(isInUse(again)).isTrue();
      checkAnswers(again);
    }
  }

  private static boolean isOpen(TaskStore store) {
    try {
      return store.get("T-0").isPresent();
    } catch (dev.quarry.StoreClosedException e) {
      return false;
    }
  }
}
