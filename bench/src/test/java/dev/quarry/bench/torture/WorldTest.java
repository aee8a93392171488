package dev.quarry.bench.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Status;
import dev.quarry.Task;
import java.util.List;
import java.util.Map;
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

  /** The parts of a call, as the parent goes through them. */
  private List<String> steps(Object... words) {
    return Op.parse(Op.of("", words).args()).steps().stream().map(world::run).toList();
  }

  @Test
  void theLastCommitIsTakenBackIfTheCallMadeOne() {
    run("batch", "BUFFERED", 1, "put:" + A, "put:" + B);
    Map<String, String> before = world.seen();
    assertThat(steps(Op.UNDONE, "batch", "BUFFERED", 2, "delete:" + A, "put:" + B, "put:" + C))
        .containsExactly("ok", "ok 3");
    assertThat(world.seen()).isEqualTo(before);
    assertThat(steps(Op.UNDONE, "insert", A, 3))
        .as("refused")
        .containsExactly("no DuplicateTaskException", "ok none");
    assertThat(steps(Op.UNDONE, "delete", C)).containsExactly("ok none", "ok none");
    assertThat(steps(Op.UNDONE, "purge", C)).containsExactly("ok 0 0 1", "ok none");
    assertThat(world.seen()).isEqualTo(before);
    assertThat(steps(Op.UNDONE, "archive", A)).containsExactly("ok 1 0 0", "ok 1");
    assertThat(world.seen()).isEqualTo(before);
    run("delete", A);
    world.refused(); // a call of which the model does not know why
    assertThat(run(Op.UNDO_LAST)).isEqualTo("ok none");
  }

  @Test
  void aWaitEndsWithTheTaskThatIsMadeReadyUnlessOneWas() {
    long done = number(A, task -> true);
    long ready = readyNumber(B);
    run("put", A, done);
    assertThat(await(A, done, "a1")).containsExactly("ok", "ok none");
    String agent = Content.task(B, ready).agent();
    assertThat(await(B, ready, agent)).containsExactly("ok", "ok " + B + " 1 1");
    long other = readyNumber(C);
    run("put", C, other);
    agent = Content.task(C, other).agent();
    assertThat(await(A, done, agent)).containsExactly("ok busy", "ok " + C + " 1 1");
    assertThat(world.seen().get(A)).isEqualTo(Found.text(Content.task(A, done)));
    run("put", C, other);
    assertThat(await(A, done, "nobody")).as("for others").containsExactly("ok", "ok none");
  }

  private List<String> await(String id, long n, String agent) {
    return steps(Op.AWAIT, "R1", "w", 1_000, id, n, agent);
  }

  private static long readyNumber(String id) {
    long n = 1;
    while (Content.task(id, n).status() != Status.TODO
        || !Content.task(id, n).dependencies().isEmpty()) {
      n++;
    }
    return n;
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
