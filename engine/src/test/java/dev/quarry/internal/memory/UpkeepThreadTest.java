package dev.quarry.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Stealth;
import dev.quarry.internal.lifecycle.Guard;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UpkeepThreadTest {
  @Test
  void whateverAListenerThrowsItLooksAgain() throws Exception {
    Semaphore looks = new Semaphore(0);
    MemoryGovernor governor =
        new MemoryGovernor(null, new MemoryGovernor.Bounds(1, 1, 1), 1, pressure -> {});
    UpkeepThread thread =
        new UpkeepThread(
            governor::look,
            () -> false,
            new Guard("test"),
            look -> {
              looks.release();
              throw Stealth.raise(new IOException("by stealth"));
            },
            Duration.ofMillis(1));
    thread.start();
    assertThat(looks.tryAcquire(3, 30, TimeUnit.SECONDS)).isTrue();
    thread.end();
  }
}
