package dev.quarry.bench.jcstress;

import dev.quarry.index.Postings;
import java.util.List;
import java.util.stream.LongStream;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A container outgrows its place and shrinks again, so that it moves each time. */
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "As before the change.")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "As after the change.")
@Outcome(id = "-1", expect = Expect.FORBIDDEN, desc = "Torn.")
@State
public class MoveTest {
  private static final int SMALL = 5;
  private static final int LARGE = 900;
  private static final StressIndex INDEX =
      new StressIndex()
          .fill(LARGE)
          .toggling(LongStream.range(SMALL, LARGE).map(i -> 3 * i).toArray());
  private static final Postings READ =
      Postings.and(List.of(Postings.range(0, 60_000), INDEX.index().term(0, StressIndex.TERM)));

  @Actor
  public final void writer() {
    INDEX.toggle();
  }

  @Actor
  public final void reader(I_Result result) {
    long found = READ.cardinality();
    result.r1 = found == LARGE ? 0 : found == SMALL ? 1 : -1;
  }
}
