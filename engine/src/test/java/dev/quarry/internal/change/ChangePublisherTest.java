package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.SequenceNotRetainedException;
import dev.quarry.Stealth;
import dev.quarry.change.Change;
import dev.quarry.change.WatchOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rules of {@link Flow} that a publisher keeps. */
@Timeout(60)
class ChangePublisherTest {
  private final FeedHarness harness = new FeedHarness();

  @AfterEach
  void close() {
    harness.close();
  }

  /** Records what it is told, and that it is told one thing at a time. */
  private static class Recorder implements Flow.Subscriber<Change> {
    final List<Change> got = Collections.synchronizedList(new ArrayList<>());
    final List<String> signals = Collections.synchronizedList(new ArrayList<>());
    final Semaphore arrived = new Semaphore(0);
    final CountDownLatch ended = new CountDownLatch(1);
    final AtomicInteger inside = new AtomicInteger();
    final AtomicInteger overlaps = new AtomicInteger();
    volatile Flow.Subscription subscription;
    volatile Throwable error;

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      signals.add("subscribe");
    }

    @Override
    public void onNext(Change change) {
      overlaps.addAndGet(inside.incrementAndGet() > 1 ? 1 : 0);
      got.add(change);
      signals.add("next");
      inside.decrementAndGet();
      arrived.release();
    }

    @Override
    public void onError(Throwable failure) {
      error = failure;
      signals.add("error");
      ended.countDown();
    }

    @Override
    public void onComplete() {
      signals.add("complete");
      ended.countDown();
    }

    void await(int n) throws InterruptedException {
      assertThat(arrived.tryAcquire(n, 30, TimeUnit.SECONDS)).isTrue();
    }

    void awaitEnd() throws InterruptedException {
      assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  private void commits(int n) {
    for (int i = 0; i < n; i++) {
      harness.create(FeedHarness.task("T" + i));
    }
  }

  private Recorder subscribe(WatchOptions options) {
    Recorder recorder = new Recorder();
    harness.feed.publisher(options).subscribe(recorder);
    return recorder;
  }

  private static WatchOptions all() {
    return WatchOptions.builder().fromSequence(0).queueCapacity(16).build();
  }

  @Test
  void aStoreThatClosesWhileOneSubscribesStillCompletesIt() throws Exception {
    Recorder recorder =
        new Recorder() {
          @Override
          public void onSubscribe(Flow.Subscription given) {
            super.onSubscribe(given);
            harness.close();
          }
        };
    harness.feed.publisher(all()).subscribe(recorder);
    recorder.awaitEnd();
    assertThat(recorder.signals).containsExactly("subscribe", "complete");
  }

  @Test
  void whoThrowsWhileItIsSubscribedGetsNothing() throws Exception {
    IOException cause = new IOException("by stealth");
    Recorder recorder =
        new Recorder() {
          @Override
          public void onSubscribe(Flow.Subscription given) {
            super.onSubscribe(given);
            given.request(Long.MAX_VALUE);
            throw Stealth.raise(cause);
          }
        };
    assertThatThrownBy(() -> harness.feed.publisher(all()).subscribe(recorder)).isSameAs(cause);
    Recorder other = subscribe(all());
    other.subscription.request(Long.MAX_VALUE);
    commits(1_000);
    other.await(1_000);
    assertThat(recorder.signals).containsExactly("subscribe");
  }

  @Test
  void deliversNoMoreThanRequested() throws Exception {
    Recorder recorder = subscribe(all());
    Recorder eager = subscribe(all());
    eager.subscription.request(Long.MAX_VALUE);
    eager.subscription.request(Long.MAX_VALUE);
    commits(1_000);
    eager.await(1_000);
    assertThat(recorder.got).isEmpty();
    recorder.subscription.request(3);
    recorder.await(3);
    recorder.subscription.request(1);
    recorder.subscription.request(5);
    recorder.await(6);
    commits(10);
    eager.await(10);
    assertThat(recorder.got).hasSize(9);
    recorder.subscription.request(2_000);
    recorder.await(1_001);
    for (Recorder each : List.of(recorder, eager)) {
      assertThat(each.got).hasSize(1_010);
      for (int i = 0; i < 1_010; i++) {
        assertThat(each.got.get(i).sequence()).isEqualTo(i + 1);
      }
      assertThat(each.overlaps.get()).isZero();
      assertThat(each.signals.get(0)).isEqualTo("subscribe");
    }
  }

  @Test
  void requestsFromInsideGoOn() throws Exception {
    Recorder one =
        new Recorder() {
          @Override
          public void onSubscribe(Flow.Subscription given) {
            super.onSubscribe(given);
            given.request(1);
          }

          @Override
          public void onNext(Change change) {
            super.onNext(change);
            subscription.request(1);
          }
        };
    harness.feed.publisher(all()).subscribe(one);
    commits(5_000);
    one.await(5_000);
    assertThat(one.got).hasSize(5_000);
  }

  @Test
  void aBadRequestIsAnError() throws Exception {
    Recorder recorder = subscribe(all());
    recorder.subscription.request(0);
    recorder.awaitEnd();
    assertThat(recorder.error)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0");
    commits(1);
    recorder.subscription.request(1);
    assertThat(recorder.signals).containsExactly("subscribe", "error");
  }

  @Test
  void nothingComesAfterACancel() throws Exception {
    Recorder recorder =
        new Recorder() {
          @Override
          public void onNext(Change change) {
            subscription.cancel();
            super.onNext(change);
          }
        };
    harness.feed.publisher(all()).subscribe(recorder);
    recorder.subscription.request(100);
    commits(100);
    recorder.await(1);
    Recorder other = subscribe(all());
    other.subscription.request(100);
    other.await(100);
    recorder.subscription.cancel();
    recorder.subscription.request(1);
    harness.close();
    assertThat(recorder.signals).containsExactly("subscribe", "next");
  }

  /** Until one who asked later has got something: long enough for a worker to come in between. */
  private void awaitOther() {
    Recorder other = subscribe(all());
    other.subscription.request(1);
    try {
      other.await(1);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    other.subscription.cancel();
  }

  /** A subscriber that takes its time in {@code onSubscribe}, behind its first call. */
  private Recorder subscribeSlowly(Consumer<Flow.Subscription> call) {
    Recorder recorder =
        new Recorder() {
          @Override
          public void onSubscribe(Flow.Subscription given) {
            super.onSubscribe(given);
            call.accept(given);
            awaitOther();
            signals.add("subscribed");
          }
        };
    harness.feed.publisher(all()).subscribe(recorder);
    return recorder;
  }

  @Test
  void nothingComesBeforeItIsSubscribed() throws Exception {
    commits(1);
    Recorder recorder = subscribeSlowly(given -> given.request(1));
    recorder.await(1);
    assertThat(recorder.signals).containsExactly("subscribe", "subscribed", "next");
    Recorder refused = subscribeSlowly(given -> given.request(0));
    refused.awaitEnd();
    assertThat(refused.signals).containsExactly("subscribe", "subscribed", "error");
  }

  @Test
  void theCloseDoesNotWaitForWhoCancelsAtOnce() {
    commits(1);
    Recorder recorder = subscribeSlowly(Flow.Subscription::cancel);
    long start = System.nanoTime();
    harness.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isLessThan(Duration.ofSeconds(8)); // of ten
    assertThat(recorder.signals).containsExactly("subscribe", "subscribed");
  }

  @Test
  void completesWhenTheStoreCloses() throws Exception {
    Recorder recorder = subscribe(all());
    recorder.subscription.request(5);
    commits(5);
    recorder.await(5);
    harness.close();
    recorder.awaitEnd();
    assertThat(recorder.signals).endsWith("next", "complete").hasSize(7);
  }

  @Test
  void whatCannotBeWatchedIsAnError() throws Exception {
    commits(10);
    harness.log.headMap(5L).clear();
    Recorder recorder = subscribe(all());
    recorder.awaitEnd();
    assertThat(recorder.error).isInstanceOf(SequenceNotRetainedException.class);
    assertThat(recorder.signals).containsExactly("subscribe", "error");
    recorder.subscription.request(1);
    recorder.subscription.cancel();
    assertThatThrownBy(() -> harness.feed.publisher(all()).subscribe(null))
        .isInstanceOf(NullPointerException.class);
  }
}
