package dev.quarry;

import dev.quarry.internal.SteppedStores;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.work.Claims;
import java.nio.file.Path;
import java.time.Duration;

/** Passes over a task that no commit can give back, often. */
final class LargeClaimProgram {
  private LargeClaimProgram() {}

  private static final class Small implements CommitSteps {
    @Override
    public void reached(Step step) {}

    @Override
    public long mostBytes() {
      return 64 << 10;
    }
  }

  public static void main(String[] arguments) {
    FakeClock clock = new FakeClock();
    Duration lease = Duration.ofHours(1);
    TaskStoreOptions options = TaskStoreOptions.builder(Path.of(arguments[0])).clock(clock).build();
    int got = 0;
    try (TaskStore store = SteppedStores.open(options, new Small())) {
      Claims claims = store.claims();
      store.insert(Task.builder("L", "t").build());
      claims.tryClaim("L", "w", lease);
      store.update("L", task -> task.toBuilder().notes("x".repeat(40_000)).build());
      store.insert(Task.builder("S", "t").build());
      for (int i = 0; i < 5; i++) {
        clock.move(lease);
        got += claims.next("w", lease).isPresent() ? 1 : 0;
      }
    }
    System.out.println("got " + got);
  }
}
