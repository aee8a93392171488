package dev.quarry.tools.serving;

import dev.quarry.SequenceNotRetainedException;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * One stream of changes. Threads of the feed put changes into a short queue, and wait while it is
 * full; the thread of the request writes them. A write ends with an exception when the reader takes
 * nothing for the time that the connection is given.
 */
final class ChangeStream {
  private static final int QUEUE = 16;
  private static final int MAX_WRITE_CHARS = 1 << 16;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long RETRY_MILLIS = 2_000;

  private final Served served;
  private final long heartbeatNanos;
  private final EventId start;
  private final boolean exact;
  private final BlockingQueue<Item> queue = new ArrayBlockingQueue<>(QUEUE);
  private final LongAdder sent;
  private final WaitingBytes waiting;

  /** Of {@link #waiting}, what this stream has. */
  private final AtomicInteger taken = new AtomicInteger();

  /** Changes that were accepted and are not yet written. */
  private final AtomicInteger held = new AtomicInteger();

  private volatile Subscription subscription;
  private volatile boolean ended;

  /** The change that was taken last; of the writing thread. Those the reader has count, too. */
  private EventId last;

  /** Changes in the text that is written next, and the room that they take. */
  private int inText;

  private int roomOfText;

  /**
   * A stream that is not yet written.
   *
   * @param start what its reader has, or null where it begins with what is committed from now on
   * @param exact whether no change is left out, so that each has an id
   * @param sent counts the changes that are written
   * @param waiting room that it shares with the other streams
   */
  ChangeStream(
      Served served,
      Duration heartbeat,
      EventId start,
      boolean exact,
      LongAdder sent,
      WaitingBytes waiting) {
    this.served = served;
    this.heartbeatNanos = heartbeat.toNanos();
    this.start = start;
    this.exact = exact;
    this.sent = sent;
    this.waiting = waiting;
  }

  /** A change, and what room it takes; none where it is the only one of its stream. */
  private record Item(long sequence, String json, int room) {}

  /** Takes a change from the feed; waits while the reader is slower. */
  void accept(Change change) {
    if (ended) {
      return; // the end waits for the rest of the commit
    }
    String json = served.event(change);
    try {
      // one of each needs no room, so that those who stand still hold nobody up
      int room = 0;
      while (room == 0 && needsRoom()) {
        room = waiting.take(json.length(), LOOK_NANOS, this::needsRoom) ? json.length() : 0;
      }
      taken.addAndGet(room);
      held.incrementAndGet();
      Item item = new Item(change.sequence(), json, room);
      boolean in = false;
      while (!in && !ended) {
        in = queue.offer(item, LOOK_NANOS, TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      end(); // the store closes, and with it the feed
    }
  }

  private boolean needsRoom() {
    return held.get() > 0 && !ended;
  }

  void begin(Subscription source) {
    subscription = source;
  }

  /** Ends it, soon. From any thread. */
  void end() {
    ended = true;
  }

  /** Gives back what it has of the room; it has ended, and its subscription is closed. */
  void forget() {
    waiting.giveBack(taken.getAndSet(0));
  }

  /** Changes that its policy left out. */
  long skipped() {
    Subscription source = subscription;
    return source == null ? 0 : source.dropped();
  }

  /** Writes what comes until it ends, or its reader does. */
  void run(OutputStream out) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("retry: ").append(RETRY_MILLIS).append('\n');
    mark(text, start == null ? EventId.behind(before()) : start);
    write(out, text);
    long quietSince = System.nanoTime();
    try {
      while (!ended) {
        boolean over = isOver(); // first: what came before is in the queue
        Item item = queue.poll(over ? 0 : look(), TimeUnit.NANOSECONDS);
        if (item != null) {
          append(text, item);
        } else if (over) {
          tellEnd(out);
          return;
        } else if (System.nanoTime() - quietSince >= heartbeatNanos) {
          heartbeat(text);
        }
        if (text.length() > 0) {
          write(out, text);
          quietSince = System.nanoTime();
        }
        if (inText > 0) {
          written(); // also where the reader had it all, and nothing is written
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the server stops
    }
  }

  private long look() {
    return Math.min(LOOK_NANOS, heartbeatNanos);
  }

  private boolean isOver() {
    Subscription.State state = subscription.state();
    return state == Subscription.State.FAILED || state == Subscription.State.CLOSED;
  }

  /** Behind which commit it begins: nothing that was committed later was passed by. */
  private long before() {
    long position = subscription.position(); // first: what it has passed by now is in the queue
    Item first = queue.peek();
    return first == null ? position : Math.min(position, first.sequence() - 1);
  }

  /** A change, and with it those that wait. */
  private void append(StringBuilder text, Item first) {
    for (Item item = first; item != null; item = next(text)) {
      inText++;
      roomOfText += item.room();
      last = next(item.sequence());
      boolean had =
          start != null && item.sequence() == start.sequence() && last.changes() <= start.changes();
      if (had) {
        continue;
      }
      text.append("event: change\n");
      if (exact) {
        text.append("id: ").append(last).append('\n');
      }
      text.append("data: ").append(item.json()).append("\n\n");
      sent.increment();
    }
  }

  /** What stood in the text waits no more. */
  private void written() {
    taken.addAndGet(-roomOfText);
    held.addAndGet(-inText); // first: what gives room back wakes the feed that needs none now
    waiting.giveBack(roomOfText);
    roomOfText = 0;
    inText = 0;
  }

  private Item next(StringBuilder text) {
    return text.length() > MAX_WRITE_CHARS ? null : queue.poll();
  }

  /** The id of the next change, which is of this commit. */
  private EventId next(long sequence) {
    boolean same = last != null && last.sequence() == sequence;
    return new EventId(sequence, same ? last.changes() + 1 : 1);
  }

  /** Says that the stream is alive, and how far it has come where nothing waits. */
  private void heartbeat(StringBuilder text) {
    long position = subscription.position();
    text.append(": heartbeat\n");
    EventId had = last == null ? start : last;
    if (queue.isEmpty() && (had == null || position >= had.sequence())) {
      mark(text, EventId.behind(position));
    } else {
      text.append('\n');
    }
  }

  /** An id without data: no event, but what a reader begins again with. */
  private static void mark(StringBuilder text, EventId id) {
    text.append("id: ").append(id).append("\n\n");
  }

  private void tellEnd(OutputStream out) throws IOException {
    if (!(subscription.failure() instanceof RuntimeException failure)) {
      return; // the store was closed
    }
    if (failure instanceof SequenceNotRetainedException gone) {
      tellGone(out, gone);
    } else {
      write(out, event("failed", served.refusal(failure).json()));
    }
  }

  /** Says that the change log no longer has what the reader needs next. */
  void tellGone(OutputStream out, SequenceNotRetainedException gone) throws IOException {
    Map<String, Object> more = new HashMap<>();
    long now = served.store().sequence();
    more.put("asked", gone.context().get("asked"));
    more.put("oldest_retained", gone.context().get("oldestRetained"));
    more.put("sequence", now);
    Refusal refusal =
        new Refusal(
            410,
            gone.summary(),
            "the stream cannot go on without a gap",
            "read the tasks anew, then begin a stream with from=" + now);
    write(out, event("gone", refusal.json(more)));
  }

  private static StringBuilder event(String name, String json) {
    return new StringBuilder("event: " + name + "\ndata: " + json + "\n\n");
  }

  private static void write(OutputStream out, StringBuilder text) throws IOException {
    out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    out.flush();
    text.setLength(0);
  }
}
