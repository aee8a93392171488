package dev.quarry.tools.serving;

import dev.quarry.SequenceNotRetainedException;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.tools.serving.Refusal.RefusedException;
import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The streams of changes that are open: server-sent events, each written by the thread of its
 * request. Thread-safe.
 */
final class ChangeStreams {
  /** Changes that the feed holds for a stream before it reads them again from the log. */
  private static final int FEED_QUEUE = 64;

  /** Characters of events that wait for all readers together, beside one event for each. */
  static final int MOST_WAITING = 32 << 20;

  private static final Duration FULL = Duration.ofSeconds(10);

  private final Served served;
  private final ServerSettings settings;
  private final Semaphore places;
  private final Set<ChangeStream> open = ConcurrentHashMap.newKeySet();
  private final LongAdder sent = new LongAdder();
  private final LongAdder stopped = new LongAdder();
  private final WaitingBytes waiting = new WaitingBytes(MOST_WAITING);

  /** What streams that have ended left out; it moves there with the end of each, as one. */
  private long skipped;

  private final ReentrantLock ending = new ReentrantLock();
  private volatile boolean closed;

  ChangeStreams(Served served, ServerSettings settings) {
    this.served = served;
    this.settings = settings;
    this.places = new Semaphore(settings.streams());
  }

  /** How many are open. */
  int count() {
    return open.size();
  }

  /** Changes sent so far. */
  long sent() {
    return sent.sum();
  }

  /** Streams that were dropped because their reader took nothing. */
  long stopped() {
    return stopped.sum();
  }

  /** Changes that the policy of a stream left out. */
  long skipped() {
    ending.lock();
    try {
      return skipped + open.stream().mapToLong(ChangeStream::skipped).sum();
    } finally {
      ending.unlock();
    }
  }

  /** Ends all streams, soon. */
  void close() {
    closed = true;
    open.forEach(ChangeStream::end);
  }

  /** Serves one until its reader goes away, or stops reading. */
  void serve(Context ctx) {
    EventId start = start(ctx);
    WatchOptions options = options(ctx, start);
    if (!places.tryAcquire()) {
      throw new RefusedException(
          new Refusal(
              429,
              "too many streams",
              settings.streams() + " streams of changes are open, which is the most",
              "close one, or try again later",
              FULL));
    }
    try {
      stream(ctx, start, options);
    } finally {
      places.release();
    }
  }

  private void stream(Context ctx, EventId start, WatchOptions options) {
    boolean exact = options.mode() == WatchOptions.Mode.DURABLE;
    ChangeStream stream =
        new ChangeStream(served, settings.heartbeat(), start, exact, sent, waiting);
    Subscription subscription;
    try {
      subscription = served.store().watch(options, stream::accept);
    } catch (SequenceNotRetainedException e) {
      tell(ctx, stream, e);
      return;
    } catch (IllegalArgumentException e) {
      if (start == null || start.from() <= served.store().sequence()) {
        throw e;
      }
      tell(ctx, stream, ahead(start));
      return;
    }
    try {
      open.add(stream);
      stream.begin(subscription);
      if (closed) {
        stream.end(); // it may have come too late to be seen by the close
      }
      stream.run(begin(ctx).getOutputStream());
    } catch (IOException e) {
      // the reader has gone away, or takes nothing
      if (isTimeout(e)) {
        stopped.increment();
      }
    } finally {
      stream.end();
      subscription.close();
      stream.forget();
      ending.lock();
      try {
        open.remove(stream);
        skipped += stream.skipped();
      } finally {
        ending.unlock();
      }
    }
  }

  private static boolean isTimeout(Throwable failure) {
    Throwable cause = failure;
    while (cause != null && !(cause instanceof TimeoutException)) {
      cause = cause.getCause();
    }
    return cause != null;
  }

  private static SequenceNotRetainedException ahead(EventId start) {
    return new SequenceNotRetainedException(
        "the store has not come to this sequence; it is another one, or was put back",
        Map.of("asked", start.from() + 1));
  }

  private static void tell(Context ctx, ChangeStream stream, SequenceNotRetainedException gone) {
    try {
      stream.tellGone(begin(ctx).getOutputStream(), gone);
    } catch (IOException e) {
      ctx.status(500); // nobody is there to hear it
    }
  }

  private static HttpServletResponse begin(Context ctx) {
    HttpServletResponse response = ctx.res();
    response.setContentType("text/event-stream;charset=utf-8");
    response.setHeader("X-Accel-Buffering", "no");
    return response;
  }

  private static EventId start(Context ctx) {
    String last = ctx.header("Last-Event-ID");
    if (last != null && !last.isEmpty()) {
      EventId id = EventId.parse(last);
      if (id == null) {
        throw bad("Last-Event-ID", last, "the id of an event as it was sent");
      }
      return id;
    }
    String from = ctx.queryParam("from");
    if (from == null) {
      return null;
    }
    if (!from.matches("\\d{1,18}")) {
      throw bad("from", from, "a sequence, such as 4711; what was committed behind it is sent");
    }
    return EventId.behind(Long.parseLong(from));
  }

  private WatchOptions options(Context ctx, EventId start) {
    WatchOptions.Builder options = WatchOptions.builder().queueCapacity(FEED_QUEUE);
    options.fromSequence(start == null ? WatchOptions.NOW : start.from());
    String filter = ctx.queryParam("filter");
    if (filter != null) {
      options.filter(served.filter(filter));
    }
    String rate = ctx.queryParam("rate");
    if (rate != null) {
      if (!rate.matches("[1-9]\\d{0,6}")) {
        throw bad("rate", rate, "changes a second, 1 to 9999999");
      }
      options.ratePerSecond(Integer.parseInt(rate));
    }
    String policy = ctx.queryParam("policy");
    return options.mode(mode(policy == null ? "wait" : policy)).build();
  }

  private static WatchOptions.Mode mode(String policy) {
    Map<String, WatchOptions.Mode> modes = new LinkedHashMap<>();
    modes.put("wait", WatchOptions.Mode.DURABLE);
    modes.put("conflate", WatchOptions.Mode.LATEST);
    modes.put("drop", WatchOptions.Mode.LOSSY);
    WatchOptions.Mode mode = modes.get(policy);
    if (mode == null) {
      throw bad("policy", policy, "one of " + String.join(", ", modes.keySet()));
    }
    return mode;
  }

  private static RefusedException bad(String name, String given, String wanted) {
    return new RefusedException(
        new Refusal(400, name + " cannot be `" + given + "`", null, "give " + wanted));
  }
}
