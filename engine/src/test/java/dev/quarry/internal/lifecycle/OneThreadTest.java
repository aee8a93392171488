package dev.quarry.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OneThreadTest {
  @Test
  void aSecondUseMeanwhileIsRefusedAndALaterOneIsNot() {
    OneThread one = new OneThread();
    assertThatThrownBy(() -> one.step(() -> one.step(() -> 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("one thread at a time");
    assertThat(one.<Integer>step(() -> 2)).isEqualTo(2);
  }
}
