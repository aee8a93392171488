package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
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
          assertThat(line).as("seed %d, death %d", seed, death).doesNotStartWith(TwinProgram.ENDED);
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
      List<Task> archived = archived(store, what);
      scanned.archived(archived);
      assertThat(archived).as(what).noneMatch(task -> scanned.get(task.id()) != null);
      claims(store, scanned, what);
      List<IndexSpec> indexes = new ArrayList<>();
      store.indexes().forEach(info -> indexes.add(info.spec()));
      try {
        new ReaderChecks(store, scanned, new RandomWorld(seed, TwinProgram.IDS), indexes)
            .run(QUERIES);
      } catch (AssertionError e) {
        throw new AssertionError(what, e);
      }
    }
  }

  /** All pages of the archive; each is what a look-up of its id finds. */
  private static List<Task> archived(TaskStore store, String what) {
    List<Task> found = new ArrayList<>();
    for (PageRequest request = PageRequest.first(100); request != null; ) {
      Page<Task> page = store.archived(Query.all(), request);
      found.addAll(page.items());
      request = page.hasNext() ? PageRequest.after(page.continuation(), 100) : null;
    }
    for (Task task : found) {
      assertThat(store.getArchived(task.id())).as(what).contains(task);
    }
    for (Status status : Status.values()) {
      Query query = Query.where(TaskFields.STATUS.is(status));
      List<Task> wanted = found.stream().filter(task -> task.status() == status).toList();
      assertThat(store.archived(query, PageRequest.first(1_000)).items())
          .as("%s, archived %s", what, status)
          .isEqualTo(wanted);
    }
    return found;
  }

  /** Of the tasks in progress those that some look-up finds claimed; and no other task is. */
  private static void claims(TaskStore store, TaskModel scanned, String what) {
    List<String> wanted = new ArrayList<>();
    for (Task task : scanned.tasks()) {
      if (store.claims().claimOf(task.id()).isPresent()) {
        assertThat(task.status()).as("%s, %s", what, task.id()).isEqualTo(Status.IN_PROGRESS);
        wanted.add(task.id());
      }
    }
    assertThat(store.claims().list(10_000))
        .as(what)
        .extracting(Claim::id)
        .containsExactlyInAnyOrderElementsOf(wanted);
    Query ready = Query.where(Condition.ready());
    assertThat(store.page(ready, PageRequest.first(10_000)).items())
        .as("%s, ready", what)
        .isEqualTo(scanned.answer(ready));
    assertThat(store.count(ready)).as(what).isEqualTo(scanned.answer(ready).size());
  }
}
