package dev.quarry.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * The index in off-heap memory that Chronicle Map persists: containers, terms and rows are entries
 * of its maps, and are read and edited at their addresses. How readers stay clear of the writer is
 * told by {@link ContainerReader} and {@link RowStore}, what survives which death by {@link
 * StateFile}.
 */
final class ChroniclePostingIndex implements PostingIndex {
  /**
   * Entries that a close lists beside the files. Each takes 24 bytes of the heap and as many of
   * direct memory for it; without the list the next open gathers them from the files.
   */
  private static final long MOST_LISTED = 8_000_000;

  private final Path directory;
  private final int[] widths;
  private final int keyColumn;
  private final LongSupplier expectedOrdinals;
  private final StateFile state;
  private final OpenState openState;
  private final ContainerWriter.EditHook hook;
  private final BatchOrder order = new BatchOrder();
  private final ScratchPool scratch = new ScratchPool();

  /** Null once closed. */
  private volatile Contents contents;

  /** Earlier contents, which readers may still be in; each is unmapped by whoever takes it out. */
  private final Set<Contents> replaced = ConcurrentHashMap.newKeySet();

  private volatile long watermark;
  private volatile boolean failed;
  private volatile boolean loading;

  private ChroniclePostingIndex(PostingIndexOptions options, ContainerWriter.EditHook hook) {
    directory = options.directory();
    widths = Limits.checkWidths(options.columnWidths());
    keyColumn = Limits.checkKeyColumn(options.keyColumn(), widths);
    expectedOrdinals = options.expectedOrdinals();
    this.hook = hook;
    state =
        new StateFile(directory, StateFile.owner(options.identity(), widths), StateFile.bootId());
    openState = bringUp() ? OpenState.USABLE : OpenState.EMPTY;
  }

  static PostingIndex open(PostingIndexOptions options, ContainerWriter.EditHook hook) {
    Objects.requireNonNull(options.identity(), "identity");
    return new ChroniclePostingIndex(options, hook);
  }

  /**
   * Takes the files into use that are there, or makes new ones; whether they were there. Where the
   * device has no room even for these the index is empty and failed: a load tries again.
   */
  private boolean bringUp() {
    try {
      StateFile.Saved saved = findSaved();
      state.make();
      Contents found = saved == null ? null : reopen(saved);
      if (found == null) {
        deleteFiles();
        state.progress(0, 0);
        found =
            Contents.create(
                directory, state, widths, keyColumn, expectedOrdinals.getAsLong(), hook);
        saved = null;
      } else {
        watermark = saved.watermark();
        state.progress(watermark, found.sum());
      }
      contents = found;
      state.state(StateFile.IN_USE);
      return saved != null;
    } catch (IOException | UncheckedIOException | InternalError | OutOfMemoryError e) {
      failed = true; // told by the load, which meets the same
      contents = Contents.withoutFiles(directory, state, widths, keyColumn, 0, hook);
      return false;
    }
  }

  /** What the files hold by the state file, or null where they are not to be used. */
  private StateFile.Saved findSaved() throws IOException {
    byte[] owner = state.owner();
    StateFile.Saved saved = StateFile.read(directory, owner);
    boolean usable =
        saved != null
            && saved.isUsable(StateFile.bootId())
            && Contents.verify(directory, saved, widths);
    return usable ? saved : null;
  }

  /**
   * Null where the files are damaged in a way that reading them as bytes did not show, or hold more
   * than there is memory for.
   */
  private Contents reopen(StateFile.Saved saved) {
    try {
      return Contents.reopen(directory, state, saved, widths, keyColumn, hook);
    } catch (IOException
        | RuntimeException
        | InternalError
        | AssertionError
        | OutOfMemoryError damaged) {
      return null;
    }
  }

  private void deleteFiles() throws IOException {
    try (Stream<Path> found = Files.list(directory)) {
      for (Path path : found.toList()) {
        String name = path.getFileName().toString();
        if (StateFile.isOwnName(name) && !name.equals(StateFile.NAME)) {
          Contents.deleteQuietly(path);
        }
      }
    }
  }

  /** Files that an open could not take into use hold room that a load may need. */
  private void deleteLeft() {
    try {
      deleteFiles();
    } catch (IOException e) {
      // there is no folder, or none that can be read: nothing to give back
    }
  }

  Contents contents() {
    Contents now = contents;
    if (now == null) {
      throw new IllegalStateException("index is closed");
    }
    return now;
  }

  @Override
  public OpenState openState() {
    return openState;
  }

  @Override
  public long watermark() {
    return watermark;
  }

  @Override
  public void apply(IndexBatch batch, long newWatermark) {
    Contents now = contents();
    checkWritable();
    for (int i = 0; i < batch.rowChanges(); i++) {
      if (batch.rowStart(i) >= 0) {
        Limits.checkColumns(widths, batch.rowWidth(i));
      }
    }
    state.state(StateFile.APPLYING);
    boolean done = false;
    try {
      applyTerms(now, batch);
      for (int i = 0; i < batch.rowChanges(); i++) {
        now.rows().write(batch.rowOrdinal(i), batch.columns(), batch.rowStart(i));
      }
      watermark = newWatermark;
      state.progress(newWatermark, now.sum());
      state.state(StateFile.IN_USE);
      done = true;
    } finally {
      if (!done) {
        failed = true;
      }
    }
  }

  private void applyTerms(Contents now, IndexBatch batch) {
    TermDirectory terms = now.terms();
    order.reset(batch.termChanges());
    byte[] bytes = batch.valueBytes();
    for (int i = 0; i < batch.termChanges(); i++) {
      int field = batch.field(i);
      int start = batch.valueStart(i);
      int length = batch.valueLength(i);
      long record =
          batch.isAdd(i)
              ? terms.intern(field, bytes, start, length)
              : terms.find(field, bytes, start, length);
      if (record != 0) {
        long block = Block.blockOf(batch.ordinal(i));
        order.add(ContainerReader.directoryKey(TermDirectory.termId(record), block), i);
      }
    }
    order.sort();
    for (int from = 0; from < order.size(); ) {
      int to = order.endOfRun(from);
      long key = order.key(from);
      long record = terms.byId((int) (key >>> 32));
      TermDirectory.widen(record, (int) key);
      int change = now.writer().edit(key, batch, order.changes(), from, to);
      if (change != 0) {
        terms.addCardinality(record, change);
      }
      from = to;
    }
  }

  private void checkWritable() {
    if (failed) {
      throw new IllegalStateException("index has failed and must be rebuilt");
    }
    if (loading) {
      throw new IllegalStateException("index is being loaded");
    }
  }

  @Override
  public boolean isFailed() {
    return failed || loading;
  }

  @Override
  public void fail() {
    contents();
    state.state(StateFile.APPLYING);
    failed = true;
  }

  @Override
  public Postings term(int field, byte[] value) {
    contents();
    Limits.checkTerm(field, value);
    return new TermPostings(this, field, value.clone());
  }

  ScratchPool scratch() {
    return scratch;
  }

  @Override
  public void forEachTerm(int field, TermVisitor visitor) {
    Objects.requireNonNull(visitor, "visitor");
    TermDirectory terms = contents().terms();
    for (int id = terms.lastOfField(field); id != 0; ) {
      long record = terms.byId(id);
      long cardinality = TermDirectory.cardinality(record);
      if (cardinality > 0) {
        visitor.term(TermDirectory.value(record), cardinality);
      }
      id = TermDirectory.previous(record);
    }
  }

  @Override
  public int newestTerm(int field) {
    return contents().terms().lastOfField(field);
  }

  @Override
  public int[] terms(int field, int most) {
    return contents().terms().ofField(field, most);
  }

  @Override
  public void cardinalities(int[] termIds, long[] cardinalities) {
    contents().terms().cardinalities(termIds, cardinalities);
  }

  @Override
  public int internTerm(int field, byte[] value) {
    Limits.checkTerm(field, value);
    Contents now = contents();
    TermDirectory terms = now.terms();
    long record = terms.find(field, value, 0, value.length);
    if (record == 0) {
      if (failed) {
        throw new IllegalStateException("index has failed and must be rebuilt");
      }
      state.state(StateFile.APPLYING);
      boolean done = false;
      try {
        record = terms.intern(field, value, 0, value.length);
        if (!loading) {
          state.progress(watermark, now.sum());
          state.state(StateFile.IN_USE);
        }
        done = true;
      } finally {
        if (!done) {
          failed = true;
        }
      }
    }
    return TermDirectory.termId(record);
  }

  @Override
  public byte[] termValue(int termId) {
    long record = contents().terms().byId(termId);
    return record == 0 ? null : TermDirectory.value(record);
  }

  @Override
  public boolean row(long ordinal, int wanted, long[] columns) {
    return contents().rows().read(ordinal, wanted, columns);
  }

  @Override
  public boolean mayHaveRows(long from, long to) {
    return contents().rows().mayHave(from, to);
  }

  @Override
  public long column(long ordinal, int column, long absent) {
    return contents().rows().readColumn(ordinal, column, absent);
  }

  @Override
  public long find(long key) {
    return contents().rows().find(key);
  }

  @Override
  public Runnable discard() {
    Contents old = contents();
    state.state(StateFile.APPLYING);
    failed = true;
    loading = false;
    Contents fresh =
        Contents.withoutFiles(directory, state, widths, keyColumn, old.nextNumber(), hook);
    watermark = 0;
    state.progress(0, 0);
    replaced.add(old);
    contents = fresh;
    if (old.hasFiles()) {
      old.deleteFiles();
    } else {
      deleteLeft();
    }
    return () -> release(old);
  }

  private void release(Contents old) {
    if (replaced.remove(old)) {
      old.close();
      old.deleteFiles(); // again: some platforms refuse while they are mapped
    }
  }

  @Override
  public IndexLoader load() {
    if (contents().hasFiles()) {
      Runnable unused = discard(); // close does it
    }
    state.state(StateFile.APPLYING);
    failed = true;
    Contents fresh = contents();
    makeState();
    fresh.makeFiles(expectedOrdinals.getAsLong());
    loading = true;
    failed = false;
    return new BulkLoader(this, fresh, widths);
  }

  private void makeState() {
    try {
      Apart.call(
          () -> {
            state.make();
            return null;
          });
    } catch (IOException e) {
      throw new UncheckedIOException("index state file cannot be created", e);
    }
  }

  /** Throws where the contents are not those that are being loaded: they may not be there. */
  void checkLoading(Contents filling) {
    if (contents != filling || !loading) {
      throw new IllegalStateException("this load was ended or replaced by another");
    }
  }

  /** What the loader calls when all is written. */
  void loaded(long newWatermark) {
    loading = false;
    watermark = newWatermark;
    state.progress(newWatermark, contents().sum());
    state.state(StateFile.IN_USE);
  }

  @Override
  public Stats stats() {
    return contents().stats(watermark);
  }

  @Override
  public void close() {
    Contents last = contents;
    if (last == null) {
      return;
    }
    contents = null;
    boolean whole = !failed && !loading;
    state.state(StateFile.APPLYING);
    replaced.forEach(this::release);
    if (!whole) {
      last.close();
      return;
    }
    try {
      last.closeAndSeal(MOST_LISTED);
    } catch (IOException e) {
      throw new UncheckedIOException("index cannot be flushed", e);
    }
    state.state(StateFile.CLEAN);
    state.flush();
  }
}
