package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Allocated;
import dev.quarry.CorruptionException;
import dev.quarry.Seeds;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.WriteBatch;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageOptions;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.CommitPart;
import dev.quarry.internal.write.History;
import dev.quarry.internal.write.TaskChange;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Parts of commits out of the change log of a store. */
@Timeout(120)
class LogPartsTest {
  private static final int IDS = 300;

  @TempDir Path dir;

  private final AtomicLong steps = new AtomicLong();

  private static Storage storage(Path store) {
    return Storage.open(store.resolve("data"), new StorageOptions(8 << 20, 8 << 20, false));
  }

  private HistorySource source(Storage storage, long last) {
    return new HistorySource(storage, new RecordCodec(), () -> last, null, steps::incrementAndGet);
  }

  private static long write(TaskStore store, Random random) {
    boolean[] present = new boolean[IDS];
    for (int commit = 0; commit < 60; commit++) {
      int from = random.nextInt(IDS);
      int to = Math.min(IDS, from + 1 + random.nextInt(random.nextBoolean() ? 5 : IDS));
      int step = 1 + random.nextInt(3);
      try (WriteBatch batch = store.newBatch()) {
        for (int i = from; i < to; i += step) {
          String id = "T" + i;
          if (!present[i]) {
            Task.Builder task = Task.builder(id, "t").description("text");
            if (i > 0 && present[i - 1] && random.nextInt(3) == 0) {
              task.dependency("T" + (i - 1)); // so that others wait for more or less
            }
            batch.insert(task.build());
            present[i] = true;
          } else if (random.nextInt(6) == 0) {
            batch.delete(id);
            present[i] = false;
          } else {
            Status status = Status.values()[random.nextInt(6)];
            String title = "t" + random.nextInt();
            batch.update(id, task -> task.withStatus(status).withTitle(title));
          }
        }
        batch.commit();
      }
    }
    return store.sequence();
  }

  /** Where one stands who reads in parts. */
  private static final class Place {
    private CommitSource.Reader reader;
    private long after;
    private int skip;
  }

  @Seeds({71, 72, 73})
  void partsAreWhatTheCommitIs(long seed) {
    Random random = new Random(seed);
    Path path = dir.resolve("s");
    long last;
    try (TaskStore store = TaskStore.open(path)) {
      last = write(store, random);
    }
    try (Storage storage = storage(path)) {
      HistorySource source = source(storage, last);
      List<Commit> whole = new ArrayList<>();
      new History(storage, new RecordCodec()).forEach(0, whole::add);
      assertThat(whole).hasSize((int) last).anyMatch(commit -> commit.changes().size() > 100);
      List<Place> places = List.of(new Place(), new Place(), new Place());
      while (!places.stream().allMatch(place -> place.after == last)) {
        Place place = places.get(random.nextInt(places.size()));
        if (place.reader == null || random.nextInt(5) == 0) {
          place.reader = source.reader(); // one that does not know the place
        }
        int[] parts = {1 + random.nextInt(6)};
        int[] most = {0};
        place.reader.forEachPart(
            place.after,
            place.skip,
            () -> most[0] = 1 + random.nextInt(random.nextBoolean() ? 3 : 120),
            part -> {
              if (random.nextInt(20) == 0) {
                return false; // not taken: it comes again
              }
              assertPart(part, whole.get((int) place.after), place.skip, most[0]);
              place.after += part.isLast() ? 1 : 0;
              place.skip = part.isLast() ? 0 : place.skip + part.commit().changes().size();
              return --parts[0] > 0;
            });
      }
    }
  }

  private static void assertPart(CommitPart part, Commit whole, int skip, int most) {
    int end = Math.min(whole.changes().size(), skip + most);
    List<TaskChange> wanted = whole.changes().subList(skip, end);
    assertThat(part.commit())
        .isEqualTo(new Commit(whole.sequence(), whole.at(), whole.action(), whole.actor(), wanted));
    assertThat(part.isLast()).isEqualTo(end == whole.changes().size());
  }

  /** Commits: tasks are inserted, then every other one is changed, each an item of its own. */
  private long updated(Path path, int tasks) {
    try (TaskStore store = TaskStore.open(path)) {
      store.insertAll(
          IntStream.range(0, 2 * tasks).mapToObj(i -> FeedHarness.task("T" + i)).toList());
      List<String> some = IntStream.range(0, tasks).mapToObj(i -> "T" + (2 * i)).toList();
      store.setStatus(some, Status.DONE);
      return store.sequence();
    }
  }

  private long stepsOf(int tasks, int most) {
    Path path = dir.resolve("s" + tasks + "-" + most);
    long last = updated(path, tasks);
    steps.set(0);
    try (Storage storage = storage(path)) {
      CommitSource.Reader reader = source(storage, last).reader();
      int read = 0;
      boolean[] isLast = {false};
      while (!isLast[0]) {
        int[] more = {0};
        reader.forEachPart(
            last - 1,
            read,
            () -> most,
            part -> {
              more[0] = part.commit().changes().size();
              isLast[0] = part.isLast();
              return false; // one part a call
            });
        read += more[0];
      }
      assertThat(read).isEqualTo(tasks);
    }
    return steps.get();
  }

  @Test
  void theStepsOfALargeCommitInPartsAreLinear() {
    int tasks = 6_000;
    long once = stepsOf(tasks, 16);
    long twice = stepsOf(2 * tasks, 16);
    assertThat(once).isBetween((long) tasks, 4L * tasks);
    assertThat((double) twice / once).as("%d and %d steps", once, twice).isBetween(1.9, 2.1);
  }

  /** The entry of 20,000 items has 260,000 bytes. */
  @Test
  void theEntryOfALargeCommitIsReadOnceForAllParts() {
    int tasks = 20_000;
    Path path = dir.resolve("s");
    long last = updated(path, tasks);
    try (Storage storage = storage(path)) {
      HistorySource source = source(storage, last);
      List<CommitSource.Reader> readers = List.of(source.reader(), source.reader());
      int[] parts = {0};
      long allocated =
          Allocated.by(
              () -> {
                for (int read = 0; read < 4_000; read += 4) {
                  for (CommitSource.Reader reader : readers) {
                    reader.forEachPart(
                        last - 1,
                        read,
                        () -> 4,
                        part -> {
                          parts[0]++;
                          assertThat(part.commit().changes()).hasSize(4);
                          return false;
                        });
                  }
                }
              });
      assertThat(parts[0]).isEqualTo(2_000);
      assertThat(allocated / parts[0]).as("bytes for each part").isLessThan(130_000);
    }
  }

  private static void put(Storage storage, long sequence, byte[] entry) {
    try (StorageBatch batch = storage.newBatch()) {
      if (entry == null) {
        batch.delete(Family.CHANGES, Keys.number(sequence));
      } else {
        batch.put(Family.CHANGES, Keys.number(sequence), entry);
      }
      storage.write(batch, false);
    }
  }

  @Test
  void whoIsInsideOfACommitThatTheLogHasNoMoreBeginsTheNextAtItsStart() {
    Path path = dir.resolve("s");
    long last = updated(path, 100);
    try (Storage storage = storage(path)) {
      CommitSource.Reader reader = source(storage, last).reader();
      int[] read = {0};
      reader.forEachPart(
          last - 2,
          0,
          () -> 30,
          part -> {
            read[0] = part.commit().changes().size();
            return false;
          });
      assertThat(read[0]).isEqualTo(30);
      put(storage, last - 1, null); // and other readers may keep what it was
      List<CommitPart> parts = new ArrayList<>();
      reader.forEachPart(last - 2, 30, () -> 1_000, parts::add);
      assertThat(parts).hasSize(1);
      assertThat(parts.get(0).commit().sequence()).isEqualTo(last);
      assertThat(parts.get(0).commit().changes()).hasSize(100);
    }
  }

  @Test
  void moreChangesBehindThanThereAreIsDamage() {
    Path path = dir.resolve("s");
    long last = updated(path, 100);
    try (Storage storage = storage(path)) {
      CommitSource.Reader reader = source(storage, last).reader();
      assertThatThrownBy(() -> reader.forEachPart(last - 1, 101, () -> 10, part -> true))
          .isInstanceOf(CorruptionException.class)
          .hasMessageContaining("sequence=" + last);
    }
  }

  @Test
  void damageInALaterPartEndsASubscriptionBeforeTheCommit() throws Exception {
    Path path = dir.resolve("s");
    long last = updated(path, 100);
    Queue<Change> got = new ConcurrentLinkedQueue<>();
    try (Storage storage = storage(path)) {
      byte[] entry = storage.get(Family.CHANGES, Keys.number(last));
      put(storage, last, Arrays.copyOf(entry, entry.length - 5));
      Guard guard = new Guard("test");
      ChangeFeed feed =
          new ChangeFeed(
              source(storage, last),
              guard,
              InstantSource.system(),
              last,
              Runnable::run,
              new Positions(null, null));
      try {
        WatchOptions options =
            WatchOptions.builder().fromSequence(last - 1).queueCapacity(16).build();
        Subscription subscription = feed.watch(options, got::add);
        assertThat(subscription.await(last, Duration.ofSeconds(60))).isFalse();
        assertThat(subscription.failure()).isInstanceOf(CorruptionException.class);
        assertThat(subscription.position()).isEqualTo(last - 1);
        assertThat(got).as("the parts before").hasSize(96);
      } finally {
        guard.close();
        guard.awaitIdle();
        feed.close();
      }
    }
  }
}
