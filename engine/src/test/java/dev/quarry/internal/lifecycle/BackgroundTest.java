package dev.quarry.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What never began is not waited for. */
class BackgroundTest {
  private final Background background = new Background();
  private final List<String> done = new ArrayList<>();

  @Test
  void workThatCannotBeStartedIsNotEnded() {
    OutOfMemoryError none = new OutOfMemoryError("unable to create native thread");
    assertThatThrownBy(
            () ->
                background.start(
                    "first",
                    () -> {
                      throw none;
                    },
                    () -> done.add("end first")))
        .isSameAs(none);
    background.start("second", () -> done.add("begin second"), () -> done.add("end second"));
    background.endAll();
    assertThat(done).containsExactly("begin second", "end second");
  }

  @Test
  void workThatEndsAtOnceIsForgotten() {
    background.start("work", () -> background.remove("work"), () -> done.add("end"));
    background.endAll();
    assertThat(done).isEmpty();
  }
}
