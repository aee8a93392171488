package dev.quarry.bench.jcstress;

import dev.quarry.index.OrdinalCursor;
import dev.quarry.index.Postings;
import java.nio.charset.StandardCharsets;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A term loses all its ordinals while another comes into being, and the other way round, so that
 * each takes the memory that the other left.
 */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Neither: the one ends before the other.")
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "The one.")
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "The other.")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "The one, then the other.")
@Outcome(expect = Expect.FORBIDDEN, desc = "The other's, or torn.")
@State
public class TermReuseTest {
  private static final byte[] OTHER = "y".getBytes(StandardCharsets.UTF_8);
  private static final StressIndex INDEX = terms();
  private static final Postings ONE_READ = INDEX.index().term(0, StressIndex.TERM);
  private static final Postings OTHER_READ = INDEX.index().term(0, OTHER);

  @Actor
  public final void writer() {
    INDEX.toggle();
  }

  @Actor
  public final void reader(II_Result result) {
    result.r1 = whole(ONE_READ, 0, 4);
    result.r2 = whole(OTHER_READ, 1, 6);
  }

  /** 0 if there is nothing; 1 if there are every third ordinal from the first on, so many. */
  private static int whole(Postings postings, long first, int count) {
    OrdinalCursor cursor = postings.cursor();
    long found = cursor.next();
    if (found == OrdinalCursor.END) {
      return 0;
    }
    for (int i = 0; i < count; i++, found = cursor.next()) {
      if (found != first + 3L * i) {
        return -1;
      }
    }
    return found == OrdinalCursor.END ? 1 : -1;
  }

  private static StressIndex terms() {
    StressIndex made = new StressIndex().fill(4).toggling(0, 3, 6, 9);
    for (long ordinal = 1; ordinal < 18; ordinal += 3) {
      made.there().add(0, OTHER, ordinal);
      made.back().remove(0, OTHER, ordinal);
    }
    return made;
  }
}
