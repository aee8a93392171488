package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Seeds;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.internal.change.CommitSource;
import dev.quarry.internal.change.HistorySource;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.History;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;

/**
 * Readers that catch up part by part, at different places and while the store is written to, get
 * what one reader gets that keeps nothing. Texts change and go back, tasks go and come again, and
 * the log is trimmed behind the readers.
 */
class CatchingUpTest {
  private static final int READERS = 4;
  private static final int ROUNDS = 2_000;
  private static final int IDS = 5;

  @TempDir Path dir;

  private static final class Place {
    private final CommitSource.Reader reader;
    private long readTo;

    private Place(CommitSource.Reader reader) {
      this.reader = reader;
    }
  }

  @Seeds({51, 52, 53})
  void whoeverReadsInPartsGetsTheSame(long seed) {
    Random random = new Random(seed);
    TaskStoreOptions options =
        TaskStoreOptions.builder(dir.resolve("s")).changeLogCommits(1_000).build();
    try (TaskStore store = TaskStore.open(options)) {
      Storage storage = ((QuarryStore) store).parts.storage;
      RecordCodec codec = new RecordCodec();
      HistorySource source = new HistorySource(storage, codec, store::sequence, null);
      List<Place> places = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        places.add(new Place(source.reader()));
      }
      History plain = new History(storage, codec);
      int read = 0;
      for (int round = 0; round < ROUNDS; round++) {
        write(store, random, "T-" + random.nextInt(IDS));
        Place place = places.get(random.nextInt(READERS));
        boolean isFar = random.nextInt(50) == 0;
        if (isFar || store.sequence() - place.readTo > 900) {
          read += read(place, plain, isFar ? 10_000 : 1 + random.nextInt(300));
        } else if (random.nextInt(3) == 0) {
          read += read(place, plain, 1 + random.nextInt(20));
        }
      }
      assertThat(source.firstRetained()).isGreaterThan(1);
      assertThat(read).isGreaterThan(READERS * (ROUNDS - 1_500));
    }
  }

  private static int read(Place place, History plain, int most) {
    List<Commit> commits = new ArrayList<>();
    place.reader.forEach(
        place.readTo,
        commit -> {
          commits.add(commit);
          return commits.size() < most;
        });
    for (Commit commit : commits) {
      assertThat(commit.sequence()).isEqualTo(place.readTo + 1);
      assertThat(commit.changes()).isEqualTo(plain.commit(commit.sequence()).changes());
      place.readTo++;
    }
    return commits.size();
  }

  private static void write(TaskStore store, Random random, String id) {
    Task present = store.get(id).orElse(null);
    int kind = random.nextInt(40);
    if (present == null && store.getArchived(id).isPresent()) {
      if (kind < 30) {
        store.restore(List.of(id));
      } else {
        store.purge(List.of(id));
      }
    } else if (present == null) {
      store.insert(Task.builder(id, "t").description("text").build());
    } else if (kind == 0) {
      store.delete(id);
    } else if (kind == 1) {
      store.archive(List.of(id));
    } else if (kind == 2) {
      store.undo(id);
    } else if (kind < 5) {
      String text = "text " + random.nextInt(3);
      store.update(id, task -> task.toBuilder().description(text).build());
    } else {
      Status status = Status.values()[random.nextInt(6)];
      store.update(id, task -> task.withStatus(status));
    }
  }
}
