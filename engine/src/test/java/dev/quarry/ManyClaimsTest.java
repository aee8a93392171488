package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Claims of many tasks in one step are those that one after the other would have been. */
@Timeout(120)
class ManyClaimsTest {
  private static final Condition ALL = Query.all().condition();
  private static final Duration LEASE = Duration.ofHours(1);

  @TempDir Path directory;

  private final FakeClock clock = new FakeClock();

  private TaskStore open() {
    return TaskStore.open(TaskStoreOptions.builder(directory.resolve("s")).clock(clock).build());
  }

  @Seeds({71, 72, 73})
  void agreeWithAModel(long seed) {
    Random random = new Random(seed);
    List<Task> waiting = new ArrayList<>();
    try (TaskStore store = open()) {
      for (int i = 0; i < 900; i++) {
        clock.move(Duration.ofMillis(1));
        Priority priority = Priority.values()[random.nextInt(4)];
        // the rare ones are behind more than the head of the queue
        String tag = random.nextInt(40) == 0 && priority == Priority.LOW ? "rare" : "t";
        waiting.add(store.insert(Task.builder("T-" + i, "t").priority(priority).tag(tag).build()));
      }
      waiting.sort(Comparator.comparing(Task::priority).reversed().thenComparing(Task::createdAt));
      for (int round = 0; !waiting.isEmpty(); round++) {
        String what = "seed " + seed + ", round " + round;
        String tag = random.nextInt(3) == 0 ? "rare" : "t";
        Condition filter = random.nextBoolean() ? ALL : TaskFields.TAGS.contains(tag);
        int most = 1 + random.nextInt(random.nextInt(5) == 0 ? 400 : 20);
        List<String> wanted =
            waiting.stream()
                .filter(task -> filter == ALL || task.tags().contains(tag))
                .limit(most)
                .map(Task::id)
                .toList();
        long before = store.sequence();
        List<Claim> claims = store.claims().next(filter, "w", LEASE, most);
        assertThat(claims.stream().map(Claim::id).toList()).as(what).isEqualTo(wanted);
        assertThat(store.sequence()).as(what).isEqualTo(before + (wanted.isEmpty() ? 0 : 1));
        for (Claim claim : claims) {
          assertThat(claim.token()).as(what).isEqualTo(1);
          assertThat(store.get(claim.id())).as(what).contains(claim.task());
          assertThat(store.claims().claimOf(claim.id())).as(what).contains(claim);
        }
        waiting.removeIf(task -> wanted.contains(task.id()));
      }
      assertThat(store.claims().list(1_000)).hasSize(900);
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  @Test
  void allOfThemEndTogetherWithTheirLeaseAndRefusedNumbersClaimNothing() {
    try (TaskStore store = open()) {
      Claims claims = store.claims();
      for (int i = 0; i < 5; i++) {
        store.insert(Task.builder("T-" + i, "t").build());
      }
      for (int wrong : new int[] {0, -1, 10_001}) {
        assertThatThrownBy(() -> claims.next(ALL, "w", LEASE, wrong))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("1 to 10000");
      }
      assertThatThrownBy(() -> claims.next(ALL, " ", LEASE, 5))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(claims.list(9)).isEmpty();
      assertThat(claims.next(ALL, "w", LEASE, 5)).hasSize(5);
      assertThat(claims.next(ALL, "w", LEASE, 5)).isEmpty();
      clock.move(LEASE.plusMillis(1));
      assertThat(claims.next(ALL, "other", LEASE, 10_000))
          .hasSize(5)
          .allMatch(claim -> claim.token() == 2 && claim.attempt() == 2);
    }
  }

  @Test
  void threadsShareTheTasksAmongThem() throws Exception {
    int tasks = 3_000;
    Set<String> claimed = ConcurrentHashMap.newKeySet();
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try (TaskStore store = open()) {
      List<Task> all = new ArrayList<>();
      for (int i = 0; i < tasks; i++) {
        all.add(Task.builder("T-" + i, "t").build());
      }
      store.insertAll(all);
      List<Future<?>> workers = new ArrayList<>();
      for (int w = 0; w < 8; w++) {
        int most = 1 + w * 7;
        workers.add(pool.submit(() -> drain(store, most, claimed)));
      }
      for (Future<?> worker : workers) {
        worker.get();
      }
      assertThat(claimed).hasSize(tasks);
      assertThat(store.count(Query.where(TaskFields.STATUS.is(Status.DONE)))).isEqualTo(tasks);
    } finally {
      pool.shutdownNow();
    }
  }

  private static Void drain(TaskStore store, int most, Set<String> claimed) {
    while (store.count(Query.where(Condition.ready())) > 0) {
      for (Claim claim : store.claims().next(ALL, "w" + most, LEASE, most)) {
        assertThat(claimed.add(claim.id())).as(claim.id()).isTrue();
        store.claims().complete(claim);
      }
    }
    return null;
  }
}
