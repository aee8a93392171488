package dev.quarry.internal.read;

import dev.quarry.Task;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.lifecycle.Failures;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** Reads all records from several threads, each taking key ranges in turn. */
public final class ParallelScan {
  private static final int RANGES_PER_THREAD = 8;

  private final PinnedView view;
  private final RecordCodec codec;
  private final Deadline deadline;
  private final Matcher holds;
  private final Consumer<? super Task> action;
  private final boolean everything;
  private final Query query;
  private final AtomicLong nextRange = new AtomicLong();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  ParallelScan(
      PinnedView view,
      RecordCodec codec,
      Query query,
      Consumer<? super Task> action,
      Deadline deadline) {
    this.view = view;
    this.codec = codec;
    this.deadline = deadline;
    this.query = query;
    this.holds = Matcher.of(query.condition(), view);
    this.everything = query.condition() instanceof Condition.And and && and.parts().isEmpty();
    this.action = action;
  }

  /** Refuses what no parallel scan takes; an order is no part of one. */
  public static void check(Query query, int threads) {
    if (query.limit().isPresent()) {
      throw new IllegalArgumentException(
          "a parallel scan has no order, so a query's limit has no meaning; take it away");
    }
    if (threads < 1 || threads > 1_024) {
      throw new IllegalArgumentException("threads must be 1 to 1024, but is " + threads);
    }
  }

  void run(int threads) {
    check(query, threads);
    long ranges = (long) threads * RANGES_PER_THREAD;
    long width = view.ordinalBound() / ranges + 1;
    List<Thread> workers = new ArrayList<>();
    try {
      for (int i = 1; i < threads; i++) {
        Thread worker = new Thread(() -> work(ranges, width), "quarry-scan-" + i);
        worker.setDaemon(true);
        worker.start();
        workers.add(worker);
      }
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e); // those that started stop, and are awaited below
    }
    work(ranges, width); // the caller is one of them
    workers.forEach(Interrupts::join); // they use the view: it must outlive them
    Failures.throwIfAny(failure.get());
  }

  private void work(long ranges, long width) {
    Deadline untilNext = deadline.fresh();
    try {
      long range = nextRange.getAndIncrement();
      while (range < ranges && failure.get() == null) {
        byte[] lower = Keys.number(range * width);
        byte[] upper = range == ranges - 1 ? null : Keys.number((range + 1) * width);
        scan(lower, upper, untilNext);
        range = nextRange.getAndIncrement();
      }
    } catch (Throwable e) { // also what an action must not throw
      failure.compareAndSet(null, e); // thrown to the caller by run
    }
  }

  private void scan(byte[] lower, byte[] upper, Deadline untilNext) {
    try (RecordWalk walk = new RecordWalk(view.iterate(Family.RECORDS, lower, upper, true))) {
      ByteBuffer record = walk.next();
      while (record != null && failure.get() == null) {
        untilNext.step();
        if (everything || holds.test(walk.ordinal(), codec.indexed(record))) {
          action.accept(codec.decode(record));
          untilNext.restart(); // the action's time is the caller's
        }
        record = walk.next();
      }
    }
  }
}
