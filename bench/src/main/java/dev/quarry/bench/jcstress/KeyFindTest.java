package dev.quarry.bench.jcstress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A row whose key comes and goes is found or not, one that stays is always found, though each
 * change uses up a slot of the key table, which is built anew every few of them.
 */
@JCStressTest
@Outcome(id = "7, 9", expect = Expect.ACCEPTABLE, desc = "Found both.")
@Outcome(id = "-1, 9", expect = Expect.ACCEPTABLE, desc = "The one has another key just now.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Lost, or took another's place.")
@State
public class KeyFindTest {
  private static final StressIndex INDEX = keys();

  @Actor
  public final void writer() {
    INDEX.toggle();
  }

  @Actor
  public final void reader(II_Result result) {
    result.r1 = (int) INDEX.index().find(70);
    result.r2 = (int) INDEX.index().find(90);
  }

  private static StressIndex keys() {
    StressIndex made = new StressIndex();
    made.there().putRow(7, new long[] {0, 0, 0, 71});
    made.back().putRow(7, new long[] {0, 0, 0, 70});
    made.back().putRow(9, new long[] {0, 0, 0, 90});
    made.index().apply(made.back(), 1);
    return made;
  }
}
