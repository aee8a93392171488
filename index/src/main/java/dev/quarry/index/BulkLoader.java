package dev.quarry.index;

import java.util.Arrays;

/**
 * Fills empty contents: gathers the postings of one block of 65,536 ordinals as they come, sorts
 * them by term in one counting pass at its end, and writes each container once.
 */
final class BulkLoader implements IndexLoader {
  private final ChroniclePostingIndex index;
  private final Contents contents;
  private final int[] widths;
  private final Block block = new Block();

  /** The postings of the current block as they came: number of the term, low half of ordinal. */
  private int[] termIds = new int[1 << 16];

  private char[] lows = new char[1 << 16];
  private int size;

  /** Per term: postings in the block, then the place of the next one. */
  private int[] places = new int[1024];

  private int[] touched = new int[1024];
  private int touchedCount;
  private char[] sorted = new char[1 << 16];
  private long current = -1;
  private boolean finished;

  BulkLoader(ChroniclePostingIndex index, Contents contents, int[] widths) {
    this.index = index;
    this.contents = contents;
    this.widths = widths;
  }

  @Override
  public void ordinal(long ordinal, long[] columns) {
    checkOpen();
    Limits.checkOrdinal(ordinal);
    Limits.checkColumns(widths, columns.length);
    if (ordinal <= current) {
      throw new IllegalArgumentException("ordinals of a load have to rise");
    }
    if (current >= 0 && Block.blockOf(ordinal) != Block.blockOf(current)) {
      writeBlock();
    }
    current = ordinal;
    contents.rows().write(ordinal, columns, 0);
  }

  @Override
  public void add(int field, byte[] value) {
    checkOpen();
    Limits.checkTerm(field, value);
    if (current < 0) {
      throw new IllegalStateException("no ordinal was started");
    }
    int termId = TermDirectory.termId(contents.terms().intern(field, value, 0, value.length));
    if (size == termIds.length) {
      termIds = Arrays.copyOf(termIds, 2 * size);
      lows = Arrays.copyOf(lows, 2 * size);
    }
    if (termId >= places.length) {
      places = Arrays.copyOf(places, Math.max(termId + 1, 2 * places.length));
    }
    if (places[termId]++ == 0) {
      if (touchedCount == touched.length) {
        touched = Arrays.copyOf(touched, 2 * touchedCount);
      }
      touched[touchedCount++] = termId;
    }
    termIds[size] = termId;
    lows[size++] = (char) Block.lowOf(current);
  }

  @Override
  public void finish(long watermark) {
    checkOpen();
    finished = true;
    if (current >= 0) {
      writeBlock();
    }
    index.loaded(watermark);
  }

  private void checkOpen() {
    if (finished) {
      throw new IllegalStateException("load is finished");
    }
    index.checkLoading(contents);
  }

  private void writeBlock() {
    if (sorted.length < size) {
      sorted = new char[termIds.length];
    }
    int start = 0;
    for (int i = 0; i < touchedCount; i++) {
      int count = places[touched[i]];
      places[touched[i]] = start;
      start += count;
    }
    for (int i = 0; i < size; i++) {
      sorted[places[termIds[i]]++] = lows[i];
    }
    long number = Block.blockOf(current);
    int from = 0;
    for (int i = 0; i < touchedCount; i++) {
      int termId = touched[i];
      int to = places[termId];
      writeContainer(termId, number, from, to);
      places[termId] = 0;
      from = to;
    }
    size = 0;
    touchedCount = 0;
  }

  private void writeContainer(int termId, long number, int from, int to) {
    char[] values = block.valuesFor(to - from);
    int n = 0;
    for (int i = from; i < to; i++) {
      if (n == 0 || values[n - 1] != sorted[i]) {
        values[n++] = sorted[i];
      }
    }
    block.sparse(n);
    if (n > Block.ARRAY_MAX) {
      block.toDense();
    }
    long record = contents.terms().byId(termId);
    TermDirectory.widen(record, (int) number);
    contents.writer().create(ContainerReader.directoryKey(termId, number), block);
    contents.terms().addCardinality(record, n);
  }
}
