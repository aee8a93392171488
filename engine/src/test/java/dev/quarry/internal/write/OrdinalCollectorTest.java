package dev.quarry.internal.write;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrdinalCollectorTest {
  @ParameterizedTest(name = "of {0}")
  @ValueSource(ints = {1, 7, 1_000, 1_024, 5_000, 1_000_000})
  void collectsEachOnce(int different) {
    Random random = new Random(different);
    OrdinalCollector collector = new OrdinalCollector();
    TreeSet<Long> model = new TreeSet<>();
    assertThat(collector.sorted()).isEmpty();
    for (int i = 0; i < 20_000; i++) {
      long ordinal = random.nextInt(different);
      collector.add(ordinal);
      model.add(ordinal);
      if (i % 7_000 == 0) {
        assertThat(collector.sorted()).containsExactly(model.toArray(Long[]::new));
      }
    }
    assertThat(collector.sorted()).containsExactly(model.toArray(Long[]::new));
  }

  @Test
  void holdsNoMoreForThoseThatComeAgain() {
    OrdinalCollector collector = new OrdinalCollector();
    for (int i = 0; i < 5_000_000; i++) {
      collector.add(i % 3_000);
    }
    assertThat(collector.held()).isLessThanOrEqualTo(4 * 3_000);
    assertThat(collector.sorted()).hasSize(3_000);
  }
}
