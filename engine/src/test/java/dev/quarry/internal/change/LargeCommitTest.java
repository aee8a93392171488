package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.SequenceNotRetainedException;
import dev.quarry.Task;
import dev.quarry.Until;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.write.TaskChange;
import dev.quarry.query.TaskFields;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.RandomAccess;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Subscriptions that read commits larger than what each may hold, over made-up commits. */
@Timeout(120)
class LargeCommitTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int LARGE = 10_000;
  private static final int MANY = 200;
  private static final int SMALL = 16;

  private final FeedHarness harness = new FeedHarness();
  private final ChangeFeed feed = harness.feed;

  @AfterEach
  void close() throws Exception {
    harness.close();
    Until.holds("all room is given back", () -> feed.lagRoom().taken() == 0);
  }

  /** Counts how many changes are taken out of it. */
  private static final class Counted extends AbstractList<TaskChange> implements RandomAccess {
    private final List<TaskChange> changes;
    private final AtomicLong taken = new AtomicLong();

    Counted(List<TaskChange> changes) {
      this.changes = changes;
    }

    @Override
    public TaskChange get(int i) {
      taken.incrementAndGet();
      return changes.get(i);
    }

    @Override
    public int size() {
      return changes.size();
    }
  }

  private static Counted tasks(String prefix, int n) {
    List<TaskChange> changes = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      changes.add(new TaskChange(i, null, FeedHarness.task(prefix + i)));
    }
    return new Counted(changes);
  }

  private static List<String> ids(String prefix, int n) {
    return IntStream.range(0, n).mapToObj(i -> prefix + i).toList();
  }

  private static List<String> ids(Iterable<Change> changes) {
    List<String> ids = new ArrayList<>();
    changes.forEach(change -> ids.add(change.id()));
    return ids;
  }

  private static WatchOptions.Builder fromStart() {
    return WatchOptions.builder().fromSequence(0);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void reach(Subscription subscription, long sequence) throws InterruptedException {
    assertThat(subscription.await(sequence, LONG))
        .as("reached %s of %s, %s", subscription.position(), sequence, subscription.failure())
        .isTrue();
  }

  private static void awaitEnd(Subscription subscription) throws InterruptedException {
    assertThat(subscription.await(Long.MAX_VALUE, LONG)).isFalse();
    assertThat(subscription.state()).isIn(Subscription.State.CLOSED, Subscription.State.FAILED);
  }

  private record Wanting(FeedSubscription subscription, Demand demand, Queue<Change> got) {
    void want(long n) {
      demand.add(n);
      subscription.schedule();
    }
  }

  /** One that gets as many as it wants. */
  private Wanting wanting(WatchOptions options, long n) {
    Demand demand = new Demand();
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    FeedSubscription subscription = feed.prepare(options, Sink.of(got::add), demand);
    demand.add(n);
    feed.start(subscription);
    return new Wanting(subscription, demand, got);
  }

  /** Makes the ring keep commits from now on. */
  private void beginRing() {
    feed.watch(WatchOptions.builder().build(), change -> {}).close();
  }

  /** Of the rest of the commit nothing concerns it, so that it wants for nothing. */
  @Test
  void whoGotAllThatConcernsItIsBehindTheCommit() throws Exception {
    harness.commit(tasks("T", LARGE));
    Wanting one =
        wanting(fromStart().filter(TaskFields.ID.in("T0", "T1")).queueCapacity(SMALL).build(), 2);
    reach(one.subscription, 1);
    assertThat(ids(one.got)).containsExactly("T0", "T1");
  }

  private void manyHoldABoundedNumber(WatchOptions options, boolean isInRing) throws Exception {
    if (isInRing) {
      beginRing();
    }
    Counted large = tasks("T", LARGE);
    harness.commit(large);
    assertThat(feed.ring().get(1) != null).isEqualTo(isInRing);
    if (isInRing) { // the dispatcher may still have the one that began it
      Until.holds("it is dispatched", () -> feed.dispatched() == 1);
    }
    large.taken.set(0);
    List<Wanting> all = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      all.add(wanting(options, 1));
    }
    for (Wanting one : all) {
      Until.holds("it has got what it wants", () -> one.got.size() == 1);
    }
    assertThat(large.taken.get())
        .as("changes read by all for one that is wanted by each")
        .isBetween((long) MANY, (long) LagRoom.MOST + MANY * LagRoom.LEAST);
    assertThat(feed.lagRoom().taken()).isLessThanOrEqualTo((int) large.taken.get());
    List<String> wanted = ids("T", LARGE);
    for (int i = 0; i < MANY; i++) {
      Wanting one = all.get(i);
      assertThat(one.subscription.position()).isZero();
      if (i % 20 == 0) { // the others are closed with the feed, inside of the commit
        one.want(Long.MAX_VALUE);
        reach(one.subscription, 1);
        assertThat(ids(one.got)).isEqualTo(wanted);
      }
    }
    if (!isInRing) {
      assertThat(harness.largestPart.get()).isLessThanOrEqualTo(LagRoom.MOST / 16);
    }
  }

  @ParameterizedTest
  @EnumSource(WatchOptions.Mode.class)
  void manyBehindALargeCommitOfTheLogHoldABoundedNumber(WatchOptions.Mode mode) throws Exception {
    manyHoldABoundedNumber(fromStart().mode(mode).build(), false);
  }

  @ParameterizedTest
  @EnumSource(WatchOptions.Mode.class)
  void manyBehindALargeCommitOfTheRingHoldABoundedNumber(WatchOptions.Mode mode) throws Exception {
    manyHoldABoundedNumber(fromStart().mode(mode).build(), true);
  }

  @Test
  void oneAloneHasWhatItWantsAndManyNoMoreThanThereIs() {
    LagRoom room = new LagRoom();
    assertThat(room.take(256)).isEqualTo(256);
    room.giveBack(256);
    int least = Integer.MAX_VALUE;
    for (int i = 1; i <= 5_000; i++) {
      least = Math.min(least, room.take(256));
      assertThat(room.taken()).isLessThanOrEqualTo(LagRoom.MOST + i * LagRoom.LEAST);
    }
    assertThat(least).isEqualTo(LagRoom.LEAST);
    assertThat(room.take(3)).isEqualTo(3);
  }

  /** Closes while the first change of the second commit is under delivery. */
  private List<String> gotByClosing(WatchOptions options, boolean isInRing) throws Exception {
    if (isInRing) {
      beginRing();
    }
    harness.commit(tasks("A", 3));
    harness.commit(tasks("T", 1_000));
    harness.commit(tasks("U", 1_000));
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    FeedSubscription subscription =
        (FeedSubscription)
            feed.watch(
                options,
                change -> {
                  got.add(change);
                  if (change.id().equals("T0")) {
                    entered.countDown();
                    awaitQuietly(release);
                  }
                });
    entered.await();
    assertThat(subscription.position()).isLessThan(2);
    subscription.startClosing();
    release.countDown();
    subscription.close();
    assertThat(subscription.state()).isEqualTo(Subscription.State.CLOSED);
    assertThat(subscription.position()).isEqualTo(2);
    return ids(got);
  }

  private static List<String> firstTwo() {
    List<String> all = new ArrayList<>(ids("A", 3));
    all.addAll(ids("T", 1_000));
    return all;
  }

  @ParameterizedTest
  @EnumSource(WatchOptions.Mode.class)
  void closingInsideOfACommitOfTheLogCompletesItAndNoOther(WatchOptions.Mode mode)
      throws Exception {
    assertThat(gotByClosing(fromStart().mode(mode).queueCapacity(SMALL).build(), false))
        .isEqualTo(firstTwo());
  }

  @ParameterizedTest
  @EnumSource(WatchOptions.Mode.class)
  void closingInsideOfACommitOfTheRingCompletesItAndNoOther(WatchOptions.Mode mode)
      throws Exception {
    assertThat(gotByClosing(fromStart().mode(mode).queueCapacity(SMALL).build(), true))
        .isEqualTo(firstTwo());
  }

  /** The rest of the commit has nothing for it, the next one has. */
  @ParameterizedTest
  @EnumSource(WatchOptions.Mode.class)
  void closingInsideOfACommitEndsAtItsEndThoughNothingMoreConcerns(WatchOptions.Mode mode)
      throws Exception {
    WatchOptions options =
        fromStart()
            .filter(TaskFields.ID.in(List.of("T0", "T1", "U1", "U2")))
            .mode(mode)
            .queueCapacity(1)
            .build();
    assertThat(gotByClosing(options, false)).isEqualTo(List.of("T0", "T1"));
  }

  /** What concerns it of the next commit is in memory by then. */
  @ParameterizedTest
  @EnumSource(
      value = WatchOptions.Mode.class,
      names = {"DURABLE", "LOSSY"})
  void closingInsideOfACommitDeliversNothingOfTheNextThoughItIsRead(WatchOptions.Mode mode)
      throws Exception {
    WatchOptions options =
        fromStart()
            .filter(TaskFields.ID.in(List.of("T0", "U1", "U2")))
            .mode(mode)
            .queueCapacity(SMALL)
            .build();
    assertThat(gotByClosing(options, false)).isEqualTo(List.of("T0"));
  }

  @Test
  void closingFromInsideTheListenerEndsInsideOfTheCommit() throws Exception {
    harness.commit(tasks("T", 1_000));
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    FeedSubscription[] self = new FeedSubscription[1];
    self[0] =
        feed.prepare(
            fromStart().queueCapacity(SMALL).build(),
            Sink.of(
                change -> {
                  got.add(change);
                  if (change.id().equals("T40")) { // in the third part
                    self[0].close();
                  }
                }),
            null);
    feed.start(self[0]);
    awaitEnd(self[0]);
    assertThat(ids(got)).isEqualTo(ids("T", 41));
    assertThat(self[0].position()).isZero();
    Queue<Change> again = new ConcurrentLinkedQueue<>();
    try (Subscription resumed = feed.watch(fromStart().queueCapacity(SMALL).build(), again::add)) {
      reach(resumed, 1);
    }
    assertThat(ids(again)).as("the whole commit").isEqualTo(ids("T", 1_000));
  }

  /** A part's end and a part's middle. */
  @Test
  void demandThatEndsInsideOfACommitHoldsBackAndDoesNotHoldUpTheClose() throws Exception {
    harness.commit(tasks("T", 100));
    for (int demand : new int[] {SMALL, SMALL + 4}) {
      Wanting one = wanting(fromStart().queueCapacity(SMALL).build(), demand);
      Until.holds("it has got what it wants", () -> one.got.size() == demand);
      assertThat(one.subscription.position()).isZero();
      one.want(30);
      Until.holds("it goes on", () -> one.got.size() == demand + 30);
      one.want(2);
      Until.holds("it goes on", () -> one.got.size() == demand + 32);
      one.subscription.startClosing();
      awaitEnd(one.subscription);
      assertThat(one.subscription.failure()).isNull();
      assertThat(one.subscription.position()).isZero();
      assertThat(ids(one.got)).isEqualTo(ids("T", demand + 32));
    }
  }

  @Test
  void aRateThatEndsInsideOfACommitDoesNotHoldUpTheClose() throws Exception {
    harness.commit(tasks("T", 100));
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    Subscription limited =
        feed.watch(fromStart().queueCapacity(1).ratePerSecond(0.001).build(), got::add);
    Until.holds("one is delivered", () -> got.size() == 1);
    limited.close();
    assertThat(limited.position()).isZero();
    assertThat(got).hasSize(1);
  }

  @Test
  void aLogThatIsCutInsideOfACommitIsSaid() throws Exception {
    harness.commit(tasks("T", 100));
    Wanting one = wanting(fromStart().queueCapacity(SMALL).build(), SMALL + 4);
    Until.holds("it has got what it wants", () -> one.got.size() == SMALL + 4);
    harness.commit(tasks("U", 100));
    harness.log.remove(1L);
    one.want(Long.MAX_VALUE);
    awaitEnd(one.subscription);
    assertThat(one.subscription.failure())
        .isInstanceOfSatisfying(
            SequenceNotRetainedException.class,
            e ->
                assertThat(e.context())
                    .containsEntry("asked", 1L)
                    .containsEntry("oldestRetained", 2L));
    assertThat(ids(one.got)).as("what was read before").isEqualTo(ids("T", 2 * SMALL));
    assertThat(one.subscription.position()).isZero();
  }

  /** The ring drops the commit between two parts. */
  @Test
  void theRestOfACommitThatLeavesTheRingIsReadFromTheLog() throws Exception {
    beginRing();
    harness.commit(tasks("T", 100));
    assertThat(feed.ring().get(1)).isNotNull();
    Wanting one = wanting(fromStart().queueCapacity(SMALL).build(), SMALL + 4);
    Until.holds("it has got what it wants", () -> one.got.size() == SMALL + 4);
    assertThat(harness.read).hasValue(0);
    String text = "x".repeat(12 << 20);
    for (int i = 0; i < 3; i++) {
      harness.create(Task.builder("L" + i, "large").notes(text).build());
    }
    assertThat(feed.ring().get(1)).isNull();
    one.want(Long.MAX_VALUE);
    reach(one.subscription, 4);
    assertThat(harness.read.get()).isPositive();
    List<String> wanted = new ArrayList<>(ids("T", 100));
    wanted.addAll(ids("L", 3));
    assertThat(ids(one.got)).isEqualTo(wanted);
  }

  /** Leases are refused by then. */
  @Test
  void theCloseOfTheStoreCompletesTheCommitUnderDelivery() throws Exception {
    harness.commit(tasks("T", 1_000));
    harness.commit(tasks("U", 1_000));
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    FeedSubscription subscription =
        (FeedSubscription)
            feed.watch(
                fromStart().queueCapacity(SMALL).build(),
                change -> {
                  got.add(change);
                  if (change.id().equals("T0")) {
                    entered.countDown();
                    awaitQuietly(release);
                  }
                });
    entered.await();
    harness.guard.close();
    subscription.startClosing();
    release.countDown();
    harness.close();
    assertThat(subscription.state()).isEqualTo(Subscription.State.CLOSED);
    assertThat(subscription.position()).isEqualTo(1);
    assertThat(ids(got)).isEqualTo(ids("T", 1_000));
  }

  /** What the dispatcher would fill in is no list that others share. */
  @Test
  void whoJoinsReadsALargeCommitThatItHasMissedInParts() throws Exception {
    AtomicInteger most = new AtomicInteger();
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    try (Subscription other = feed.watch(WatchOptions.builder().build(), change -> {})) {
      Until.holds("it is live", () -> other.state() == Subscription.State.LIVE);
      FeedSubscription[] late = new FeedSubscription[1];
      late[0] =
          feed.prepare(
              fromStart().queueCapacity(SMALL).build(),
              Sink.of(
                  change -> {
                    got.add(change);
                    int held = Math.max(late[0].held(), feed.lagRoom().taken());
                    most.accumulateAndGet(held, Math::max);
                  }),
              null);
      harness.commit(tasks("T", 1_000));
      reach(other, 1);
      late[0].join();
      feed.start(late[0]);
      reach(late[0], 1);
      Until.holds("it is live", () -> late[0].state() == Subscription.State.LIVE);
      late[0].close();
    }
    assertThat(ids(got)).isEqualTo(ids("T", 1_000));
    assertThat(most.get()).isBetween(1, SMALL);
  }

  @Test
  void aFailureInsideOfACommitLeavesThePositionBeforeIt() throws Exception {
    harness.commit(tasks("T", 100));
    Wanting one = wanting(fromStart().queueCapacity(SMALL).build(), SMALL + 4);
    Until.holds("it has got what it wants", () -> one.got.size() == SMALL + 4);
    IllegalStateException fails = new IllegalStateException("the log is damaged");
    harness.logFails.set(fails);
    one.want(Long.MAX_VALUE);
    awaitEnd(one.subscription);
    assertThat(one.subscription.failure()).isSameAs(fails);
    assertThat(one.subscription.position()).isZero();
    assertThat(one.got).hasSize(2 * SMALL);
  }
}
