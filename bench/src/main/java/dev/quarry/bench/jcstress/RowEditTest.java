package dev.quarry.bench.jcstress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** All columns of a row change together. */
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "As before the change.")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "As after the change.")
@Outcome(id = "-1", expect = Expect.FORBIDDEN, desc = "Torn.")
@State
public class RowEditTest {
  private static final StressIndex INDEX = rows();

  @Actor
  public final void writer() {
    INDEX.toggle();
  }

  @Actor
  public final void reader(I_Result result) {
    long[] row = new long[4];
    boolean present = INDEX.index().row(7, row);
    boolean whole = present && row[0] == row[1] && row[1] == row[2] && row[2] == row[3];
    result.r1 = whole ? (int) row[0] : -1;
  }

  private static StressIndex rows() {
    StressIndex made = new StressIndex();
    made.there().putRow(7, new long[] {1, 1, 1, 1});
    made.back().putRow(7, new long[] {0, 0, 0, 0});
    made.index().apply(made.back(), 1);
    return made;
  }
}
