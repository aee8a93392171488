package dev.quarry.internal.change;

import dev.quarry.StorageException;
import dev.quarry.StoreClosedException;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.lifecycle.SlidingWindow;
import dev.quarry.internal.write.Commit;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One subscription. At most one worker at a time runs {@link #slice}; the dispatcher fills the
 * {@link Inbox} and moves it between the phases.
 *
 * <p>LAGGING: the worker empties the inbox, then reads commits behind {@link #readTo} out of the
 * ring or the change log, until there are none. JOINING: it has asked the dispatcher to take over.
 * LIVE: the dispatcher hands it each commit. A commit that finds the inbox full makes it LAGGING
 * again, from the commit before; so every commit reaches the listener by exactly one of the two
 * ways. FAILING: the dispatcher could not go on and has given it up; a worker ends it.
 */
final class FeedSubscription implements Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(FeedSubscription.class);
  private static final long SLICE_NANOS = 2_000_000;
  private static final long[] RETRY_NANOS = {10_000_000, 50_000_000, 250_000_000};

  /** How it gets its commits. */
  private enum Phase {
    LAGGING,
    JOINING,
    LIVE,
    FAILING
  }

  private final ChangeFeed feed;
  private final WatchOptions options;
  private final Sink sink;
  private final Selection selection;
  private final Inbox inbox;
  private final Demand demand;
  private final SlidingWindow rate;
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final AtomicLong deliveredChanges = new AtomicLong();
  private final AtomicLong known = new AtomicLong();
  private final CountDownLatch ended = new CountDownLatch(1);

  private volatile boolean begun;
  private volatile boolean left;
  private volatile Phase phase = Phase.LAGGING;
  private volatile State end; // CLOSED or FAILED once it has ended
  private volatile Throwable failure;
  private volatile boolean closing;
  private volatile boolean closingNow;
  private volatile Throwable toFail;
  private volatile Thread deliverer;
  private volatile boolean heartbeatDue;
  private volatile boolean saveDue;
  private volatile Instant lastActivity;
  private volatile long notBefore = Long.MIN_VALUE;

  /** All commits up to this are delivered. Written by whoever delivers. */
  private volatile long delivered;

  // of whoever delivers, or of the dispatcher while it is neither LAGGING nor scheduled
  private final CatchUp past;
  private Item current;
  private boolean isInside; // of a commit some of which was delivered, and none of it is current
  private int attempts; // of the change under delivery
  private int failedBeats; // in a row
  private final PositionSaver saver;

  FeedSubscription(ChangeFeed feed, WatchOptions options, long from, Sink sink, Demand demand) {
    this.feed = feed;
    this.options = options;
    this.sink = sink;
    this.demand = demand;
    this.selection = new Selection(options);
    this.inbox = new Inbox(options.mode(), options.queueCapacity());
    double perSecond = options.ratePerSecond();
    this.rate = perSecond > 0 ? SlidingWindow.perSecond(perSecond, System.nanoTime()) : null;
    this.saver = options.name() == null ? null : new PositionSaver(options, from, feed.now());
    this.delivered = from;
    this.past = new CatchUp(feed, options, selection, inbox, from);
    this.known.set(from);
    this.lastActivity = feed.now();
  }

  WatchOptions options() {
    return options;
  }

  // ---- dispatcher's side

  /** Hands over a commit's changes, not empty; LIVE only. False where it lags from now on. */
  boolean offer(List<Change> changes, long sequence) {
    boolean taken = inbox.offer(changes, sequence);
    if (!taken) {
      past.goOnBehind(sequence - 1);
      phase = Phase.LAGGING;
    }
    schedule();
    return taken;
  }

  /** How far it has read by itself; JOINING only. */
  long readTo() {
    return past.readTo();
  }

  void live() {
    phase = Phase.LIVE;
  }

  void sendBack() {
    phase = Phase.LAGGING;
    schedule();
  }

  /**
   * Fails it, soon, at the position that it has now. Before the dispatcher moves on: what it passes
   * from then on is not handed over.
   */
  void giveUp(Throwable cause) {
    position(); // kept in known; from the next line on the dispatcher's no longer counts
    phase = Phase.FAILING;
    fail(cause);
  }

  /** Whether the dispatcher must not take it any more. */
  boolean hasLeft() {
    return left;
  }

  /** Looks whether a heartbeat or storing the position is due. */
  void tick(Instant now) {
    Duration interval = options.heartbeat();
    // the mark first: once it is taken away, the last activity is that heartbeat
    boolean marked = heartbeatDue;
    if (interval != null && !marked && isOver(interval, now)) {
      heartbeatDue = true;
      schedule();
    }
    if (saver != null && saver.isDue(position(), now)) {
      saveDue = true;
      schedule();
    }
  }

  /** By the difference: an interval may lead past the last instant there is. */
  private boolean isOver(Duration interval, Instant now) {
    return Duration.between(lastActivity, now).compareTo(interval) >= 0;
  }

  /** Its changes of a commit. */
  List<Change> matches(Commit commit) {
    return selection.of(commit);
  }

  /** Lets workers at it: whatever was asked of it before waits until now. */
  void begin() {
    begun = true; // first: what was asked for in between is seen by the slice
    schedule();
  }

  /** Ends it, as {@link #close} does, in the calling thread. */
  void endHere() {
    closing = true;
    begun = true;
    if (end == null && scheduled.compareAndSet(false, true)) {
      slice();
    }
  }

  /** Asks for a worker, unless one is on its way. */
  void schedule() {
    if (begun && end == null && scheduled.compareAndSet(false, true)) {
      feed.workers().submit(this);
    }
  }

  // ---- worker's side

  /** Delivers for a while. One thread at a time. */
  void slice() {
    deliverer = Thread.currentThread();
    boolean more = true;
    try {
      long start = System.nanoTime();
      while (more && end == null && System.nanoTime() - start < SLICE_NANOS) {
        more = step();
      }
    } catch (Throwable e) { // whatever it is: this would come to the same place for ever
      finish(e); // the log, or the store, fails
    } finally {
      deliverer = null;
      scheduled.set(false);
      // what came in between the last look and the reset found it scheduled
      if (end == null && (more || hasWork())) {
        schedule();
      }
      feed.signal();
    }
  }

  /** Where the device is full, the position is stored later, and delivery goes on. */
  private void save() {
    try {
      feed.save(saver, position());
    } catch (StorageException e) {
      if (!e.isRetryable()) {
        throw e;
      }
    } catch (StoreClosedException e) {
      if (!feed.isStoreClosed()) {
        throw e;
      }
      // its end, to which it goes on, stores the position
    }
  }

  private boolean hasWork() {
    if (saveDue || heartbeatDue) {
      return true; // also while it is held back
    }
    if (System.nanoTime() < notBefore && !closing && toFail == null) {
      return false;
    }
    boolean blocked = demand != null && demand.isNone();
    return closing
        || toFail != null
        || (phase == Phase.LAGGING && !blocked)
        || (!blocked && !inbox.isDone());
  }

  /** One delivery or one read; false where there is nothing to do now. */
  private boolean step() {
    if (toFail != null) {
      finish(toFail);
      return false;
    }
    if (closing && (closingNow || (current == null && !isInside))) {
      finish(null);
      return false;
    }
    if (saveDue) {
      saveDue = false;
      save();
    }
    if (heartbeatDue) {
      heartbeat();
      if (end != null) {
        return false;
      }
    }
    if (current == null) {
      current = next();
    }
    boolean went = current != null && deliver();
    if (!went && closing && end == null) {
      finish(null); // held back: it would not come to the commit's end
    }
    return went;
  }

  private void heartbeat() {
    Instant now = feed.now();
    lastActivity = now;
    heartbeatDue = false; // only now: a tick would find another one due
    boolean went = call(() -> sink.heartbeat(position(), now), failedBeats);
    failedBeats = went ? 0 : failedBeats + 1; // the next one is the next attempt
  }

  private Item next() {
    if (demand != null && demand.isNone() && !isInside) { // the rest of a commit may be nothing
      return null;
    }
    Phase before = phase; // first: what is offered before it lags again is in the inbox
    Item item = inbox.poll();
    if (item == null) {
      item = past.poll();
    }
    if (item != null || before != Phase.LAGGING) {
      return item;
    }
    if (past.readTo() >= feed.last()) {
      join();
      return null;
    }
    return past.read(closing);
  }

  /** Asks the dispatcher to hand over what comes behind {@link #readTo}. */
  void join() {
    past.pause(); // first: from the next line on the dispatcher may send it back
    phase = Phase.JOINING;
    feed.join(this);
  }

  /** Delivers the next change; false where it is held back. */
  private boolean deliver() {
    if (current.next < current.size()) {
      if (demand != null && demand.isNone()) {
        return false;
      }
      long now = System.nanoTime();
      if (now < notBefore) {
        return false;
      }
      long wait = rate == null || attempts > 0 ? 0 : rate.take(now);
      if (wait > 0) {
        holdBack(now, wait);
        return false;
      }
      Change change = current.changes.get(current.next);
      if (!call(() -> sink.accept(change), attempts)) {
        if (end == null && !closingNow) {
          holdBack(System.nanoTime(), RETRY_NANOS[attempts++]);
        }
        return false;
      }
      attempts = 0;
      deliveredChanges.incrementAndGet();
      lastActivity = feed.now();
      current.next++;
      if (demand != null) {
        demand.take();
      }
    }
    if (current.next >= current.size()) {
      finishItem();
    }
    return true;
  }

  private void finishItem() {
    Item item = current;
    current = null;
    isInside = item.endsInside;
    delivered = Math.max(delivered, item.through);
    if (item.isQueued) {
      inbox.done(item);
    } else {
      past.done(item);
      if (past.isEmpty() && phase == Phase.LAGGING && inbox.isDone()) {
        delivered = Math.max(delivered, past.readTo());
      }
    }
    if (saver != null && saver.delivered(item.size(), isInside)) {
      saveDue = true;
    }
  }

  /** Runs the listener; false where it threw, for good if it had {@code failed} so often before. */
  private boolean call(Runnable work, int failed) {
    try {
      feed.callbacks().accept(work);
      return true;
    } catch (Exception e) { // also a checked one that came by stealth
      if (!closingNow && failed >= RETRY_NANOS.length) {
        finish(e);
      }
      return false;
    } catch (Throwable e) { // no use in trying again
      finish(e);
      return false;
    } finally {
      Thread.interrupted(); // the listener's business, not that of the next one
    }
  }

  private void holdBack(long now, long nanos) {
    notBefore = now + nanos;
    feed.later(this, notBefore);
  }

  /** Nobody delivers to it any more: who waits for its end must not wait for ever. */
  void abandon() {
    if (end == null) {
      end = State.CLOSED;
      ended.countDown();
    }
  }

  private void finish(Throwable cause) {
    if (end != null) {
      return;
    }
    boolean storeCloses = cause instanceof StoreClosedException && feed.isStoreClosed();
    Throwable reason = storeCloses ? null : cause;
    left = true; // first: the dispatcher may meet it only after it was told that it leaves
    try {
      feed.leave(this, saver, position());
    } catch (RuntimeException e) {
      if (reason == null) {
        reason = e;
      } else {
        reason.addSuppressed(e);
      }
    }
    failure = reason;
    end = reason == null ? State.CLOSED : State.FAILED;
    inbox.clear();
    past.clear();
    if (reason != null) {
      LOG.warn("a subscription failed at position {}", known.get(), reason);
    }
    try {
      if (!closingNow) {
        Throwable told = reason;
        feed.callbacks().accept(() -> sink.ended(told));
      }
    } catch (Throwable e) { // also a checked one that came by stealth
      LOG.warn("a subscriber failed while it was told of its end", e);
    } finally {
      ended.countDown();
    }
  }

  // ---- the caller's side

  @Override
  public long position() {
    long dispatched = feed.dispatched(); // before the phase, and that before the inbox
    boolean live = phase == Phase.LIVE;
    long now = live && inbox.isDone() && end == null ? dispatched : 0;
    return known.accumulateAndGet(Math.max(now, delivered), Math::max);
  }

  @Override
  public long lag() {
    return Math.max(0, feed.last() - position());
  }

  @Override
  public long delivered() {
    return deliveredChanges.get();
  }

  @Override
  public long dropped() {
    return inbox.dropped();
  }

  @Override
  public State state() {
    State ending = end;
    if (ending != null) {
      return ending;
    }
    return phase == Phase.LIVE ? State.LIVE : State.CATCHING_UP;
  }

  @Override
  public Throwable failure() {
    return failure;
  }

  /** Changes held in memory, for tests. */
  int held() {
    return inbox.size();
  }

  @Override
  public boolean await(long sequence, Duration timeout) throws InterruptedException {
    if (deliverer == Thread.currentThread()) {
      throw new IllegalStateException(
          "a listener cannot wait for its own subscription; wait in another thread");
    }
    return feed.await(() -> position() >= sequence, () -> end != null, timeout);
  }

  /** Ends it with a failure, soon. */
  void fail(Throwable cause) {
    toFail = cause;
    schedule();
  }

  /** Ends it soon, without waiting and with no further call. */
  void cancel() {
    closingNow = true;
    closing = true;
    schedule();
  }

  /** Ends it behind the commit under delivery, without waiting. */
  void startClosing() {
    closing = true;
    schedule();
  }

  @Override
  public void close() {
    if (deliverer == Thread.currentThread()) {
      cancel();
      return;
    }
    feed.checkMayWait();
    startClosing();
    Interrupts.await(ended);
  }
}
