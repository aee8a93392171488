package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.change.Change;
import dev.quarry.query.Query;
import dev.quarry.work.Claim;
import dev.quarry.work.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be taken back, and what cannot. */
class UndoTest {
  @TempDir Path directory;

  private TaskStore store;

  @BeforeEach
  void open() {
    store = TaskStore.open(directory.resolve("store"));
  }

  @AfterEach
  void close() {
    assertThat(store.verify().problems()).isEmpty();
    store.close();
  }

  private static Task.Builder task(String id) {
    return Task.builder(id, "title of " + id);
  }

  @Test
  void anUpdateACreationAndADeletion() {
    Task made = store.insert(task("A").build());
    Task changed = store.update("A", t -> t.withStatus(Status.DONE));
    assertThat(store.undo("A")).contains(made);
    assertThat(store.undo("A")).contains(changed); // done again
    assertThat(store.undo("A")).contains(made);
    store.delete("A");
    assertThat(store.undo("A")).contains(made);
    assertThat(store.get("A")).contains(made);
    store.insert(task("B").build());
    assertThat(store.undo("B")).isEmpty();
    assertThat(store.get("B")).isEmpty();
    assertThat(store.history("B", 9).stream().map(Change::cause)).containsExactly("undo", "write");
    assertThatThrownBy(() -> store.undo("C")).isInstanceOf(TaskNotFoundException.class);
  }

  @Test
  void aChangeThatLeftTheLogStays() {
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("short")).changeLogCommits(1_000).build();
    try (TaskStore forgetful = TaskStore.open(options)) {
      forgetful.insert(task("A").build());
      for (int i = 0; i < 1_600; i++) {
        forgetful.put(task("B").notes("note " + i).build());
      }
      assertThat(forgetful.history("A", 1)).isEmpty();
      assertThatThrownBy(() -> forgetful.undo("A"))
          .isInstanceOf(SequenceNotRetainedException.class)
          .hasMessageContaining("id=A");
      assertThat(forgetful.get("A")).isPresent();
    }
  }

  @Test
  void anArchivingAndARestoring() {
    Task made = store.insert(task("A").status(Status.DONE).build());
    store.archive(List.of("A"));
    assertThat(store.undo("A")).contains(made);
    assertThat(store.getArchived("A")).isEmpty();
    store.archive(List.of("A"));
    store.restore(List.of("A"));
    assertThat(store.undo("A")).isEmpty();
    assertThat(store.getArchived("A")).contains(made);
    assertThat(store.get("A")).isEmpty();
    assertThat(store.undo("A")).contains(made); // from the archive, so the next sends it there
    assertThat(store.getArchived("A")).isEmpty();
    assertThat(store.undo("A")).isEmpty();
    assertThat(store.getArchived("A")).contains(made);
    assertThat(store.history("A", 3).stream().map(Change::cause))
        .containsExactly("undo", "undo", "undo");
  }

  @Test
  void anUndoneArchivingAndItsUndo() {
    Task made = store.insert(task("A").status(Status.DONE).build());
    store.archive(List.of("A"));
    for (int i = 0; i < 3; i++) {
      assertThat(store.undo("A")).contains(made);
      assertThat(store.getArchived("A")).isEmpty();
      assertThat(store.undo("A")).isEmpty(); // the archiving again, not a deletion
      assertThat(store.getArchived("A")).contains(made);
    }
    store.restore(List.of("A"));
    store.undo("A");
    store.undo("A");
    assertThat(store.get("A")).contains(made);
    assertThat(store.undo("A")).isEmpty();
    assertThat(store.getArchived("A")).contains(made);
  }

  @Test
  void aCreationThatATaskDependsOnStays() {
    store.insert(task("A").build());
    store.insert(task("B").dependency("A").build());
    assertThatThrownBy(() -> store.undo("A"))
        .isInstanceOfSatisfying(
            ConflictException.class, e -> assertThat(e.context()).containsEntry("dependent", "B"));
    store.undo("B");
    assertThat(store.undo("A")).isEmpty();
  }

  @Test
  void aCompletionBehindWhichATaskWasBegunStays() {
    store.insert(task("A").build());
    store.insert(task("B").dependency("A").build());
    store.update("A", t -> t.withStatus(Status.DONE));
    store.update("B", t -> t.withStatus(Status.IN_PROGRESS));
    assertThatThrownBy(() -> store.undo("A"))
        .isInstanceOfSatisfying(
            ConflictException.class, e -> assertThat(e.context()).containsEntry("dependent", "B"));
    store.undo("B");
    assertThat(store.undo("A").orElseThrow().status()).isEqualTo(Status.TODO);
  }

  @Test
  void theLastCommitGoesAsAWhole() {
    assertThat(store.undoLast()).isEmpty();
    store.insert(task("A").build());
    try (WriteBatch batch = store.newBatch()) {
      batch.insert(task("B").dependency("C").build());
      batch.insert(task("C").build());
      batch.update("A", t -> t.withPriority(Priority.HIGH));
      batch.commit();
    }
    long made = store.sequence();
    store.subscriptions().list(); // no commit
    List<Change> undone = store.undoLast();
    assertThat(undone.stream().map(Change::id)).containsExactlyInAnyOrder("A", "B", "C");
    assertThat(undone).allMatch(change -> change.sequence() == made);
    assertThat(store.sequence()).isEqualTo(made + 1);
    assertThat(store.count(Query.all())).isEqualTo(1);
    assertThat(store.get("A").orElseThrow().priority()).isEqualTo(Priority.MEDIUM);
    assertThat(store.changesAfter(made, 9)).hasSize(3).allMatch(c -> c.cause().equals("undo"));
    assertThat(store.undoLast()).hasSize(3); // done again
    assertThat(store.get("B").orElseThrow().dependencies()).containsExactly("C");
  }

  @Test
  void aCommitOnWhichSomethingStandsStaysWhollyAndAllOfThatIsNamed() {
    store.insert(task("P").build());
    try (WriteBatch batch = store.newBatch()) {
      batch.insert(task("A").build());
      batch.insert(task("B").build());
      batch.update("P", t -> t.withStatus(Status.DONE));
      batch.commit();
    }
    long made = store.sequence();
    store.insert(task("ON-A").dependency("A").build());
    store.insert(task("ON-P").dependency("P").status(Status.IN_PROGRESS).build());
    store.update("B", t -> t.withTitle("again"));
    long before = store.sequence();
    assertThatThrownBy(() -> store.undo(made))
        .isInstanceOfSatisfying(
            ConflictException.class,
            e ->
                assertThat(e.context())
                    .containsEntry("changedSince", List.of("B"))
                    .containsEntry("dependents", List.of("ON-A (on A)", "ON-P (on P)")));
    assertThat(store.sequence()).isEqualTo(before);
    assertThat(store.get("A")).isPresent();
    store.undo("B");
    store.undo("ON-P");
    store.undo("ON-A");
    // B was changed and changed back: it is not as the commit has left it, so it is named still
    assertThatThrownBy(() -> store.undo(made)).hasMessageContaining("changedSince=[B]");
    assertThatThrownBy(() -> store.undo(store.sequence() + 1))
        .isInstanceOf(SequenceNotRetainedException.class);
    assertThatThrownBy(() -> store.undo(0)).isInstanceOf(SequenceNotRetainedException.class);
  }

  private void reopenWithoutCache() {
    store.close();
    store =
        TaskStore.open(
            TaskStoreOptions.builder(directory.resolve("store")).recordCacheBytes(0).build());
  }

  @Test
  void aTaskThatWaitsForAllOfACommitIsReadOnce() {
    reopenWithoutCache();
    List<String> gates = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      gates.add("gate-" + i);
    }
    store.insertAll(gates.stream().map(id -> task(id).build()).toList());
    store.insert(task("FAN").dependencies(gates).build());
    store.setStatus(gates, Status.DONE);
    long made = store.sequence();
    long undone = Allocated.by(() -> assertThat(store.undo(made)).hasSize(1_000));
    assertThat(undone).isLessThan(24_000_000); // with the task each time: over 100 million
    store.setStatus(gates, Status.DONE);
    long again = store.sequence();
    store.update("FAN", t -> t.withStatus(Status.IN_PROGRESS));
    long refused =
        Allocated.by(
            () ->
                assertThatThrownBy(() -> store.undo(again))
                    .isInstanceOfSatisfying(
                        ConflictException.class,
                        e -> {
                          assertThat(e.context()).containsEntry("dependentsMore", 980);
                          assertThat((List<?>) e.context().get("dependents"))
                              .hasSize(20)
                              .first()
                              .isEqualTo("FAN (on gate-0)");
                        }));
    assertThat(refused).isLessThan(20_000_000);
  }

  private void insertManyThatDependOnHub() {
    reopenWithoutCache();
    store.insert(task("HUB").build());
    for (int i = 0; i < 500; i++) {
      String notes = "x".repeat(20_000);
      store.insert(task("W-" + i).dependency("HUB").notes(notes).build());
    }
  }

  @Test
  void ofManyThatDependOnATaskTheFirstIsRead() {
    insertManyThatDependOnHub();
    long refused =
        Allocated.by(
            () ->
                assertThatThrownBy(() -> store.undo("HUB"))
                    .isInstanceOf(ConflictException.class)
                    .hasMessageContaining("dependent=W-0"));
    assertThat(refused).isLessThan(1_000_000); // all of them: 20 million
  }

  @Test
  void ofManyThatDependOnATaskThatWasDoneNoneIsReadToUndoIt() {
    insertManyThatDependOnHub();
    long done = Allocated.by(() -> store.update("HUB", t -> t.withStatus(Status.DONE)));
    long undone = Allocated.by(() -> assertThat(store.undo("HUB")).isPresent());
    // both commits read those that become ready or wait again
    assertThat(undone).isLessThan(done + done / 3);
  }

  @Test
  void aLeaseRenewedIsNoChangeOfATask() {
    store.insert(task("A").build());
    Claim claim = store.claims().tryClaim("A", "w", Duration.ofHours(1)).orElseThrow();
    store.claims().renew(claim, Duration.ofHours(2));
    assertThat(store.undo(store.sequence())).isEmpty();
    assertThat(store.undoLast()).singleElement().matches(c -> c.cause().equals("claim"));
    assertThat(store.get("A").orElseThrow().status()).isEqualTo(Status.TODO);
    assertThat(store.claims().claimOf("A")).isEmpty();
  }

  private void checkClaimable(String what, String id) {
    assertThat(store.get(id).orElseThrow().status()).as(what).isEqualTo(Status.TODO);
    Claim claim = store.claims().tryClaim(id, "again", Duration.ofHours(1)).orElseThrow();
    store.claims().complete(claim);
  }

  private void workLongAndDelete(Claim claim) {
    for (int i = 0; i < 300; i++) {
      String title = "step " + i;
      store.claims().update(claim, t -> t.withTitle(title));
    }
    store.delete(claim.id());
  }

  /** A claim does not come back, so its task must not stay in progress for nobody. */
  @Test
  void aTaskWhoseClaimEndedCanBeClaimedAgain() {
    Duration lease = Duration.ofHours(1);
    RetryPolicy once = RetryPolicy.of(1, Duration.ofMinutes(1));
    Map<String, Consumer<Claim>> ends = new LinkedHashMap<>();
    ends.put("complete", claim -> store.claims().complete(claim));
    ends.put("fail", claim -> store.claims().fail(claim, "no", once));
    ends.put("release", claim -> store.claims().release(claim));
    ends.put("write", claim -> store.update(claim.id(), t -> t.withStatus(Status.BLOCKED)));
    ends.put("delete", claim -> store.delete(claim.id()));
    ends.put("archive", claim -> store.archive(List.of(claim.id())));
    ends.put("delete behind much work", this::workLongAndDelete);
    ends.forEach(
        (what, end) -> {
          for (boolean whole : new boolean[] {false, true}) {
            String id = what + whole;
            store.insert(task(id).build());
            Claim claim = store.claims().tryClaim(id, "w", lease).orElseThrow();
            store.claims().update(claim, t -> t.withTitle("seen to")); // by the worker
            end.accept(claim);
            if (whole) {
              store.undoLast();
            } else {
              store.undo(id);
            }
            checkClaimable(what, id);
          }
        });
  }

  @Test
  void anUndoneUndoOfAClaimGivesItToNobody() {
    store.insert(task("A").build());
    assertThat(store.claims().tryClaim("A", "w", Duration.ofHours(1))).isPresent();
    store.undo("A");
    store.undo("A"); // does the claim again, but for the claim
    checkClaimable("undo of undo", "A");
  }

  @Test
  void whoIsInProgressWithoutAClaimIsSoAgain() {
    store.insert(task("A").build());
    Claim claim = store.claims().tryClaim("A", "w", Duration.ofHours(1)).orElseThrow();
    store.claims().complete(claim);
    Task begun = store.update("A", t -> t.withStatus(Status.IN_PROGRESS)); // by hand
    store.update("A", t -> t.withStatus(Status.BLOCKED));
    assertThat(store.undo("A")).contains(begun);
    store.delete("A");
    assertThat(store.undo("A")).contains(begun);
    store.archive(List.of("A"));
    assertThat(store.getArchived("A")).contains(begun);
    store.restore(List.of("A"));
    assertThat(store.get("A")).contains(begun);
  }

  @Test
  void whatAWorkerWroteIsTakenBackWithoutItsClaim() {
    Task made = store.insert(task("A").build());
    Claim claim = store.claims().tryClaim("A", "w", Duration.ofHours(1)).orElseThrow();
    store.claims().update(claim, t -> t.withTitle("other"));
    Task now = store.undo("A").orElseThrow();
    assertThat(now.title()).isEqualTo(made.title());
    assertThat(now.status()).isEqualTo(Status.IN_PROGRESS);
    assertThat(store.claims().complete(claim).status()).isEqualTo(Status.DONE);
  }

  @Test
  void anArchivedClaimedTaskComesBackToBeClaimed() {
    store.insert(task("A").build());
    assertThat(store.claims().tryClaim("A", "w", Duration.ofHours(1))).isPresent();
    store.archive(List.of("A"));
    assertThat(store.getArchived("A").orElseThrow().status()).isEqualTo(Status.TODO);
    store.restore(List.of("A"));
    checkClaimable("restored", "A");
  }

  /** The store may have ended a lease a moment ago; the caller means what a caller did. */
  @Test
  void theEndOfALeaseIsNotTheLastThingDone() {
    FakeClock clock = new FakeClock();
    Path path = directory.resolve("timed");
    try (TaskStore timed = TaskStore.open(TaskStoreOptions.builder(path).clock(clock).build())) {
      timed.insert(task("A").build());
      Claim claim = timed.claims().tryClaim("A", "w", Duration.ofMinutes(1)).orElseThrow();
      timed.insert(task("mistake").build());
      clock.move(Duration.ofMinutes(2));
      timed.claims().reapExpired();
      long expiry = timed.sequence();
      assertThat(timed.undoLast()).singleElement().matches(c -> c.id().equals("mistake"));
      assertThat(timed.get("mistake")).isEmpty();
      assertThat(timed.get("A").orElseThrow().status()).isEqualTo(Status.TODO);
      assertThat(timed.undo(expiry)).singleElement().matches(c -> c.cause().equals("expire"));
      assertThat(timed.get("A").orElseThrow().status()).isEqualTo(Status.TODO);
      assertThat(timed.claims().next("w", Duration.ofMinutes(1)).orElseThrow().token())
          .isGreaterThan(claim.token());
      assertThat(timed.verify().problems()).isEmpty();
    }
  }

  private interface Timed {
    void run(TaskStore timed, FakeClock clock);
  }

  private void timed(Timed test) {
    FakeClock clock = new FakeClock();
    Path path = directory.resolve("timed");
    try (TaskStore timed = TaskStore.open(TaskStoreOptions.builder(path).clock(clock).build())) {
      test.run(timed, clock);
      assertThat(timed.verify().problems()).isEmpty();
    }
  }

  private static void runOut(TaskStore timed, FakeClock clock) {
    clock.move(Duration.ofMinutes(2));
    timed.claims().reapExpired();
  }

  private static List<Claim> claim(TaskStore timed, int most) {
    return timed.claims().next(Query.all().condition(), "w", Duration.ofMinutes(1), most);
  }

  /** What was done last is the claim, and its task is as before it: to be claimed. */
  @Test
  void aClaimWhoseLeaseRanOutIsTheLastThingDone() {
    timed(
        (timed, clock) -> {
          Task made = timed.insert(task("A").build());
          timed.insertAll(List.of(task("B").build(), task("C").build()));
          assertThat(claim(timed, 3)).hasSize(3);
          runOut(timed, clock);
          Task expired = timed.get("A").orElseThrow();
          assertThat(expired.updatedAt()).isAfter(made.updatedAt());
          assertThat(timed.undoLast())
              .hasSize(3)
              .allMatch(change -> change.cause().equals("claim"));
          assertThat(timed.get("A")).contains(made);
          assertThat(timed.undoLast()).hasSize(3).allMatch(change -> change.cause().equals("undo"));
          assertThat(timed.get("A")).contains(expired);
          assertThat(claim(timed, 3)).hasSize(3).allMatch(c -> c.attempt() == 2); // the tries stay
          runOut(timed, clock);
          assertThat(timed.undo("A")).contains(expired); // as before the claim
          assertThat(timed.history("A", 1).get(0).cause()).isEqualTo("undo");
          // of three tasks one was changed since by somebody, the others by the clock alone
          assertThatThrownBy(() -> timed.undo(timed.sequence() - 2))
              .hasMessageContaining("changedSince=[A]");
        });
  }

  @Test
  void whatWasWrittenUnderAClaimGoesBehindTheEndOfItsLease() {
    timed(
        (timed, clock) -> {
          Task made = timed.insert(task("A").build());
          for (boolean whole : new boolean[] {true, false}) {
            Claim claim = claim(timed, 1).get(0);
            timed.claims().update(claim, t -> t.withTitle("by the worker"));
            runOut(timed, clock);
            if (whole) {
              assertThat(timed.undoLast())
                  .singleElement()
                  .matches(change -> change.after().title().equals("by the worker"));
            } else {
              assertThat(timed.undo("A")).isPresent();
            }
            Task now = timed.get("A").orElseThrow();
            assertThat(now.title()).isEqualTo(made.title());
            assertThat(now.status()).isEqualTo(Status.TODO);
            timed.undo("A"); // does it again
            now = timed.get("A").orElseThrow();
            assertThat(now.title()).isEqualTo("by the worker");
            assertThat(now.status()).isEqualTo(Status.TODO);
            timed.update("A", t -> t.withTitle(made.title()));
          }
          assertThat(claim(timed, 1)).hasSize(1);
        });
  }

  @Test
  void aTaskOfAnotherLifeIsNotWhatAnExpiryFollowed() {
    timed(
        (timed, clock) -> {
          timed.insert(task("A").build());
          timed.update("A", t -> t.withTitle("first life"));
          long update = timed.sequence();
          timed.delete("A");
          timed.insert(task("A").build());
          assertThat(claim(timed, 1)).hasSize(1);
          runOut(timed, clock);
          assertThatThrownBy(() -> timed.undo(update)).hasMessageContaining("changedSince=[A]");
          assertThatThrownBy(() -> timed.undo(update + 1)).hasMessageContaining("changedSince=[A]");
        });
  }

  @Test
  void aRestGoesOnWhenTheFailureIsUndone() {
    timed(
        (timed, clock) -> {
          timed.insert(task("A").build());
          RetryPolicy policy =
              new RetryPolicy(3, Duration.ofMinutes(5), Duration.ofMinutes(5), 2, 0);
          timed.claims().fail(claim(timed, 1).get(0), "no", policy);
          assertThat(timed.undo("A").orElseThrow().attributes()).doesNotContainKey("failure");
          assertThat(timed.get("A").orElseThrow().status()).isEqualTo(Status.TODO);
          assertThat(claim(timed, 1)).isEmpty();
          clock.move(Duration.ofMinutes(6));
          assertThat(claim(timed, 1)).singleElement().matches(c -> c.attempt() == 2);
        });
  }

  @Test
  void differencesAreToldOnceEach() {
    long start = store.sequence();
    store.insert(task("A").build());
    store.insert(task("B").build());
    long middle = store.sequence();
    store.delete("A");
    store.insert(task("A").assignee("other").build()); // another life of the id
    store.update("B", t -> t.withStatus(Status.DONE));
    store.update("B", t -> t.toBuilder().status(Status.TODO).completedAt(null).build());
    store.insert(task("C").build());
    store.delete("C");
    List<Change> changes = new ArrayList<>();
    store.diff(middle, store.sequence(), changes::add);
    assertThat(changes.stream().map(Change::id)).containsExactlyInAnyOrder("A", "B"); // B: updated
    assertThat(changes).allMatch(change -> change.action() == Change.Kind.UPDATED);
    changes.clear();
    store.diff(store.sequence(), start, changes::add);
    assertThat(changes).hasSize(2).allMatch(change -> change.action() == Change.Kind.DELETED);
    changes.clear();
    store.diff(middle, middle, changes::add);
    assertThat(changes).isEmpty();
    assertThatThrownBy(() -> store.diff(0, store.sequence() + 1, changes::add))
        .isInstanceOf(SequenceNotRetainedException.class);
    assertThatThrownBy(() -> store.asOf(-1)).isInstanceOf(SequenceNotRetainedException.class);
  }

  @Test
  void changesAreReadInPages() {
    for (int i = 0; i < 10; i++) {
      try (WriteBatch batch = store.newBatch()) {
        batch.insert(task("A" + i).build());
        batch.insert(task("B" + i).build());
        batch.commit();
      }
    }
    List<Change> all = new ArrayList<>();
    for (List<Change> page = store.changesAfter(0, 3);
        !page.isEmpty();
        page = store.changesAfter(all.get(all.size() - 1).sequence(), 3)) {
      assertThat(page).hasSizeBetween(1, 4);
      all.addAll(page);
    }
    assertThat(all).hasSize(20);
    assertThat(all.stream().map(Change::id).distinct()).hasSize(20);
  }
}
