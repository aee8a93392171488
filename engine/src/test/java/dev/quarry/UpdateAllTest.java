package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Updates over a query: every task has its turn once, whatever comes between. */
@Timeout(300)
class UpdateAllTest {
  private static final int TASKS = 1_000;

  @TempDir Path directory;

  private TaskStore open() {
    return TaskStore.open(directory.resolve("s"));
  }

  private static void fill(TaskStore store) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      tasks.add(
          Task.builder("T-" + i, "t").status(i % 10 == 0 ? Status.DONE : Status.TODO).build());
    }
    store.insertAll(tasks);
  }

  private static String count(TaskStore store, int i) {
    return store.get("T-" + i).orElseThrow().attributes().getOrDefault("n", "0");
  }

  private static void checkCounts(TaskStore store, String expected) {
    for (int i = 0; i < TASKS; i++) {
      assertThat(count(store, i)).as("T-" + i).isEqualTo(i % 10 == 0 ? "0" : expected);
    }
  }

  @Seeds({77})
  void goesOnBehindAKill(long seed) throws Exception {
    Random random = new Random(seed);
    Path path = directory.resolve("s");
    try (TaskStore store = open()) {
      fill(store);
    }
    int kills = 0;
    String last = "";
    while (!last.equals("DONE")) {
      try (ChildJvm child = new ChildJvm(UpdateProgram.class, path)) {
        int turns = kills < 4 ? 6 + random.nextInt(20) : Integer.MAX_VALUE;
        for (String line = child.line(); line != null; line = child.line()) {
          last = line;
          if (line.equals("turn") && turns > 0) {
            child.say("go on"); // it dies under way, but comes no further than its next turn
            if (--turns == 0) {
              child.kill();
              kills++;
            }
          }
        }
      }
    }
    assertThat(kills).as("seed " + seed).isEqualTo(4);
    try (TaskStore store = open()) {
      checkCountsBehindKills(store);
      assertThat(store.verify().problems()).isEmpty();
      Job.Progress again =
          store
              .updateAll("count", UpdateProgram.QUERY, 50, t -> t.withStatus(Status.FAILED))
              .await();
      assertThat(again.treated()).isEqualTo(900);
      assertThat(again.changed()).isEqualTo(898);
      assertThat(again.failed()).isEqualTo(2);
      checkCountsBehindKills(store);
      assertThat(store.count(Query.where(TaskFields.STATUS.is(Status.FAILED)))).isZero();
    }
  }

  private static void checkCountsBehindKills(TaskStore store) {
    for (int i = 0; i < TASKS; i++) {
      boolean stays = i % 10 == 0 || i == UpdateProgram.THROWS || i == UpdateProgram.GROWS;
      assertThat(count(store, i)).as("T-" + i).isEqualTo(stays ? "0" : "1");
    }
  }

  @Test
  void whatTheChangeMakesOfTheQueryDoesNotMatter() throws Exception {
    try (TaskStore store = open()) {
      fill(store);
      // each loses what it was found by; new ones come in with the work under way
      Job job =
          store.updateAll(
              "finish",
              UpdateProgram.QUERY,
              64,
              t -> UpdateProgram.counted(t).withStatus(Status.DONE));
      Job.Progress end = job.await();
      assertThat(end.state()).isEqualTo(Job.State.DONE);
      assertThat(end.treated()).isEqualTo(900);
      assertThat(end.changed()).isEqualTo(900);
      checkCounts(store, "1");
      store.insert(Task.builder("new", "t").build());
      assertThat(
              store
                  .updateAll("finish", UpdateProgram.QUERY, 64, UpdateProgram::counted)
                  .await()
                  .changed())
          .isEqualTo(900);
      assertThat(store.get("new").orElseThrow().attributes()).isEmpty();
    }
  }

  @Test
  @Timeout(60)
  void aRangeOfIdsEndsAndEachHasItsTurnOnce() throws Exception {
    try (TaskStore store = open()) {
      fill(store);
      Query query = Query.where(TaskFields.ID.startsWith("T-"));
      Job.Progress end = store.updateAll("ids", query, 64, UpdateProgram::counted).await();
      assertThat(end.treated()).isEqualTo(TASKS);
      assertThat(end.changed()).isEqualTo(TASKS);
      for (int i = 0; i < TASKS; i++) {
        assertThat(count(store, i)).as("T-" + i).isEqualTo("1");
      }
    }
  }

  @Test
  void aTaskThatFailsStaysAndTheOthersOfItsChunkGoOn() throws Exception {
    try (TaskStore store = open()) {
      fill(store);
      AtomicInteger calls = new AtomicInteger();
      Job job =
          store.updateAll(
              "some",
              UpdateProgram.QUERY,
              100,
              t -> {
                calls.incrementAndGet();
                if (t.id().equals("T-555")) {
                  throw new IllegalArgumentException("not this one");
                }
                return UpdateProgram.counted(t);
              });
      checkOnlyThe555thStays(job.await());
      assertThat(calls).as("one turn each").hasValue(900);
      for (int i = 0; i < TASKS; i++) {
        assertThat(count(store, i)).isEqualTo(i % 10 == 0 || i == 555 ? "0" : "1");
      }
    }
  }

  /** A checked exception by stealth, and one that looks like a cancel that nobody asked for. */
  @Test
  void whateverTheChangeThrowsLeavesItsTask() throws Exception {
    List<Exception> causes =
        List.of(new IOException("not this one"), new CancellationException("not this one"));
    for (Exception cause : causes) {
      String name = cause.getClass().getSimpleName();
      try (TaskStore store = TaskStore.open(directory.resolve(name))) {
        fill(store);
        Job job = store.updateAll("some", UpdateProgram.QUERY, 100, t -> notThe555th(t, cause));
        checkOnlyThe555thStays(job.await());
      }
    }
  }

  private static void checkOnlyThe555thStays(Job.Progress end) {
    assertThat(end.state()).isEqualTo(Job.State.DONE);
    assertThat(end.treated()).isEqualTo(900);
    assertThat(end.failed()).isEqualTo(1);
    assertThat(end.changed()).isEqualTo(899);
    assertThat(end.problems())
        .singleElement()
        .asString()
        .startsWith("task T-555 stays")
        .contains("not this one");
  }

  @Test
  void whatIsNoExceptionFailsTheJobAndIsToldAsItCame() throws Exception {
    Throwable cause = new Throwable("neither nor");
    try (TaskStore store = open()) {
      fill(store);
      Job job = store.updateAll("some", UpdateProgram.QUERY, 100, t -> notThe555th(t, cause));
      assertThatThrownBy(job::await).isSameAs(cause);
      assertThat(job.progress().state()).isEqualTo(Job.State.FAILED);
    }
  }

  private static Task notThe555th(Task task, Throwable cause) {
    if (task.id().equals("T-555")) {
      UpdateAllTest.<RuntimeException>throwAny(cause);
    }
    return UpdateProgram.counted(task);
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> void throwAny(Throwable cause) throws X {
    throw (X) cause;
  }

  @Test
  void cancelAndCloseEndItAndItGoesOn() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Job job;
    try (TaskStore store = open()) {
      fill(store);
      Job first =
          store.updateAll(
              "slow",
              UpdateProgram.QUERY,
              100,
              t -> {
                if (t.id().equals("T-325")) {
                  begun.countDown();
                  await(goOn);
                }
                return UpdateProgram.counted(t);
              });
      assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(
              () -> store.updateAll("slow", UpdateProgram.QUERY, 9, UpdateProgram::counted))
          .isInstanceOf(IllegalStateException.class);
      assertThat(first.progress().state()).isEqualTo(Job.State.RUNNING);
      first.cancel();
      goOn.countDown();
      Job.Progress end = first.await();
      assertThat(end.state()).isEqualTo(Job.State.CANCELLED);
      assertThat(end.treated()).as("whole chunks, none behind the cancel").isEqualTo(200);
      assertThat(count(store, 322)).isEqualTo("0");
      assertThatThrownBy(() -> store.updateAll("slow", Query.all(), 9, UpdateProgram::counted))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("another query");
      job = store.updateAll("slow", UpdateProgram.QUERY, 100, UpdateProgram::counted);
    }
    assertThat(job.await().state()).isIn(Job.State.CANCELLED, Job.State.DONE);
    try (TaskStore store = open()) {
      Job.Progress end =
          store.updateAll("slow", UpdateProgram.QUERY, 100, UpdateProgram::counted).await();
      assertThat(end.changed()).isEqualTo(900);
      checkCounts(store, "1");
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
