package dev.quarry.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final Duration NONE = Duration.ZERO;

  @Test
  void whatIsSlowEndsAfterOneOperationOnceTheTimeIsOver() {
    AtomicInteger calls = new AtomicInteger();
    Map<String, Object> figures =
        new Sampler(NONE, Duration.ofHours(1), NONE).sample(1, i -> busy(calls));
    assertThat(figures).containsEntry("operations", 1L);
    assertThat(calls).as("one to warm up, one measured").hasValue(2);
  }

  @Test
  void thereAreThreeOperationsIfTheTimeAllows() {
    AtomicInteger calls = new AtomicInteger();
    Map<String, Object> figures =
        new Sampler(NONE, NONE, Duration.ofHours(1)).sample(1, i -> busy(calls));
    assertThat(figures).containsEntry("operations", 3L);
    assertThat(calls).hasValue(4);
  }

  @Test
  void preparedOperationsEndAtTheirNumberOrAtTheTime() {
    Counted counted = new Counted();
    Map<String, Object> figures =
        new Sampler(NONE, Duration.ofHours(1), Duration.ofHours(1)).samplePrepared(1, 5, counted);
    assertThat(figures).containsEntry("operations", 5L);
    assertThat(counted.prepared).isEqualTo(counted.run);
    figures = new Sampler(NONE, Duration.ofHours(1), NONE).samplePrepared(1, 5, counted);
    assertThat(figures).containsEntry("operations", 1L);
  }

  /** Longer than a block. */
  private static void busy(AtomicInteger calls) {
    calls.incrementAndGet();
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < 5_000_000) {
      Thread.onSpinWait();
    }
  }

  private static final class Counted implements Sampler.Prepared {
    private int prepared;
    private int run;

    @Override
    public void prepare() {
      prepared++;
    }

    @Override
    public void run() {
      run++;
    }
  }
}
