package dev.quarry;

import dev.quarry.MisuseHandles.Planned;
import dev.quarry.change.Change;
import dev.quarry.change.ChangeListener;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The change feed, the past and copies for {@link MisuseProgram}: listeners that throw, close and
 * interrupt, named subscriptions that several want, undo beside writers, backups while it closes.
 */
final class MisuseChanges {
  private static final int IDS = MisuseCalls.IDS;
  private static final int MOST_SUBSCRIPTIONS = 8;
  private static final List<Class<?>> OF_FEED =
      List.of(ConflictException.class, SequenceNotRetainedException.class);
  private static final List<Class<?>> OF_PAST =
      List.of(
          ConflictException.class, SequenceNotRetainedException.class, TaskNotFoundException.class);

  private final MisuseHandles handles;
  private final Path copies;
  private final Consumer<Throwable> unexpected;
  private final AtomicLong numbers = new AtomicLong();

  /** Copies go to {@code copies}. */
  MisuseChanges(MisuseHandles handles, Path copies, Consumer<Throwable> unexpected) {
    this.handles = handles;
    this.copies = copies;
    this.unexpected = unexpected;
  }

  void call(TaskStore store, Random random, boolean takesBack) {
    switch (random.nextInt(10)) {
      case 0, 1 -> MisuseHandles.mayBeRefused(() -> watch(store, random), OF_FEED);
      case 2 -> MisuseHandles.mayBeRefused(() -> shared(store, random), OF_FEED);
      case 3 -> publish(store, random);
      case 4, 5, 6 -> MisuseHandles.mayBeRefused(() -> past(store, random), OF_PAST);
      case 7, 8 -> MisuseHandles.mayBeRefused(() -> undo(store, random, takesBack), OF_PAST);
      default -> {
        if (random.nextInt(8) == 0) {
          copy(store, random);
        } else {
          store.changesAfter(Math.max(0, store.sequence() - random.nextInt(20)), 5);
        }
      }
    }
  }

  // ---- the feed

  private static WatchOptions options(TaskStore store, Random random) {
    WatchOptions.Builder options = WatchOptions.builder();
    options.mode(WatchOptions.Mode.values()[random.nextInt(WatchOptions.Mode.values().length)]);
    options.queueCapacity(1 + random.nextInt(30));
    if (random.nextBoolean()) {
      options.fromSequence(Math.max(0, store.sequence() - random.nextInt(200)));
    }
    if (random.nextInt(3) == 0) {
      options.filter(TaskFields.AGENT.is("a" + random.nextInt(5)));
    }
    if (random.nextInt(3) == 0) {
      options.heartbeat(Duration.ofMillis(1 + random.nextInt(20)));
    }
    if (random.nextInt(5) == 0) {
      options.ratePerSecond(1 + random.nextInt(100));
    }
    return options.build();
  }

  private static WatchOptions named(TaskStore store, Random random) {
    return WatchOptions.builder()
        .name("n-" + random.nextInt(3))
        .fromSequence(store.sequence())
        .expiry(Duration.ofMillis(1 + random.nextInt(1_000)))
        .build();
  }

  private void watch(TaskStore store, Random random) throws InterruptedException {
    if (handles.subscriptions.size() >= MOST_SUBSCRIPTIONS) {
      Subscription oldest = handles.subscriptions.poll();
      if (oldest != null) {
        oldest.close();
      }
    }
    boolean isNamed = random.nextInt(3) == 0;
    Listener listener = new Listener(store, random.nextInt(12));
    Subscription begun =
        store.watch(isNamed ? named(store, random) : options(store, random), listener);
    listener.own = begun;
    handles.subscriptions.add(begun);
  }

  /** Does what a listener must not, or may. */
  private final class Listener implements ChangeListener {
    private final TaskStore store;
    private final int kind;
    private volatile Subscription own;

    Listener(TaskStore store, int kind) {
      this.store = store;
      this.kind = kind;
    }

    @Override
    public void accept(Change change) {
      try {
        act(change);
      } catch (StoreClosedException e) {
        return; // the close lets it come to its end
      } catch (Planned e) {
        throw e;
      } catch (RuntimeException | Error e) {
        unexpected.accept(e);
      }
    }

    private void act(Change change) {
      switch (kind) {
        case 0 -> throw new Planned();
        case 1 -> MisuseHandles.refused(store::close);
        case 2 -> Thread.currentThread().interrupt();
        case 3 -> store.get(change.id());
        case 4 -> {
          if (own != null) {
            own.close();
          }
        }
        case 5 -> handles.keep(store.snapshot());
        default -> Thread.onSpinWait();
      }
    }
  }

  private void shared(TaskStore store, Random random) throws InterruptedException {
    Subscription any = handles.subscriptions.peek();
    switch (random.nextInt(5)) {
      case 0 -> store.subscriptions().list();
      case 1 -> store.subscriptions().drop("n-" + random.nextInt(4));
      case 2 -> {
        if (any != null) {
          any.await(store.sequence(), Duration.ofMillis(random.nextInt(10)));
        }
      }
      case 3 -> {
        if (any != null && (any.position() < 0 || any.lag() < 0 || any.state() == null)) {
          throw new IllegalStateException("a subscription without a position");
        }
      }
      default -> {
        if (any != null) {
          handles.subscriptions.remove(any);
          any.close();
          any.close();
        }
      }
    }
  }

  private void publish(TaskStore store, Random random) {
    store.changes(options(store, random)).subscribe(new Subscriber(random.nextInt(6)));
  }

  /** Asks for too few, cancels early, throws. */
  private final class Subscriber implements Flow.Subscriber<Change> {
    private final int kind;
    private Flow.Subscription subscription;

    Subscriber(int kind) {
      this.kind = kind;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(kind == 0 ? 0 : 5);
    }

    @Override
    public void onNext(Change change) {
      switch (kind) {
        case 1 -> throw new Planned();
        case 2 -> subscription.cancel();
        case 3 -> subscription.request(Long.MAX_VALUE);
        default -> subscription.request(1);
      }
    }

    @Override
    public void onError(Throwable e) {
      List<Class<?>> ways =
          List.of(
              Planned.class,
              IllegalArgumentException.class,
              SequenceNotRetainedException.class,
              StoreClosedException.class);
      if (!MisuseHandles.isOneOf(e, ways)) {
        unexpected.accept(e);
      }
    }

    @Override
    public void onComplete() {
      subscription.request(1);
    }
  }

  // ---- the past

  private void past(TaskStore store, Random random) {
    String id = "T-" + random.nextInt(IDS);
    long now = store.sequence();
    long before = Math.max(0, now - random.nextInt(30));
    switch (random.nextInt(7)) {
      case 0 -> store.history(id, 5);
      case 1 -> store.diff(before, now, change -> {});
      case 2 ->
          MisuseHandles.mayBeRefused(
              () ->
                  store.diff(
                      now,
                      before,
                      change -> {
                        MisuseHandles.refused(store::close);
                        throw new Planned();
                      }),
              List.of(Planned.class, SequenceNotRetainedException.class));
      case 3, 4 -> handles.keep(store.asOf(before));
      case 5 -> handles.keep(store.asOf(Instant.now()));
      default -> store.sequenceAt(Instant.now().minusMillis(random.nextInt(50)));
    }
  }

  /** Nothing that the rounds remember: what a T-task became, or the last commit of such rounds. */
  private static void undo(TaskStore store, Random random, boolean takesBack) {
    String id = "T-" + random.nextInt(IDS);
    switch (random.nextInt(3)) {
      case 0 -> store.undo(id);
      case 1 -> store.undo(store.put(Task.builder(id, "to be undone").build()).version());
      default -> {
        if (takesBack) {
          store.undoLast();
        }
      }
    }
  }

  // ---- copies

  private void copy(TaskStore store, Random random) {
    Path target = copies.resolve("copy-" + numbers.incrementAndGet());
    try {
      switch (random.nextInt(3)) {
        case 0 -> store.backup(target);
        case 1 -> store.checkpoint(target);
        default ->
            MisuseHandles.mayBeRefused(
                () ->
                    store.checkpoint(
                        target,
                        Math.max(0, store.sequence() - random.nextInt(10)),
                        (phase, done, total) -> MisuseHandles.refused(store::close)),
                List.of(SequenceNotRetainedException.class));
      }
    } finally {
      delete(target);
    }
  }

  private void delete(Path target) {
    if (!Files.exists(target)) {
      return;
    }
    try (Stream<Path> all = Files.walk(target)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      unexpected.accept(e); // nobody else writes there
    }
  }
}
