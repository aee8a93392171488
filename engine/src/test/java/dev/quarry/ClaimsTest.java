package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import dev.quarry.work.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Claims, verb by verb, with a clock that the test moves. */
@Timeout(120)
class ClaimsTest {
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Duration MILLI = Duration.ofMillis(1);

  @TempDir Path directory;

  private final FakeClock clock = new FakeClock();
  private TaskStore store;
  private Claims claims;

  @BeforeEach
  void open() {
    store = TaskStore.open(options().build());
    claims = store.claims();
  }

  @AfterEach
  void close() {
    try {
      assertThat(store.verify().problems()).isEmpty();
    } finally {
      store.close();
    }
  }

  private TaskStoreOptions.Builder options() {
    return TaskStoreOptions.builder(directory.resolve("store")).clock(clock);
  }

  private void reopen() {
    store.close();
    open();
  }

  private void add(String... ids) {
    for (String id : ids) {
      store.insert(Task.builder(id, "title").build());
      clock.move(Duration.ofMillis(1));
    }
  }

  private Claim take(String id, String owner) {
    return claims.tryClaim(id, owner, LEASE).orElseThrow();
  }

  private Task task(String id) {
    return store.get(id).orElseThrow();
  }

  private List<String> idsByNext(String... owners) {
    List<String> ids = new ArrayList<>();
    for (String owner : owners) {
      claims.next(owner, LEASE).ifPresent(claim -> ids.add(claim.id()));
    }
    return ids;
  }

  @Test
  void nextTakesTheHighestPriorityAndThenTheOldest() {
    store.insert(Task.builder("low", "t").priority(Priority.LOW).build());
    clock.move(LEASE);
    store.insert(Task.builder("new", "t").priority(Priority.HIGH).build());
    store.insert(
        Task.builder("old", "t")
            .priority(Priority.HIGH)
            .createdAt(clock.instant().minus(LEASE))
            .build());
    store.insert(Task.builder("done", "t").priority(Priority.CRITICAL).status(Status.DONE).build());
    assertThat(idsByNext("a", "b", "c", "d")).containsExactly("old", "new", "low");
  }

  @Test
  void aClaimSaysAllAndKeepsTheAssignee() {
    store.insert(Task.builder("T", "t").assignee("ann").build());
    Claim claim = claims.next("worker", LEASE).orElseThrow();
    assertThat(claim.id()).isEqualTo("T");
    assertThat(claim.token()).isEqualTo(1);
    assertThat(claim.owner()).isEqualTo("worker");
    assertThat(claim.until()).isEqualTo(clock.instant().plus(LEASE));
    assertThat(claim.attempt()).isEqualTo(1);
    assertThat(claim.task().status()).isEqualTo(Status.IN_PROGRESS);
    assertThat(claim.task().assignee()).isEqualTo("ann");
    assertThat(claim.task().version()).isEqualTo(store.sequence());
    assertThat(task("T")).isEqualTo(claim.task());
    assertThat(claims.claimOf("T")).contains(claim);
    assertThat(claims.list(10)).containsExactly(claim);
  }

  @Test
  void nextGoesByTheFilter() {
    store.insert(Task.builder("A", "t").priority(Priority.CRITICAL).build());
    store.insert(Task.builder("B", "t").tag("docs").build());
    Condition docs = TaskFields.TAGS.contains("docs");
    assertThat(claims.next(docs, "w", LEASE).map(Claim::id)).contains("B");
    assertThat(claims.next(docs, "w", LEASE)).isEmpty();
    assertThat(idsByNext("w")).containsExactly("A");
  }

  @Test
  void whatWaitsForATaskCanBeHadWhenThatIsComplete() {
    add("A");
    store.insert(Task.builder("B", "t").priority(Priority.HIGH).dependencies(List.of("A")).build());
    assertThat(claims.tryClaim("B", "w", LEASE)).isEmpty();
    Claim claim = claims.next("w", LEASE).orElseThrow();
    assertThat(claim.id()).isEqualTo("A");
    assertThat(claims.next("w", LEASE)).isEmpty();
    claims.complete(claim);
    assertThat(idsByNext("w")).containsExactly("B");
  }

  @Test
  void onlyReadyTasksCanBeClaimed() {
    add("T");
    take("T", "first");
    assertThat(claims.tryClaim("T", "second", LEASE)).isEmpty();
    assertThat(claims.tryClaim("T", "first", LEASE)).isEmpty();
    for (Status status : Status.values()) {
      store.insert(Task.builder("S-" + status, "t").status(status).build());
      assertThat(claims.tryClaim("S-" + status, "w", LEASE).isPresent())
          .as(status.toString())
          .isEqualTo(status == Status.TODO);
    }
    assertThatThrownBy(() -> claims.tryClaim("absent", "w", LEASE))
        .isInstanceOf(TaskNotFoundException.class)
        .hasMessageContaining("absent");
  }

  /** The verbs that a claim is needed for. */
  enum Verb {
    RENEW,
    UPDATE,
    COMPLETE,
    COMPLETE_WITH,
    FAIL,
    RELEASE;

    void call(Claims claims, Claim claim) {
      switch (this) {
        case RENEW -> claims.renew(claim, LEASE);
        case UPDATE -> claims.update(claim, t -> t.toBuilder().notes("mine").build());
        case COMPLETE -> claims.complete(claim);
        case COMPLETE_WITH -> claims.complete(claim, t -> t.toBuilder().notes("mine").build());
        case FAIL -> claims.fail(claim, "r", RetryPolicy.once());
        case RELEASE -> claims.release(claim);
      }
    }
  }

  private void refused(Verb verb, Claim claim, long token, String owner) {
    Task before = store.get(claim.id()).orElse(null);
    Optional<Claim> held = claims.claimOf(claim.id());
    long sequence = store.sequence();
    StaleClaimException e =
        catchThrowableOfType(StaleClaimException.class, () -> verb.call(claims, claim));
    assertThat(e).as(verb.toString()).isNotNull();
    assertThat(e.context())
        .containsEntry("id", claim.id())
        .containsEntry("token", claim.token())
        .containsEntry("owner", claim.owner())
        .containsEntry("currentToken", token);
    assertThat(e.context().get("currentOwner")).isEqualTo(owner);
    assertThat(store.get(claim.id()).orElse(null)).isEqualTo(before);
    assertThat(claims.claimOf(claim.id())).isEqualTo(held);
    assertThat(store.sequence()).isEqualTo(sequence);
  }

  @ParameterizedTest
  @EnumSource(Verb.class)
  void aStaleClaimIsRefused(Verb verb) {
    add("taken", "other", "expired", "released", "moved", "deleted", "again", "never");
    Claim taken = take("taken", "w");
    clock.move(LEASE);
    take("taken", "second");
    refused(verb, taken, 2, "second");
    // the same owner again has another token
    Claim again = take("again", "w");
    claims.release(again);
    take("again", "w");
    refused(verb, again, 2, "w");
    Claim other = take("other", "w");
    refused(verb, Claim.reference("other", other.token(), "thief"), 1, "w");
    refused(verb, Claim.reference("other", other.token() + 1, "w"), 1, "w");
    Claim released = take("released", "w");
    claims.release(released);
    refused(verb, released, 1, null);
    Claim moved = take("moved", "w");
    store.setStatus(List.of("moved"), Status.BLOCKED);
    refused(verb, moved, 1, null);
    Claim deleted = take("deleted", "w");
    store.delete("deleted");
    refused(verb, deleted, 1, null);
    refused(verb, Claim.reference("never", 1, "w"), 0, null);
    refused(verb, Claim.reference("absent", 1, "w"), 0, null);
    Claim expired = take("expired", "w");
    clock.move(LEASE);
    claims.reapExpired();
    refused(verb, expired, 1, null);
  }

  @ParameterizedTest
  @EnumSource(Verb.class)
  void theLeaseIsThePromise(Verb verb) {
    add("T");
    Claim claim = take("T", "w");
    clock.move(LEASE.minusNanos(1_000));
    assertThat(claims.claimOf("T")).contains(claim);
    clock.move(Duration.ofNanos(1_000));
    StaleClaimException e =
        catchThrowableOfType(StaleClaimException.class, () -> verb.call(claims, claim));
    assertThat(e).isNotNull();
    assertThat(claims.claimOf("T")).isEmpty();
    assertThat(claims.list(10)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Verb.class)
  void aReferenceIsAsGood(Verb verb) {
    add("T");
    Claim claim = take("T", "w");
    clock.move(MILLI);
    long sequence = store.sequence();
    verb.call(claims, Claim.reference("T", claim.token(), "w"));
    assertThat(store.sequence()).isEqualTo(sequence + 1);
    assertThat(claims.claimOf("T").map(Claim::until))
        .isEqualTo(
            switch (verb) {
              case RENEW -> Optional.of(claim.until().plus(MILLI));
              case UPDATE -> Optional.of(claim.until());
              default -> Optional.empty();
            });
  }

  @Test
  void oneMillisecondAfterTheLeaseTheTaskCanBeHad() {
    add("T", "U");
    take("T", "first");
    take("U", "first");
    clock.move(LEASE.minus(MILLI));
    assertThat(claims.tryClaim("T", "second", LEASE)).isEmpty();
    assertThat(claims.next("second", LEASE)).isEmpty();
    clock.move(MILLI.multipliedBy(2));
    Claim second = claims.tryClaim("T", "second", LEASE).orElseThrow();
    assertThat(second.token()).isEqualTo(2);
    assertThat(second.attempt()).isEqualTo(2);
    Claim next = claims.next("third", LEASE).orElseThrow();
    assertThat(next.id()).isEqualTo("U");
    assertThat(next.token()).isEqualTo(2);
  }

  @Test
  void aLeaseThatRanOutGivesTheTaskBack() {
    add("T", "U");
    take("T", "w");
    claims.renew(take("U", "w"), LEASE.multipliedBy(2));
    clock.move(LEASE.plus(MILLI));
    claims.reapExpired();
    assertThat(task("T").status()).isEqualTo(Status.TODO);
    assertThat(task("U").status()).isEqualTo(Status.IN_PROGRESS);
    assertThat(claims.reapExpired()).isZero();
    clock.move(LEASE);
    claims.reapExpired();
    assertThat(task("U").status()).isEqualTo(Status.TODO);
  }

  @Test
  void aTaskThatWasBlockedMeanwhileIsNotTakenOver() {
    add("T", "B");
    take("T", "w");
    store.update("T", t -> t.toBuilder().dependencies(List.of("B")).build());
    clock.move(LEASE);
    assertThat(claims.tryClaim("T", "second", LEASE)).isEmpty();
    assertThat(task("T").status()).isEqualTo(Status.TODO);
    claims.complete(take("B", "w"));
    assertThat(take("T", "second").token()).isEqualTo(2);
  }

  @Test
  void renewMovesTheEndBothWays() {
    add("T");
    Claim claim = take("T", "w");
    Claim longer = claims.renew(claim, LEASE.multipliedBy(3));
    assertThat(longer.token()).isEqualTo(claim.token());
    assertThat(longer.until()).isEqualTo(clock.instant().plus(LEASE.multipliedBy(3)));
    clock.move(LEASE.multipliedBy(2));
    assertThat(claims.reapExpired()).isZero();
    Claim shorter = claims.renew(claim, MILLI);
    assertThat(claims.claimOf("T")).contains(shorter);
    clock.move(MILLI);
    claims.reapExpired();
    assertThat(task("T").status()).isEqualTo(Status.TODO);
  }

  @Test
  void completeAndUpdateWriteUnderTheFence() {
    add("T");
    Claim claim = take("T", "w");
    Task updated = claims.update(claim, t -> t.toBuilder().notes("half").build());
    assertThat(updated.notes()).isEqualTo("half");
    assertThat(claims.claimOf("T").orElseThrow().token()).isEqualTo(1);
    Task done = claims.complete(claim, t -> t.toBuilder().actualHours(2.0).build());
    assertThat(done.status()).isEqualTo(Status.DONE);
    assertThat(done.actualHours()).isEqualTo(2.0);
    assertThat(done.completedAt()).isEqualTo(clock.instant());
    assertThat(task("T")).isEqualTo(done);
    assertThat(claims.list(10)).isEmpty();
    clock.move(LEASE.multipliedBy(2));
    assertThat(claims.reapExpired()).isZero();
    assertThat(task("T")).isEqualTo(done);
  }

  @Test
  void anUpdateThatMovesTheStatusEndsTheClaim() {
    add("T");
    Claim claim = take("T", "w");
    claims.update(claim, t -> t.withStatus(Status.BLOCKED));
    assertThat(claims.claimOf("T")).isEmpty();
    assertThatThrownBy(() -> claims.release(claim)).isInstanceOf(StaleClaimException.class);
  }

  @Test
  void whatFailedRestsAndIsTriedAgainUntilTheLastAttempt() {
    add("T");
    RetryPolicy policy = new RetryPolicy(3, LEASE, LEASE.multipliedBy(10), 2, 0);
    for (int attempt = 1; attempt <= 2; attempt++) {
      Claim claim = take("T", "w");
      assertThat(claim.attempt()).isEqualTo(attempt);
      Task failed = claims.fail(claim, "reason " + attempt, policy);
      assertThat(failed.status()).isEqualTo(Status.TODO);
      assertThat(task("T").attributes()).containsEntry("failure", "reason " + attempt);
      clock.move(LEASE.multipliedBy(attempt).minus(MILLI));
      assertThat(claims.tryClaim("T", "w", LEASE)).isEmpty();
      assertThat(claims.next("w", LEASE)).isEmpty();
      assertThat(claims.list(10)).isEmpty();
      clock.move(MILLI);
      claims.reapExpired();
    }
    Claim last = claims.next("w", LEASE).orElseThrow();
    assertThat(last.attempt()).isEqualTo(3);
    assertThat(claims.fail(last, null, policy).status()).isEqualTo(Status.FAILED);
    assertThat(task("T").attributes()).isEmpty();
    store.setStatus(List.of("T"), Status.TODO);
    assertThat(take("T", "w").attempt()).isEqualTo(1);
  }

  @Test
  void aRestEndsByItselfForNextAndForTryClaim() {
    add("T", "U");
    RetryPolicy policy = new RetryPolicy(9, LEASE, LEASE, 1, 0);
    claims.fail(take("T", "w"), "r", policy);
    claims.fail(take("U", "w"), "r", policy);
    clock.move(LEASE);
    assertThat(claims.tryClaim("T", "w", LEASE)).isPresent();
    assertThat(idsByNext("w")).containsExactly("U");
  }

  @Test
  void withoutRestAFailedTaskIsReadyAtOnce() {
    add("T");
    claims.fail(take("T", "w"), "r", new RetryPolicy(5, Duration.ZERO, Duration.ZERO, 1, 0));
    assertThat(take("T", "w").attempt()).isEqualTo(2);
  }

  @Test
  void aReleasedTryDoesNotCount() {
    add("T");
    assertThat(claims.release(take("T", "w")).status()).isEqualTo(Status.TODO);
    Claim second = take("T", "w");
    assertThat(second.attempt()).isEqualTo(1);
    assertThat(second.token()).isEqualTo(2);
  }

  @Test
  void plainWritesEndAClaimOnlyByMovingTheStatus() {
    add("T");
    Claim claim = take("T", "w");
    store.update("T", t -> t.toBuilder().notes("from aside").build());
    try (WriteBatch batch = store.newBatch()) {
      batch.update("T", t -> t.withStatus(Status.DONE));
      batch.update("T", t -> t.withStatus(Status.IN_PROGRESS));
      batch.commit();
    }
    assertThat(claims.claimOf("T").orElseThrow().token()).isEqualTo(claim.token());
    store.put(task("T").withStatus(Status.TODO));
    assertThat(claims.claimOf("T")).isEmpty();
    assertThat(take("T", "w").token()).isEqualTo(2);
  }

  @Test
  void tokensSurviveDeletionAndRestart() {
    add("T");
    take("T", "w");
    store.delete("T");
    reopen();
    add("T");
    Claim claim = take("T", "w");
    assertThat(claim.token()).isEqualTo(2);
    assertThat(claim.attempt()).isEqualTo(1);
  }

  @Test
  void claimsAndRestsSurviveARestart() {
    add("held", "late", "resting");
    Claim held = claims.tryClaim("held", "w", LEASE.multipliedBy(5)).orElseThrow();
    Claim late = take("late", "w");
    claims.fail(
        take("resting", "w"),
        "r",
        new RetryPolicy(9, LEASE.multipliedBy(2), LEASE.multipliedBy(2), 1, 0));
    store.close();
    clock.move(LEASE.plus(MILLI));
    open();
    assertThat(claims.claimOf("held")).contains(held);
    assertThat(claims.tryClaim("resting", "w", LEASE)).isEmpty();
    assertThat(claims.tryClaim("late", "second", LEASE).orElseThrow().token()).isEqualTo(2);
    assertThatThrownBy(() -> claims.complete(late)).isInstanceOf(StaleClaimException.class);
    clock.move(LEASE);
    assertThat(claims.next("w", LEASE).map(Claim::id)).isPresent();
    claims.complete(held);
    reopen();
    assertThat(claims.claimOf("held")).isEmpty();
  }

  @Test
  void whereverTheClockIsSetThereIsOneOwner() {
    add("T");
    Claim first = take("T", "first");
    clock.move(Duration.ofDays(-3));
    assertThat(claims.reapExpired()).isZero();
    assertThat(claims.tryClaim("T", "second", LEASE)).isEmpty();
    assertThat(claims.next("second", LEASE)).isEmpty();
    assertThat(claims.renew(first, Duration.ofDays(1)).until())
        .isEqualTo(clock.instant().plus(Duration.ofDays(1)));
    clock.move(Duration.ofDays(400));
    Claim second = claims.next("second", LEASE).orElseThrow();
    assertThat(second.token()).isEqualTo(2);
    // set back to a time at which the first lease would hold
    clock.move(Duration.ofDays(-400));
    assertThatThrownBy(() -> claims.complete(first)).isInstanceOf(StaleClaimException.class);
    assertThat(claims.claimOf("T")).contains(second);
    claims.complete(second);
    assertThat(task("T").status()).isEqualTo(Status.DONE);
  }

  @Test
  void listGoesByPages() {
    List<Claim> all = new ArrayList<>();
    for (int i = 10; i < 33; i++) {
      add("T-" + i);
      all.add(take("T-" + i, "w" + i));
    }
    claims.fail(all.remove(5), "r", RetryPolicy.of(3, LEASE));
    List<Claim> seen = new ArrayList<>();
    Page<Claim> page = claims.list(PageRequest.first(4));
    while (page.hasNext()) {
      assertThat(page.items()).hasSize(4);
      seen.addAll(page.items());
      page = claims.list(PageRequest.after(page.continuation(), 4));
    }
    seen.addAll(page.items());
    assertThat(seen).isEqualTo(all);
    assertThat(claims.list(22)).isEqualTo(all);
    assertThatThrownBy(() -> claims.list(PageRequest.after(new Continuation("elsewhere"), 4)))
        .isInstanceOf(InvalidContinuationException.class)
        .hasMessageContaining("elsewhere");
  }

  @Test
  void badInputIsRefused() {
    add("T");
    for (String owner : List.of("", " ", "x".repeat(1_025), "\ud800")) {
      assertThatThrownBy(() -> claims.tryClaim("T", owner, LEASE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("owner");
    }
    for (Duration lease :
        List.of(
            Duration.ZERO, MILLI.negated(), Duration.ofNanos(999_999), Duration.ofDays(3_651))) {
      assertThatThrownBy(() -> claims.next("w", lease))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(lease.toString());
    }
    assertThatThrownBy(() -> Claim.reference("T", 0, "w"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(task("T").status()).isEqualTo(Status.TODO);
    Claim claim = claims.tryClaim("T", "x".repeat(1_024), Duration.ofDays(3_650)).orElseThrow();
    assertThatThrownBy(
            () ->
                claims.update(
                    claim,
                    t -> {
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");
    assertThat(claims.claimOf("T")).contains(claim);
  }

  @Test
  void aReaderSeesClaimsAndMayNotMakeThem() {
    add("T", "U");
    Claim claim = take("T", "w");
    try (TaskStore reader = TaskStore.open(options().mode(OpenMode.READ_ONLY).build())) {
      assertThat(reader.claims().claimOf("T")).contains(claim);
      assertThat(reader.claims().list(10)).containsExactly(claim);
      List<Consumer<Claims>> writes = new ArrayList<>();
      writes.add(c -> c.tryClaim("U", "w", LEASE));
      writes.add(c -> c.next("w", LEASE));
      writes.add(Claims::reapExpired);
      for (Verb verb : Verb.values()) {
        writes.add(c -> verb.call(c, claim));
      }
      for (Consumer<Claims> write : writes) {
        assertThatThrownBy(() -> write.accept(reader.claims()))
            .isInstanceOf(StorageException.class)
            .hasMessageContaining("read-only");
      }
    }
  }

  @Test
  void afterCloseNothingGoes() {
    add("T");
    Claim claim = take("T", "w");
    store.close();
    assertThatThrownBy(() -> claims.complete(claim)).isInstanceOf(StoreClosedException.class);
    assertThatThrownBy(() -> claims.claimOf("T")).isInstanceOf(StoreClosedException.class);
    open();
  }

  @Test
  void theStoresThreadEndsLeasesAndRestsAndItselfOnClose() throws Exception {
    try (TaskStore live =
        TaskStore.open(TaskStoreOptions.builder(directory.resolve("live")).build())) {
      assertThat(leaseThreads()).isZero();
      live.insert(Task.builder("T", "t").build());
      live.insert(Task.builder("R", "t").build());
      Duration soon = Duration.ofMillis(20);
      assertThat(live.claims().tryClaim("T", "w", Duration.ofHours(1))).isPresent();
      Claim resting = live.claims().tryClaim("R", "w", Duration.ofHours(1)).orElseThrow();
      live.claims().fail(resting, "r", new RetryPolicy(2, soon, soon, 1, 0));
      live.claims().renew(live.claims().claimOf("T").orElseThrow(), soon);
      assertThat(leaseThreads()).isOne();
      Until.holds("both are ready", () -> live.count(Query.where(Condition.ready())) == 2);
      assertThat(live.get("T").orElseThrow().status()).isEqualTo(Status.TODO);
    }
    assertThat(leaseThreads()).isZero();
  }

  private static long leaseThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("quarry-leases"))
        .count();
  }
}
