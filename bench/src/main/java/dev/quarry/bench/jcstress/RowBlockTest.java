package dev.quarry.bench.jcstress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two rows of two blocks come and go in turn, each time in the memory that the other's block has
 * given back: a reader finds a row as it was written, or none, and never the other's.
 */
@JCStressTest
@Outcome(id = "-1, -1", expect = Expect.ACCEPTABLE, desc = "Neither, each at its moment.")
@Outcome(id = "-1, 2", expect = Expect.ACCEPTABLE, desc = "The other.")
@Outcome(id = "1, -1", expect = Expect.ACCEPTABLE, desc = "The one.")
@Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "Each at its moment.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Torn, or the other's.")
@State
public class RowBlockTest {
  private static final long ONE = 7;
  private static final long OTHER = 519; // the same place in the next block
  private static final long NEWEST = 10_000;
  private static final StressIndex INDEX = rows();

  @Actor
  public final void writer() {
    INDEX.toggle();
  }

  @Actor
  public final void reader(II_Result result) {
    result.r1 = look(ONE);
    result.r2 = look(OTHER);
  }

  private static int look(long ordinal) {
    long[] row = new long[4];
    if (!INDEX.index().row(ordinal, row)) {
      return -1;
    }
    boolean whole = row[0] == row[1] && row[1] == row[2];
    return whole ? (int) row[0] : -2;
  }

  private static StressIndex rows() {
    StressIndex made = new StressIndex();
    made.there().removeRow(ONE);
    made.there().putRow(OTHER, new long[] {2, 2, 2, 70});
    made.back().removeRow(OTHER);
    made.back().putRow(ONE, new long[] {1, 1, 1, 70});
    made.back().putRow(NEWEST, new long[] {3, 3, 3, 90});
    made.index().apply(made.back(), 1);
    return made;
  }
}
