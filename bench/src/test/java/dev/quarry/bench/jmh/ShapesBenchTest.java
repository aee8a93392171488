package dev.quarry.bench.jmh;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Task;
import dev.quarry.bench.WrongAnswerException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The check of the bench of shapes: a store that calls too much ready is not fast, but wrong. */
class ShapesBenchTest {
  private static final Task FIRST = Task.builder("t0", "").build();
  private static final Task SECOND = Task.builder("t1", "").dependency("t0").build();
  private static final Task THIRD = Task.builder("t2", "").dependency("t1").build();
  private static final List<Task> CHAIN = List.of(FIRST, SECOND, THIRD);

  private static void refused(String why, List<List<Task>> given) {
    assertThatThrownBy(() -> ShapesBench.check(CHAIN, given))
        .isInstanceOf(WrongAnswerException.class)
        .hasMessage(why);
  }

  @Test
  void eachBehindWhatItWaitsFor() {
    assertThatCode(
            () ->
                ShapesBench.check(CHAIN, List.of(List.of(FIRST), List.of(SECOND), List.of(THIRD))))
        .doesNotThrowAnyException();
  }

  @Test
  void whatIsWrongIsSaid() {
    refused("t1 was called ready before t0 was done", List.of(CHAIN));
    refused("t2 was called ready before t1 was done", List.of(List.of(FIRST), List.of(THIRD)));
    refused("t0 was called ready again", List.of(List.of(FIRST), List.of(FIRST)));
    refused("t0 was called ready again", List.of(List.of(FIRST, FIRST)));
    refused("of 3 tasks 2 were called ready", List.of(List.of(FIRST), List.of(SECOND)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"FAN_OUT", "FAN_IN", "LAYERED", "CHAIN"})
  void aRunIsChecked(String shape) {
    ShapesBench bench = new ShapesBench();
    bench.tasks = 200;
    bench.shape = shape;
    bench.open();
    try {
      bench.run();
      assertThatCode(bench::check).doesNotThrowAnyException();
    } finally {
      bench.close();
    }
  }

  /** The pages are kept where the check looks for them. */
  @Test
  void aRunThatWasNotMadeIsRefused() {
    ShapesBench bench = new ShapesBench();
    bench.tasks = 200;
    bench.shape = "CHAIN";
    bench.open();
    try {
      assertThatThrownBy(bench::check).isInstanceOf(WrongAnswerException.class);
    } finally {
      bench.close();
    }
  }
}
