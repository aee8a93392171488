package dev.quarry.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ProcessorTimeTest {
  @Test
  void whatOthersWereGivenIsAPartOfAll() {
    ProcessorTime before = ProcessorTime.of("cpu  10 1 5 80 2 0 2 20 7 0\ncpu0 1 2 3 4 5 6 7 8\n");
    ProcessorTime after = ProcessorTime.of("cpu  30 1 10 120 2 0 7 50 9 1\n");
    assertThat(before).isEqualTo(new ProcessorTime(120, 20));
    assertThat(after.stolenPercent(before)).isEqualTo(OptionalDouble.of(30));
    assertThat(before.stolenPercent(before)).isEmpty();
    assertThat(after.stolenPercent(null)).isEmpty();
  }

  @Test
  void anotherFormTellsNothing() {
    assertThat(ProcessorTime.of("")).isNull();
    assertThat(ProcessorTime.of("cpu  1 2 3 4 5 6 7\n")).isNull();
    assertThat(ProcessorTime.of("cpu0 1 2 3 4 5 6 7 8 9 10\n")).isNull();
  }
}
