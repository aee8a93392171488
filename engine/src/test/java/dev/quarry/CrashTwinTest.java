package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Query;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that writes at random is killed at a random moment, again and again. Behind each death
 * every query, by whatever index it is answered, equals its twin: the same condition and order over
 * a full scan of the records.
 *
 * <p>{@code -Dquarry.twin.operations=N} sets the number of operations, {@code -Dquarry.seed=S} the
 * seed.
 */
@Timeout(36_000)
class CrashTwinTest {
  private static final long OPERATIONS =
      Long.getLong("quarry.twin.operations", Boolean.getBoolean("quarry.long") ? 1_000_000 : 600);

  private static final long STEP = 100;
  private static final int QUERIES = 10;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  @Test
  void everyQueryEqualsItsScanBehindEveryDeath() throws Exception {
    long seed = Campaign.seed(31);
    SplittableRandom random = new SplittableRandom(seed);
    long most = Math.max(400, OPERATIONS / 100);
    Path path = directory.resolve("store");
    long done = 0;
    for (int death = 0; done < OPERATIONS; death++) {
      long until = STEP * random.nextLong(1, most / STEP + 1);
      long reached = 0;
      try (ChildJvm child = new ChildJvm(TwinProgram.class, path, seed + death)) {
        for (String line = child.line(); line != null && reached < until; line = child.line()) {
          reached = Long.parseLong(line);
        }
        for (long n = random.nextLong(200_000); n > 0; n--) {
          Thread.onSpinWait(); // somewhere within the next operations
        }
      } // kills it
      assertThat(reached).as("seed %d, death %d: it ended by itself", seed, death).isEqualTo(until);
      done += reached;
      compare(path, seed + death, "seed " + seed + ", death " + death);
    }
  }

  private static void compare(Path path, long seed, String what) {
    try (TaskStore store = TaskStore.open(path)) {
      VerifyReport report = store.verify(true, ProgressListener.NONE);
      assertThat(report.problems()).as(what).isEmpty();
      assertThat(report.notCompared()).as(what).isEmpty();
      assertThat(report.indexes()).as(what).isEqualTo(store.indexes().size());
      TaskModel scanned = new TaskModel();
      try (Stream<Task> all = store.stream(Query.all())) {
        all.forEach(scanned::put);
      }
      List<IndexSpec> indexes = new ArrayList<>();
      store.indexes().forEach(info -> indexes.add(info.spec()));
      try {
        new ReaderChecks(store, scanned, new RandomWorld(seed, 400), indexes).run(QUERIES);
      } catch (AssertionError e) {
        throw new AssertionError(what, e);
      }
    }
  }
}
