package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.ChildJvm;
import dev.quarry.ConflictException;
import dev.quarry.CorruptionException;
import dev.quarry.ScanOptions;
import dev.quarry.Snapshot;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.change.Subscription;
import dev.quarry.change.Subscriptions;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.SstFile;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is damaged beside the records keeps nothing else shut. */
@Timeout(240)
class DamagedBlocksTest {
  private static final Duration LEASE = Duration.ofMinutes(1);
  private static final int CLAIMS = 10_000;
  private static final int SCANNED = 3_000;

  @TempDir Path directory;

  private final AtomicReference<Instant> clock =
      new AtomicReference<>(Instant.parse("2026-11-20T23:15:00Z"));
  private TaskStoreOptions options;

  @BeforeEach
  void prepare() {
    options = TaskStoreOptions.builder(directory.resolve("s")).clock(clock::get).build();
  }

  private static StoreParts parts(TaskStore store) {
    return ((QuarryStore) store).parts;
  }

  private static Task task(String id) {
    return Task.builder(id, "t").build();
  }

  /** Fills a store, and flips a byte of each of a family's files at a part of it. */
  private void damaged(Family family, double part, Consumer<TaskStore> fill) throws IOException {
    List<SstFile> files;
    try (TaskStore store = TaskStore.open(options)) {
      fill.accept(store);
      store.compact();
      files = parts(store).storage().files(family);
    }
    assertThat(files).isNotEmpty();
    for (SstFile file : files) {
      flip(file, part);
    }
  }

  private void flip(SstFile file, double part) throws IOException {
    Path path = directory.resolve("s/data/" + file.name().replace("/", ""));
    byte[] bytes = Files.readAllBytes(path);
    bytes[(int) (bytes.length * part)] ^= 1;
    Files.write(path, bytes);
  }

  private static List<Task> scanned() {
    List<Task> tasks = new ArrayList<>();
    Random random = new Random(7);
    for (int i = 0; i < SCANNED; i++) {
      String text = Long.toHexString(random.nextLong()).repeat(10);
      tasks.add(Task.builder("T-" + i, text + random.nextLong()).build());
    }
    return tasks;
  }

  private static void assertOneBlockIsPassed(Object... scan) throws Exception {
    try (ChildJvm child = new ChildJvm(Scanner.class, scan)) {
      String line = child.line();
      assertThat(child.exit()).isZero();
      assertThat(line).isNotNull();
      String[] told = line.split(" ", 3);
      assertThat(Integer.parseInt(told[0])).as("damaged places").isEqualTo(1);
      assertThat(Integer.parseInt(told[1])).isBetween(SCANNED - 256, SCANNED - 1);
      assertThat(told[2]).as("the last").isEqualTo("T-" + (SCANNED - 1));
    }
  }

  /** In a process of its own: RocksDB crashes where a walk goes on behind an error. */
  @ParameterizedTest(name = "chunks of {0}, of the past {1}")
  @CsvSource({"50,false", "1000,false", "50,true"})
  void cursorsComePastADamagedBlock(int chunk, boolean past) throws Exception {
    damaged(Family.RECORDS, 0.4, store -> store.insertAll(scanned()));
    assertOneBlockIsPassed(directory.resolve("s"), chunk, past);
  }

  /** Chunks end among tasks of the damaged block that the history knows. */
  @Test
  void aCursorOfThePastTellsOfADamagedBlockOnce() throws Exception {
    long sequence;
    List<SstFile> files;
    try (TaskStore store = TaskStore.open(options)) {
      store.insertAll(scanned());
      store.compact();
      files = parts(store).storage().files(Family.RECORDS);
      sequence = store.sequence();
      for (int i = 0; i < SCANNED; i += 3) {
        store.update("T-" + i, task -> task.toBuilder().title("changed").build());
      }
    }
    assertThat(files).hasSize(1);
    flip(files.get(0), 0.4);
    assertOneBlockIsPassed(directory.resolve("s"), 1, true, sequence);
  }

  /** Tells how often a scan threw, how many different tasks it found, and which was the last. */
  static final class Scanner {
    private Scanner() {}

    public static void main(String[] arguments) {
      Set<String> found = new HashSet<>();
      int damaged = 0;
      String last = "";
      try (TaskStore store = TaskStore.open(Path.of(arguments[0]));
          Snapshot snapshot =
              Boolean.parseBoolean(arguments[2])
                  ? store.asOf(
                      arguments.length > 3 ? Long.parseLong(arguments[3]) : store.sequence())
                  : store.snapshot();
          TaskCursor cursor =
              snapshot.scan(Query.all(), ScanOptions.chunks(Integer.parseInt(arguments[1])))) {
        for (boolean more = true; more && damaged < 100; ) {
          try {
            List<Task> tasks = cursor.nextChunk();
            for (Task task : tasks) {
              found.add(task.id());
              last = task.id();
            }
            more = !tasks.isEmpty();
          } catch (CorruptionException e) {
            damaged++;
          }
        }
        System.out.println(damaged + " " + found.size() + " " + last);
      }
    }
  }

  @Test
  void aDamagedClaimKeepsTheStoreOpen() throws Exception {
    damaged(
        Family.CLAIMS,
        0,
        store -> {
          store.insert(task("A"));
          assertThat(store.claims().tryClaim("A", "w", LEASE)).isPresent();
        });
    try (TaskStore store = TaskStore.open(options)) {
      store.insert(task("B"));
      assertThat(store.statusOf("A")).contains(Status.IN_PROGRESS);
      Claim claim = store.claims().next("w", LEASE).orElseThrow();
      assertThat(claim.id()).isEqualTo("B");
      store.claims().complete(claim);
      assertThatThrownBy(() -> store.claims().claimOf("A")).isInstanceOf(CorruptionException.class);
      assertThat(store.verify(true, (what, done, total) -> {}).isOk()).isFalse();
    }
  }

  /** Those in front of the damaged block and those behind it. */
  @Test
  void theLeasesOfOthersEndStill() throws Exception {
    damaged(
        Family.CLAIMS,
        0.1, // among the marks, which come first
        store -> {
          List<Task> tasks = new ArrayList<>();
          for (int i = 0; i < CLAIMS; i++) {
            tasks.add(task(String.format("T-%05d", i)));
          }
          store.insertAll(tasks);
          assertThat(store.claims().next(Query.all().condition(), "w", LEASE, CLAIMS))
              .hasSize(CLAIMS);
        });
    clock.set(clock.get().plus(LEASE.multipliedBy(2)));
    try (TaskStore store = TaskStore.open(options)) {
      store.claims().reapExpired();
      long left = store.count(Query.where(TaskFields.STATUS.is(Status.IN_PROGRESS)));
      assertThat(left).isBetween(1L, CLAIMS / 2L);
      assertThat(store.statusOf("T-00000")).contains(Status.TODO);
      assertThat(store.statusOf("T-09999")).contains(Status.TODO);
    }
  }

  /** What a task in progress depends on is read when it goes back to TODO. */
  @Test
  void aDamagedDependencyKeepsNoOtherLeaseFromEnding() throws Exception {
    damaged(
        Family.ARCHIVE,
        0,
        store -> {
          store.insert(Task.builder("D", "t").status(Status.DONE).build());
          store.insert(Task.builder("T", "t").dependency("D").build());
          store.insertAll(List.of(task("U"), task("V")));
          store.archive(List.of("D"));
          for (String id : List.of("U", "T", "V")) {
            assertThat(store.claims().tryClaim(id, "w", LEASE)).isPresent();
          }
        });
    clock.set(clock.get().plus(LEASE.multipliedBy(2)));
    try (TaskStore store = TaskStore.open(options)) {
      store.claims().reapExpired();
      assertThat(store.statusOf("U")).contains(Status.TODO);
      assertThat(store.statusOf("V")).contains(Status.TODO);
      assertThat(store.statusOf("T")).contains(Status.IN_PROGRESS);
      for (String id : List.of("U", "V")) {
        assertThat(store.claims().next("w", LEASE)).map(Claim::id).contains(id);
      }
      assertThat(store.claims().next("w", LEASE)).isEmpty();
      WritingParts parts = (WritingParts) parts(store);
      assertThat(parts.claims().awaited()).as("T, too").isEqualTo(3);
      long before = store.sequence();
      assertThat(store.claims().reapExpired()).as("it rests").isZero();
      assertThat(store.sequence()).isEqualTo(before);
      store.update("T", task -> task.toBuilder().dependencies(List.of()).build());
      clock.set(clock.get().plus(LEASE));
      store.claims().reapExpired();
      assertThat(store.statusOf("T")).contains(Status.TODO);
    }
  }

  @Test
  void aDamagedArchiveKeepsTheStoreOpen() throws Exception {
    damaged(
        Family.ARCHIVE,
        0,
        store -> {
          store.insert(task("A"));
          store.archive(List.of("A"));
        });
    try (TaskStore store = TaskStore.open(options)) {
      store.insert(task("B"));
      assertThat(store.get("B")).isPresent();
      assertThatThrownBy(() -> store.getArchived("A")).isInstanceOf(CorruptionException.class);
      assertThatThrownBy(() -> store.insert(task("A"))) // it may be there
          .isInstanceOf(CorruptionException.class);
      assertThat(store.get("A")).isEmpty();
    }
  }

  @Test
  void aDamagedChangeLogKeepsTheStoreOpen() throws Exception {
    damaged(Family.CHANGES, 0, store -> store.insert(task("A")));
    try (TaskStore store = TaskStore.open(options)) {
      store.insert(task("B"));
      store.insert(task("C"));
      assertThat(store.count(Query.all())).isEqualTo(3);
      assertThatThrownBy(() -> store.changesAfter(0, 9)).isInstanceOf(CorruptionException.class);
    }
  }

  private static String text(int i) {
    byte[] bytes = new byte[64 << 10]; // blocks are smaller
    new Random(i).nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Test
  void aPastStateIsReadInFrontOfADamagedBlock() throws Exception {
    long[] made = {0};
    damaged(
        Family.HISTORY,
        0.75, // in what keeps the second text
        store -> {
          store.insert(Task.builder("A", "t").description(text(1)).build());
          made[0] = store.sequence();
          store.update("A", task -> task.withStatus(Status.BLOCKED)); // its text is kept later
          store.update("A", task -> task.toBuilder().description(text(2)).build());
          store.update("A", task -> task.toBuilder().description(text(3)).build());
        });
    try (TaskStore store = TaskStore.open(options);
        Snapshot before = store.asOf(made[0]);
        Snapshot behind = store.asOf(made[0] + 2)) {
      assertThat(before.get("A").orElseThrow().description()).isEqualTo(text(1));
      assertThatThrownBy(() -> behind.get("A")).isInstanceOf(CorruptionException.class);
      assertThat(store.get("A").orElseThrow().description()).isEqualTo(text(3));
    }
  }

  @Test
  void aDamagedPositionCanBeDroppedAndHidesNoOther() throws Exception {
    WatchOptions good = WatchOptions.builder().name("good").fromSequence(0).build();
    WatchOptions bad = WatchOptions.builder().name("bad").fromSequence(0).build();
    try (TaskStore store = TaskStore.open(options)) {
      store.insert(task("A"));
      store.watch(good, change -> {}).close();
      try (StorageBatch batch = parts(store).storage().newBatch()) {
        batch.put(Family.SUBSCRIPTIONS, "bad".getBytes(StandardCharsets.UTF_8), new byte[] {9, 9});
        parts(store).storage().write(batch, false);
      }
      Subscriptions names = store.subscriptions();
      assertThat(names.list()).extracting(Subscriptions.Named::name).containsExactly("good");
      assertThatThrownBy(() -> store.watch(bad, change -> {}))
          .isInstanceOf(CorruptionException.class)
          .hasMessageContaining("drop the name")
          .hasMessageContaining("name=bad");
      assertThat(names.drop("bad")).isTrue();
      assertThat(names.drop("bad")).isFalse();
      try (Subscription again = store.watch(bad, change -> {})) {
        assertThatThrownBy(() -> names.drop("bad")).isInstanceOf(ConflictException.class);
        assertThat(again.failure()).isNull();
      }
    }
  }

  /** Finds what has expired, past what is damaged. */
  @Test
  void aDamagedPositionDoesNotKeepOthersFromExpiring() throws Exception {
    try (TaskStore store = TaskStore.open(options)) {
      store.watch(WatchOptions.builder().name("good").build(), change -> {}).close();
      try (StorageBatch batch = parts(store).storage().newBatch()) {
        batch.put(Family.SUBSCRIPTIONS, "bad".getBytes(StandardCharsets.UTF_8), new byte[] {9, 9});
        parts(store).storage().write(batch, false);
      }
    }
    clock.set(clock.get().plus(Duration.ofDays(8)));
    try (TaskStore store = TaskStore.open(options)) {
      assertThat(store.subscriptions().list()).isEmpty();
    }
  }
}
