package dev.quarry.index;

import static dev.quarry.index.PostingIndexContractTest.bytes;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The posting list of a term in one block is a linearizable set beside its one writer: empty and
 * coming into being, at the size where its array becomes a bitmap, and at that where the bitmap
 * becomes an array again. Stress, not model checking: the checker cannot follow memory that is read
 * at its address. {@code -Dquarry.long=true} is the long form.
 *
 * <p>The kept cardinality of a term follows its containers, so it is a linearizable number by
 * itself, and not together with what the containers say; a count over two terms reads one container
 * after the other. So each of these is checked beside the writes alone.
 */
@Timeout(600)
final class PostingLincheckTest {
  private static final int FACTOR = Boolean.getBoolean("quarry.long") ? 20 : 1;
  private static final byte[] TERM = bytes("x");
  private static final int FIELD = 0;
  private static final int STEP = 3;

  /**
   * Ordinals that come and go: in front, within, behind, and one that is there in the beginning.
   */
  private static final long[] ORDINALS = {1, 6_001, 60_000, 3};

  private static final int LAST_ARRAY = Block.ARRAY_MAX;
  private static final int LAST_BITMAP = Block.ARRAY_MAX * 3 / 4;

  @TempDir static Path directory;

  /** One for all instances, which the library makes and runs one after the other. */
  private static PostingIndex index;

  @BeforeAll
  static void open() {
    index = PostingIndexes.open(new PostingIndexOptions(directory, "l", new int[] {8}, 1_000));
  }

  @AfterAll
  static void close() {
    index.close();
  }

  /** The set as it must be. Small and compared by content, for the library keeps every state. */
  @Param(name = "which", gen = IntGen.class, conf = "0:3")
  public abstract static class Plain {
    /** How many there are beside those that come and go. */
    private final int others;

    private int there;

    Plain(int size) {
      for (int i = 0; i < ORDINALS.length; i++) {
        if (ORDINALS[i] % STEP == 0 && ORDINALS[i] / STEP < size) {
          there |= 1 << i;
        }
      }
      others = size - Integer.bitCount(there);
    }

    public void add(@Param(name = "which") int which) {
      there |= 1 << which;
    }

    public void remove(@Param(name = "which") int which) {
      there &= ~(1 << which);
    }

    public boolean contains(@Param(name = "which") int which) {
      return (there & (1 << which)) != 0;
    }

    /** All: they lie in one block. */
    public long andCount() {
      return cardinality();
    }

    public int probed() {
      return there;
    }

    public long cardinality() {
      return (long) others + Integer.bitCount(there);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Plain plain && plain.there == there && plain.others == others;
    }

    @Override
    public int hashCode() {
      return 31 * others + there;
    }
  }

  /** The set as the index has it: the writes. */
  @Param(name = "which", gen = IntGen.class, conf = "0:3")
  public abstract static class Writes {
    final Postings term = index.term(FIELD, TERM);

    Writes(int filled, int left) {
      IndexBatch batch = new IndexBatch();
      OrdinalCursor cursor = term.cursor();
      for (long o = cursor.next(); o != OrdinalCursor.END; o = cursor.next()) {
        batch.remove(FIELD, TERM, o);
      }
      index.apply(batch, 1);
      batch.reset();
      for (int i = 0; i < filled; i++) {
        batch.add(FIELD, TERM, (long) STEP * i);
      }
      index.apply(batch, 1);
      batch.reset();
      for (int i = left; i < filled; i++) {
        batch.remove(FIELD, TERM, (long) STEP * i);
      }
      index.apply(batch, 1);
    }

    @Operation(nonParallelGroup = "writer")
    public void add(@Param(name = "which") int which) {
      IndexBatch batch = new IndexBatch();
      batch.add(FIELD, TERM, ORDINALS[which]);
      index.apply(batch, 1);
    }

    @Operation(nonParallelGroup = "writer")
    public void remove(@Param(name = "which") int which) {
      IndexBatch batch = new IndexBatch();
      batch.remove(FIELD, TERM, ORDINALS[which]);
      index.apply(batch, 1);
    }
  }

  /** And the reads that a container answers. */
  public abstract static class Reads extends Writes {
    Reads(int filled, int left) {
      super(filled, left);
    }

    @Operation
    public boolean contains(@Param(name = "which") int which) {
      return term.contains(ORDINALS[which]);
    }

    /** Members, counted within all ordinals of the block. */
    @Operation
    public long andCount() {
      return Postings.and(List.of(Postings.range(0, Block.SIZE), term)).cardinality();
    }

    /** Which of the ordinals are in, at one moment. */
    @Operation
    public int probed() {
      int found = 0;
      OrdinalCursor cursor = Postings.and(List.of(Postings.of(1, 3, 6_001, 60_000), term)).cursor();
      for (long o = cursor.next(); o != OrdinalCursor.END; o = cursor.next()) {
        found |= o == 1 ? 1 : o == 6_001 ? 2 : o == 60_000 ? 4 : 8;
      }
      return found;
    }
  }

  public static final class PlainSmall extends Plain {
    public PlainSmall() {
      super(0);
    }
  }

  public static final class Small extends Reads {
    public Small() {
      super(0, 0);
    }
  }

  public static final class PlainFullArray extends Plain {
    public PlainFullArray() {
      super(LAST_ARRAY);
    }
  }

  public static final class FullArray extends Reads {
    public FullArray() {
      super(LAST_ARRAY, LAST_ARRAY);
    }
  }

  public static final class PlainLeastBitmap extends Plain {
    public PlainLeastBitmap() {
      super(LAST_BITMAP);
    }
  }

  public static final class LeastBitmap extends Reads {
    public LeastBitmap() {
      super(LAST_ARRAY + 1, LAST_BITMAP);
    }
  }

  /** The kept number. */
  public static final class Counted extends Writes {
    public Counted() {
      super(0, 0);
    }

    @Operation
    public long cardinality() {
      return term.cardinality();
    }
  }

  public static final class PlainTwo extends Plain {
    public PlainTwo() {
      super(2);
    }
  }

  /** Planted: an addition takes another member away, so long that readers meet the gap. */
  public static final class TakesAwayFirst extends Reads {
    public TakesAwayFirst() {
      super(2, 2);
    }

    @Override
    @Operation(nonParallelGroup = "writer")
    public void add(@Param(name = "which") int which) {
      boolean third = term.contains(3);
      super.remove(3);
      LockSupport.parkNanos(50_000);
      super.add(which);
      if (third) {
        super.add(3);
      }
    }
  }

  private static void check(Class<?> checked, Class<?> plain) {
    new StressOptions()
        .sequentialSpecification(plain)
        .threads(3)
        .actorsBefore(2)
        .actorsPerThread(4)
        .actorsAfter(2)
        .iterations(6 * FACTOR)
        .invocationsPerIteration(400)
        .minimizeFailedScenario(false)
        .check(checked);
  }

  @Test
  void a_small_set_that_comes_and_goes_is_linearizable() {
    check(Small.class, PlainSmall.class);
  }

  @Test
  void an_array_that_becomes_a_bitmap_is_linearizable() {
    check(FullArray.class, PlainFullArray.class);
  }

  @Test
  void a_bitmap_that_becomes_an_array_is_linearizable() {
    check(LeastBitmap.class, PlainLeastBitmap.class);
  }

  @Test
  void the_cardinality_of_a_term_is_linearizable() {
    check(Counted.class, PlainSmall.class);
  }

  @Test
  void a_planted_gap_is_found() {
    assertThatThrownBy(() -> check(TakesAwayFirst.class, PlainTwo.class))
        .isInstanceOf(LincheckAssertionError.class);
  }
}
