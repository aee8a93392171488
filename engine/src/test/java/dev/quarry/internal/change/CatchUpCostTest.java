package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Priority;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.Until;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Steps in the history that readers take who catch up with many changes of one task. */
@Timeout(120)
class CatchUpCostTest {
  private static final int CHANGES = 3_000;
  private static final WatchOptions SMALL =
      WatchOptions.builder().fromSequence(0).queueCapacity(16).build();

  @TempDir Path dir;

  private final AtomicLong steps = new AtomicLong();

  /** What is measured over the log of so many changes, whose texts stand in the present record. */
  private long steps(int changes, Reading reading) throws Exception {
    Path path = dir.resolve("s" + changes);
    try (TaskStore store = TaskStore.open(TaskStoreOptions.builder(path).build())) {
      store.insert(Task.builder("a", "").description("text").build());
      for (int i = 1; i < changes; i++) {
        Priority priority = Priority.values()[(i + 1) % 3]; // never the one that it has
        store.update("a", task -> task.withPriority(priority));
      }
    }
    steps.set(0);
    try (Storage storage =
        Storage.open(path.resolve("data"), new StorageOptions(8 << 20, 8 << 20, false))) {
      reading.read(storage, changes);
    }
    return steps.get();
  }

  private interface Reading {
    void read(Storage storage, long last) throws Exception;
  }

  private HistorySource source(Storage storage, long last, Runnable refresh) {
    return new HistorySource(
        storage, new RecordCodec(), () -> last, refresh, steps::incrementAndGet);
  }

  private static ChangeFeed feed(HistorySource source, Guard guard, long last) {
    Positions none = new Positions(null, null);
    return new ChangeFeed(source, guard, InstantSource.system(), last, Runnable::run, none);
  }

  private static void close(ChangeFeed feed, Guard guard) {
    guard.close();
    guard.awaitIdle();
    feed.close();
  }

  private void assertThatTwiceCostsTwice(Reading reading) throws Exception {
    long once = steps(CHANGES, reading);
    long twice = steps(2 * CHANGES, reading);
    assertThat(once).isBetween(3L * CHANGES, 8L * CHANGES);
    assertThat((double) twice / once).as("%d and %d steps", once, twice).isBetween(1.8, 2.2);
  }

  @Test
  void aSubscriptionLooksForTextsOnceHoweverSmallItsQueue() throws Exception {
    assertThatTwiceCostsTwice(
        (storage, last) -> {
          HistorySource source = source(storage, last, null);
          Guard guard = new Guard("test");
          ChangeFeed feed = feed(source, guard, last);
          AtomicLong got = new AtomicLong();
          try (Subscription all = feed.watch(SMALL, change -> got.incrementAndGet())) {
            assertThat(all.await(last, Duration.ofSeconds(60))).isTrue();
            assertThat(got.get()).isEqualTo(last);
            Until.holds("the subscription is live", () -> all.state() == Subscription.State.LIVE);
            Until.holds(
                "the texts are let go",
                () -> {
                  System.gc();
                  return !source.holdsTexts();
                });
          } finally {
            close(feed, guard);
          }
        });
  }

  @Test
  void manySubscriptionsLookForTextsOnceTogether() throws Exception {
    int subscriptions = 20;
    long together =
        steps(
            CHANGES,
            (storage, last) -> {
              HistorySource source = source(storage, last, null);
              Guard guard = new Guard("test");
              ChangeFeed feed = feed(source, guard, last);
              CommitSource.Reader slow = source.reader(); // so that the texts stay
              slow.forEach(0, commit -> commit.sequence() < 100);
              List<Subscription> all = new ArrayList<>();
              try {
                for (int i = 0; i < subscriptions; i++) {
                  all.add(feed.watch(SMALL, change -> {}));
                }
                for (Subscription one : all) {
                  assertThat(one.await(last, Duration.ofSeconds(60))).isTrue();
                }
                slow.forEach(100, commit -> false);
              } finally {
                close(feed, guard);
              }
            });
    assertThat(together / CHANGES).isBetween(3L * subscriptions, 3L * subscriptions + 5);
  }

  @Test
  void commitsOfAnotherProcessArePolledInPartsWithOneLookForTexts() throws Exception {
    assertThatTwiceCostsTwice(
        (storage, last) -> {
          HistorySource source = source(storage, last, () -> {});
          Guard guard = new Guard("test");
          ChangeFeed feed = feed(source, guard, 0);
          int polls = 1;
          while (feed.poll()) {
            polls++;
          }
          assertThat(polls).isEqualTo((int) (last / 256) + 1);
          Until.holds(
              "the texts are let go",
              () -> {
                System.gc();
                return !source.holdsTexts();
              });
          close(feed, guard);
        });
  }
}
