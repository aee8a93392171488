package dev.quarry.internal.change;

import dev.quarry.change.Change;
import dev.quarry.internal.write.Commit;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that takes commits off the ring, in order, and hands each to the live
 * subscriptions that it concerns. It also keeps the feed's time: retries, rates, heartbeats, the
 * polling of another process's commits, and relief for stuck workers.
 */
final class Dispatcher implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
  private static final long TICK_NANOS = 50_000_000;
  private static final long POLL_NANOS = 100_000_000;
  private static final long RELIEF_NANOS = 5_000_000;

  /** How late an expired name is dropped, at most, while no named subscription runs. */
  private static final long SWEEP_NANOS = 60_000_000_000L;

  private record Timer(FeedSubscription subscription, long at) {}

  private final ChangeFeed feed;
  private final CommitRing ring;
  private final Consumer<Thread> starter;
  private final FilterIndex filters = new FilterIndex();
  private final Queue<FeedSubscription> joining = new ConcurrentLinkedQueue<>();
  private final Queue<FeedSubscription> leaving = new ConcurrentLinkedQueue<>();
  private final Queue<Timer> newTimers = new ConcurrentLinkedQueue<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>((a, b) -> Long.signum(a.at() - b.at())); // nanoTime may wrap

  /** Those that join from a commit which is written, but not complete; of the dispatcher alone. */
  private final List<FeedSubscription> early = new ArrayList<>();

  private final Set<FeedSubscription> timed = ConcurrentHashMap.newKeySet();
  private final Thread thread = new Thread(this, "quarry-feed-0");
  private final Semaphore beginning = new Semaphore(1);
  private volatile boolean begun;
  private volatile boolean stopped;
  private volatile long dispatched;
  private long polledAt;
  private long tickedAt;
  private long sweptAt;

  /** Written before the thread begins. */
  private boolean polls;

  /** Whether there is more to poll than was polled at once. */
  private boolean isBehind;

  /** Whether the last poll failed, which is told once. */
  private boolean isPollFailing;

  Dispatcher(ChangeFeed feed, CommitRing ring, long last, Consumer<Thread> starter) {
    this.feed = feed;
    this.ring = ring;
    this.starter = starter;
    this.dispatched = last;
    thread.setDaemon(true);
  }

  /** Starts it, at the first subscription. */
  void begin() {
    if (!begun) {
      beginNow();
    }
  }

  private void beginNow() {
    beginning.acquireUninterruptibly();
    try {
      if (!begun) {
        polls = feed.beginPolling();
        ring.activate(thread);
        starter.accept(thread);
        begun = true; // not before: where there is no thread to be had, the next one tries again
      }
    } finally {
      beginning.release();
    }
  }

  /** All live subscriptions have been handed every commit up to this. */
  long dispatched() {
    return dispatched;
  }

  long evaluations() {
    return filters.evaluations();
  }

  void join(FeedSubscription subscription) {
    joining.add(subscription);
    wake();
  }

  void leave(FeedSubscription subscription) {
    timed.remove(subscription);
    leaving.add(subscription);
    wake();
  }

  void later(FeedSubscription subscription, long nanoTime) {
    newTimers.add(new Timer(subscription, nanoTime));
    wake();
  }

  /** Has it told the time, where it wants to know it. */
  void watchTime(FeedSubscription subscription) {
    if (subscription.options().heartbeat() != null || subscription.options().name() != null) {
      timed.add(subscription);
      wake();
    }
  }

  void wake() {
    if (ring.isReaderParked()) {
      ring.wake();
    }
  }

  /** Ends it; commits that it has not seen are not handed over. */
  void stop() {
    stopped = true;
    if (begun) {
      ring.wake();
    }
  }

  @Override
  public void run() {
    while (!stopped) {
      try {
        round();
      } catch (RuntimeException | Error e) {
        failAll(e);
      }
    }
  }

  private void round() {
    long now = System.nanoTime();
    if (polls) {
      poll(now);
    }
    long last = ring.last(); // once: whoever has to wait for a later one finds it before the park
    admit(last);
    if (dispatched < last) {
      advance(last);
      feed.signal();
    }
    fireTimers(now);
    tick(now);
    feed.workers().relieve();
    long nanos = parkNanos();
    boolean unaware = nanos > RELIEF_NANOS; // that somebody waits for a worker
    ring.park(dispatched, nanos, () -> hasCommands() || (unaware && feed.workers().isBacklogged()));
  }

  private boolean hasCommands() {
    return stopped || !joining.isEmpty() || !leaving.isEmpty() || !newTimers.isEmpty();
  }

  private long parkNanos() {
    long nanos = Long.MAX_VALUE;
    if (!timers.isEmpty()) {
      nanos = Math.max(1, timers.peek().at() - System.nanoTime());
    }
    if (!timed.isEmpty()) {
      nanos = Math.min(nanos, TICK_NANOS);
    }
    if (isBehind) {
      nanos = 0;
    } else if (polls) {
      nanos = Math.min(nanos, POLL_NANOS);
    } else {
      nanos = Math.min(nanos, SWEEP_NANOS);
    }
    if (feed.workers().isBacklogged()) {
      nanos = Math.min(nanos, RELIEF_NANOS);
    }
    return nanos == Long.MAX_VALUE ? -1 : nanos;
  }

  private void poll(long now) {
    if (isBehind || polledAt == 0 || now - polledAt >= POLL_NANOS) {
      polledAt = now; // first: what throws is not tried again at once
      isBehind = false;
      isBehind = feed.poll();
      isPollFailing = false;
    }
  }

  private void dismiss() {
    for (FeedSubscription s = leaving.poll(); s != null; s = leaving.poll()) {
      filters.remove(s);
    }
  }

  private void admit(long last) {
    dismiss();
    joining.addAll(early);
    early.clear();
    for (FeedSubscription s = joining.poll(); s != null; s = joining.poll()) {
      try {
        admit(s, last);
      } catch (RuntimeException | Error e) {
        s.giveUp(e); // it is in no queue any more, and perhaps not yet among those who all fail
        throw e;
      }
    }
  }

  /** Takes a subscription over where it left off; sends it back to the log where it cannot. */
  private void admit(FeedSubscription subscription, long last) {
    if (subscription.hasLeft()) {
      return;
    }
    long readTo = subscription.readTo();
    if (readTo > last) {
      // behind a commit that is not complete: others are not told of it yet
      early.add(subscription);
      return;
    }
    if (filters.isEmpty()) {
      dispatched = Math.max(dispatched, readTo); // nobody needs what is before
    }
    if (readTo > dispatched) {
      advance(readTo); // at most a few commits: so far the worker has seen just now
    }
    List<Commit> missed = new ArrayList<>();
    for (long sequence = readTo + 1; sequence <= dispatched; sequence++) {
      Commit commit = ring.get(sequence);
      if (commit == null || commit.changes().size() > subscription.options().queueCapacity()) {
        subscription.sendBack(); // it reads a large one in parts: no others share this list of it
        return;
      }
      missed.add(commit);
    }
    for (Commit commit : missed) {
      List<Change> changes = subscription.matches(commit);
      if (!changes.isEmpty() && !subscription.offer(changes, commit.sequence())) {
        return;
      }
    }
    subscription.live(); // last: its position is that of the dispatcher from now on
    filters.add(subscription);
    if (subscription.hasLeft()) {
      filters.remove(subscription); // it left before it was in
    }
    feed.signal();
  }

  /** Hands over all commits up to {@code target}. */
  private void advance(long target) {
    CommitSource.Reader log = null;
    while (dispatched < target && !stopped) {
      if (filters.isEmpty()) {
        dispatched = target;
        return;
      }
      Commit commit = ring.get(dispatched + 1);
      if (commit == null) {
        log = log == null ? feed.reader() : log;
        readLog(log, target);
      } else {
        dispatch(commit);
      }
    }
  }

  /** The ring has dropped, or never had, the next commit. */
  private void readLog(CommitSource.Reader log, long target) {
    long from = dispatched;
    long[] first = {Long.MAX_VALUE};
    feed.readLog(
        log,
        from,
        commit -> {
          if (commit.sequence() > target) {
            return false;
          }
          if (first[0] == Long.MAX_VALUE) {
            first[0] = commit.sequence();
            feed.checkNoGap(from, first[0]);
          }
          dispatch(commit);
          return ring.get(commit.sequence() + 1) == null && !stopped;
        });
    if (first[0] == Long.MAX_VALUE) {
      feed.checkNoGap(from, first[0]);
      dispatched = target;
    }
  }

  private void dispatch(Commit commit) {
    List<FeedSubscription> lagging = null;
    for (FilterIndex.Group group : filters.match(commit)) {
      for (FeedSubscription subscription : group.subscriptions()) {
        if (!subscription.offer(group.matches(), commit.sequence())) {
          lagging = lagging == null ? new ArrayList<>() : lagging;
          lagging.add(subscription);
        }
      }
    }
    if (lagging != null) {
      lagging.forEach(filters::remove);
    }
    dispatched = commit.sequence();
  }

  private void fireTimers(long now) {
    for (Timer t = newTimers.poll(); t != null; t = newTimers.poll()) {
      timers.add(t);
    }
    while (!timers.isEmpty() && timers.peek().at() - now <= 0) {
      timers.poll().subscription().schedule();
    }
  }

  private void tick(long now) {
    if (!timed.isEmpty() && now - tickedAt >= TICK_NANOS) {
      tickedAt = now;
      timed.forEach(subscription -> subscription.tick(feed.now()));
    }
    if (feed.isExpiryDue() && now - sweptAt >= TICK_NANOS) {
      sweptAt = now; // first: what throws is not tried again at once
      feed.sweep();
    }
  }

  /** The log, or the store, fails: so do all that would have been handed over what it has. */
  private void failAll(Throwable cause) {
    if (stopped || feed.isStoreClosed()) {
      return;
    }
    dismiss(); // who has left fails no more
    List<FeedSubscription> failing = new ArrayList<>(filters.subscriptions());
    if (polls) { // these wait for what a poll brings, and it may never bring it
      failing.addAll(early);
      early.clear();
    }
    boolean wasFailing = isPollFailing;
    isPollFailing = polls;
    if (failing.isEmpty()) {
      if (!wasFailing) {
        LOG.warn("the change feed could not go on and tries again", cause);
      }
      return;
    }
    LOG.warn("the change feed cannot go on where it is; its live subscriptions fail", cause);
    for (FeedSubscription subscription : failing) {
      filters.remove(subscription);
      subscription.giveUp(cause);
    }
    dispatched = ring.last(); // last: none of them is live, so it is no position of theirs
  }
}
