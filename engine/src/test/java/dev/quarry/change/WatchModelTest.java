package dev.quarry.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Seeds;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.WriteBatch;
import dev.quarry.query.Condition;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random writers in several threads, and subscribers that stop and go on at random, against what
 * the writers were told: each subscriber, all its lives together, got every change that concerns
 * it, once, in order.
 */
@Timeout(240)
class WatchModelTest {
  private static final int WRITERS = 3;
  private static final int SUBSCRIBERS = 6;
  private static final int COMMITS = Boolean.getBoolean("quarry.long") ? 60_000 : 4_000;
  private static final int IDS = 60;

  @TempDir Path directory;

  /** What a commit was told to do: after by id, null for a deletion. */
  private final ConcurrentSkipListMap<Long, Map<String, Optional<Task>>> oracle =
      new ConcurrentSkipListMap<>();

  private record Filter(Condition condition, Predicate<Task> predicate) {}

  private static final List<Filter> FILTERS =
      List.of(
          new Filter(new Condition.And(List.of()), task -> true),
          new Filter(TaskFields.ID.is("K-7"), task -> task.id().equals("K-7")),
          new Filter(TaskFields.AGENT.is("a1"), task -> "a1".equals(task.agent())),
          new Filter(
              TaskFields.STATUS.is(Status.TODO).and(TaskFields.TAGS.contains("t2")),
              task -> task.status() == Status.TODO && task.tags().contains("t2")),
          new Filter(
              TaskFields.AGENT.is("a2").or(TaskFields.TAGS.contains("t0")),
              task -> "a2".equals(task.agent()) || task.tags().contains("t0")),
          new Filter(
              TaskFields.STATUS.is(Status.DONE).not(), task -> task.status() != Status.DONE));

  @Seeds({11, 12})
  void everyChangeOnceInOrder(long seed) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    AtomicBoolean writing = new AtomicBoolean(true);
    List<List<Change>> got = new ArrayList<>();
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      List<Future<?>> writers = new ArrayList<>();
      for (int w = 0; w < WRITERS; w++) {
        Random random = new Random(seed * 100 + w);
        writers.add(threads.submit(() -> write(store, random)));
      }
      List<Future<List<Change>>> subscribers = new ArrayList<>();
      for (int s = 0; s < SUBSCRIBERS; s++) {
        Random random = new Random(seed * 1_000 + s);
        Filter filter = FILTERS.get(s);
        subscribers.add(threads.submit(() -> follow(store, filter, random, writing)));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
      writing.set(false);
      for (Future<List<Change>> subscriber : subscribers) {
        got.add(subscriber.get());
      }
    } finally {
      threads.shutdownNow();
      assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }
    for (int s = 0; s < SUBSCRIBERS; s++) {
      check(seed, s, got.get(s));
    }
  }

  private void write(TaskStore store, Random random) {
    for (int i = 0; i < COMMITS / WRITERS; i++) {
      String id = "K-" + random.nextInt(IDS);
      switch (random.nextInt(5)) {
        case 0 -> store.delete(id).ifPresent(s -> note(s, Map.of(id, Optional.empty())));
        case 1 -> {
          Map<String, Optional<Task>> tasks = new HashMap<>();
          try (WriteBatch batch = store.newBatch()) {
            for (int k = 0; k < 1 + random.nextInt(20); k++) {
              Task task = task("K-" + random.nextInt(IDS), random);
              batch.put(task);
              tasks.put(task.id(), Optional.of(task));
            }
            note(batch.commit(), tasks);
          }
        }
        default -> {
          Task task = store.put(task(id, random));
          note(task.version(), Map.of(id, Optional.of(task)));
        }
      }
    }
  }

  private void note(long sequence, Map<String, Optional<Task>> tasks) {
    assertThat(oracle.put(sequence, tasks)).as("commit %s", sequence).isNull();
  }

  private static Task task(String id, Random random) {
    return Task.builder(id, "title " + random.nextLong())
        .status(Status.values()[random.nextInt(6)])
        .agent("a" + random.nextInt(4))
        .tag("t" + random.nextInt(4))
        .build();
  }

  private static List<Change> follow(
      TaskStore store, Filter filter, Random random, AtomicBoolean writing) throws Exception {
    List<Change> all = new ArrayList<>();
    long position = 0;
    boolean last = false;
    while (!last) {
      last = !writing.get();
      long target = last ? store.sequence() : 0;
      Queue<Change> got = new ConcurrentLinkedQueue<>();
      int throwing = random.nextInt(4) == 0 ? 2 + random.nextInt(30) : 0;
      WatchOptions options =
          WatchOptions.builder()
              .filter(filter.condition())
              .fromSequence(position)
              .queueCapacity(1 + random.nextInt(40))
              .build();
      int[] calls = {0};
      int most = 1 + random.nextInt(300);
      Subscription ending;
      try (Subscription subscription =
          store.watch(
              options,
              change -> {
                if (throwing > 0 && ++calls[0] % throwing == 0) {
                  throw new IllegalStateException("now and then");
                }
                got.add(change);
              })) {
        if (last) {
          assertThat(subscription.await(target, Duration.ofSeconds(60)))
              .as("position %s of %s: %s", subscription.position(), target, subscription.failure())
              .isTrue();
        } else {
          subscription.await(position + most, Duration.ofMillis(random.nextInt(200)));
        }
        ending = subscription;
      }
      assertThat(ending.failure()).isNull();
      position = ending.position();
      long acknowledged = position; // one that ended between two tries ended within a commit
      got.removeIf(change -> change.sequence() > acknowledged);
      all.addAll(got);
    }
    return all;
  }

  private void check(long seed, int subscriber, List<Change> got) {
    Predicate<Task> concerns = FILTERS.get(subscriber).predicate();
    Map<String, Task> state = new HashMap<>();
    Map<String, Integer> index = new HashMap<>();
    for (int i = 0; i < got.size(); i++) {
      Change change = got.get(i);
      assertThat(i == 0 || got.get(i - 1).sequence() <= change.sequence())
          .as("seed %s, subscriber %s: order at %s", seed, subscriber, i)
          .isTrue();
      assertThat(index.put(change.sequence() + " " + change.id(), i))
          .as("seed %s, subscriber %s: double %s", seed, subscriber, change)
          .isNull();
    }
    int wanted = 0;
    for (Map.Entry<Long, Map<String, Optional<Task>>> commit : oracle.entrySet()) {
      for (Map.Entry<String, Optional<Task>> written : commit.getValue().entrySet()) {
        String id = written.getKey();
        Task before = state.get(id);
        Task after = written.getValue().orElse(null);
        state.put(id, after);
        boolean wants =
            (before != null && concerns.test(before)) || (after != null && concerns.test(after));
        if (wants) {
          wanted++;
          Integer at = index.get(commit.getKey() + " " + id);
          assertThat(at)
              .as("seed %s, subscriber %s: %s of %s", seed, subscriber, id, commit.getKey())
              .isNotNull();
          assertSame(seed, before, got.get(at).before());
          assertSame(seed, after, got.get(at).after());
        }
      }
    }
    assertThat(got).as("seed %s, subscriber %s", seed, subscriber).hasSize(wanted);
    assertThat(wanted).isPositive();
  }

  /** The times are the store's; the title tells one write from another. */
  private static void assertSame(long seed, Task wanted, Task got) {
    assertThat(got == null ? null : got.title())
        .as("seed %s", seed)
        .isEqualTo(wanted == null ? null : wanted.title());
  }
}
