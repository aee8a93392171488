package dev.quarry.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.quarry.ConflictException;
import dev.quarry.SequenceNotRetainedException;
import dev.quarry.StoreClosedException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.Until;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Positions that outlive the subscription, the store, and the process. */
@Timeout(120)
class NamedSubscriptionTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final WatchOptions NAMED =
      WatchOptions.builder().name("worker").fromSequence(0).build();
  private static final WatchOptions BRIEF =
      WatchOptions.builder().name("brief").expiry(Duration.ofHours(1)).build();
  private static final Map.Entry<String, Boolean> WORKER_GOES_ON = Map.entry("worker", false);

  @TempDir Path directory;

  private final AtomicReference<Instant> clock =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  private final Queue<String> got = new ConcurrentLinkedQueue<>();
  private TaskStoreOptions options;

  @BeforeEach
  void prepare() {
    options = TaskStoreOptions.builder(directory.resolve("store")).clock(clock::get).build();
  }

  private void follow(TaskStore store, WatchOptions watch) throws InterruptedException {
    try (Subscription subscription = store.watch(watch, change -> got.add(change.id()))) {
      assertThat(subscription.await(store.sequence(), LONG)).isTrue();
    }
  }

  private static void insert(TaskStore store, int from, int to) {
    for (int i = from; i < to; i++) {
      store.insert(Task.builder("T" + i, "t").build());
    }
  }

  private static List<String> ids(int to) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < to; i++) {
      ids.add("T" + i);
    }
    return ids;
  }

  @Test
  void goesOnWhereItWasClosed() throws Exception {
    try (TaskStore store = TaskStore.open(options)) {
      insert(store, 0, 10);
      follow(store, NAMED);
      insert(store, 10, 20);
      follow(store, NAMED);
      assertThat(got).containsExactlyElementsOf(ids(20));
      insert(store, 20, 30);
    }
    try (TaskStore store = TaskStore.open(options)) {
      follow(store, NAMED);
      assertThat(got).containsExactlyElementsOf(ids(30));
    }
  }

  /** It is read in parts, and the store refuses all other reads by then. */
  @Test
  void theStoresCloseCompletesALargeCommit() throws Exception {
    int tasks = 700;
    CountDownLatch entered = new CountDownLatch(1);
    try (TaskStore store = TaskStore.open(options)) {
      store.insertAll(ids(tasks).stream().map(id -> Task.builder(id, "t").build()).toList());
      store.watch(
          NAMED,
          change -> {
            got.add(change.id());
            entered.countDown();
            while (got.size() == 1 && !isClosing(store)) {
              LockSupport.parkNanos(1_000_000);
            }
          });
      entered.await();
    }
    assertThat(got).containsExactlyElementsOf(ids(tasks));
    try (TaskStore store = TaskStore.open(options)) {
      follow(store, NAMED);
    }
    assertThat(got).as("nothing comes again").hasSize(tasks);
  }

  /** It is no fault, nor an end amid the commit, that it cannot be stored any more. */
  @Test
  void aPositionThatIsDueAsTheStoreClosesIsStoredAtTheEnd() throws Exception {
    int tasks = 700;
    int held = 300; // in the second part
    CountDownLatch waited = new CountDownLatch(1);
    try (TaskStore store = TaskStore.open(options)) {
      store.insertAll(ids(tasks).stream().map(id -> Task.builder(id, "t").build()).toList());
      store.watch(
          NAMED,
          change -> {
            got.add(change.id());
            if (got.size() == held) {
              Until.isOver(1_500_000_000); // a position is due after a second
              waited.countDown();
              while (!isClosing(store)) {
                LockSupport.parkNanos(1_000_000);
              }
            }
          });
      waited.await();
    }
    assertThat(got).containsExactlyElementsOf(ids(tasks));
    try (TaskStore store = TaskStore.open(options)) {
      follow(store, NAMED);
    }
    assertThat(got).as("nothing comes again").hasSize(tasks);
  }

  private static boolean isClosing(TaskStore store) {
    return catchThrowable(store::sequence) instanceof StoreClosedException;
  }

  @Test
  void theStoresCloseStoresThePosition() throws Exception {
    Subscription subscription;
    try (TaskStore store = TaskStore.open(options)) {
      subscription = store.watch(NAMED, change -> got.add(change.id()));
      insert(store, 0, 10);
      assertThat(subscription.await(store.sequence(), LONG)).isTrue();
    }
    assertThat(subscription.state()).isEqualTo(Subscription.State.CLOSED);
    try (TaskStore store = TaskStore.open(options)) {
      insert(store, 10, 20);
      follow(store, NAMED);
      assertThat(got).containsExactlyElementsOf(ids(20));
    }
  }

  /** The store is closed after a subscription has begun to end and before it has stored where. */
  @Test
  void aCloseInBetweenLosesNoPosition() throws Exception {
    AtomicReference<Runnable> inBetween = new AtomicReference<>(() -> {});
    TaskStoreOptions stepped =
        TaskStoreOptions.builder(directory.resolve("store"))
            .clock(
                () -> {
                  if (Thread.currentThread().getName().matches("quarry-feed-[1-9]")) {
                    inBetween.getAndSet(() -> {}).run();
                  }
                  return clock.get();
                })
            .build();
    TaskStore store = TaskStore.open(stepped);
    Thread closing = new Thread(store::close);
    insert(store, 0, 10);
    Subscription subscription = store.watch(NAMED, change -> got.add(change.id()));
    assertThat(subscription.await(store.sequence(), LONG)).isTrue();
    inBetween.set(
        () -> {
          closing.start();
          // until it is closed, or waits for the subscription
          while (closing.isAlive() && !waitsIn("quarry-close", "ChangeFeed.awaitNone")) {
            Thread.onSpinWait();
          }
        });
    subscription.close();
    closing.join();
    assertThat(subscription.state()).isEqualTo(Subscription.State.CLOSED);
    try (TaskStore again = TaskStore.open(options)) {
      insert(again, 10, 20);
      follow(again, NAMED);
      assertThat(got).containsExactlyElementsOf(ids(20));
    }
  }

  /** The dispatcher learns that it joins and that it leaves in one, before it has ended. */
  @Test
  void whoLeavesWhileItJoinsGetsNothingMore() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch leaves = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    AtomicReference<Runnable> atWorkersTime = new AtomicReference<>(() -> {});
    TaskStoreOptions stepped =
        TaskStoreOptions.builder(directory.resolve("store"))
            .clock(
                () -> {
                  String name = Thread.currentThread().getName();
                  if (name.equals("quarry-feed-0")) {
                    stop(held, release);
                  } else if (name.matches("quarry-feed-[1-9]")) {
                    atWorkersTime.get().run();
                  }
                  return clock.get();
                })
            .build();
    WatchOptions lossy =
        WatchOptions.builder()
            .name("worker")
            .mode(WatchOptions.Mode.LOSSY)
            .queueCapacity(1)
            .build();
    try (TaskStore store = TaskStore.open(stepped)) {
      Subscription subscription = store.watch(lossy, change -> got.add(change.id()));
      await(held);
      // by then it has asked the dispatcher to take it over
      awaitThread("quarry-feed-[1-9]", "Workers$Worker.next");
      atWorkersTime.set(() -> stop(leaves, leave)); // as it stores its last position
      Thread closing = new Thread(subscription::close);
      closing.start();
      await(leaves);
      release.countDown();
      awaitThread("quarry-feed-0", "CommitRing.park"); // with nothing left to do
      leave.countDown();
      closing.join();
      try (Subscription other = store.watch(WatchOptions.builder().build(), change -> {})) {
        insert(store, 0, 10);
        assertThat(other.await(store.sequence(), LONG)).isTrue();
      }
      assertThat(subscription.dropped()).as("dropped after the close").isZero();
    }
  }

  private static void stop(CountDownLatch reached, CountDownLatch goOn) {
    reached.countDown();
    try {
      goOn.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  /** Waits until a thread of such a name waits in this method. */
  private static void awaitThread(String name, String method) throws Exception {
    Until.holds(name + " waits in " + method, () -> waitsIn(name, method));
  }

  private static boolean waitsIn(String name, String method) {
    for (Map.Entry<Thread, StackTraceElement[]> thread : Thread.getAllStackTraces().entrySet()) {
      if (thread.getKey().getName().matches(name)
          && thread.getKey().getState() == Thread.State.TIMED_WAITING
          && Arrays.toString(thread.getValue()).contains(method)) {
        return true;
      }
    }
    return false;
  }

  /** It would wait for its position's write, and that for the write that waits for it. */
  @Test
  void insideAWriteItIsNotClosed() throws Exception {
    try (TaskStore store = TaskStore.open(options)) {
      insert(store, 0, 10);
      Subscription subscription = store.watch(NAMED, change -> got.add(change.id()));
      assertThat(subscription.await(store.sequence(), LONG)).isTrue();
      CompletableFuture<Task> update =
          CompletableFuture.supplyAsync(
              () ->
                  store.update(
                      "T0",
                      task -> {
                        subscription.close();
                        return task;
                      }));
      assertThatThrownBy(() -> update.get(20, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(IllegalStateException.class)
          .hasMessageContaining("inside a write");
      assertThat(subscription.state()).isNotEqualTo(Subscription.State.CLOSED);
      insert(store, 10, 20);
      assertThat(subscription.await(store.sequence(), LONG)).isTrue();
      subscription.close();
      assertThat(subscription.state()).isEqualTo(Subscription.State.CLOSED);
    }
    assertThat(got).containsExactlyElementsOf(ids(20));
  }

  @Test
  void namesAreListedGuardedAndDropped() throws Exception {
    try (TaskStore store = TaskStore.open(options)) {
      assertThat(store.subscriptions().list()).isEmpty();
      insert(store, 0, 10);
      Subscription subscription = store.watch(NAMED, change -> got.add(change.id()));
      assertThat(store.subscriptions().list()).hasSize(1);
      Subscriptions.Named named = store.subscriptions().list().get(0);
      assertThat(named.name()).isEqualTo("worker");
      assertThat(named.isRunning()).isTrue();
      assertThat(named.expiry()).isEqualTo(Duration.ofDays(7));
      assertThatThrownBy(() -> store.watch(NAMED, change -> {}))
          .isInstanceOf(ConflictException.class)
          .hasMessageContaining("worker");
      assertThatThrownBy(() -> store.subscriptions().drop("worker"))
          .isInstanceOf(ConflictException.class);
      assertThat(subscription.await(store.sequence(), LONG)).isTrue();
      subscription.close();
      named = store.subscriptions().list().get(0);
      assertThat(named.isRunning()).isFalse();
      assertThat(named.position()).isEqualTo(subscription.position());
      assertThat(store.subscriptions().drop("worker")).isTrue();
      assertThat(store.subscriptions().drop("worker")).isFalse();
      follow(store, NAMED); // anew, from its sequence
      assertThat(got).hasSize(20);
    }
  }

  @Test
  void anExpiredNameIsDroppedAndSaysSo() throws Exception {
    WatchOptions brief =
        WatchOptions.builder().name("brief").fromSequence(0).expiry(Duration.ofHours(1)).build();
    try (TaskStore store = TaskStore.open(options)) {
      insert(store, 0, 5);
      follow(store, brief);
      clock.set(clock.get().plus(Duration.ofMinutes(59)));
      follow(store, brief);
      clock.set(clock.get().plus(Duration.ofMinutes(61)));
      assertThatThrownBy(() -> store.watch(brief, change -> {}))
          .isInstanceOf(SequenceNotRetainedException.class)
          .hasMessageContaining("brief")
          .hasMessageContaining("expired");
      assertThat(store.subscriptions().list()).isEmpty();
      assertThat(got).hasSize(5);
      follow(store, brief);
      assertThat(got).hasSize(10);
    }
  }

  @Test
  void anExpiredNameIsDroppedWhenTheStoreIsOpened() throws Exception {
    WatchOptions brief =
        WatchOptions.builder().name("brief").fromSequence(0).expiry(Duration.ofHours(1)).build();
    try (TaskStore store = TaskStore.open(options)) {
      insert(store, 0, 5);
      follow(store, brief);
      follow(store, NAMED);
    }
    clock.set(clock.get().plus(Duration.ofMinutes(61)));
    try (TaskStore store = TaskStore.open(options)) {
      assertThat(store.subscriptions().list())
          .extracting(Subscriptions.Named::name)
          .containsExactly("worker");
    }
    clock.set(clock.get().minus(Duration.ofDays(1))); // what is dropped stays dropped
    got.clear();
    try (TaskStore store = TaskStore.open(options)) {
      assertThatThrownBy(() -> store.watch(brief, change -> {}))
          .isInstanceOf(SequenceNotRetainedException.class)
          .hasMessageContaining("expired=2026-01-01T01:00:00Z");
      follow(store, brief); // told once
      assertThat(got).hasSize(5);
    }
  }

  /** Its position counts before any other, so it would be refused for ever. */
  @Test
  void aNameThatTheLogHasLeftBehindIsDroppedAndSaysSo() throws Exception {
    TaskStoreOptions brief =
        TaskStoreOptions.builder(directory.resolve("store")).changeLogCommits(1_000).build();
    try (TaskStore store = TaskStore.open(brief)) {
      insert(store, 0, 5);
      follow(store, NAMED);
      for (int i = 0; i < 1_600; i++) {
        store.put(Task.builder("T0", "t" + i).build());
      }
      assertThatThrownBy(() -> store.watch(NAMED, change -> {}))
          .isInstanceOf(SequenceNotRetainedException.class)
          .hasMessageContaining("dropped")
          .hasMessageContaining("name=worker");
      assertThat(store.subscriptions().list()).isEmpty();
      got.clear();
      follow(store, WatchOptions.builder().name("worker").fromSequence(store.sequence()).build());
      assertThat(got).isEmpty();
      insert(store, 5, 7);
      follow(store, NAMED);
      assertThat(got).containsExactly("T5", "T6");
    }
  }

  @Test
  void aNameMayLastForEver() throws Exception {
    WatchOptions endless =
        WatchOptions.builder()
            .name("endless")
            .fromSequence(0)
            .expiry(ChronoUnit.FOREVER.getDuration())
            .build();
    try (TaskStore store = TaskStore.open(options)) {
      insert(store, 0, 5);
      follow(store, endless);
    }
    clock.set(clock.get().plus(Duration.ofDays(365_000)));
    try (TaskStore store = TaskStore.open(options)) {
      follow(store, endless);
      assertThat(got).hasSize(5);
      assertThat(expired(store)).containsExactly(Map.entry("endless", false));
    }
  }

  /** More listeners that hear no interrupt than there are workers, and one that only has to end. */
  @Test
  void aCloseBesideStuckListenersStoresThePositionsOfTheOthers() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch stuck = new CountDownLatch(4);
    try (TaskStore store = TaskStore.open(options)) {
      Subscription healthy = store.watch(NAMED, change -> got.add(change.id()));
      for (int i = 0; i < 4; i++) {
        store.watch(
            WatchOptions.builder().fromSequence(0).build(),
            change -> {
              stuck.countDown();
              awaitWhateverComes(release);
            });
      }
      insert(store, 0, 10);
      stuck.await();
      assertThat(healthy.await(store.sequence(), LONG)).isTrue();
    }
    try (TaskStore store = TaskStore.open(options)) {
      insert(store, 10, 20);
      follow(store, NAMED);
      assertThat(got).containsExactlyElementsOf(ids(20));
    } finally {
      release.countDown();
    }
  }

  private static void awaitWhateverComes(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      LockSupport.parkNanos(1_000_000);
      Thread.interrupted(); // hears nothing
    }
  }

  @Test
  void anExpiredNameIsDroppedWhileTheStoreIsOpen() throws Exception {
    WatchOptions other = WatchOptions.builder().name("other").expiry(Duration.ofHours(2)).build();
    try (TaskStore store = TaskStore.open(options)) {
      follow(store, BRIEF);
      try (Subscription running = store.watch(other, change -> {})) {
        long before = store.sequence();
        clock.set(clock.get().plus(Duration.ofMinutes(61)));
        // two commits: that which drops the one, and that which renews the other's position
        assertThat(running.await(before + 2, LONG)).isTrue();
        assertThat(store.subscriptions().list())
            .extracting(Subscriptions.Named::name)
            .containsExactly("other");
      }
    }
  }

  /** Nothing drops it then: the list has to tell by itself. */
  @Test
  void whereNothingRunsTheListTellsWhatHasExpired() throws Exception {
    try (TaskStore store = TaskStore.open(options)) {
      follow(store, BRIEF);
      follow(store, NAMED);
    }
    try (TaskStore store = TaskStore.open(options)) {
      assertThat(expired(store)).containsExactly(Map.entry("brief", false), WORKER_GOES_ON);
      clock.set(clock.get().plus(Duration.ofMinutes(61)));
      assertThat(expired(store)).containsExactly(Map.entry("brief", true), WORKER_GOES_ON);
      assertThatThrownBy(() -> store.watch(BRIEF, change -> {}))
          .isInstanceOf(SequenceNotRetainedException.class);
      assertThat(expired(store)).containsExactly(WORKER_GOES_ON);
    }
  }

  /** The name is taken for that moment; nobody runs under it, so nobody is told that one does. */
  @Test
  void whoWatchesWhileItsNameIsDroppedHearsThatItHasExpired() throws Exception {
    assertThat(whileBriefIsDropped(store -> store.watch(BRIEF, change -> {})))
        .isInstanceOf(SequenceNotRetainedException.class);
  }

  @Test
  void whoDropsANameWhileItIsDroppedIsNotRefused() throws Exception {
    assertThat(whileBriefIsDropped(store -> store.subscriptions().drop("brief"))).isNull();
  }

  /** What the work throws that comes while a drop of an expired name waits for another's write. */
  private Throwable whileBriefIsDropped(Consumer<TaskStore> work) throws Exception {
    CountDownLatch holds = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (TaskStore store = TaskStore.open(options);
        AutoCloseable end = release::countDown) { // before the store waits for the write
      assertThat(end).isNotNull();
      insert(store, 0, 1);
      follow(store, BRIEF);
      follow(store, NAMED);
      FutureTask<Task> writing =
          inThread(
              () ->
                  store.update(
                      "T0",
                      task -> {
                        holds.countDown();
                        awaitWhateverComes(release);
                        return task.withTitle("other");
                      }));
      holds.await();
      clock.set(clock.get().plus(Duration.ofMinutes(61)));
      try (Subscription nameless = store.watch(WatchOptions.builder().build(), change -> {})) {
        Until.holds("the drop waits for the write", () -> isInside("dropping"));
        FutureTask<Throwable> thrown = inThread(() -> catchThrowable(() -> work.accept(store)));
        Until.holds("the work waits, or ends", () -> thrown.isDone() || isInside("take"));
        release.countDown();
        writing.get();
        thrown.get();
        assertThat(expired(store)).containsExactly(WORKER_GOES_ON);
        assertThat(nameless.failure()).isNull();
        return thrown.get();
      }
    }
  }

  /** Not in the common pool, which may have one thread only. */
  private static <R> FutureTask<R> inThread(Callable<R> work) {
    FutureTask<R> task = new FutureTask<>(work);
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  private static boolean isInside(String method) {
    return Thread.getAllStackTraces().values().stream()
        .flatMap(Arrays::stream)
        .anyMatch(
            frame ->
                frame.getClassName().endsWith(".TakenNames")
                    && frame.getMethodName().equals(method));
  }

  private static List<Map.Entry<String, Boolean>> expired(TaskStore store) {
    return store.subscriptions().list().stream()
        .map(named -> Map.entry(named.name(), named.isExpired()))
        .toList();
  }

  @Test
  void theStoreCannotBeClosedFromAListener() throws Exception {
    AtomicReference<Throwable> refused = new AtomicReference<>();
    try (TaskStore store = TaskStore.open(options)) {
      Subscription subscription =
          store.watch(WatchOptions.builder().build(), tryingIn(store, refused));
      store.insert(Task.builder("A", "a").build());
      assertThat(subscription.await(2, LONG)).as("%s", subscription.failure()).isTrue();
      assertThat(refused.get()).hasMessageContaining("cannot be closed from inside");
      assertThat(store.get("echo").orElseThrow().title()).isEqualTo("of A");
    }
  }

  private static Consumer<Change> tryingIn(TaskStore store, AtomicReference<Throwable> refused) {
    return change -> {
      try {
        store.close();
      } catch (IllegalStateException e) {
        refused.set(e);
      }
      if (!change.id().equals("echo")) { // the store can be read and written, though
        store.put(Task.builder("echo", "of " + store.get(change.id()).orElseThrow().id()).build());
      }
    };
  }
}
