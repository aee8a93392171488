package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import dev.quarry.work.RetryPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Going back to a sequence, against what the store held when it was there. */
@Timeout(280)
class RewindTest {
  private static final int COMMITS = Boolean.getBoolean("quarry.long") ? 3_000 : 220;
  private static final int IDS = 30;

  @TempDir Path directory;

  private final AtomicReference<Instant> clock =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  private final TreeMap<Long, List<Line>> exports = new TreeMap<>();
  private final TreeMap<Long, Instant> times = new TreeMap<>();
  private final TreeMap<Long, BackupInfo> backups = new TreeMap<>();
  private RandomWorld world;
  private Random random;

  private Path pool() {
    return directory.resolve("backups");
  }

  private TaskStoreOptions options(String name) {
    return TaskStoreOptions.builder(directory.resolve(name)).clock(clock::get).build();
  }

  /** A task as it stands somewhere. */
  private record Line(String where, long ordinal, long version, Task task) {}

  /** All that a store is made of, but for claims and what waits because of them. */
  private static List<Line> export(TaskStore store) {
    List<Line> lines = new ArrayList<>();
    store.dump(raw -> lines.add(new Line("task", raw.ordinal(), raw.sequence(), raw.task())));
    for (Task task : store.archived(Query.all(), PageRequest.first(1_000)).items()) {
      lines.add(new Line("archived", -1, task.version(), task));
    }
    return lines;
  }

  @Seeds({221, 222})
  void everySequenceIsAsItWas(long seed) throws Exception {
    world = new RandomWorld(seed, IDS);
    random = new Random(seed);
    try (TaskStore store = TaskStore.open(options("store"))) {
      store.createIndex(
          IndexSpec.equality("team", TaskFields.attribute("team")), ProgressListener.NONE);
      note(store);
      while (store.sequence() < COMMITS) {
        commit(store);
        if (random.nextInt(COMMITS / 4) == 0) {
          backups.put(store.sequence(), store.backup(pool()));
        }
      }
      backups.put(store.sequence(), store.backup(pool()));
      for (int i = 0; i < 4; i++) {
        long to = random.nextInt((int) store.sequence() + 1);
        Path target = directory.resolve("live-" + i);
        store.checkpoint(target, to, ProgressListener.NONE);
        check("seed " + seed + ", live to " + to, target, to);
      }
    }
    for (int i = 0; i < 4; i++) {
      BackupInfo from = one(backups.values());
      long to = random.nextInt((int) from.sequence() + 1);
      Path target = directory.resolve("backup-" + i);
      boolean byTime = to > 0 && random.nextBoolean();
      BackupInfo restored =
          byTime
              ? Backups.open(pool())
                  .restore(from.number(), target, times.get(to), ProgressListener.NONE)
              : Backups.open(pool()).restore(from.number(), target, to, ProgressListener.NONE);
      assertThat(restored.sequence()).isEqualTo(to);
      check("seed " + seed + ", backup of " + from.sequence() + " to " + to, target, to);
    }
  }

  private BackupInfo one(Iterable<BackupInfo> infos) {
    List<BackupInfo> list = new ArrayList<>();
    infos.forEach(list::add);
    return list.get(random.nextInt(list.size()));
  }

  private void note(TaskStore store) {
    // a verb may make several commits, of which only the last can be looked at
    exports.put(store.sequence(), export(store));
    times.put(store.sequence(), clock.get());
  }

  private void commit(TaskStore store) throws Exception {
    clock.set(clock.get().plusSeconds(1 + random.nextInt(5)));
    String id = world.id();
    try {
      verb(store, id);
    } catch (DuplicateTaskException | TaskNotFoundException | DependencyCycleException e) {
      assertThat(e.context()).isNotEmpty(); // refused, as such verbs are
    } catch (ConflictException e) {
      assertThat(e.context()).containsKey("id");
    }
    if (store.sequence() > exports.lastKey()) {
      assertThat(store.sequence()).isEqualTo(exports.lastKey() + 1);
      note(store);
    }
  }

  private void verb(TaskStore store, String id) throws Exception {
    switch (random.nextInt(14)) {
      case 0 -> store.delete(id);
      case 1 -> {
        try (WriteBatch batch = store.newBatch()) {
          for (int k = 0; k < 1 + random.nextInt(6); k++) {
            batch.put(world.task());
          }
          batch.commit();
        }
      }
      case 2, 3 -> store.archive(List.of(id, world.id()));
      case 4, 5 -> store.restore(List.of(id));
      case 6 -> {
        if (random.nextInt(4) == 0) {
          store.purge(world.time()).await();
        }
      }
      case 7 -> store.undo(id);
      case 8 -> {
        Optional<Claim> claim = store.claims().tryClaim(id, "w", Duration.ofMinutes(5));
        if (claim.isPresent()) {
          note(store);
          clock.set(clock.get().plusSeconds(1));
          switch (random.nextInt(3)) {
            case 0 -> store.claims().complete(claim.get());
            case 1 ->
                store.claims().fail(claim.get(), "why", RetryPolicy.of(3, Duration.ofHours(1)));
            default -> store.claims().release(claim.get());
          }
        }
      }
      case 9 -> store.setStatus(List.of(id, world.id()), Status.DONE);
      case 10 -> store.update(id, world::changed);
      default -> store.put(world.task(id));
    }
  }

  private void check(String what, Path target, long to) throws Exception {
    TaskStoreOptions reopened = TaskStoreOptions.builder(target).clock(clock::get).build();
    List<Change> log;
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      log = store.changesAfter(0, 1_000_000);
    } catch (StoreLockedException e) {
      log = null; // the live store is open; the log is compared in the restores of backups
    }
    try (TaskStore store = TaskStore.open(reopened)) {
      assertThat(store.sequence()).as(what).isEqualTo(to);
      assertThat(store.verify(true, ProgressListener.NONE).problems()).as(what).isEmpty();
      assertThat(export(store)).as(what).isEqualTo(exports.get(to));
      assertThat(store.claims().list(100)).as(what).isEmpty();
      if (log != null) {
        List<Change> upTo = log.stream().filter(c -> c.sequence() <= to).toList();
        assertThat(store.changesAfter(0, 1_000_000)).as(what).isEqualTo(upTo);
        for (Line line : exports.get(to)) {
          String id = line.task().id();
          List<Change> ofTask = new ArrayList<>(upTo);
          ofTask.removeIf(change -> !change.id().equals(id));
          Collections.reverse(ofTask);
          assertThat(store.history(id, 10_000)).as(what + ", " + id).isEqualTo(ofTask);
        }
      }
      long before = random.nextInt((int) to + 1);
      try (Snapshot past = store.asOf(before)) {
        long then = exports.get(before).stream().filter(l -> l.where().equals("task")).count();
        assertThat(past.count(Query.all())).as(what + ", as of " + before).isEqualTo(then);
      }
      goOn(what, store, to);
      changeAgain(what, store, to);
    }
    try (TaskStore store = TaskStore.open(reopened)) {
      assertThat(store.verify(true, ProgressListener.NONE).problems()).as(what).isEmpty();
    }
  }

  /** Writes, history, undo and the feed go on from there. */
  private static void goOn(String what, TaskStore store, long to) throws Exception {
    List<Change> got = new ArrayList<>();
    WatchOptions options = WatchOptions.builder().fromSequence(0).build();
    try (Subscription subscription = store.watch(options, got::add)) {
      Task task = store.insert(Task.builder("after-rewind", "new").build());
      assertThat(task.version()).as(what).isEqualTo(to + 1);
      store.update("after-rewind", t -> t.withStatus(Status.DONE));
      assertThat(store.undo("after-rewind").orElseThrow().status()).isEqualTo(Status.TODO);
      assertThat(store.history("after-rewind", 10)).as(what).hasSize(3);
      assertThat(store.page(Query.where(Condition.ready()), PageRequest.first(1_000)).items())
          .as(what)
          .anyMatch(t -> t.id().equals("after-rewind"));
      assertThat(subscription.await(to + 3, Duration.ofSeconds(30))).as(what).isTrue();
    }
    assertThat(got).as(what).isEqualTo(store.changesAfter(0, 1_000_000));
    assertThat(store.verify(true, ProgressListener.NONE).problems()).as(what).isEmpty();
  }

  /** What the log kept of the commits that were cut off must not be taken for that of new ones. */
  private void changeAgain(String what, TaskStore store, long to) {
    List<String> ids = exports.get(to).stream().map(Line::task).map(Task::id).toList();
    Map<Long, Task> written = new TreeMap<>();
    for (int i = 0; i < 40 && !ids.isEmpty(); i++) {
      String id = ids.get(random.nextInt(ids.size()));
      if (store.get(id).isPresent()) { // and not in the archive
        String note = "again " + i;
        Task task = store.update(id, t -> t.toBuilder().notes(note).build());
        written.put(task.version(), task);
      }
    }
    written.forEach(
        (sequence, task) -> {
          try (Snapshot past = store.asOf(sequence)) {
            assertThat(past.get(task.id())).as(what + ", then " + sequence).contains(task);
          }
        });
  }

  private void fill() {
    TaskStoreOptions few =
        TaskStoreOptions.builder(directory.resolve("store")).changeLogCommits(1_000).build();
    try (TaskStore store = TaskStore.open(few)) {
      for (int i = 0; i < 2_000; i++) {
        store.put(Task.builder("T-" + i % 50, "v" + i).build());
      }
      store.backup(pool());
    }
  }

  @Test
  void whatLiesOutsideTheLogIsRefusedWithTheRange() {
    fill();
    Path target = directory.resolve("target");
    Backups all = Backups.open(pool());
    assertThatThrownBy(() -> all.restore(1, target, 5, ProgressListener.NONE))
        .isInstanceOf(SequenceNotRetainedException.class)
        .hasMessageContaining("asked=5")
        .hasMessageContaining("oldestRetained=")
        .hasMessageContaining("last=2000");
    assertThatThrownBy(() -> all.restore(1, target, 2_001, ProgressListener.NONE))
        .isInstanceOf(SequenceNotRetainedException.class)
        .hasMessageContaining("last=2000");
    assertThatThrownBy(
            () ->
                all.restore(
                    1, target, Instant.parse("2001-01-01T00:00:00Z"), ProgressListener.NONE))
        .isInstanceOf(SequenceNotRetainedException.class);
    assertThat(target).isEmptyDirectory();
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      Path second = directory.resolve("second");
      assertThatThrownBy(() -> store.checkpoint(second, 5, ProgressListener.NONE))
          .isInstanceOf(SequenceNotRetainedException.class);
      assertThatThrownBy(() -> store.checkpoint(second, 2_001, ProgressListener.NONE))
          .isInstanceOf(SequenceNotRetainedException.class);
      assertThat(second).doesNotExist();
    }
    assertThat(all.restore(1, target, 1_900, ProgressListener.NONE).tasks()).isEqualTo(50);
  }

  @Test
  void aTimeAfterTheBackupIsRefused() {
    Backups all;
    Instant inserted = clock.get().plusSeconds(60);
    try (TaskStore store = TaskStore.open(options("store"))) {
      store.insert(Task.builder("T-1", "in the backup").build());
      store.backup(pool());
      all = Backups.open(pool());
      clock.set(inserted);
      store.insert(Task.builder("T-2", "behind the backup").build());
    }
    Path target = directory.resolve("target");
    assertThatThrownBy(() -> all.restore(1, target, inserted, ProgressListener.NONE))
        .isInstanceOf(SequenceNotRetainedException.class)
        .hasMessageContaining("made before this time")
        .hasMessageContaining("time=" + inserted);
    assertThat(target).doesNotExist();
    Instant made = all.list().get(0).createdAt();
    assertThat(all.restore(1, target, made, ProgressListener.NONE).tasks()).isEqualTo(1);
  }

  @Test
  void aBackupHoldsAllThatWasCommittedUpToItsTime() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    CountDownLatch stamped = new CountDownLatch(1);
    Instant late = clock.get().plusSeconds(60);
    TaskStoreOptions watched =
        TaskStoreOptions.builder(directory.resolve("store"))
            .clock(
                () -> {
                  Instant now = clock.get();
                  if (Thread.currentThread().getName().equals("stamped")) {
                    stamped.countDown();
                    Interrupts.await(goOn); // it has its time, and is not written yet
                  }
                  return now;
                })
            .build();
    try (TaskStore store = TaskStore.open(watched)) {
      store.insert(Task.builder("T-1", "stays").build());
      store.insert(Task.builder("T-2", "deleted amid the backup").build());
      FutureTask<OptionalLong> delete = new FutureTask<>(() -> store.delete("T-2"));
      new Thread(delete, "stamped").start();
      stamped.await();
      clock.set(late);
      FutureTask<BackupInfo> backup = new FutureTask<>(() -> store.backup(pool()));
      Thread backingUp = new Thread(backup);
      backingUp.start();
      Until.holds(
          "the backup waits, or is made",
          () -> backup.isDone() || backingUp.getState() == Thread.State.WAITING);
      goOn.countDown();
      assertThat(delete.get()).isPresent();
      assertThat(backup.get().createdAt()).isEqualTo(late);
    }
    Path target = directory.resolve("target");
    BackupInfo restored = Backups.open(pool()).restore(1, target, late, ProgressListener.NONE);
    assertThat(restored.tasks()).isEqualTo(1);
  }

  @Test
  void aBackupFromInsideAWriteIsRefused() {
    try (TaskStore store = TaskStore.open(options("store"))) {
      store.insert(Task.builder("T-1", "title").build());
      assertThatThrownBy(
              () ->
                  store.update(
                      "T-1",
                      task -> {
                        store.backup(pool());
                        return task;
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("from inside");
      assertThat(store.backup(pool()).tasks()).isEqualTo(1);
    }
  }

  @Test
  void namedSubscriptionsClaimsAndJobsAreThoseOfThen() throws Exception {
    WatchOptions named = WatchOptions.builder().name("worker").fromSequence(0).build();
    Path target = directory.resolve("target");
    long token;
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      store.insert(Task.builder("a", "").build());
      store.insert(Task.builder("b", "").build());
      Claim claim = store.claims().tryClaim("a", "w", Duration.ofDays(1)).orElseThrow();
      token = claim.token();
      for (int i = 0; i < 10; i++) {
        store.put(Task.builder("b", "v" + i).build());
      }
      try (Subscription subscription = store.watch(named, change -> {})) {
        assertThat(subscription.await(store.sequence(), Duration.ofSeconds(30))).isTrue();
      }
      store.checkpoint(target, 5, ProgressListener.NONE);
      assertThat(store.claims().claimOf("a")).isPresent();
    }
    List<Change> got = new ArrayList<>();
    try (TaskStore store = TaskStore.open(target)) {
      assertThat(store.subscriptions().list().get(0).position()).isEqualTo(5);
      assertThat(store.claims().claimOf("a")).isEmpty();
      assertThat(store.get("a").orElseThrow().status()).isEqualTo(Status.IN_PROGRESS);
      store.setStatus(List.of("a"), Status.TODO);
      assertThat(store.claims().tryClaim("a", "w", Duration.ofDays(1)).orElseThrow().token())
          .isGreaterThan(token);
      try (Subscription subscription = store.watch(named, got::add)) {
        assertThat(subscription.await(store.sequence(), Duration.ofSeconds(30))).isTrue();
      }
    }
    assertThat(got).extracting(Change::id).containsExactly("a", "a");
  }

  @Test
  void damagedSourcesAreRefusedAndLeaveNothing() throws Exception {
    fill();
    long seed = Campaign.seed(7);
    Random flips = new Random(seed);
    List<Path> files;
    try (Stream<Path> all = Files.list(pool().resolve("files"))) {
      files = all.sorted().toList();
    }
    for (Path file : files) {
      byte[] whole = Files.readAllBytes(file);
      byte[] damaged = whole.length == 0 ? new byte[1] : whole.clone();
      damaged[flips.nextInt(damaged.length)] ^= 1;
      Files.write(file, damaged);
      Path target = directory.resolve("target");
      assertThatThrownBy(
              () -> Backups.open(pool()).restore(1, target, 1_900, ProgressListener.NONE))
          .as("%s, seed %d", file, seed)
          .isInstanceOf(CorruptionException.class);
      assertThat(target).isEmptyDirectory();
      Files.write(file, whole);
    }
    assertThat(files).hasSizeGreaterThan(5);
  }

  @Test
  void progressIsTold() {
    fill();
    Map<String, Long> phases = new TreeMap<>();
    Backups.open(pool())
        .restore(
            1,
            directory.resolve("target"),
            1_900,
            (phase, done, total) -> phases.put(phase + " of " + total, done));
    assertThat(phases).containsEntry("go back of 50", 50L);
  }
}
