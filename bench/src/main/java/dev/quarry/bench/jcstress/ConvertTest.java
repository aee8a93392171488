package dev.quarry.bench.jcstress;

import dev.quarry.index.Postings;
import java.util.List;
import java.util.stream.LongStream;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A bitmap becomes an array where it lies, and a bitmap again; read whole and one by one. */
@JCStressTest
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "As before the change.")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "As after the change.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Torn, or read as what it is not.")
@State
public class ConvertTest {
  /** Less than three quarters of the largest array, and more than the largest array. */
  private static final int FEW = 2_900;

  private static final int MANY = 4_200;

  private static final StressIndex INDEX =
      new StressIndex().fill(MANY).toggling(LongStream.range(FEW, MANY).map(i -> 3 * i).toArray());
  private static final Postings TERM = INDEX.index().term(0, StressIndex.TERM);
  private static final Postings READ = Postings.and(List.of(Postings.range(0, 60_000), TERM));

  @Actor
  public final void writer() {
    INDEX.toggle();
  }

  @Actor
  public final void reader(II_Result result) {
    long found = READ.cardinality();
    result.r1 = found == MANY ? 0 : found == FEW ? 1 : -1;
    result.r2 = TERM.contains(3_000) && !TERM.contains(3_001) ? 1 : -1;
  }
}
