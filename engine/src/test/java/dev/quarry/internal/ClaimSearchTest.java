package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.PageRequest;
import dev.quarry.Priority;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.query.Condition;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker for whom there is nothing searches all ready tasks, and nobody waits for that. */
@Timeout(120)
class ClaimSearchTest {
  private static final Duration LEASE = Duration.ofSeconds(30);

  /** Its tasks lie behind the head of the index of ready tasks, where there are any. */
  private static final Condition RARE =
      TaskFields.AGENT.startsWith("a").and(TaskFields.attribute("rare").is("yes"));

  /** More than a page of the planner's. */
  private static final int FOUND = 20;

  /** Of the part of a record that conditions read. */
  private static final int IN_PREFIX = 12;

  @TempDir Path directory;

  private HeldIndex held;

  @BeforeEach
  void prepare() {
    held = new HeldIndex(directory.resolve("store"), false);
  }

  private TaskStore open() {
    TaskStore store = held.open();
    for (int i = 0; i < HeldIndex.TASKS; i++) {
      store.insert(HeldIndex.task(i));
    }
    return store;
  }

  private static Task rare(String id, String agent) {
    return Task.builder(id, id).agent(agent).attribute("rare", "yes").build();
  }

  @Test
  void aSearchInVainHoldsUpNoWriter() throws Exception {
    try (TaskStore store = open();
        AutoCloseable release = held.goOn::countDown) { // before the store waits for the search
      assertThat(release).isNotNull();
      held.arm();
      FutureTask<List<Claim>> search =
          new FutureTask<>(() -> store.claims().next(RARE, "worker", LEASE, 2));
      new Thread(search).start();
      held.reached.await();
      FutureTask<Task> write =
          new FutureTask<>(() -> store.insert(Task.builder("N", "new").build()));
      new Thread(write).start();
      assertThat(write.get(60, TimeUnit.SECONDS).version()).isEqualTo(HeldIndex.TASKS + 1);
      assertThat(search).isNotDone();
      held.goOn.countDown();
      assertThat(search.get()).isEmpty();
    }
  }

  /** The planner finds it first, being the oldest; the index of ready tasks comes to it last. */
  @Test
  void aDamagedTaskKeepsNoneFromBeingClaimed() throws Exception {
    try (TaskStore store =
        TaskStore.open(
            TaskStoreOptions.builder(directory.resolve("other")).recordCacheBytes(0).build())) {
      store.insert(rare("damaged", "a").withPriority(Priority.LOW));
      List<Task> others = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        others.add(Task.builder("O-" + i, "other").priority(Priority.HIGH).agent("b").build());
      }
      for (int i = 0; i < FOUND; i++) {
        others.add(rare("R-" + i, "a").withPriority(Priority.MEDIUM));
      }
      store.insertAll(others);
      damage(store, 0);
      for (int i = 0; i < FOUND; i++) {
        assertThat(store.claims().awaitReady(RARE, Duration.ZERO)).isTrue();
        Optional<Claim> claim = store.claims().next(RARE, "worker", LEASE);
        assertThat(claim).map(Claim::id).contains("R-" + i);
      }
      assertThat(store.claims().awaitReady(RARE, Duration.ZERO)).isFalse();
      assertThat(store.claims().next(RARE, "worker", LEASE)).isEmpty();
    }
  }

  /** More than are looked at in one part, and others in between. */
  @Test
  void manyAreClaimedBesideADamagedTask() throws Exception {
    int rare = 600;
    int most = 290;
    try (TaskStore store =
        TaskStore.open(
            TaskStoreOptions.builder(directory.resolve("many")).recordCacheBytes(0).build())) {
      store.insert(rare("damaged", "a").withPriority(Priority.LOW));
      List<Task> others = new ArrayList<>();
      for (int i = 0; i < rare; i++) {
        others.add(Task.builder("O-" + i, "other").agent("b").build());
        others.add(rare("R-" + i, "a"));
      }
      store.insertAll(others);
      damage(store, 0);
      List<String> claimed = new ArrayList<>();
      for (int n : List.of(most, most, rare - 2 * most, 0)) {
        List<Claim> claims = store.claims().next(RARE, "worker", LEASE, most);
        assertThat(claims).hasSize(n);
        claims.forEach(claim -> claimed.add(claim.id()));
      }
      assertThat(claimed)
          .containsExactlyElementsOf(IntStream.range(0, rare).mapToObj(i -> "R-" + i).toList());
    }
  }

  private static void damage(TaskStore store, long ordinal) throws Exception {
    Storage storage = ((QuarryStore) store).parts.storage;
    byte[] record = storage.get(Family.RECORDS, Keys.number(ordinal));
    record[IN_PREFIX] ^= 1;
    try (StorageBatch batch = storage.newBatch()) {
      batch.put(Family.RECORDS, Keys.number(ordinal), record);
      storage.write(batch, false);
    }
  }

  /** A salvage keeps claims whose tasks it has lost. */
  @Test
  void claimsAreListedWithTheirOwnTasks() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("other"))) {
      store.insert(rare("A", "a"));
      store.insert(rare("B", "a"));
      assertThat(store.claims().tryClaim("A", "of A", LEASE)).isPresent();
      assertThat(store.claims().tryClaim("B", "of B", LEASE)).isPresent();
      Storage storage = ((QuarryStore) store).parts.storage;
      try (StorageBatch batch = storage.newBatch()) {
        batch.delete(Family.RECORDS, Keys.number(0));
        batch.delete(Family.IDS, Keys.id("A"));
        storage.write(batch, false);
      }
      List<Claim> claims = store.claims().list(PageRequest.first(10)).items();
      assertThat(claims).extracting(Claim::id).containsExactly("B");
      assertThat(claims).extracting(Claim::owner).containsExactly("of B");
      assertThat(claims.get(0).task().id()).isEqualTo("B");
      assertThat(store.claims().claimOf("A")).isEmpty();
    }
  }

  @Test
  void whatLiesBehindTheHeadIsFoundInOrder() {
    try (TaskStore store = open()) {
      store.insert(rare("R-1", "a"));
      store.insert(rare("R-2", "a"));
      store.insert(rare("R-3", "b"));
      assertThat(store.claims().next(RARE, "worker", LEASE, 5))
          .extracting(Claim::id)
          .containsExactly("R-1", "R-2");
      assertThat(store.claims().next(RARE, "worker", LEASE)).isEmpty();
    }
  }
}
