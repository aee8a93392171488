package dev.quarry.bench.jcstress;

import dev.quarry.index.OrdinalCursor;
import dev.quarry.index.Postings;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** The first value of an array comes and goes; the array is copied and walked. */
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "As before the change.")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "As after the change.")
@Outcome(id = "-1", expect = Expect.FORBIDDEN, desc = "Torn.")
@State
public class ArrayCopyTest {
  private static final StressIndex INDEX = new StressIndex().fill(1_000).toggling(0);
  private static final Postings READ = INDEX.index().term(0, StressIndex.TERM);

  @Actor
  public final void writer() {
    INDEX.toggle();
  }

  @Actor
  public final void reader(I_Result result) {
    OrdinalCursor cursor = READ.cursor();
    long first = cursor.next();
    long expected = first;
    long found = first;
    for (; found == expected && found != OrdinalCursor.END; found = cursor.next()) {
      expected += 3;
    }
    boolean whole = found == OrdinalCursor.END && expected == 3_000;
    result.r1 = whole && first == 0 ? 0 : whole && first == 3 ? 1 : -1;
  }
}
