package dev.quarry.bench.jcstress;

import dev.quarry.index.Postings;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Three bits of a bitmap, words apart, change in one batch; the bitmap is read whole. */
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "As before the change.")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "As after the change.")
@Outcome(id = "-1", expect = Expect.FORBIDDEN, desc = "Torn.")
@State
public class BitmapEditTest {
  private static final StressIndex INDEX =
      new StressIndex().fill(20_000).toggling(0, 30_000, 59_997);
  private static final Postings READ =
      Postings.andNot(Postings.range(0, 60_000), INDEX.index().term(0, StressIndex.TERM));

  @Actor
  public final void writer() {
    INDEX.toggle();
  }

  @Actor
  public final void reader(I_Result result) {
    long gaps = READ.cardinality() - 40_000;
    result.r1 = gaps == 0 ? 0 : gaps == 3 ? 1 : -1;
  }
}
