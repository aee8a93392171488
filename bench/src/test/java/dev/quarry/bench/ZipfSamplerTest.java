package dev.quarry.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZipfSamplerTest {
  @ParameterizedTest(name = "seed 7, {0} ranks, exponent {1}")
  @CsvSource({"1, 1.0", "2, 1.0", "50, 1.0", "200, 0.7", "1000, 1.2", "100, 0.0"})
  void frequenciesFollowTheLaw(int ranks, double exponent) {
    ZipfSampler zipf = new ZipfSampler(ranks, exponent);
    int draws = 1_000_000;
    long[] seen = new long[ranks];
    SplitMix random = new SplitMix(7, ranks);
    for (int d = 0; d < draws; d++) {
      seen[zipf.rank(random.nextLong())]++;
    }
    double chiSquare = 0;
    for (int r = 0; r < ranks; r++) {
      double expected = zipf.probability(r) * draws;
      chiSquare += (seen[r] - expected) * (seen[r] - expected) / expected;
    }
    // mean is ranks - 1, deviation sqrt(2 (ranks - 1)); five deviations
    assertThat(chiSquare).isLessThan(ranks + 5 * Math.sqrt(2.0 * ranks));
  }

  @Test
  void probabilitiesSumToOne() {
    ZipfSampler zipf = new ZipfSampler(1_000_000, 1.0);
    double sum = 0;
    for (int r = 0; r < zipf.size(); r++) {
      sum += zipf.probability(r);
    }
    assertThat(sum).isCloseTo(1, within(1e-9));
    assertThat(zipf.probability(0) / zipf.probability(9)).isCloseTo(10, within(1e-9));
  }

  @Test
  void everyBitPatternIsARank() {
    ZipfSampler zipf = new ZipfSampler(3, 1.0);
    for (long bits : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0xFFFFFFFFL}) {
      assertThat(zipf.rank(bits)).isBetween(0, 2);
    }
    assertThatIllegalArgumentException().isThrownBy(() -> new ZipfSampler(0, 1.0));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 1_000, 10_000, 99_991})
  void popularKeysAreScatteredOnce(int bound) {
    assertThat(IntStream.range(0, bound).map(r -> KeySequence.scatter(r, bound)).distinct().count())
        .isEqualTo(bound);
    assertThat(KeySequence.scatter(Integer.MAX_VALUE - 2, Integer.MAX_VALUE)).isNotNegative();
    KeySequence keys = new KeySequence(KeySequence.Distribution.ZIPF, bound, 7);
    assertThat(IntStream.range(0, 10_000).map(i -> keys.next())).allMatch(k -> k < bound);
  }
}
