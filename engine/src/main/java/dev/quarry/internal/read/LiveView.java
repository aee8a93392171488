package dev.quarry.internal.read;

import dev.quarry.Task;
import dev.quarry.index.PostingIndex;
import dev.quarry.index.Postings;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.IndexGate;
import dev.quarry.internal.index.ReadyHead;
import dev.quarry.internal.index.TermList;
import dev.quarry.internal.index.Waits;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import java.util.List;

/** The present. What was read from it counts only if no commit began meanwhile. */
final class LiveView implements View {
  private final Storage storage;
  private final RecordReader reader;
  private final IndexGate gate;
  private final PostingIndex index;
  private final IndexCatalog catalog;
  private final TermSets sets;
  private final ReadyHead readyHead;
  private final IdLookup ids;
  private final long ordinalBound;

  LiveView(
      Storage storage,
      RecordReader reader,
      IndexGate gate,
      IndexCatalog catalog,
      ReadyHead readyHead,
      long ordinalBound) {
    this.storage = storage;
    this.reader = reader;
    this.gate = gate;
    this.index = gate.usable();
    this.catalog = catalog;
    this.sets = index == null ? null : new TermSets(index, catalog);
    this.readyHead = readyHead;
    this.ids = new IdLookup(reader, index);
    this.ordinalBound = ordinalBound;
  }

  @Override
  public IndexCatalog catalog() {
    return catalog;
  }

  @Override
  public PostingIndex estimates() {
    return index;
  }

  @Override
  public Postings set(Condition condition, Deadline deadline, boolean whole, ToldDamage told) {
    return sets == null ? null : sets.of(condition, deadline);
  }

  @Override
  public TermList terms(int number, Field<?> field) {
    return gate.terms(number, field);
  }

  @Override
  public boolean hasRows() {
    return index != null;
  }

  @Override
  public boolean row(long ordinal, int wanted, long[] columns) {
    return index.row(ordinal, wanted, columns);
  }

  @Override
  public IndexedFields fields(long ordinal) {
    return reader.fields(ordinal, null);
  }

  @Override
  public int waits(long ordinal) {
    return Waits.decode(storage.get(Family.WAITS, Keys.number(ordinal)));
  }

  @Override
  public Task task(long ordinal) {
    return reader.get(ordinal);
  }

  @Override
  public Task task(String id) {
    return ids.get(id);
  }

  @Override
  public List<Task> tasks(List<String> ids) {
    return this.ids.tasks(ids, RecordReader.Moment.NOW);
  }

  @Override
  public byte[] bytes(long ordinal) {
    return reader.bytes(ordinal, null);
  }

  @Override
  public long ordinalOf(String id) {
    return ids.ordinalOf(id);
  }

  @Override
  public StorageIterator iterate(Family family, byte[] lower, byte[] upper, boolean scan) {
    return storage.iterate(family, lower, upper, null, scan);
  }

  @Override
  public ReadyHead readyHead() {
    return readyHead;
  }

  @Override
  public long ordinalBound() {
    return ordinalBound;
  }
}
