package dev.quarry.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.CorruptionException;
import dev.quarry.StorageException;
import dev.quarry.StoreFailedException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The first cause is kept and told to every later caller; what passes by itself is not one. */
class FailureStateTest {
  @Test
  void tellsTheFirstCauseToEveryLaterCaller() {
    FailureState state = new FailureState();
    CorruptionException first = new CorruptionException("first", Map.of("file", "1.sst"));
    state.fail(first);
    state.fail(new StorageException("second", Map.of()));
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(state::check)
          .isInstanceOf(StoreFailedException.class)
          .hasCause(first)
          .hasMessageContaining("first")
          .hasMessageContaining("1.sst");
    }
    assertThat(state.isFailed()).isTrue();
  }

  @Test
  void whatPassesByItselfDoesNotFailTheStore() {
    FailureState state = new FailureState();
    state.fail(new StorageException("the device is full", Map.of(), null, true));
    assertThatCode(state::check).doesNotThrowAnyException();
    assertThat(state.isFailed()).isFalse();
  }
}
