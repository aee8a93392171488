package dev.quarry.internal.change;

import dev.quarry.change.Change;
import dev.quarry.change.WatchOptions;
import java.util.Objects;
import java.util.concurrent.Flow;

/** Each subscriber gets a subscription of its own, which delivers as many as it asks for. */
final class ChangePublisher implements Flow.Publisher<Change> {
  private final ChangeFeed feed;
  private final WatchOptions options;

  ChangePublisher(ChangeFeed feed, WatchOptions options) {
    this.feed = feed;
    this.options = options;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super Change> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    Demand demand = new Demand();
    FeedSubscription delivery;
    try {
      delivery = feed.prepare(options, new SubscriberSink(subscriber), demand);
    } catch (RuntimeException e) {
      subscriber.onSubscribe(new Unstarted());
      subscriber.onError(e);
      return;
    }
    try {
      subscriber.onSubscribe(new Wanting(delivery, demand));
    } catch (Throwable e) { // also what it must not throw
      delivery.cancel();
      throw e;
    } finally {
      feed.start(delivery);
    }
  }

  /** That of a subscriber that gets nothing but an error. */
  private static final class Unstarted implements Flow.Subscription {
    @Override
    public void request(long n) {
      // nothing will come
    }

    @Override
    public void cancel() {
      // nothing has begun
    }
  }

  private record Wanting(FeedSubscription delivery, Demand demand) implements Flow.Subscription {
    @Override
    public void request(long n) {
      if (n <= 0) {
        delivery.fail(
            new IllegalArgumentException("a subscriber must request at least 1, not " + n));
        return;
      }
      demand.add(n);
      delivery.schedule();
    }

    @Override
    public void cancel() {
      delivery.cancel();
    }
  }

  private record SubscriberSink(Flow.Subscriber<? super Change> subscriber) implements Sink {
    @Override
    public void accept(Change change) {
      subscriber.onNext(change);
    }

    @Override
    public void ended(Throwable failure) {
      if (failure == null) {
        subscriber.onComplete();
      } else {
        subscriber.onError(failure);
      }
    }
  }
}
