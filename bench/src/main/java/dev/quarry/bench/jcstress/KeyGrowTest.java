package dev.quarry.bench.jcstress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Hundreds of rows come and go, so that the key table grows and becomes small again, many times
 * over: a row that stays is always found, and one of the guests in its own place or not at all.
 */
@JCStressTest
@Outcome(id = "9, 150", expect = Expect.ACCEPTABLE, desc = "The guests are there.")
@Outcome(id = "9, -1", expect = Expect.ACCEPTABLE, desc = "The guests are not there.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Lost, or took another's place.")
@State
public class KeyGrowTest {
  private static final int FIRST_GUEST = 100;
  private static final int LAST_GUEST = 399;
  private static final StressIndex INDEX = keys();

  @Actor
  public final void writer() {
    INDEX.toggle();
  }

  @Actor
  public final void reader(II_Result result) {
    result.r1 = (int) INDEX.index().find(1_009);
    result.r2 = (int) INDEX.index().find(1_150);
  }

  private static StressIndex keys() {
    StressIndex made = new StressIndex();
    for (long row = FIRST_GUEST; row <= LAST_GUEST; row++) {
      made.there().putRow(row, new long[] {0, 0, 0, 1_000 + row});
      made.back().removeRow(row);
    }
    made.index().apply(made.back(), 1);
    made.back().putRow(9, new long[] {0, 0, 0, 1_009});
    made.index().apply(made.back(), 1);
    return made;
  }
}
