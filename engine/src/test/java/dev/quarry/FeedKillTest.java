package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.change.Subscription;
import dev.quarry.query.Query;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that dies while it delivers to a named subscription: the next one goes on without a gap
 * and repeats no more than what the stored position did not cover.
 */
@Timeout(600)
class FeedKillTest {
  private static final int LIVES = Boolean.getBoolean("quarry.long") ? 60 : 4;
  private static final int UNSAVED = 1_000;

  @TempDir Path directory;

  @Seeds({601})
  void goesOnWithoutAGap(long seed) throws Exception {
    Random random = new Random(seed);
    Path path = directory.resolve("store");
    Set<String> all = new HashSet<>();
    long newest = 0;
    for (int life = 1; life <= LIVES; life++) {
      int lines = 0;
      long before = 0;
      int repeated = 0;
      int most = 200 + random.nextInt(6_000);
      try (ChildJvm child = new ChildJvm(FeedKillProgram.class, path, life * 1_000_000L)) {
        for (String line = child.line(); line != null; line = child.line()) {
          String[] words = line.split(" ", -1);
          if (words.length < 3 || words[2].isEmpty()) {
            continue; // cut short by death
          }
          long sequence = Long.parseLong(words[1]);
          assertThat(sequence)
              .as("seed %s, life %s: order", seed, life)
              .isGreaterThanOrEqualTo(before);
          before = sequence;
          repeated += all.add(words[2]) ? 0 : 1;
          newest = Math.max(newest, sequence);
          if (++lines == most) {
            child.kill();
          }
        }
      }
      assertThat(lines).as("seed %s, life %s", seed, life).isGreaterThanOrEqualTo(most);
      // a commit of the position covers all but the last 1,000 changes, and a commit's own
      assertThat(repeated).as("seed %s, life %s", seed, life).isLessThanOrEqualTo(2 * UNSAVED);
    }
    try (TaskStore store = TaskStore.open(path)) {
      long stored = store.subscriptions().list().get(0).position();
      assertThat(stored).isPositive().isLessThanOrEqualTo(newest);
      Queue<Long> sequences = new ConcurrentLinkedQueue<>();
      List<String> rest = new ArrayList<>();
      try (Subscription subscription =
          store.watch(
              FeedKillProgram.NAMED,
              change -> {
                sequences.add(change.sequence());
                rest.add(change.id());
              })) {
        assertThat(subscription.await(store.sequence(), Duration.ofSeconds(60))).isTrue();
      }
      assertThat(sequences).isNotEmpty().allMatch(sequence -> sequence > stored);
      all.addAll(rest);
      Set<String> there = new HashSet<>();
      store.forEachChunk(Query.all(), 1_000, chunk -> chunk.forEach(t -> there.add(t.id())));
      assertThat(all).as("seed %s", seed).isEqualTo(there);
    }
  }
}
