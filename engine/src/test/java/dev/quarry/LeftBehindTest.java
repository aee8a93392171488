package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.internal.SteppedStores;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job leaves the tasks that no commit can take, names them, and treats all the others. */
@Timeout(120)
class LeftBehindTest {
  private static final int TASKS = 300;

  /** A commit with a task that has this in it is refused, one with half of it is not. */
  private static final String LARGE = "x".repeat(70_000);

  @TempDir Path directory;

  /** Commits of at most 64 KiB. */
  static final class Small implements CommitSteps {
    @Override
    public void reached(Step step) {}

    @Override
    public long mostBytes() {
      return 64 << 10;
    }
  }

  private TaskStore open() {
    return SteppedStores.open(
        TaskStoreOptions.builder(directory.resolve("s")).build(), new Small());
  }

  private static void fill(TaskStore store) {
    for (int i = 0; i < TASKS; i += 50) {
      List<Task> tasks = new ArrayList<>();
      for (int k = i; k < i + 50; k++) {
        tasks.add(Task.builder("T-" + k, "t").status(Status.DONE).build());
      }
      store.insertAll(tasks);
    }
  }

  private static void check(TaskStore store) {
    assertThat(store.verify().problems()).isEmpty();
  }

  @Seeds({1, 2, 3, 4})
  void onlyWhatGrowsTooLargeStays(long seed) throws Exception {
    Random random = new Random(seed);
    Set<String> bad = new HashSet<>();
    int badOnes = random.nextInt(12);
    for (int i = 0; i < badOnes; i++) {
      bad.add("T-" + random.nextInt(TASKS));
    }
    String half = "x".repeat(20_000); // several are too large together
    try (TaskStore store = open()) {
      fill(store);
      Job.Progress end =
          store
              .updateAll(
                  "grow",
                  Query.all(),
                  1 + random.nextInt(100),
                  t ->
                      t.toBuilder()
                          .attribute("n", t.attributes().getOrDefault("n", "") + "1")
                          .notes(bad.contains(t.id()) ? LARGE : random.nextBoolean() ? half : "s")
                          .build())
              .await();
      assertThat(end.state()).isEqualTo(Job.State.DONE);
      assertThat(end.treated()).isEqualTo(TASKS);
      assertThat(end.changed()).isEqualTo(TASKS - bad.size());
      assertThat(end.failed()).isEqualTo(bad.size());
      assertThat(end.problems())
          .hasSize(bad.size())
          .allMatch(text -> text.contains("a commit is too large"));
      for (String id : bad) {
        assertThat(end.problems()).anyMatch(text -> text.startsWith("task " + id + " stays"));
      }
      for (int i = 0; i < TASKS; i++) {
        Task task = store.get("T-" + i).orElseThrow();
        assertThat(task.attributes().get("n"))
            .as(task.id())
            .isEqualTo(bad.contains(task.id()) ? null : "1");
      }
      check(store);
    }
    try (TaskStore store = open()) {
      Job.Progress again = store.updateAll("grow", Query.all(), 9, t -> t).await();
      assertThat(again.failed()).isEqualTo(bad.size());
      assertThat(again.changed()).isEqualTo(TASKS - bad.size());
    }
  }

  @Test
  void ofACircleTheTaskThatClosesItStays() throws Exception {
    try (TaskStore store = open()) {
      fill(store);
      Job.Progress end =
          store
              .updateAll(
                  "circle",
                  Query.all(),
                  100,
                  t ->
                      switch (t.id()) {
                        case "T-20" -> t.toBuilder().dependency("T-30").build();
                        case "T-30" -> t.toBuilder().dependency("T-20").build();
                        default -> t.withStatus(Status.FAILED);
                      })
              .await();
      assertThat(end.changed()).isEqualTo(TASKS - 1);
      assertThat(end.failed()).isEqualTo(1);
      assertThat(end.problems()).singleElement().asString().startsWith("task T-30 stays");
      check(store);
    }
  }

  @Test
  void theArchiveTakesTheOthers() throws Exception {
    Query done = Query.where(TaskFields.STATUS.is(Status.DONE));
    try (TaskStore store = open()) {
      fill(store);
      // it goes in alone, but not as it was and as a record of the archive
      store.update("T-111", t -> t.toBuilder().notes("x".repeat(40_000)).build());
      Job.Progress end = store.archive(done).await();
      assertThat(end.state()).isEqualTo(Job.State.DONE);
      assertThat(end.treated()).isEqualTo(TASKS);
      assertThat(end.changed()).isEqualTo(TASKS - 1);
      assertThat(end.failed()).isEqualTo(1);
      assertThat(end.problems()).singleElement().asString().startsWith("task T-111 stays");
      assertThat(store.count(done)).isEqualTo(1);
      check(store);
    }
  }

  @Test
  void restoringLeavesWhatWouldCloseACircle() throws Exception {
    try (TaskStore store = open()) {
      fill(store);
      store.insert(Task.builder("T-back", "t").dependency("T-5").build());
      store.archive(Query.all()).await();
      store.insert(Task.builder("between", "t").dependency("T-back").build());
      assertThat(store.restore(List.of("T-5")).updated()).isEqualTo(1);
      store.update("T-5", t -> t.toBuilder().dependency("between").build());
      Job.Progress end = store.restore(Query.all()).await();
      assertThat(end.state()).isEqualTo(Job.State.DONE);
      assertThat(end.changed()).isEqualTo(TASKS - 1);
      assertThat(end.failed()).isEqualTo(1);
      assertThat(end.problems()).singleElement().asString().startsWith("task T-back stays");
      assertThat(store.getArchived("T-back")).isPresent();
      Job.Progress purged = store.purge(Instant.now().plusSeconds(60)).await();
      assertThat(purged.problems()).as("each told once").hasSize(1);
      check(store);
    }
  }
}
