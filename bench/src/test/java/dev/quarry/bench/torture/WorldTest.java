package dev.quarry.bench.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Status;
import dev.quarry.Task;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Verbs of the model that are more than one step, or look at more than one task. */
class WorldTest {
  private static final String A = Content.id("R1", 0);
  private static final String B = Content.id("R1", 1);
  private static final String C = Content.id("R1", 2);

  private final World world = new World("R1", Content.START);

  private static long number(String id, Predicate<Task> wanted) {
    long n = 1;
    while (Content.task(id, n).status() != Status.DONE || !wanted.test(Content.task(id, n))) {
      n++;
    }
    return n;
  }

  private static Predicate<Task> waitsFor(String id) {
    return task -> task.dependencies().contains(id);
  }

  private String run(Object... words) {
    return world.run(Op.parse(Op.of("", words).args()));
  }

  /** Two archived tasks that wait for each other, and one that does not matter to them. */
  private void archiveACircle() {
    run("put", A, number(A, waitsFor(B)));
    run("archive", A);
    run("put", B, number(B, waitsFor(A)));
    run("put", C, number(C, task -> task.dependencies().isEmpty()));
    assertThat(run("archive", B, C)).isEqualTo("ok 2 0 0");
  }

  @Test
  void aRestoringByQueryLeavesWhoClosesACircleAndMakesItsChunksSmallerForThat() {
    archiveACircle();
    assertThat(world.chunks(Op.of(Op.RESTORE_ALL, "R1", Status.DONE)))
        .containsExactly(Op.of(Op.RESTORE_CHUNK, A), Op.of(Op.RESTORE_CHUNK, C));
    assertThat(run(Op.RESTORE_ALL, "R1", Status.DONE)).isEqualTo("ok 2");
    assertThat(world.seen()).containsKeys(A, B + " archived", C).doesNotContainKey(B);
  }

  @Test
  void aDeathAmidSuchARestoringMayLeaveSomeOfItsChunks() {
    archiveACircle();
    Ledger ledger = new Ledger("R1", world);
    ledger.call(Op.of(Op.RESTORE_ALL, "R1", Status.DONE), 1);
    World dead = world.copy();
    dead.run(Op.of(Op.RESTORE_CHUNK, A));
    ledger.settle(dead.seen(), Op.of("tick", Content.START.toEpochMilli()));
  }

  @Test
  void aCommitIsTakenBackAsAWholeUnlessAPartOfItWasChangedSince() {
    String batch = "BUFFERED";
    run("batch", batch, 1, "put:" + A, "put:" + B);
    run("batch", batch, 2, "update:" + A, "delete:" + B);
    assertThat(run("undoCommit", C)).isEqualTo("ok none");
    assertThat(run("undoCommit", A)).isEqualTo("ok 2");
    assertThat(world.seen().get(A)).isEqualTo(Found.text(Content.task(A, 1)));
    assertThat(world.seen().get(B)).isEqualTo(Found.text(Content.task(B, 1)));
    assertThat(run("undoCommit", B)).as("undone by now").isEqualTo("no ConflictException");
    world.newLife();
    assertThat(run("undoCommit", B)).as("by another child").isEqualTo("ok none");
  }

  @Test
  void whatIsNeededIsNotPurged() {
    run("put", B, number(B, task -> task.dependencies().isEmpty()));
    run("put", A, number(A, waitsFor(B)));
    run("archive", B);
    assertThat(run("purge", B, C)).isEqualTo("no ConflictException");
    assertThat(run("purgeAll", "R1", Status.DONE)).isEqualTo("ok 0");
    run("delete", A);
    assertThat(run("purge", B, C)).isEqualTo("ok 1 0 1");
  }
}
