package dev.quarry.tools.cli;

import dev.quarry.SequenceNotRetainedException;
import dev.quarry.TaskStore;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what was committed last, and follows. */
@Command(
    description = {
      "Show what was committed last; with -f go on as it happens, also beside a writer."
    })
final class TailCommand extends FormattedCommand {
  private static final int QUEUE = 1_024;
  private static final long LOOK_MILLIS = 250;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what is committed from now on, until interrupted.")
  boolean follow;

  @Option(
      names = "--from",
      paramLabel = "N",
      description = "Begin behind commit N, or behind a time; default the last 20 commits.")
  String from;

  @Option(names = "--last", paramLabel = "N", description = "Begin N commits before the last.")
  int last = 20;

  @Option(
      names = "--filter",
      paramLabel = "QUERY",
      description = "Only changes of tasks that satisfy this before or after.")
  String filter;

  @Option(
      names = {"-n", "--limit"},
      paramLabel = "N",
      description = "Stop after N changes.")
  long limit = Long.MAX_VALUE;

  @Override
  int run(Session session) {
    if (last < 0 || limit < 1) {
      throw CliException.usage("--last must be at least 0 and --limit at least 1");
    }
    WatchOptions.Builder options = WatchOptions.builder().queueCapacity(QUEUE);
    if (filter != null) {
      options.filter(condition(filter, session.clock()));
    }
    return session.readBeside(store -> tail(session, store, options));
  }

  /** Reads what a filter of changes says. */
  static Condition condition(String filter, InstantSource clock) {
    Query query = Query.parse(filter, clock);
    if (!query.order().isEmpty() || query.limit().isPresent()) {
      throw CliException.usage("--filter takes no order and no limit: changes come as committed");
    }
    return query.condition();
  }

  private int tail(Session session, TaskStore store, WatchOptions.Builder options) {
    long end = store.sequence();
    Inbox inbox = new Inbox();
    Printer printer = new Printer(session);
    // the inbox is closed first, so that the subscription waits for no change that nobody takes
    try (Subscription subscription = begin(session, store, options, end, inbox);
        inbox) {
      long printed = 0;
      boolean isRoom = true;
      while (isRoom && printed < limit) {
        Change change = inbox.poll(0);
        if (change == null) {
          printer.flush();
          if (!follow && subscription.position() >= end && inbox.isEmpty()) {
            break;
          }
          change = next(inbox, subscription, follow ? Long.MAX_VALUE : end);
        }
        if (change != null && (follow || change.sequence() <= end)) {
          isRoom = printer.print(change);
          printed++;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.INTERRUPTED;
    }
    printer.end();
    return ExitCode.OK;
  }

  private Subscription begin(
      Session session, TaskStore store, WatchOptions.Builder options, long end, Inbox inbox) {
    if (from != null) {
      long behind = PastPoint.of("--from", from, session.now()).in(store);
      return store.watch(options.fromSequence(behind).build(), inbox::put);
    }
    long behind = Math.max(0, end - last);
    while (true) {
      try {
        return store.watch(options.fromSequence(behind).build(), inbox::put);
      } catch (SequenceNotRetainedException e) {
        // the log is shorter, as behind a salvage; it may also be cut while this looks
        if (!(e.context().get("oldestRetained") instanceof Long oldest) || oldest <= behind + 1) {
          throw e;
        }
        behind = oldest - 1;
      }
    }
  }

  private static Change next(Inbox inbox, Subscription subscription, long end)
      throws InterruptedException {
    if (subscription.failure() instanceof RuntimeException e) {
      throw e;
    }
    if (end != Long.MAX_VALUE) {
      subscription.await(end, Duration.ofMillis(1));
    }
    return inbox.poll(end == Long.MAX_VALUE ? LOOK_MILLIS : 1);
  }

  /** Where a thread of the feed puts changes, and waits while the printer is slower. */
  private static final class Inbox implements AutoCloseable {
    private final BlockingQueue<Change> queue = new ArrayBlockingQueue<>(QUEUE);
    private volatile boolean closed;

    void put(Change change) {
      try {
        boolean taken = false;
        while (!taken && !closed) {
          taken = queue.offer(change, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // the command ends: nobody prints what is left
      }
    }

    Change poll(long millis) throws InterruptedException {
      return queue.poll(millis, TimeUnit.MILLISECONDS);
    }

    boolean isEmpty() {
      return queue.isEmpty();
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  /** Prints each change as it comes. */
  private static final class Printer {
    private final Session session;
    private final StreamedRows writer;

    Printer(Session session) {
      this.session = session;
      this.writer = StreamedRows.live(session, ChangeRows.columns());
    }

    boolean print(Change change) {
      return session.isInWords()
          ? writer.line(ChangeRows.line(change))
          : writer.row(ChangeRows.row(change));
    }

    void flush() {
      session.out().flush();
    }

    void end() {
      writer.end();
    }
  }
}
