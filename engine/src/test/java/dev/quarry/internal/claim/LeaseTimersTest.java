package dev.quarry.internal.claim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Seeds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Timers against a plain map, while the clock runs, stands, jumps and goes back. */
class LeaseTimersTest {
  @Seeds({1, 2, 3, 4, 5, 6})
  void comeWhenDueWhateverTheClockDoes(long seed) {
    Random random = new Random(seed);
    long now = 1_000_000_000L;
    LeaseTimers timers = new LeaseTimers(now);
    Map<String, Long> model = new HashMap<>();
    for (int step = 0; step < 4_000; step++) {
      String id = "T-" + random.nextInt(300);
      int kind = random.nextInt(100);
      if (kind < 45) {
        long deadline = now + distance(random) - (random.nextInt(10) == 0 ? 5_000 : 0);
        timers.schedule(id, deadline, step);
        model.merge(id, deadline, Math::min);
      } else if (kind < 60) {
        timers.cancel(id, step);
        model.remove(id);
      } else {
        now += kind < 90 ? random.nextInt(50) : kind < 97 ? distance(random) : -distance(random);
        takeDue(timers, model, now, 1 + random.nextInt(20), "seed " + seed + " step " + step);
      }
      long first = model.values().stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
      assertThat(timers.next()).as("seed %d step %d", seed, step).isLessThanOrEqualTo(first);
      assertThat(timers.size()).isEqualTo(model.size());
    }
  }

  /** Near, in another turn of the wheel, or far. */
  private static long distance(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(20);
      case 1 -> random.nextInt(5_000);
      case 2 -> random.nextInt(100_000);
      default -> random.nextLong(40L * 86_400_000);
    };
  }

  private static void takeDue(
      LeaseTimers timers, Map<String, Long> model, long now, int most, String where) {
    List<String> due = new ArrayList<>();
    while (timers.next() <= now) {
      due.addAll(timers.due(now, most));
      timers.settle();
    }
    List<String> expected =
        model.keySet().stream().filter(id -> model.get(id) <= now).sorted().toList();
    assertThat(due.stream().sorted().toList()).as(where).isEqualTo(expected);
    expected.forEach(model::remove);
  }

  @Test
  void manyLeasesThatEndTogetherTakeOneTimer() {
    LeaseTimers timers = new LeaseTimers(0);
    for (int i = 0; i < 200_000; i++) {
      timers.schedule("T-" + i, 30_000, 1);
    }
    assertThat(timers.due(29_999, 10)).isEmpty();
    assertThat(timers.due(30_000, 10)).hasSize(200_000);
    assertThat(timers.next()).isEqualTo(30_000);
    timers.settle();
    assertThat(timers.next()).isEqualTo(LeaseTimers.NEVER);
  }

  @Test
  void aLaterEndIsFoundByLookingAgain() {
    LeaseTimers timers = new LeaseTimers(0);
    timers.schedule("T", 10, 1);
    timers.schedule("T", 50, 1);
    assertThat(timers.due(10, 10)).containsExactly("T");
    timers.schedule("T", 50, 1);
    assertThat(timers.due(49, 10)).isEmpty();
    assertThat(timers.due(50, 10)).containsExactly("T");
  }

  @Test
  void theEndOfAClaimLeavesTheTimerOfTheNext() {
    LeaseTimers timers = new LeaseTimers(0);
    assertThat(timers.schedule("T", 50, 1)).isTrue();
    assertThat(timers.schedule("T", 90, 2)).isFalse();
    timers.cancel("T", 1);
    assertThat(timers.due(60, 10)).containsExactly("T");
    timers.schedule("T", 90, 2);
    timers.cancel("T", 1);
    assertThat(timers.size()).isEqualTo(1);
    timers.cancel("T", 2);
    assertThat(timers.size()).isZero();
    assertThat(timers.due(100, 10)).isEmpty();
  }
}
