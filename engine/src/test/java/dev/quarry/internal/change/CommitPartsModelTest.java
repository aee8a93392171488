package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Seeds;
import dev.quarry.Task;
import dev.quarry.Until;
import dev.quarry.change.Change;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.write.TaskChange;
import dev.quarry.query.Condition;
import dev.quarry.query.TaskFields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;

/**
 * Commits of 1 to 1,000 changes, half of them in the log alone, and subscribers of small queues
 * that are slow, throw, want some at a time, and stop anywhere, also inside of a commit, and go on
 * from their position: each gets every change in order, and none twice but of the commit that was
 * interrupted.
 */
@Timeout(240)
class CommitPartsModelTest {
  private static final int COMMITS = Boolean.getBoolean("quarry.long") ? 3_000 : 200;
  private static final int IDS = 1_500;
  private static final int SUBSCRIBERS = 9;

  private final FeedHarness harness = new FeedHarness();
  private final ChangeFeed feed = harness.feed;

  /** The ids that each commit changed, in order. */
  private final ConcurrentSkipListMap<Long, List<String>> oracle = new ConcurrentSkipListMap<>();

  /** The writer's. */
  private final Map<String, Task> state = new HashMap<>();

  @Seeds({61, 62, 63})
  void everyChangeInOrder(long seed) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try (harness) {
      Random random = new Random(seed);
      for (int i = 0; i < COMMITS / 2; i++) {
        write(random);
      }
      AtomicBoolean writing = new AtomicBoolean(true);
      List<Subscriber> subscribers = new ArrayList<>();
      List<Future<?>> running = new ArrayList<>();
      for (int s = 0; s < SUBSCRIBERS; s++) {
        Subscriber subscriber = new Subscriber(s, new Random(seed * 100 + s));
        subscribers.add(subscriber);
        running.add(threads.submit(() -> subscriber.follow(writing)));
      }
      for (int i = 0; i < COMMITS / 2; i++) {
        write(random);
        if (random.nextInt(4) == 0) {
          TimeUnit.MILLISECONDS.sleep(random.nextInt(10)); // so that some are live in between
        }
      }
      writing.set(false);
      for (Future<?> one : running) {
        one.get();
      }
      for (Subscriber subscriber : subscribers) {
        subscriber.check();
      }
      Until.holds("all room is given back", () -> feed.lagRoom().taken() == 0);
    } finally {
      threads.shutdownNow();
      assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  private void write(Random random) {
    int most = random.nextInt(3) == 0 ? 1_000 : 20;
    Set<Integer> numbers = new LinkedHashSet<>();
    for (int i = 1 + random.nextInt(most); i > 0; i--) {
      numbers.add(random.nextInt(IDS));
    }
    List<TaskChange> changes = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    for (int number : numbers) {
      String id = "T" + number;
      Task before = state.get(id);
      boolean isDeleted = before != null && random.nextInt(5) == 0;
      Task after = isDeleted ? null : Task.builder(id, "v" + random.nextLong()).build();
      changes.add(new TaskChange(number, before, after));
      ids.add(id);
      if (isDeleted) {
        state.remove(id);
      } else {
        state.put(id, after);
      }
    }
    oracle.put((long) oracle.size() + 1, ids); // first: who gets it looks here
    harness.commit(changes);
  }

  /** All the lives of one. */
  private final class Subscriber {
    private final WatchOptions.Mode mode;
    private final Set<String> wanted;
    private final Random random;
    private final String name;
    private final List<Change> got = new ArrayList<>();
    private final List<Integer> lives = new ArrayList<>();

    Subscriber(int number, Random random) {
      this.mode = WatchOptions.Mode.values()[number % 3];
      this.random = random;
      this.wanted = number < 3 ? null : new LinkedHashSet<>();
      if (wanted != null) {
        int share = number < 6 ? 2 : 40;
        for (int i = 0; i < IDS; i++) {
          if (random.nextInt(share) == 0) {
            wanted.add("T" + i);
          }
        }
      }
      this.name = mode + " " + number;
    }

    private boolean wants(String id) {
      return wanted == null || wanted.contains(id);
    }

    void follow(AtomicBoolean writing) {
      long position = 0;
      boolean isLast = false;
      while (!isLast) {
        isLast = !writing.get();
        position = live(position, isLast);
      }
      assertThat(position).as(name).isEqualTo(COMMITS);
    }

    /** One life; where it ended. */
    private long live(long from, boolean isLast) {
      Condition all = new Condition.And(List.of());
      WatchOptions options =
          WatchOptions.builder()
              .filter(wanted == null ? all : TaskFields.ID.in(List.copyOf(wanted)))
              .fromSequence(from)
              .mode(mode)
              .queueCapacity(1 + random.nextInt(random.nextBoolean() ? 20 : 600))
              .build();
      Queue<Change> delivered = new ConcurrentLinkedQueue<>();
      int throwing = !isLast && random.nextInt(5) == 0 ? 30 + random.nextInt(300) : 0;
      int closing = !isLast && random.nextInt(3) == 0 ? 1 + random.nextInt(1_500) : 0;
      Demand demand = random.nextInt(4) == 0 ? new Demand() : null;
      int[] calls = {0};
      FeedSubscription[] self = new FeedSubscription[1];
      self[0] =
          feed.prepare(
              options,
              Sink.of(
                  change -> {
                    calls[0]++;
                    if (throwing > 0 && calls[0] % throwing == 0) {
                      throw new IllegalStateException("now and then");
                    }
                    delivered.add(change);
                    if (calls[0] == closing) {
                      self[0].close();
                    }
                  }),
              demand);
      feed.start(self[0]);
      awaitSome(self[0], demand, isLast ? COMMITS : from + 1 + random.nextInt(60));
      self[0].close();
      assertThat(self[0].failure()).as(name).isNull();
      long position = self[0].position();
      boolean isHeldBack = throwing > 0 || demand != null || closing > 0;
      took(delivered, from, position, isHeldBack);
      return position;
    }

    private void awaitSome(FeedSubscription subscription, Demand demand, long to) {
      try {
        int most = to == COMMITS ? 60_000 : random.nextInt(100);
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(most);
        boolean goesOn = true;
        while (goesOn) {
          if (demand != null) {
            demand.add(1 + random.nextInt(700));
            subscription.schedule();
          }
          goesOn =
              !subscription.await(to, Duration.ofMillis(demand == null ? most : 2))
                  && subscription.state() != FeedSubscription.State.CLOSED
                  && System.nanoTime() < end;
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private void took(Queue<Change> delivered, long from, long position, boolean isHeldBack) {
      long before = from;
      Set<Long> unfinished = new LinkedHashSet<>();
      lives.add(got.size());
      for (Change change : delivered) {
        assertThat(change.sequence()).as(name).isGreaterThanOrEqualTo(Math.max(before, from + 1));
        before = change.sequence();
        if (change.sequence() > position) {
          unfinished.add(change.sequence());
        } else {
          got.add(change);
        }
      }
      if (!isHeldBack) {
        assertThat(unfinished).as("%s: of the commit under delivery", name).isEmpty();
      }
      if (mode != WatchOptions.Mode.LATEST) {
        assertThat(unfinished).as("%s: of one commit", name).hasSizeLessThanOrEqualTo(1);
      }
    }

    void check() {
      switch (mode) {
        case DURABLE -> assertThat(keys()).as(name).isEqualTo(wantedKeys());
        case LOSSY -> {
          List<String> keys = keys();
          assertThat(keys).as(name).doesNotHaveDuplicates();
          List<String> inOrder = wantedKeys();
          inOrder.retainAll(new LinkedHashSet<>(keys));
          assertThat(keys).as(name).isEqualTo(inOrder);
        }
        case LATEST -> {
          Map<String, Task> seen = new HashMap<>();
          for (Change change : got) {
            if (change.after() == null) {
              seen.remove(change.id());
            } else {
              seen.put(change.id(), change.after());
            }
          }
          Map<String, Task> last = new HashMap<>(state);
          last.keySet().removeIf(id -> !wants(id));
          assertThat(seen).as("%s, lives at %s", name, lives).isEqualTo(last);
        }
      }
      assertThat(got).as(name).isNotEmpty();
    }

    private List<String> keys() {
      List<String> keys = new ArrayList<>();
      got.forEach(change -> keys.add(change.sequence() + " " + change.id()));
      return keys;
    }

    private List<String> wantedKeys() {
      List<String> keys = new ArrayList<>();
      oracle.forEach(
          (sequence, ids) ->
              ids.stream().filter(this::wants).forEach(id -> keys.add(sequence + " " + id)));
      return keys;
    }
  }
}
