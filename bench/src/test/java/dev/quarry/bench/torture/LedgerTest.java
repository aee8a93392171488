package dev.quarry.bench.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Status;
import dev.quarry.bench.WrongAnswerException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a ledger takes for possible when the death took an unknown number of the last calls. */
class LedgerTest {
  private static final String ID = Content.id("R1", 0);
  private static final String OTHER = Content.id("R1", 1);
  private static final Op TICK = Op.of("tick", Content.START.toEpochMilli());

  private final Ledger ledger = new Ledger("R1", new World("R1", Content.START));
  private long line;

  @BeforeEach
  void oneTaskIsReady() {
    done(Op.of("put", ID, numberOfAReadyTask(ID)), "ok");
    ledger.holdAll();
  }

  private static long numberOfAReadyTask(String id) {
    long n = 1;
    while (Content.task(id, n).status() != Status.TODO
        || !Content.task(id, n).dependencies().isEmpty()) {
      n++;
    }
    return n;
  }

  private void done(Op op, String answer) {
    ledger.call(op, line++);
    ledger.done(answer, line++, false);
  }

  private void claimed(int token, int attempt) {
    done(Op.of("claim", ID, "w", 1_000), "ok " + ID + " " + token + " " + attempt);
  }

  private void released(int token) {
    done(Op.of("release", ID, token, "w", 0), "ok");
  }

  /** What is found where the task waits to be claimed. */
  private static Map<String, String> unclaimed() {
    return world().seen();
  }

  private static World world() {
    World world = new World("R1", Content.START);
    world.run(Op.of("put", ID, numberOfAReadyTask(ID)));
    return world;
  }

  @Test
  void aClaimThatWasGivenBackMayHaveSurvivedOrNot() {
    claimed(1, 1);
    released(1);
    ledger.settle(unclaimed(), TICK);
    assertThatCode(() -> claimed(1, 1)).as("it was lost").doesNotThrowAnyException();
  }

  @Test
  void ifItSurvivedItsTokenIsNotGivenAgain() {
    claimed(1, 1);
    released(1);
    ledger.settle(unclaimed(), TICK);
    assertThatCode(() -> claimed(2, 1)).as("it survived").doesNotThrowAnyException();
  }

  @Test
  void anAnswerTellsWhichItWas() {
    claimed(1, 1);
    released(1);
    ledger.settle(unclaimed(), TICK);
    claimed(1, 1);
    released(1);
    assertThatThrownBy(() -> claimed(3, 1))
        .isInstanceOf(WrongAnswerException.class)
        .hasMessageContaining("instead of [ok " + ID + " 2 1]");
  }

  @Test
  void noOtherTokenIsPossible() {
    claimed(1, 1);
    released(1);
    ledger.settle(unclaimed(), TICK);
    assertThatThrownBy(() -> claimed(3, 1))
        .isInstanceOf(WrongAnswerException.class)
        .hasMessageContaining("instead of [ok " + ID + " 1 1, ok " + ID + " 2 1]");
  }

  @Test
  void whatWasSyncedIsNotForgotten() {
    claimed(1, 1);
    released(1);
    ledger.holdAll();
    ledger.settle(unclaimed(), TICK);
    assertThatThrownBy(() -> claimed(1, 1)).isInstanceOf(WrongAnswerException.class);
  }

  @Test
  void aDeathBetweenACallAndItsUndoingMayLeaveEither() {
    World done = world();
    done.run(Op.of("delete", ID));
    for (World found : List.of(world(), done, world())) { // the last: begun anew from there
      ledger.call(Op.of(Op.UNDONE, "delete", ID), line++);
      if (found == done) {
        ledger.done("ok", line++, false);
      }
      ledger.settle(found.seen(), TICK);
      if (found == done) {
        done(Op.of("put", ID, numberOfAReadyTask(ID)), "ok");
      }
    }
  }

  @Test
  void aDeathAmidAWaitMayLeaveWhatWasMadeReadyWithItsClaimOrWithout() {
    long ready = numberOfAReadyTask(OTHER);
    String agent = Content.task(OTHER, ready).agent();
    Op wait = Op.of(Op.AWAIT, "R1", "w", 1_000, OTHER, ready, agent);
    World then = world();
    then.run(Op.of("claim", ID, "w", 1_000));
    Map<String, String> begun = then.seen();
    then.run(wait.steps().get(0));
    Map<String, String> made = then.seen();
    then.run(wait.steps().get(1));
    Map<String, String> claimed = then.seen();
    assertThat(claimed).containsKey(OTHER + " claim");
    for (Map<String, String> found : List.of(begun, made, claimed)) {
      assertThatCode(() -> waiting(wait).settle(found, TICK)).doesNotThrowAnyException();
    }
    assertThatThrownBy(() -> waiting(wait).settle(unclaimed(), TICK))
        .as("the claim before it was there")
        .isInstanceOf(WrongAnswerException.class);
  }

  /** Nothing is ready, for the one task is claimed. */
  private static Ledger waiting(Op wait) {
    Ledger waiting = new Ledger("R1", world());
    waiting.call(Op.of("claim", ID, "w", 1_000), 1);
    waiting.done("ok " + ID + " 1 1", 2, false);
    waiting.holdAll();
    waiting.call(wait, 3);
    return waiting;
  }

  @Test
  void aTaskThatIsGoneWasNotLostBehindItsSync() {
    assertThatThrownBy(() -> ledger.settle(Map.of("ready", ""), TICK))
        .isInstanceOf(WrongAnswerException.class)
        .hasMessageContaining("is in none of 1 possible states");
  }

  @Test
  void bothAreFollowedThroughAnotherDeath() {
    claimed(1, 1);
    released(1);
    ledger.settle(unclaimed(), TICK);
    ledger.settle(unclaimed(), TICK);
    assertThatCode(() -> claimed(1, 1)).doesNotThrowAnyException();
  }
}
