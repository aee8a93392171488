package dev.quarry.index;

/**
 * Term (field number and value bytes) to a set of ordinals, and ordinal to a row of fixed-width
 * columns.
 *
 * <p>Threads: any number of readers, which never take a lock nor wait; one writer at a time, which
 * the caller ensures. A read beside {@link #apply} sees each container and each row either before
 * or after its change, never torn, but it may see a part of a batch: the caller brackets its reads
 * where it needs the whole.
 */
public interface PostingIndex extends AutoCloseable {
  /** What {@link #find} answers where no row holds the key. */
  long NO_ROW = -1;

  /** What {@link #find} answers where it cannot tell. */
  long UNSURE = -2;

  /** What a freshly opened index holds. */
  enum OpenState {
    /** Nothing: new, of another store or schema, torn or unreadable. To be loaded. */
    EMPTY,
    /** A state exactly as of {@link #watermark}; the caller replays what came after. */
    USABLE
  }

  /** What was found on opening. */
  OpenState openState();

  /** The highest sequence whose changes are all in the index. */
  long watermark();

  /**
   * Applies a batch and moves the watermark. Grows by itself. On an error the index is {@linkplain
   * #isFailed failed} and must be discarded and rebuilt.
   */
  void apply(IndexBatch batch, long newWatermark);

  /** Whether answers are not to be trusted: a change failed half-way, or a load is not finished. */
  boolean isFailed();

  /**
   * Marks the index as failed: a change of its caller's was lost, so that it no longer reflects
   * what its watermark says. It stays so, also across a reopen, until it is loaded anew.
   */
  void fail();

  /** The live posting list of a term; empty for a term never seen. Never null. */
  Postings term(int field, byte[] value);

  /** Calls {@code visitor} with each term of the field that has at least one ordinal. */
  void forEachTerm(int field, TermVisitor visitor);

  /** Receives the terms of a field. */
  @FunctionalInterface
  interface TermVisitor {
    /** One term: a copy of its value bytes, and its exact cardinality. */
    void term(byte[] value, long cardinality);
  }

  /**
   * The number of the field's newest term, or 0: another one after each term that the field gets.
   * Terms stay until the index is loaded anew.
   */
  int newestTerm(int field);

  /** The numbers of the field's terms, in no order, with ordinals or without; at most so many. */
  int[] terms(int field, int most);

  /** Fills in the exact cardinalities of terms by their numbers; 0 for an unknown number. */
  void cardinalities(int[] termIds, long[] cardinalities);

  /** Writer only: the small number that stands for a term in projection rows, created if absent. */
  int internTerm(int field, byte[] value);

  /** The value bytes behind a number of {@link #internTerm}, or null for an unknown number. */
  byte[] termValue(int termId);

  /** Copies the ordinal's row into {@code columns}, in one piece; false where there is no row. */
  default boolean row(long ordinal, long[] columns) {
    return row(ordinal, -1, columns);
  }

  /**
   * The same for those columns whose bits are set in {@code wanted}, bit 0 for the first; the
   * others of {@code columns} keep what they held, or not.
   */
  boolean row(long ordinal, int wanted, long[] columns);

  /** Whether there may be rows of the ordinals from {@code from} to below {@code to}. */
  boolean mayHaveRows(long from, long to);

  /** One column of the ordinal's row, or {@code absent} where there is no row. */
  long column(long ordinal, int column, long absent);

  /**
   * The ordinal of the row whose key column holds {@code key}; {@link #NO_ROW} where there is none,
   * {@link #UNSURE} where there are several or the index cannot tell (it has no key column, or more
   * rows than it keeps keys of). O(1).
   */
  long find(long key);

  /**
   * Writer only: empties the index, which is {@linkplain #isFailed failed} from then on until it is
   * loaded. Readers that are in it meanwhile may read on in what it held. What is returned gives
   * that back, memory and files: to be run once, by any thread, when no read is left that began
   * before; where it is not run, {@link #close} does it.
   */
  Runnable discard();

  /**
   * Writer only: returns a loader that builds the index anew from rising ordinals. What it holds is
   * {@linkplain #discard discarded}, and is given back at {@link #close}; who wants it back earlier
   * discards first.
   *
   * @throws java.io.UncheckedIOException where the device has no room; the index is failed then
   */
  IndexLoader load();

  /** Sizes and counts, for inspection. O(fields), no pass over entries. */
  Stats stats();

  /**
   * Sizes.
   *
   * @param terms terms with at least one ordinal
   * @param containers containers of up to 65,536 ordinals each
   * @param rows projection rows
   * @param bytes bytes of off-heap memory in use, postings and projection
   * @param fileBytes bytes that the files take on disk
   * @param watermark highest sequence reflected
   */
  record Stats(
      long terms, long containers, long rows, long bytes, long fileBytes, long watermark) {}

  /** Writes the clean mark, flushes and unmaps. The caller has ended all reads. Idempotent. */
  @Override
  void close();
}
