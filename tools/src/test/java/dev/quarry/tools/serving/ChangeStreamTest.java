package dev.quarry.tools.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.query.Condition;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What waits for readers that stand still is bounded for all together. */
@Timeout(300)
class ChangeStreamTest {
  private static final int EVENT = 10;
  private static final int STREAMS = 4;
  private static final int CHANGES = 5;

  /** Room for so many events beside one of each stream. */
  private static final int ROOM = 3;

  private final LongAdder sent = new LongAdder();
  private final AtomicInteger accepted = new AtomicInteger();
  private final WaitingBytes waiting = new WaitingBytes(ROOM * EVENT);
  private final List<ChangeStream> streams = new ArrayList<>();
  private final List<Thread> feeds = new ArrayList<>();

  private static Change change(int number) {
    Task task = Task.builder("T-" + number, "t").build();
    return new Change(number, Instant.EPOCH, Change.Kind.CREATED, "write", null, "T", null, task);
  }

  private void feed(ChangeStream stream) {
    for (int i = 1; i <= CHANGES; i++) {
      stream.accept(change(i));
      accepted.incrementAndGet();
    }
  }

  private void awaitAccepted(int number) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (accepted.get() != number || feeds.stream().anyMatch(ChangeStreamTest::isAtWork)) {
      assertThat(accepted).hasValueLessThanOrEqualTo(number);
      assertThat(System.nanoTime()).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  private static boolean isAtWork(Thread thread) {
    return thread.isAlive() && thread.getState() != Thread.State.TIMED_WAITING;
  }

  @Test
  void readersThatStandStillHoldNoMoreThanTheirRoomAndHoldUpNobody() throws Exception {
    for (int i = 0; i < STREAMS; i++) {
      ChangeStream stream =
          new ChangeStream(new Events(), Duration.ofDays(1), null, true, sent, waiting);
      stream.begin(new Live());
      streams.add(stream);
      Thread feed = new Thread(() -> feed(stream));
      feeds.add(feed);
      feed.start();
    }
    awaitAccepted(STREAMS + ROOM);
    assertThat(waiting.free()).isZero();

    ChangeStream good = streams.get(0);
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    Thread reader = new Thread(() -> run(good, read));
    reader.start();
    feeds.get(0).join();
    while (sent.sum() < CHANGES) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    good.end();
    reader.join();
    assertThat(read.toString(StandardCharsets.UTF_8).split("event: change", -1))
        .hasSize(CHANGES + 1);

    streams.forEach(ChangeStream::end);
    for (Thread feed : feeds) {
      feed.join();
    }
    streams.forEach(ChangeStream::forget);
    assertThat(waiting.free()).isEqualTo(ROOM * EVENT);
  }

  @Test
  void aReaderThatKeepsUpNeedsNoneOfTheRoomThatOthersHave() throws Exception {
    int changes = 400;
    assertThat(waiting.take(ROOM * EVENT, 0, () -> true)).isTrue();
    ChangeStream stream =
        new ChangeStream(new Events(), Duration.ofDays(1), null, true, sent, waiting);
    stream.begin(new Live());
    Thread reader = new Thread(() -> run(stream, new ByteArrayOutputStream()));
    reader.start();
    long begin = System.nanoTime();
    for (int i = 1; i <= changes; i++) {
      stream.accept(change(i));
    }
    // a feed that looks for itself whether room is needed does so each quarter of a second
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(60));
    stream.end();
    reader.join();
    stream.forget();
    waiting.giveBack(ROOM * EVENT);
    assertThat(waiting.free()).isEqualTo(ROOM * EVENT);
  }

  @Test
  void aStreamThatBeginsAgainIsNotHeldUpByWhatItsReaderHas() throws Exception {
    assertThat(waiting.take(ROOM * EVENT, 0, () -> true)).isTrue();
    EventId had = new EventId(1, 1);
    ChangeStream stream =
        new ChangeStream(new Events(), Duration.ofDays(1), had, true, sent, waiting);
    stream.begin(new Live());
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    Thread reader = new Thread(() -> run(stream, read));
    reader.start();
    Thread feed = new Thread(() -> feed(stream));
    feeds.add(feed);
    feed.start();
    feed.join(TimeUnit.SECONDS.toMillis(60));
    assertThat(accepted).hasValue(CHANGES);
    while (sent.sum() < CHANGES - 1) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    stream.end();
    reader.join();
    assertThat(read.toString(StandardCharsets.UTF_8).split("event: change", -1)).hasSize(CHANGES);
    stream.forget();
    waiting.giveBack(ROOM * EVENT);
    assertThat(waiting.free()).isEqualTo(ROOM * EVENT);
  }

  @Test
  void aFeedThatNeedsNoMoreRoomGoesOnAtOnce() throws Exception {
    assertThat(waiting.take(ROOM * EVENT, 0, () -> true)).isTrue();
    AtomicBoolean needed = new AtomicBoolean(true);
    AtomicBoolean taken = new AtomicBoolean(true);
    Thread feed =
        new Thread(
            () -> {
              try {
                taken.set(waiting.take(EVENT, Long.MAX_VALUE, needed::get));
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    feed.start();
    while (feed.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    needed.set(false);
    waiting.giveBack(0);
    feed.join();
    assertThat(taken).isFalse();
  }

  @Test
  void aStreamThatHasEndedLooksAtNoFurtherChange() {
    AtomicInteger made = new AtomicInteger();
    ChangeStream stream =
        new ChangeStream(
            new Events() {
              @Override
              public String event(Change change) {
                made.incrementAndGet();
                return super.event(change);
              }
            },
            Duration.ofDays(1),
            null,
            true,
            sent,
            waiting);
    stream.begin(new Live());
    stream.end();
    stream.accept(change(1));
    assertThat(made).hasValue(0);
  }

  private static void run(ChangeStream stream, OutputStream out) {
    try {
      stream.run(out);
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Every change is an event of the same length. */
  private static class Events implements Served {
    @Override
    public TaskStore store() {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Route> routes() {
      return List.of();
    }

    @Override
    public String event(Change change) {
      return "x".repeat(EVENT);
    }

    @Override
    public Condition filter(String text) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Refusal refusal(RuntimeException failure) {
      throw new UnsupportedOperationException();
    }
  }

  /** It goes on for ever. */
  private static final class Live implements Subscription {
    @Override
    public long position() {
      return 0;
    }

    @Override
    public long lag() {
      return 0;
    }

    @Override
    public long delivered() {
      return 0;
    }

    @Override
    public long dropped() {
      return 0;
    }

    @Override
    public State state() {
      return State.LIVE;
    }

    @Override
    public Throwable failure() {
      return null;
    }

    @Override
    public boolean await(long sequence, Duration timeout) {
      return false;
    }

    @Override
    public void close() {}
  }
}
