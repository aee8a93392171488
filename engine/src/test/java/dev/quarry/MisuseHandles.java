package dev.quarry;

import dev.quarry.change.Subscription;
import dev.quarry.query.Query;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** What the threads of a round hold together: each uses and closes what any of them has made. */
final class MisuseHandles {
  private static final int MOST_SNAPSHOTS = 200;

  final Queue<TaskCursor> cursors = new ConcurrentLinkedQueue<>();
  final Queue<Snapshot> snapshots = new ConcurrentLinkedQueue<>();
  final Queue<Subscription> subscriptions = new ConcurrentLinkedQueue<>();
  final Queue<AsyncWrites> queues = new ConcurrentLinkedQueue<>();
  final Queue<CompletableFuture<?>> accepted = new ConcurrentLinkedQueue<>();
  final Queue<Job> jobs = new ConcurrentLinkedQueue<>();

  /** Keeps a snapshot for all; there are not so many that opening one would have to wait. */
  void keep(Snapshot snapshot) {
    snapshots.add(snapshot);
    if (snapshots.size() > MOST_SNAPSHOTS) {
      Snapshot oldest = snapshots.poll();
      if (oldest != null) {
        oldest.close();
      }
    }
  }

  /** What is tried: it may wait, and be interrupted. */
  @FunctionalInterface
  interface Call {
    /** Calls the store. */
    void run() throws InterruptedException;
  }

  /** What a caller's own code throws. */
  static final class Planned extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Planned() {
      super("planned");
    }
  }

  /** Makes a call that may be refused in these ways, or interrupted, and in no other way. */
  static void mayBeRefused(Call call, List<Class<?>> ways) {
    try {
      call.run();
    } catch (InterruptedException e) {
      return; // a wait has told it
    } catch (RuntimeException e) {
      if (!isOneOf(e, ways)) {
        throw e;
      }
    }
  }

  static boolean isOneOf(Throwable e, List<Class<?>> ways) {
    return ways.stream().anyMatch(way -> way.isInstance(e));
  }

  /** Runs what is refused inside of a change, an action or a listener. */
  static void refused(Runnable call) {
    try {
      call.run();
    } catch (IllegalStateException e) {
      if (!String.valueOf(e.getMessage()).matches(".* (inside|own thread).*")) {
        throw e;
      }
    }
  }

  /** Uses of what a closed store has handed out, each of which is refused. */
  List<Runnable> uses() {
    List<Runnable> uses = new ArrayList<>();
    cursors.forEach(cursor -> uses.add(cursor::nextChunk));
    snapshots.forEach(snapshot -> uses.add(() -> snapshot.get("T-1")));
    snapshots.forEach(snapshot -> uses.add(() -> snapshot.stream(Query.all())));
    queues.forEach(queue -> uses.add(() -> takesNothing(queue)));
    return uses;
  }

  private static void takesNothing(AsyncWrites queue) {
    CompletableFuture<?> refused = queue.delete("T-1");
    throw new AssertionError("a closed queue took a write: " + refused);
  }

  /** What a closed store has ended has ended: nothing runs, and nothing that it accepted waits. */
  void checkEnded(Consumer<Throwable> unexpected) {
    for (Job job : jobs) {
      if (job.progress().state() == Job.State.RUNNING) {
        unexpected.accept(new AssertionError("a job runs behind the close: " + job.name()));
      }
    }
    for (Subscription subscription : subscriptions) {
      List<Class<?>> ways = List.of(Planned.class, SequenceNotRetainedException.class);
      Throwable failure = subscription.failure();
      if (failure != null && !isOneOf(failure, ways)) {
        unexpected.accept(failure);
      }
      Subscription.State state = subscription.state();
      if (state != Subscription.State.CLOSED && state != Subscription.State.FAILED) {
        unexpected.accept(new AssertionError("a subscription is " + state + " behind the close"));
      }
    }
    if (!accepted.stream().allMatch(CompletableFuture::isDone)) {
      unexpected.accept(new AssertionError("an accepted write was not made"));
    }
  }

  /** Closes and forgets all; their store is closed. */
  void closeAll() {
    Stream.of(cursors, snapshots, subscriptions, queues)
        .flatMap(Queue::stream)
        .forEach(
            handle -> {
              try {
                ((AutoCloseable) handle).close();
              } catch (RuntimeException e) {
                throw e;
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    Stream.of(cursors, snapshots, subscriptions, queues, accepted, jobs).forEach(Queue::clear);
  }
}
