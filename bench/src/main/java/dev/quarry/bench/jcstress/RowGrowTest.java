package dev.quarry.bench.jcstress;

import dev.quarry.index.IndexBatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Rows come where none were, so that new blocks and new files are made for them. */
@JCStressTest
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "Not there yet.")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "There.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Torn, or one that was there is lost.")
@State
public class RowGrowTest {
  /** Rows apart, so that each has a block of its own. */
  private static final int APART = 1_000;

  /** Some tens of megabytes in six files. */
  private static final int MOST = 2_600;

  private static final Growing ROWS = new Growing();

  /** The rows; told of before they are written, so readers come early and late. */
  private static final class Growing {
    final StressIndex index = new StressIndex();
    private final IndexBatch batch = new IndexBatch();
    final AtomicInteger next = new AtomicInteger();

    Growing() {
      grow();
    }

    void grow() {
      int row = next.get();
      if (row < MOST) {
        next.set(row + 1);
        batch.reset();
        batch.putRow((long) row * APART, new long[] {7, 7, 7, row});
        index.index().apply(batch, 1);
      }
    }

    /** 0 if there is none, 1 if it is whole. */
    int look(int row) {
      long[] columns = new long[4];
      if (!index.index().row((long) row * APART, columns)) {
        return 0;
      }
      boolean whole = columns[0] == 7 && columns[1] == 7 && columns[2] == 7 && columns[3] == row;
      return whole ? 1 : -1;
    }
  }

  @Actor
  public final void writer() {
    ROWS.grow();
  }

  @Actor
  public final void reader(II_Result result) {
    int newest = Math.max(1, ROWS.next.get() - 1);
    result.r1 = ROWS.look(newest - 1);
    result.r2 = ROWS.look(newest);
  }
}
