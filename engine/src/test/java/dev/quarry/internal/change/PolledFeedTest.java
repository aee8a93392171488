package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.StorageException;
import dev.quarry.Until;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a feed reads of another process's commits. */
@Timeout(60)
class PolledFeedTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int BEFORE = 20_000;

  private final FeedHarness harness = new FeedHarness();
  private final Queue<Change> got = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void open() {
    harness.isPolled = true;
    create(BEFORE);
  }

  @AfterEach
  void close() {
    harness.close();
  }

  private void create(int n) {
    for (int i = 0; i < n; i++) {
      harness.create(FeedHarness.task("T" + i));
    }
  }

  private void createAndReach(Subscription subscription) throws InterruptedException {
    long last = harness.create(FeedHarness.task("T")).sequence();
    assertThat(subscription.await(last, LONG)).isTrue();
  }

  private List<Long> got() {
    List<Long> sequences = new ArrayList<>();
    got.forEach(change -> sequences.add(change.sequence()));
    return sequences;
  }

  /** Whoever watches from now on needs nothing that was committed since the store's open. */
  @Test
  void theFirstSubscriptionReadsWhatComesFromThenOn() throws Exception {
    WatchOptions fromNow = WatchOptions.builder().build();
    try (Subscription subscription = harness.feed.watch(fromNow, got::add)) {
      createAndReach(subscription);
    }
    assertThat(got()).containsExactly(BEFORE + 1L);
    assertThat(harness.read.get()).isBetween(1, 10);
  }

  @Test
  void aSubscriptionFromAnEarlierSequenceGetsAll() throws Exception {
    WatchOptions from = WatchOptions.builder().fromSequence(5).build();
    try (Subscription subscription = harness.feed.watch(from, got::add)) {
      createAndReach(subscription);
    }
    assertThat(got()).isEqualTo(LongStream.rangeClosed(6, BEFORE + 1).boxed().toList());
  }

  private static void awaitFailed(Subscription subscription, Throwable cause)
      throws InterruptedException {
    assertThat(subscription.await(Long.MAX_VALUE, LONG)).isFalse();
    assertThat(subscription.state()).isEqualTo(Subscription.State.FAILED);
    assertThat(subscription.failure()).isSameAs(cause);
  }

  /** Also who comes later, and waits for what the next poll brings. */
  @Test
  void whereNoneCanBePolledAllFail() throws Exception {
    WatchOptions fromNow = WatchOptions.builder().build();
    Subscription live = harness.feed.watch(fromNow, got::add);
    Until.holds("it is live", () -> live.state() == Subscription.State.LIVE);
    StorageException fails = new StorageException("the log cannot be read", Map.of());
    harness.logFails.set(fails);
    create(1);
    awaitFailed(live, fails);
    awaitFailed(harness.feed.watch(fromNow, got::add), fails);
    harness.logFails.set(null);
    try (Subscription again = harness.feed.watch(fromNow, got::add)) {
      createAndReach(again);
    }
    assertThat(got()).containsExactly(BEFORE + 2L);
  }

  /** Under a lease nothing else catches up, and close waits. */
  @Test
  void manyCommitsArePolledInParts() throws Exception {
    WatchOptions fromNow = WatchOptions.builder().queueCapacity(10_000).build();
    try (Subscription subscription = harness.feed.watch(fromNow, got::add)) {
      while (harness.feed.evaluations() == 0) { // until it is live: before, it reads by itself
        createAndReach(subscription);
      }
      int before = got.size();
      create(2_000);
      createAndReach(subscription);
      assertThat(got).hasSize(before + 2_001);
    }
    assertThat(harness.mostRead.get()).isBetween(100, 256);
  }
}
