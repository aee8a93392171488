package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.SequenceNotRetainedException;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.Until;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.write.Commit;
import dev.quarry.query.Condition;
import dev.quarry.query.TaskFields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Delivery, over made-up commits. */
@Timeout(60)
class ChangeFeedTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int RATE = 50;
  private static final int LIMITED_TASKS = 50;
  private static final int LIMITED_ROUNDS = 40;

  private final FeedHarness harness = new FeedHarness();
  private final ChangeFeed feed = harness.feed;

  @AfterEach
  void close() {
    harness.close();
  }

  private static WatchOptions.Builder from(long sequence) {
    return WatchOptions.builder().fromSequence(sequence);
  }

  private void reach(Subscription subscription, long sequence) throws InterruptedException {
    assertThat(subscription.await(sequence, LONG))
        .as("reached %s of %s, %s", subscription.position(), sequence, subscription.failure())
        .isTrue();
  }

  private static List<Long> sequences(Iterable<Change> changes) {
    List<Long> sequences = new ArrayList<>();
    changes.forEach(change -> sequences.add(change.sequence()));
    return sequences;
  }

  private static List<Long> upTo(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  @Test
  void deliversThePastThenThePresent() throws Exception {
    for (int i = 0; i < 10_000; i++) {
      harness.create(FeedHarness.task("T" + i));
    }
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    try (Subscription subscription = feed.watch(from(10).build(), got::add)) {
      for (int i = 0; i < 10_000; i++) {
        harness.create(FeedHarness.task("U" + i));
      }
      reach(subscription, 20_000);
      assertThat(subscription.delivered()).isEqualTo(19_990);
      assertThat(subscription.lag()).isZero();
      assertThat(subscription.dropped()).isZero();
    }
    assertThat(sequences(got)).isEqualTo(upTo(11, 20_000));
    harness.create(FeedHarness.task("late"));
    assertThat(got).hasSize(19_990);
  }

  @Test
  void deliversWhatSatisfiesTheFilterBeforeOrAfter() throws Exception {
    Task todo = FeedHarness.task("A");
    Task done = todo.withStatus(Status.DONE);
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    WatchOptions options = WatchOptions.builder().filter(TaskFields.STATUS.is(Status.TODO)).build();
    try (Subscription subscription = feed.watch(options, got::add)) {
      harness.create(todo);
      harness.change(todo, done);
      harness.change(done, done.withStatus(Status.FAILED));
      harness.change(done, todo);
      long last = harness.change(todo, null).sequence();
      reach(subscription, last);
    }
    assertThat(sequences(got)).containsExactly(1L, 2L, 4L, 5L);
    assertThat(got.stream().map(Change::action))
        .containsExactly(
            Change.Kind.CREATED, Change.Kind.UPDATED, Change.Kind.UPDATED, Change.Kind.DELETED);
    assertThat(got).allMatch(change -> change.id().equals("A") && change.cause().equals("write"));
  }

  /** 1,000 filters, each by another field and value: a change must not cost 1,000 evaluations. */
  @Test
  void filtersAreFoundByTheirTerms() throws Exception {
    List<Subscription> subscriptions = new ArrayList<>();
    AtomicInteger got = new AtomicInteger();
    for (int i = 0; i < 1_000; i++) {
      Condition filter =
          switch (i % 5) {
            case 0 -> TaskFields.ID.is("T" + i);
            case 1 -> TaskFields.AGENT.is("a" + i).and(TaskFields.STATUS.is(Status.TODO));
            case 2 -> TaskFields.TAGS.contains("t" + i).or(TaskFields.PROJECT.is("p" + i));
            case 3 -> TaskFields.ASSIGNEE.in(List.of("x" + i, "y" + i));
            default -> TaskFields.PROJECT.is("q" + i).and(TaskFields.AGENT.is("a" + i).not().not());
          };
      subscriptions.add(
          feed.watch(WatchOptions.builder().filter(filter).build(), c -> got.incrementAndGet()));
    }
    for (Subscription subscription : subscriptions) {
      reach(subscription, 0);
    }
    awaitLive(subscriptions);
    int changes = 200;
    Commit last = null;
    for (int i = 0; i < changes; i++) {
      last =
          harness.create(
              Task.builder("T" + i, "t")
                  .agent("a" + i)
                  .assignee("y" + i)
                  .project("q" + i)
                  .tag("t" + i)
                  .tag("other")
                  .build());
    }
    for (Subscription subscription : subscriptions) {
      reach(subscription, last.sequence());
    }
    assertThat(got.get()).isEqualTo(changes);
    assertThat(feed.evaluations()).isGreaterThanOrEqualTo(changes).isLessThan(changes * 4L);
    subscriptions.forEach(Subscription::close);
  }

  private static void awaitLive(List<Subscription> subscriptions) throws Exception {
    for (Subscription subscription : subscriptions) {
      Until.holds("it is live", () -> subscription.state() == Subscription.State.LIVE);
    }
  }

  @Test
  void equalFiltersAreEvaluatedOnce() throws Exception {
    List<Subscription> subscriptions = new ArrayList<>();
    AtomicInteger got = new AtomicInteger();
    for (int i = 0; i < 100; i++) {
      subscriptions.add(feed.watch(WatchOptions.builder().build(), c -> got.incrementAndGet()));
    }
    awaitLive(subscriptions);
    for (int i = 1; i <= 50; i++) {
      harness.create(FeedHarness.task("T" + i));
    }
    for (Subscription subscription : subscriptions) {
      reach(subscription, 50);
    }
    assertThat(got.get()).isEqualTo(5_000);
    assertThat(feed.evaluations()).isEqualTo(50);
  }

  /** Commits may come between a subscription's last look and its joining. */
  @Test
  void whoJoinsGetsWhatTheDispatcherIsAheadBy() throws Exception {
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    try (Subscription other = feed.watch(WatchOptions.builder().build(), change -> {})) {
      awaitLive(List.of(other));
      FeedSubscription late = feed.prepare(from(0).build(), Sink.of(got::add), null);
      for (int i = 0; i < 10; i++) {
        harness.create(FeedHarness.task("T" + i));
      }
      reach(other, 10);
      assertThat(late.position()).isZero();
      late.join();
      feed.start(late);
      for (int i = 0; i < 10; i++) {
        harness.create(FeedHarness.task("U" + i));
      }
      reach(late, 20);
      late.close();
    }
    assertThat(sequences(got)).isEqualTo(upTo(1, 20));
  }

  @Test
  void aStuckListenerHoldsUpNobodyAndLosesNothing() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    List<FeedSubscription> stuck = new ArrayList<>();
    List<Queue<Change>> stuckGot = new ArrayList<>();
    for (int i = 0; i < 12; i++) { // more than there are workers
      Queue<Change> got = new ConcurrentLinkedQueue<>();
      stuckGot.add(got);
      stuck.add(
          (FeedSubscription)
              feed.watch(
                  WatchOptions.builder().queueCapacity(64).build(),
                  change -> {
                    awaitQuietly(release);
                    got.add(change);
                  }));
    }
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    try (Subscription free = feed.watch(WatchOptions.builder().build(), got::add)) {
      for (int i = 0; i < 20_000; i++) {
        harness.create(FeedHarness.task("T" + i));
      }
      reach(free, 20_000);
    }
    assertThat(sequences(got)).isEqualTo(upTo(1, 20_000));
    assertThat(stuckGot).allMatch(Queue::isEmpty);
    assertThat(stuck).allMatch(subscription -> subscription.held() <= 64);
    assertThat(stuck).allMatch(subscription -> subscription.position() == 0);
    release.countDown();
    for (int i = 0; i < stuck.size(); i++) {
      reach(stuck.get(i), 20_000);
      assertThat(sequences(stuckGot.get(i))).isEqualTo(upTo(1, 20_000));
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aThrowingListenerIsTriedAgainThenFailsAlone() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    Queue<Change> twiceBad = new ConcurrentLinkedQueue<>();
    Queue<Change> good = new ConcurrentLinkedQueue<>();
    RuntimeException bad = new IllegalStateException("bad");
    Subscription recovering =
        feed.watch(
            WatchOptions.builder().build(),
            change -> {
              if (calls.incrementAndGet() <= 2) {
                throw bad;
              }
              twiceBad.add(change);
            });
    AtomicInteger failingCalls = new AtomicInteger();
    Subscription failing =
        feed.watch(
            WatchOptions.builder().build(),
            change -> {
              failingCalls.incrementAndGet();
              throw bad;
            });
    AssertionError error = new AssertionError("an error");
    Subscription erring =
        feed.watch(
            WatchOptions.builder().build(),
            change -> {
              throw error;
            });
    Subscription well = feed.watch(WatchOptions.builder().build(), good::add);
    for (int i = 0; i < 10; i++) {
      harness.create(FeedHarness.task("T" + i));
    }
    reach(well, 10);
    reach(recovering, 10);
    assertThat(failing.await(10, LONG)).isFalse();
    assertThat(erring.await(10, LONG)).isFalse();
    assertThat(sequences(good)).isEqualTo(upTo(1, 10));
    assertThat(sequences(twiceBad)).isEqualTo(upTo(1, 10));
    assertThat(recovering.delivered()).isEqualTo(10);
    assertThat(failing.state()).isEqualTo(Subscription.State.FAILED);
    assertThat(failing.failure()).isSameAs(bad);
    assertThat(failing.position()).isZero();
    assertThat(failingCalls.get()).isEqualTo(4);
    assertThat(erring.failure()).isSameAs(error);
  }

  @Test
  void anInterruptStaysWithItsListener() throws Exception {
    AtomicInteger interrupted = new AtomicInteger();
    List<Subscription> subscriptions = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      subscriptions.add(
          feed.watch(
              WatchOptions.builder().build(),
              change -> {
                interrupted.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
                Thread.currentThread().interrupt();
              }));
    }
    for (int i = 0; i < 100; i++) {
      harness.create(FeedHarness.task("T" + i));
    }
    for (Subscription subscription : subscriptions) {
      reach(subscription, 100);
    }
    assertThat(interrupted.get()).isZero();
  }

  @Test
  void closeEndsTheDelivery() throws Exception {
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    CountDownLatch begun = new CountDownLatch(1);
    Subscription subscription =
        feed.watch(
            WatchOptions.builder().build(),
            change -> {
              got.add(change);
              begun.countDown();
            });
    // commits of several changes are delivered whole
    for (int i = 0; i < 5_000; i++) {
      harness.create(
          FeedHarness.task("A" + i), FeedHarness.task("B" + i), FeedHarness.task("C" + i));
    }
    begun.await();
    subscription.close();
    int after = got.size();
    long position = subscription.position();
    assertThat(subscription.state()).isEqualTo(Subscription.State.CLOSED);
    harness.create(FeedHarness.task("more"));
    assertThat(got).hasSize(after);
    assertThat(after % 3).isZero();
    assertThat(position).isEqualTo(after / 3);
    subscription.close();
    Queue<Change> rest = new ConcurrentLinkedQueue<>();
    try (Subscription resumed = feed.watch(from(position).build(), rest::add)) {
      reach(resumed, 5_001);
    }
    got.addAll(rest);
    assertThat(got).hasSize(15_001);
    assertThat(got.stream().map(Change::id).distinct()).hasSize(15_001);
  }

  @Test
  void closeFromInsideTheListenerIsTheLastCall() throws Exception {
    LinkedBlockingQueue<Subscription> self = new LinkedBlockingQueue<>();
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    Subscription subscription =
        feed.watch(
            WatchOptions.builder().build(),
            change -> {
              got.add(change);
              if (change.id().equals("B")) {
                take(self).close();
              }
            });
    self.add(subscription);
    harness.create(FeedHarness.task("A"), FeedHarness.task("B"), FeedHarness.task("C"));
    harness.create(FeedHarness.task("D"));
    assertThat(subscription.await(2, LONG)).isFalse();
    assertThat(subscription.state()).isEqualTo(Subscription.State.CLOSED);
    assertThat(got.stream().map(Change::id)).containsExactly("A", "B");
    assertThat(subscription.position()).isZero();
  }

  private static <T> T take(LinkedBlockingQueue<T> queue) {
    try {
      return queue.poll(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatIsNotRetainedIsSaid() {
    for (int i = 0; i < 20; i++) {
      harness.create(FeedHarness.task("T" + i));
    }
    harness.log.headMap(10L, true).clear();
    assertThatThrownBy(() -> feed.watch(from(9).build(), change -> {}))
        .isInstanceOfSatisfying(
            SequenceNotRetainedException.class,
            e ->
                assertThat(e.context())
                    .containsEntry("asked", 10L)
                    .containsEntry("oldestRetained", 11L));
    feed.watch(from(10).build(), change -> {}).close();
    assertThatThrownBy(() -> feed.watch(from(21).build(), change -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("20")
        .hasMessageContaining("21");
  }

  @Test
  void whoFallsBehindWhatIsRetainedFails() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Subscription slow =
        feed.watch(
            WatchOptions.builder().queueCapacity(10).build(), change -> awaitQuietly(release));
    for (int i = 0; i < 6_000; i++) { // more than the ring holds
      harness.create(FeedHarness.task("T" + i));
    }
    harness.log.headMap(5_990L).clear();
    release.countDown();
    assertThat(slow.await(6_000, LONG)).isFalse();
    assertThat(slow.failure()).isInstanceOf(SequenceNotRetainedException.class);
  }

  @Test
  void latestKeepsOneOfEachTaskAndNoMoreThanItsCapacity() throws Exception {
    AtomicBoolean first = new AtomicBoolean(true);
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    FeedSubscription latest =
        (FeedSubscription)
            feed.watch(
                WatchOptions.builder().mode(WatchOptions.Mode.LATEST).queueCapacity(100).build(),
                change -> {
                  if (first.getAndSet(false)) {
                    entered.countDown();
                    awaitQuietly(release);
                  }
                  got.add(change);
                });
    harness.create(FeedHarness.task("first"));
    entered.await();
    Task[] present = new Task[300];
    int held = 0;
    for (int round = 0; round < 40; round++) {
      for (int i = 0; i < (round < 20 ? 50 : 300); i++) {
        Task after = Task.builder("T" + i, "round " + round).build();
        harness.change(present[i], after);
        present[i] = after;
        held = Math.max(held, latest.held());
      }
    }
    assertThat(held).isLessThanOrEqualTo(100);
    release.countDown();
    long last = harness.create(FeedHarness.task("end")).sequence();
    reach(latest, last);
    assertThat(latest.delivered() + latest.dropped()).isEqualTo(last);
    assertThat(latest.dropped()).isGreaterThanOrEqualTo(900);
    String[] titles = new String[300];
    long before = 0;
    for (Change change : got) {
      if (change.id().startsWith("T")) {
        titles[Integer.parseInt(change.id().substring(1))] = change.after().title();
      }
      assertThat(change.sequence()).isGreaterThan(before);
      before = change.sequence();
    }
    assertThat(titles).containsOnly("round 39");
  }

  @Test
  void lossyDropsTheOldestAndCounts() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    Subscription lossy =
        feed.watch(
            WatchOptions.builder().mode(WatchOptions.Mode.LOSSY).queueCapacity(10).build(),
            change -> {
              entered.countDown();
              awaitQuietly(release);
              got.add(change);
            });
    awaitLive(List.of(lossy));
    harness.create(FeedHarness.task("first"));
    entered.await();
    Subscription all = feed.watch(WatchOptions.builder().build(), change -> {});
    for (int i = 0; i < 100; i++) {
      harness.create(FeedHarness.task("T" + i));
    }
    reach(all, 101);
    // one change is held, ten wait; the two subscriptions are not served in step
    Until.holds("90 are dropped", () -> lossy.dropped() >= 90);
    release.countDown();
    reach(lossy, 101);
    assertThat(got).hasSizeBetween(10, 11);
    assertThat(lossy.delivered() + lossy.dropped()).isEqualTo(101);
    assertThat(sequences(got).subList(got.size() - 9, got.size())).isEqualTo(upTo(93, 101));
  }

  @Test
  void largeTasksComeWithoutTheirFields() throws Exception {
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    try (Subscription subscription =
        feed.watch(WatchOptions.builder().maxEventBytes(100).build(), got::add)) {
      Task small = Task.builder("S", "small").description("x".repeat(90)).build();
      Task large = Task.builder("L", "large").notes("x".repeat(101)).version(2).build();
      harness.create(small);
      harness.change(null, large);
      reach(subscription, 2);
      List<Change> changes = new ArrayList<>(got);
      assertThat(changes.get(0).after()).isEqualTo(small);
      assertThat(changes.get(1).after().isPartial()).isTrue();
      assertThat(changes.get(1).after().version()).isEqualTo(2);
      assertThat(changes.get(1).after().notes()).isNull();
      assertThat(changes.get(1).id()).isEqualTo("L");
    }
  }

  @Test
  void noSecondHasMoreChangesThanTheRate() throws Exception {
    CountDownLatch more = new CountDownLatch(101);
    WatchOptions options = WatchOptions.builder().ratePerSecond(100).build();
    Subscription subscription = feed.watch(options, change -> more.countDown());
    long begin = System.nanoTime();
    for (int i = 0; i < 101; i++) {
      harness.create(FeedHarness.task("T" + i));
    }
    more.await();
    assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(1_000_000_000L);
    reach(subscription, 101);
    assertThat(subscription.dropped()).isZero();
  }

  /** Changes few tasks often under a rate; what came, of which no second had more than the rate. */
  private List<Change> limited(WatchOptions.Builder options) throws Exception {
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    Queue<String> tooEarly = new ConcurrentLinkedQueue<>();
    long begin = System.nanoTime();
    Subscription subscription =
        feed.watch(
            options.ratePerSecond(RATE).build(),
            change -> {
              got.add(change);
              long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
              if (got.size() > RATE * (seconds + 1)) {
                tooEarly.add(got.size() + " after " + seconds + " s");
              }
            });
    Until.holds("it is live", () -> subscription.state() == Subscription.State.LIVE);
    Task[] present = new Task[LIMITED_TASKS];
    long last = 0;
    for (int round = 0; round < LIMITED_ROUNDS; round++) {
      for (int i = 0; i < LIMITED_TASKS; i++) {
        Task after = Task.builder("T" + i, "round " + round).build();
        last = harness.change(present[i], after).sequence();
        present[i] = after;
      }
    }
    reach(subscription, last);
    assertThat(tooEarly).isEmpty();
    assertThat(subscription.delivered()).isEqualTo(got.size());
    assertThat(subscription.dropped()).isPositive().isEqualTo(last - got.size());
    assertThat(sequences(got)).isSorted().doesNotHaveDuplicates();
    return new ArrayList<>(got);
  }

  @Test
  void underARateLatestKeepsTheLastOfEachTaskAndCountsTheOthers() throws Exception {
    List<Change> got = limited(WatchOptions.builder().mode(WatchOptions.Mode.LATEST));
    Map<String, String> titles = new HashMap<>();
    got.forEach(change -> titles.put(change.id(), change.after().title()));
    assertThat(titles).hasSize(LIMITED_TASKS);
    assertThat(titles.values()).containsOnly("round " + (LIMITED_ROUNDS - 1));
  }

  @Test
  void underARateLossyDropsTheOldestAndCountsThem() throws Exception {
    List<Change> got =
        limited(WatchOptions.builder().mode(WatchOptions.Mode.LOSSY).queueCapacity(10));
    long last = LIMITED_TASKS * LIMITED_ROUNDS;
    // one more may have been taken from the ten before they came
    assertThat(sequences(got).subList(got.size() - 9, got.size())).isEqualTo(upTo(last - 8, last));
  }

  @Test
  void closingTheFeedEndsASubscriptionThatIsHeldBack() {
    Subscription throwing =
        feed.watch(
            WatchOptions.builder().build(),
            change -> {
              throw new IllegalStateException("again");
            });
    Subscription limited =
        feed.watch(WatchOptions.builder().ratePerSecond(0.001).build(), change -> {});
    harness.create(FeedHarness.task("A"), FeedHarness.task("B"));
    harness.close();
    assertThat(limited.state()).isEqualTo(Subscription.State.CLOSED);
    assertThat(throwing.state()).isIn(Subscription.State.CLOSED, Subscription.State.FAILED);
  }
}
