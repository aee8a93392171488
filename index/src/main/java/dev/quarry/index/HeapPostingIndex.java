package dev.quarry.index;

import java.util.Arrays;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The plain implementation: sorted sets on the heap, nothing on disk. It is the model that the
 * contract tests hold the off-heap index against, and serves small stores without files.
 *
 * <p>Threads: any number of readers beside one writer, as {@link PostingIndex} says. Every
 * operation costs O(log n) of the size of its term.
 */
public final class HeapPostingIndex implements PostingIndex {
  private final int[] widths;
  private final ConcurrentSkipListMap<TermKey, HeapTerm> terms = new ConcurrentSkipListMap<>();
  private final ConcurrentHashMap<Integer, TermKey> termsById = new ConcurrentHashMap<>();
  private final ConcurrentSkipListMap<Long, long[]> rows = new ConcurrentSkipListMap<>();
  private final AtomicInteger lastTermId = new AtomicInteger();
  private volatile long watermark;
  private volatile boolean closed;
  private volatile boolean failed;

  /** Creates an empty index with these columns, each 1, 2, 4 or 8 bytes wide. */
  public HeapPostingIndex(int[] columnWidths) {
    widths = Limits.checkWidths(columnWidths);
  }

  @Override
  public OpenState openState() {
    return OpenState.EMPTY;
  }

  @Override
  public long watermark() {
    return watermark;
  }

  @Override
  public void apply(IndexBatch batch, long newWatermark) {
    checkOpen();
    for (int i = 0; i < batch.rowChanges(); i++) {
      if (batch.rowStart(i) >= 0) {
        Limits.checkColumns(widths, batch.rowWidth(i));
      }
    }
    for (int i = 0; i < batch.termChanges(); i++) {
      int start = batch.valueStart(i);
      byte[] value = Arrays.copyOfRange(batch.valueBytes(), start, start + batch.valueLength(i));
      HeapTerm term = intern(new TermKey(batch.field(i), value));
      if (batch.isAdd(i)) {
        term.add(batch.ordinal(i));
      } else {
        term.remove(batch.ordinal(i));
      }
    }
    for (int i = 0; i < batch.rowChanges(); i++) {
      int start = batch.rowStart(i);
      if (start < 0) {
        rows.remove(batch.rowOrdinal(i));
      } else {
        putRow(
            batch.rowOrdinal(i), Arrays.copyOfRange(batch.columns(), start, start + widths.length));
      }
    }
    watermark = newWatermark;
  }

  private void putRow(long ordinal, long[] copied) {
    for (int c = 0; c < widths.length; c++) {
      copied[c] = Limits.fit(copied[c], widths[c]);
    }
    rows.put(ordinal, copied);
  }

  private HeapTerm intern(TermKey key) {
    HeapTerm term = terms.get(key);
    if (term == null) {
      term = new HeapTerm(lastTermId.incrementAndGet());
      termsById.put(term.id, key);
      terms.put(key, term);
    }
    return term;
  }

  @Override
  public boolean isFailed() {
    return failed;
  }

  @Override
  public void fail() {
    failed = true;
  }

  @Override
  public Postings term(int field, byte[] value) {
    checkOpen();
    Limits.checkTerm(field, value);
    return new TermPostings(new TermKey(field, value.clone()));
  }

  @Override
  public void forEachTerm(int field, TermVisitor visitor) {
    checkOpen();
    Objects.requireNonNull(visitor, "visitor");
    terms
        .subMap(new TermKey(field, new byte[0]), new TermKey(field + 1, new byte[0]))
        .forEach(
            (key, term) -> {
              long n = term.ordinals.size();
              if (n > 0) {
                visitor.term(key.value.clone(), n);
              }
            });
  }

  @Override
  public int newestTerm(int field) {
    checkOpen();
    return Arrays.stream(terms(field, Integer.MAX_VALUE)).max().orElse(0);
  }

  @Override
  public int[] terms(int field, int most) {
    checkOpen();
    return terms
        .subMap(new TermKey(field, new byte[0]), new TermKey(field + 1, new byte[0]))
        .values()
        .stream()
        .mapToInt(term -> term.id)
        .limit(most)
        .toArray();
  }

  @Override
  public void cardinalities(int[] termIds, long[] cardinalities) {
    checkOpen();
    for (int i = 0; i < termIds.length; i++) {
      TermKey key = termsById.get(termIds[i]);
      HeapTerm term = key == null ? null : terms.get(key);
      cardinalities[i] = term == null ? 0 : term.ordinals.size();
    }
  }

  @Override
  public int internTerm(int field, byte[] value) {
    checkOpen();
    Limits.checkTerm(field, value);
    return intern(new TermKey(field, value.clone())).id;
  }

  @Override
  public byte[] termValue(int termId) {
    TermKey key = termsById.get(termId);
    return key == null ? null : key.value.clone();
  }

  @Override
  public boolean mayHaveRows(long from, long to) {
    return true;
  }

  @Override
  public boolean row(long ordinal, int wanted, long[] columns) {
    long[] row = rows.get(ordinal);
    if (row == null) {
      return false;
    }
    System.arraycopy(row, 0, columns, 0, row.length);
    return true;
  }

  @Override
  public long column(long ordinal, int column, long absent) {
    long[] row = rows.get(ordinal);
    return row == null ? absent : row[column];
  }

  /** Has no key column. */
  @Override
  public long find(long key) {
    return UNSURE;
  }

  @Override
  public Runnable discard() {
    checkOpen();
    failed = true;
    terms.clear();
    termsById.clear();
    rows.clear();
    lastTermId.set(0);
    watermark = 0;
    return () -> {}; // the heap's own collector does it
  }

  @Override
  public IndexLoader load() {
    discard().run();
    return new Loader();
  }

  @Override
  public Stats stats() {
    long used = 0;
    long containers = 0;
    for (HeapTerm term : terms.values()) {
      if (!term.ordinals.isEmpty()) {
        used++;
        containers +=
            1 + Block.blockOf(term.ordinals.last()) - Block.blockOf(term.ordinals.first());
      }
    }
    return new Stats(used, containers, rows.size(), 0, 0, watermark);
  }

  @Override
  public void close() {
    closed = true;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("index is closed");
    }
  }

  private static final class HeapTerm {
    final int id;
    final NavigableSet<Long> ordinals = new ConcurrentSkipListSet<>();

    HeapTerm(int id) {
      this.id = id;
    }

    void add(long ordinal) {
      ordinals.add(ordinal);
    }

    void remove(long ordinal) {
      ordinals.remove(ordinal);
    }
  }

  private static final class TermKey implements Comparable<TermKey> {
    final int field;
    final byte[] value;

    TermKey(int field, byte[] value) {
      this.field = field;
      this.value = value;
    }

    @Override
    public int compareTo(TermKey other) {
      int byField = Integer.compare(field, other.field);
      return byField != 0 ? byField : Arrays.compareUnsigned(value, other.value);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof TermKey key && compareTo(key) == 0;
    }

    @Override
    public int hashCode() {
      return 31 * field + Arrays.hashCode(value);
    }
  }

  /** The live postings of a term that may come into being later. */
  private final class TermPostings extends BlockPostings {
    private final TermKey key;

    TermPostings(TermKey key) {
      this.key = key;
    }

    private NavigableSet<Long> ordinals() {
      HeapTerm term = terms.get(key);
      return term == null ? new ConcurrentSkipListSet<>() : term.ordinals;
    }

    private NavigableSet<Long> block(long block) {
      long first = block << Block.SHIFT;
      return ordinals().subSet(first, true, first + Block.SIZE, false);
    }

    @Override
    long nextBlock(long from) {
      if (from > Block.blockOf(Long.MAX_VALUE)) {
        return NO_BLOCK;
      }
      Long ordinal = ordinals().ceiling(from << Block.SHIFT);
      return ordinal == null ? NO_BLOCK : Block.blockOf(ordinal);
    }

    @Override
    int blockBound(long block) {
      return block(block).size();
    }

    @Override
    void load(long block, Block out, BlockPool pool) {
      out.clear();
      for (long ordinal : block(block)) {
        out.add(Block.lowOf(ordinal));
      }
    }

    @Override
    public long cardinality() {
      return ordinals().size();
    }

    @Override
    public long upperBound() {
      return cardinality();
    }

    @Override
    public boolean contains(long ordinal) {
      return ordinals().contains(ordinal);
    }
  }

  private final class Loader implements IndexLoader {
    private long current = -1;

    @Override
    public void ordinal(long ordinal, long[] columns) {
      Limits.checkOrdinal(ordinal);
      Limits.checkColumns(widths, columns.length);
      if (ordinal <= current) {
        throw new IllegalArgumentException("ordinals of a load have to rise");
      }
      current = ordinal;
      putRow(ordinal, columns.clone());
    }

    @Override
    public void add(int field, byte[] value) {
      Limits.checkTerm(field, value);
      if (current < 0) {
        throw new IllegalStateException("no ordinal was started");
      }
      intern(new TermKey(field, value.clone())).add(current);
    }

    @Override
    public void finish(long newWatermark) {
      watermark = newWatermark;
      failed = false;
    }
  }
}
