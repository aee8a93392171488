package dev.quarry.bench.jcstress;

import dev.quarry.index.Postings;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** The first value of an array comes and goes, so that all others move. */
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "As before the change.")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "As after the change.")
@Outcome(id = "-1", expect = Expect.FORBIDDEN, desc = "Torn.")
@State
public class ArrayEditTest {
  private static final StressIndex INDEX = new StressIndex().fill(1_000).toggling(0);
  private static final Postings READ =
      Postings.and(
          List.of(
              INDEX.index().term(0, StressIndex.TERM),
              Postings.of(0, 1, 3, 9, 300, 1_500, 2_000, 2_994, 2_997)));

  @Actor
  public final void writer() {
    INDEX.toggle();
  }

  @Actor
  public final void reader(I_Result result) {
    long found = READ.cardinality();
    result.r1 = found == 7 ? 0 : found == 6 ? 1 : -1;
  }
}
