package dev.quarry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two claims at once, the first stopped at each step of its commit. */
@Timeout(120)
class StoppedClaimTest {
  private static final Duration LEASE = Duration.ofSeconds(30);

  @TempDir Path directory;

  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private volatile Instant now = Instant.parse("2026-11-20T23:15:00Z");
  private volatile boolean armed;

  private TaskStore open(CommitSteps.Step step) {
    return StoreFactory.openWriting(
        TaskStoreOptions.builder(directory.resolve("store")).clock(() -> now).build(),
        at -> {
          if (at == step && armed) {
            armed = false;
            reached.countDown();
            await(goOn);
          }
        },
        UnaryOperator.identity());
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs both, the second one while the first stands in its commit. */
  private <A, B> B overlap(Callable<A> first, Callable<B> second) throws Exception {
    FutureTask<A> one = new FutureTask<>(first);
    if (reached.getCount() > 0) {
      armed = true; // for whoever commits next
    }
    new Thread(one, "first").start();
    await(reached);
    FutureTask<B> two = new FutureTask<>(second);
    Thread waits = new Thread(two, "second");
    waits.start();
    while (!two.isDone() && !waitsForFirst(waits)) {
      Thread.onSpinWait(); // until it is through, or waits for the first
    }
    goOn.countDown();
    one.get();
    return two.get();
  }

  /** And for nothing else, such as the loading of a class. */
  private static boolean waitsForFirst(Thread thread) {
    Thread.State state = thread.getState();
    boolean waits = state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
    return waits
        && Arrays.stream(thread.getStackTrace())
            .anyMatch(
                frame -> frame.getClassName().matches(".*\\.write\\.(Committer|Patience|Group)"));
  }

  @ParameterizedTest
  @EnumSource(CommitSteps.Step.class)
  void whatOneClaimsTheOtherDoesNotGet(CommitSteps.Step step) throws Exception {
    try (TaskStore store = open(step)) {
      store.insert(Task.builder("T", "t").build());
      Claims claims = store.claims();
      Optional<Claim> second =
          overlap(() -> claims.next("first", LEASE), () -> claims.next("second", LEASE));
      assertThat(second).isEmpty();
      assertThat(claims.claimOf("T").map(Claim::owner)).contains("first");
    }
  }

  @ParameterizedTest
  @EnumSource(CommitSteps.Step.class)
  void eachGetsAnother(CommitSteps.Step step) throws Exception {
    try (TaskStore store = open(step)) {
      store.insert(Task.builder("T", "t").build());
      store.insert(Task.builder("U", "t").build());
      Claims claims = store.claims();
      Optional<Claim> second =
          overlap(() -> claims.next("first", LEASE), () -> claims.next("second", LEASE));
      assertThat(second.map(Claim::id)).contains("U");
    }
  }

  @ParameterizedTest
  @EnumSource(CommitSteps.Step.class)
  void whatAnotherIsAboutToEndIsWaitedFor(CommitSteps.Step step) throws Exception {
    afterExpiry(
        step,
        store -> {
          store.claims().reapExpired();
          return store.statusOf("T").orElseThrow();
        },
        Status.TODO);
  }

  @ParameterizedTest
  @EnumSource(CommitSteps.Step.class)
  void nextFindsWhatAnotherIsAboutToEnd(CommitSteps.Step step) throws Exception {
    afterExpiry(
        step, store -> store.claims().next("second", LEASE).map(Claim::token), Optional.of(2L));
  }

  private <R> void afterExpiry(CommitSteps.Step step, Function<TaskStore, R> second, R expected)
      throws Exception {
    try (TaskStore store = open(step)) {
      store.insert(Task.builder("T", "t").build());
      assertThat(store.claims().next("first", LEASE)).isPresent();
      armed = true; // before the store's own thread may end the lease
      now = now.plus(LEASE);
      R result = overlap(() -> store.claims().reapExpired(), () -> second.apply(store));
      assertThat(result).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource(CommitSteps.Step.class)
  void completionAndTakeOverDoNotBothHold(CommitSteps.Step step) throws Exception {
    try (TaskStore store = open(step)) {
      store.insert(Task.builder("T", "t").build());
      Claims claims = store.claims();
      Claim claim = claims.next("first", LEASE).orElseThrow();
      Optional<Claim> second =
          overlap(
              () -> claims.complete(claim),
              () -> {
                now = now.plus(LEASE);
                return claims.tryClaim("T", "second", LEASE);
              });
      assertThat(second).isEmpty();
      assertThat(store.statusOf("T")).contains(Status.DONE);
    }
  }
}
