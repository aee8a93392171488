package dev.quarry.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private static RandomGenerator always(double value) {
    return new RandomGenerator() {
      @Override
      public long nextLong() {
        return 0;
      }

      @Override
      public double nextDouble() {
        return value;
      }
    };
  }

  @Test
  void restsGrowUpToTheCap() {
    RetryPolicy policy = new RetryPolicy(9, SECOND, Duration.ofSeconds(10), 3, 0);
    SplittableRandom random = new SplittableRandom(1);
    assertThat(policy.backOff(1, random)).isEqualTo(SECOND);
    assertThat(policy.backOff(2, random)).isEqualTo(Duration.ofSeconds(3));
    assertThat(policy.backOff(3, random)).isEqualTo(Duration.ofSeconds(9));
    assertThat(policy.backOff(4, random)).isEqualTo(Duration.ofSeconds(10));
    assertThat(policy.backOff(1_000_000, random)).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void jitterTakesOffAtMostItsPart() {
    RetryPolicy policy = new RetryPolicy(9, SECOND, SECOND, 1, 0.25);
    assertThat(policy.backOff(1, always(0))).isEqualTo(SECOND);
    assertThat(policy.backOff(1, always(0.5))).isEqualTo(Duration.ofMillis(875));
    assertThat(policy.backOff(1, always(1))).isEqualTo(Duration.ofMillis(750));
    assertThat(RetryPolicy.of(3, SECOND).backOff(1, always(1))).isEqualTo(Duration.ofMillis(500));
  }

  @Test
  void shortFormsAreSound() {
    assertThat(RetryPolicy.once().attempts()).isEqualTo(1);
    assertThat(RetryPolicy.of(5, Duration.ofHours(7)).cap()).isEqualTo(Duration.ofHours(7));
    assertThat(RetryPolicy.of(5, SECOND).cap()).isEqualTo(Duration.ofHours(1));
  }

  @Test
  void valuesOutOfRangeAreNamed() {
    refused(0, SECOND, SECOND, 1, 0, "attempts must be 1 to 1000000, but is 0");
    refused(1, SECOND.negated(), SECOND, 1, 0, "base must not be negative, but is PT-1S");
    refused(1, SECOND, Duration.ZERO, 1, 0, "cap must be at least base (PT1S), but is PT0S");
    refused(1, SECOND, Duration.ofDays(3_651), 1, 0, "cap must be at most 3650 days");
    refused(1, SECOND, SECOND, 0.5, 0, "multiplier must be 1 to 1000, but is 0.5");
    refused(1, SECOND, SECOND, Double.NaN, 0, "multiplier must be 1 to 1000, but is NaN");
    refused(1, SECOND, SECOND, 1, 1.5, "jitter must be 0 to 1, but is 1.5");
    assertThatThrownBy(() -> RetryPolicy.once().backOff(0, new SplittableRandom(1)))
        .hasMessage("attempt must be at least 1, but is 0");
  }

  private static void refused(
      int attempts, Duration base, Duration cap, double multiplier, double jitter, String message) {
    assertThatThrownBy(() -> new RetryPolicy(attempts, base, cap, multiplier, jitter))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
