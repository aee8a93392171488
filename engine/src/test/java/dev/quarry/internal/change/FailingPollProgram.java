package dev.quarry.internal.change;

import dev.quarry.StorageException;
import dev.quarry.Until;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Polls a log that cannot be read, often, twice. */
public final class FailingPollProgram {
  private FailingPollProgram() {}

  public static void main(String[] arguments) throws Exception {
    AtomicInteger reads = new AtomicInteger();
    try (FeedHarness harness = new FeedHarness()) {
      harness.isPolled = true;
      harness.atEachRead.set(reads::incrementAndGet);
      Subscription first = harness.feed.watch(WatchOptions.builder().build(), change -> {});
      Until.holds("it is live", () -> first.state() == Subscription.State.LIVE);
      first.close();
      for (int i = 0; i < 2; i++) {
        harness.logFails.set(new StorageException("planned", Map.of()));
        harness.create(FeedHarness.task("T" + i));
        int before = reads.get();
        Until.holds("it has failed often", () -> reads.get() >= before + 4);
        int good = harness.read.get();
        harness.logFails.set(null);
        Until.holds("it goes on", () -> harness.read.get() > good);
      }
    }
    System.out.println("end");
  }
}
