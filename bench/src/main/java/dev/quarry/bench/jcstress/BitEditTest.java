package dev.quarry.bench.jcstress;

import dev.quarry.index.Postings;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** One bit of a bitmap changes, and its cardinality with it. */
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "As before the change.")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "As after the change.")
@Outcome(id = "-1", expect = Expect.FORBIDDEN, desc = "Torn.")
@State
public class BitEditTest {
  private static final StressIndex INDEX = new StressIndex().fill(20_000).toggling(30_000);
  private static final Postings READ = INDEX.index().term(0, StressIndex.TERM);

  @Actor
  public final void writer() {
    INDEX.toggle();
  }

  @Actor
  public final void reader(I_Result result) {
    long card = READ.cardinality();
    boolean steady = READ.contains(29_997) && !READ.contains(30_001);
    result.r1 = !steady || card < 19_999 || card > 20_000 ? -1 : (int) (20_000 - card);
  }
}
