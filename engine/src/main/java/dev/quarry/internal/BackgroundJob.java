package dev.quarry.internal;

import dev.quarry.Job;
import dev.quarry.internal.lifecycle.Failures;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.write.ChunkedWork;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Does chunks in a thread until there are no more, or it is told to stop. */
final class BackgroundJob implements Job, ChunkedWork.Tally {
  private final String name;
  private final ChunkedWork work;
  private final Thread thread;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicLong treated = new AtomicLong();
  private final AtomicLong changed = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final List<String> problems = new CopyOnWriteArrayList<>();
  private volatile boolean cancelled;
  private volatile State state = State.RUNNING;
  private volatile Throwable cause;

  /**
   * A job.
   *
   * @param scope runs the thread's work
   * @param end is run when the work has ended
   */
  BackgroundJob(
      String name, ChunkedWork work, Consumer<Runnable> scope, Consumer<BackgroundJob> end) {
    this.name = name;
    this.work = work;
    thread =
        new Thread(
            () -> {
              try {
                scope.accept(this::run);
              } finally {
                end.accept(this);
                ended.countDown();
              }
            },
            "quarry-job-" + name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    State last = State.FAILED;
    try {
      boolean more = true;
      while (more) {
        checkCancelled();
        more = work.next(this);
      }
      last = State.DONE;
    } catch (Throwable e) { // also a checked one that a change function throws by stealth
      if (cancelled && e instanceof CancellationException) {
        last = State.CANCELLED;
      } else {
        cause = e; // thrown by await
      }
    }
    state = last;
  }

  @Override
  public void checkCancelled() {
    if (cancelled) {
      throw new CancellationException();
    }
  }

  @Override
  public void made(long tasks, long changes) {
    treated.addAndGet(tasks);
    changed.addAndGet(changes);
  }

  @Override
  public void failed(long tasks) {
    failed.addAndGet(tasks);
  }

  @Override
  public void problem(String text) {
    if (problems.size() < Progress.MAX_PROBLEMS) {
      problems.add(text);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Progress progress() {
    State now = state; // first: what is counted behind it was done before
    return new Progress(now, treated.get(), changed.get(), failed.get(), new ArrayList<>(problems));
  }

  @Override
  public void cancel() {
    cancelled = true;
  }

  @Override
  public Progress await() throws InterruptedException {
    ended.await();
    Failures.throwIfAny(cause);
    return progress();
  }

  /** Cancels it and waits until it has ended. */
  void stop() {
    cancel();
    Interrupts.await(ended); // it uses what is closed next
  }
}
