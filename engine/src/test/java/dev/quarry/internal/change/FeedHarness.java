package dev.quarry.internal.change;

import dev.quarry.Task;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.write.Action;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.CommitPart;
import dev.quarry.internal.write.TaskChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Predicate;

/** A feed over commits that a test makes up, with a clock that a test sets. */
final class FeedHarness implements CommitSource, AutoCloseable {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  final AtomicReference<Instant> clock = new AtomicReference<>(START);
  final ConcurrentSkipListMap<Long, Commit> log = new ConcurrentSkipListMap<>();
  final Guard guard = new Guard("test");

  /** Runs whenever the feed asks for the time. */
  final AtomicReference<Runnable> atEachTime = new AtomicReference<>(() -> {});

  /** What a read of the log fails with, or null. */
  final AtomicReference<RuntimeException> logFails = new AtomicReference<>();

  /** Runs whenever the log is read. */
  final AtomicReference<Runnable> atEachRead = new AtomicReference<>(() -> {});

  /** How many commits were read from the log, in all and under one lease. */
  final AtomicInteger read = new AtomicInteger();

  final AtomicInteger mostRead = new AtomicInteger();

  /** The most changes that were read at once. */
  final AtomicInteger largestPart = new AtomicInteger();

  /** Whether commits are made as by another process, which announces none. */
  volatile boolean isPolled;

  final ChangeFeed feed;
  private volatile long last;

  FeedHarness() {
    this(Thread::start);
  }

  /** One whose threads are begun by {@code starter}. */
  @SuppressWarnings("ThisEscapedInObjectConstruction") // asked for nothing yet
  FeedHarness(Consumer<Thread> starter) {
    Positions none = new Positions(null, null);
    feed = new ChangeFeed(this, guard, this::time, 0, Runnable::run, none, starter);
  }

  private Instant time() {
    atEachTime.get().run();
    return clock.get();
  }

  /** Commits new tasks. */
  Commit create(Task... tasks) {
    List<TaskChange> changes = new ArrayList<>();
    Arrays.stream(tasks).forEach(task -> changes.add(new TaskChange(0, null, task)));
    return commit(changes);
  }

  /** Commits a change of one task. */
  Commit change(Task before, Task after) {
    return commit(List.of(new TaskChange(0, before, after)));
  }

  Commit commit(List<TaskChange> changes) {
    Commit commit = new Commit(last + 1, clock.get(), Action.WRITE, null, changes);
    log.put(commit.sequence(), commit);
    last = commit.sequence();
    if (!isPolled) {
      feed.committed(commit);
    }
    return commit;
  }

  static Task task(String id) {
    return Task.builder(id, id).build();
  }

  @Override
  public long last() {
    return last;
  }

  @Override
  public long lastSeen() {
    return last;
  }

  @Override
  public boolean takeOver() {
    return isPolled;
  }

  @Override
  public long firstRetained() {
    return log.isEmpty() ? last + 1 : log.firstKey();
  }

  @Override
  public Reader reader() {
    return this::forEachPart;
  }

  private void forEachPart(long after, int skip, IntSupplier most, Predicate<CommitPart> more) {
    atEachRead.get().run();
    RuntimeException fails = logFails.get();
    if (fails != null) {
      throw fails;
    }
    int n = 0;
    boolean goOn = true;
    for (Commit commit : log.tailMap(after, false).values()) {
      n++;
      int passed = commit.sequence() == after + 1 ? skip : 0;
      boolean isLast = false;
      while (goOn && !isLast) {
        CommitPart part = CommitPart.of(commit, passed, most.getAsInt());
        largestPart.accumulateAndGet(part.commit().changes().size(), Math::max);
        passed += part.commit().changes().size();
        isLast = part.isLast();
        goOn = more.test(part);
      }
      if (!goOn) {
        break;
      }
    }
    read.addAndGet(n);
    mostRead.accumulateAndGet(n, Math::max);
  }

  @Override
  public void close() {
    guard.close();
    guard.awaitIdle();
    feed.close();
  }
}
