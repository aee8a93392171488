package dev.quarry.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class UsersTest {
  private static final long STALL_MILLIS = 600;

  /** Coordinated omission: with a closed loop the stall would be one slow request of many. */
  @Test
  void aStallCountsForEveryRequestThatItHeldBack() {
    AtomicBoolean stalls = new AtomicBoolean();
    Users users =
        new Users(
            (user, random) -> {
              if (stalls.compareAndSet(true, false)) {
                pause(STALL_MILLIS);
              }
            },
            Duration.ofMillis(10),
            1,
            7);
    users.run(List.of(stage("one user", 0, 1)), Progress.NONE);
    stalls.set(true); // not before: a request that begins in a stage ends in it
    Users.Result result = users.run(List.of(stage("stays", 1_000, 1)), Progress.NONE).get(0);
    // a hundred are due in that second, sixty of them while nothing goes on, at even distances
    assertThat(result.times().operations()).isGreaterThan(80);
    assertThat(result.times().percentileMicros(60) / 1e3).isGreaterThan(100);
    assertThat(result.times().percentileMicros(90) / 1e3).isGreaterThan(300);
  }

  @Test
  void whatIsDueAndNotMadeAtTheEndOfAStageCounts() {
    Users users = new Users((user, random) -> pause(200), Duration.ofMillis(1), 1, 7);
    Users.Result result = users.run(List.of(stage("ten", 3_000, 10)), Progress.NONE).get(0);
    assertThat(result.overdue()).isGreaterThanOrEqualTo(8);
    assertThat(result.times().operations()).isGreaterThan(result.overdue());
    assertThat(result.times().percentileMicros(50) / 1e3).isGreaterThan(50);
  }

  @Test
  void aStageBeginsWithTheUsersOfTheOneBeforeAlsoInAnotherRun() {
    Users users = new Users((user, random) -> {}, Duration.ofMillis(10), 2, 7);
    users.run(List.of(stage("come", 100, 20)), Progress.NONE);
    Users.Result stay = users.run(List.of(stage("stay", 6_000, 20)), Progress.NONE).get(0);
    // a hundred a second for each; half of that if they came anew, three halves if they came twice;
    // a stall before it begins adds what is due by then, one at its end takes what is not made
    assertThat(stay.times().operations() / stay.seconds()).isBetween(1_300.0, 2_700.0);
    assertThat(stay.failed()).isZero();
  }

  @Test
  void everyStepOfTheBreakpointComesAndStays() {
    List<Users.Stage> stages = LoadProfile.BREAKPOINT.stages();
    assertThat(stages).hasSizeGreaterThan(10);
    for (int i = 0; i < stages.size(); i += 2) {
      assertThat(stages.get(i + 1).usersAtEnd()).isEqualTo(stages.get(i).usersAtEnd());
      assertThat(stages.get(i + 1).time()).isGreaterThanOrEqualTo(Duration.ofMinutes(1));
    }
  }

  @Test
  void correctedTimesCountWhatASlowOperationHeldBack() {
    Latencies times = new Latencies();
    for (int i = 0; i < 99; i++) {
      times.record(1_000);
    }
    times.record(100_000_000);
    assertThat(times.percentileMicros(90)).isLessThan(2);
    // at an interval of a millisecond it held back about a hundred
    assertThat(times.corrected(1e6).percentileMicros(90)).isGreaterThan(70_000);
  }

  private static Users.Stage stage(String name, long millis, int users) {
    return new Users.Stage(name, Duration.ofMillis(millis), users);
  }

  private static void pause(long millis) {
    long end = System.nanoTime() + millis * 1_000_000;
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }
}
