package dev.quarry.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongUnaryOperator;

/**
 * Many users who each have a schedule of requests, served by a few threads. When a request is due
 * is fixed by the one before it, never by its answer, and its time runs from then: a stall counts
 * for every request that became due meanwhile, so that it is not hidden by what it held back
 * (coordinated omission). A user's requests are made one after the other; one who is behind makes
 * the next at once. What is due at the end of a stage and not made yet counts there with the time
 * that it has waited so far, and in the next stage with all of it. Not thread-safe.
 */
final class Users {
  /** One request of a user. */
  interface Request {
    /** Does it and checks the answer. */
    void run(int user, SplitMix random);
  }

  /**
   * A stretch of time in which the number of users moves evenly.
   *
   * @param name what it is called
   * @param time how long it takes
   * @param usersAtEnd how many users there are at its end
   */
  record Stage(String name, Duration time, int usersAtEnd) {}

  /**
   * How a stage went.
   *
   * @param failed requests that threw
   * @param overdue requests that were due at the end and had not been made
   * @param seconds how long it took
   */
  record Result(Stage stage, Latencies times, long failed, long overdue, double seconds) {
    double failedPercent() {
      return 100.0 * failed / Math.max(1, times.operations());
    }
  }

  private static final class User implements Delayed {
    private final int number;
    private final SplitMix random;
    private long due;

    User(int number, long seed, long due) {
      this.number = number;
      this.due = due;
      random = new SplitMix(seed, number);
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(due - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(due - ((User) other).due, 0);
    }
  }

  private final class Server implements Crew.Worker {
    private static final long PATIENCE_MILLIS = 20;

    private Latencies times = new Latencies();

    @Override
    public void step() {
      User user = next();
      if (user == null) {
        return;
      }
      if (user.number >= wanted) {
        present.remove(user.number); // this user has left
        return;
      }
      try {
        request.run(user.number, user.random);
      } catch (RuntimeException e) {
        failed.incrementAndGet();
        firstError.compareAndSet(null, e);
      }
      times.record(System.nanoTime() - user.due);
      user.due += thinkNanos.applyAsLong(user.random.nextLong());
      waiting.add(user);
    }

    private User next() {
      try {
        return waiting.poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }
  }

  private static final long TICK_NANOS = 5_000_000;

  private final Request request;
  private final LongUnaryOperator thinkNanos;
  private final int threads;
  private final long seed;
  private final DelayQueue<User> waiting = new DelayQueue<>();
  private final AtomicLong failed = new AtomicLong();
  private final Set<Integer> present = ConcurrentHashMap.newKeySet();
  private final AtomicReference<Throwable> firstError = new AtomicReference<>();
  private volatile int wanted;

  /** Users whose requests are due half to one and a half times {@code apart} after each other. */
  Users(Request request, Duration apart, int threads, long seed) {
    this.request = request;
    this.threads = threads;
    this.seed = seed;
    long nanos = Math.max(2, apart.toNanos());
    thinkNanos = random -> nanos / 2 + Long.remainderUnsigned(random, nanos);
  }

  /** Runs the stages one after the other; the first begins with the users of the last run. */
  List<Result> run(List<Stage> stages, Progress progress) {
    List<Result> results = new ArrayList<>();
    for (Stage stage : stages) {
      results.add(run(stage, wanted, progress));
    }
    return results;
  }

  /** What the first failed request threw, or null. */
  Throwable firstError() {
    return firstError.get();
  }

  private Result run(Stage stage, int from, Progress progress) {
    List<Server> servers = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      servers.add(new Server());
    }
    long failedBefore = failed.get();
    long begin = System.nanoTime();
    long whole = Math.max(1, stage.time().toNanos());
    List<Crew.Worker> workers = new ArrayList<>(servers);
    workers.add(
        () -> {
          double part = Math.min(1, (System.nanoTime() - begin) / (double) whole);
          set((int) Math.round(from + part * (stage.usersAtEnd() - from)));
          LockSupport.parkNanos(TICK_NANOS);
        });
    Crew.Outcome outcome = Crew.run(stage.name(), workers, stage.time(), progress);
    if (outcome.errors() > 0) {
      throw new IllegalStateException("the load itself failed", outcome.firstError());
    }
    set(stage.usersAtEnd());
    Latencies times = new Latencies();
    servers.forEach(s -> times.add(s.times));
    long overdue = overdue(times);
    return new Result(stage, times, failed.get() - failedBefore, overdue, outcome.seconds());
  }

  /** Adds how long each user who is behind has waited by now; how many there are. */
  private long overdue(Latencies times) {
    long now = System.nanoTime();
    long overdue = 0;
    for (User user : waiting) {
      if (user.number < wanted && now - user.due > 0) {
        times.record(now - user.due);
        overdue++;
      }
    }
    return overdue;
  }

  /** Lets users come; those that have to leave do so when it is their turn. */
  private void set(int users) {
    wanted = users;
    for (int number = 0; number < users; number++) {
      if (present.add(number)) {
        long first = thinkNanos.applyAsLong(seed * 31 + number);
        waiting.add(new User(number, seed, System.nanoTime() + first));
      }
    }
  }
}
