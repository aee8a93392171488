package dev.quarry.internal.write;

import dev.quarry.Task;
import dev.quarry.index.IndexBatch;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.OrderedEntries;
import dev.quarry.internal.index.Terms;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.StorageBatch;
import java.util.function.Consumer;

/** What a commit writes, to the storage and to the posting index. Not thread-safe. */
final class CommitLayout {
  private final RecordCodec codec;
  private final PostingIndex index;
  private final long[] row = new long[Terms.COLUMN_WIDTHS.size()];

  CommitLayout(RecordCodec codec, PostingIndex index) {
    this.codec = codec;
    this.index = index;
  }

  /** Adds a commit to a batch; returns the head behind it. */
  StoreHead stage(StorageBatch batch, StagedCommit commit, IndexCatalog catalog, StoreHead head) {
    for (Mutation mutation : commit.mutations()) {
      stageRecord(batch, mutation, commit.sequence());
      for (IndexCatalog.Entry entry : catalog.ordered()) {
        boolean ofReady = entry.isOfReady();
        IndexedFields before = ofReady && !mutation.readyBefore() ? null : mutation.before();
        IndexedFields after = ofReady && !mutation.readyAfter() ? null : mutation.fields();
        OrderedEntries.stage(batch, entry, before, after, mutation.ordinal());
      }
    }
    IndexCatalog.Entry ofReady = catalog.ofReady();
    for (WaitChange wait : commit.waits()) {
      if (wait.crosses()) {
        IndexedFields before = wait.ready() ? null : wait.fields();
        IndexedFields after = wait.ready() ? wait.fields() : null;
        OrderedEntries.stage(batch, ofReady, before, after, wait.ordinal());
      }
    }
    commit.sides().addTo(batch, commit.sequence());
    StoreHead next = commit.headBehind(head);
    batch.put(
        Family.CHANGES,
        Keys.number(commit.sequence()),
        LogEntry.encode(commit, next.nextOrdinal()));
    batch.put(Family.META, StoreHead.KEY, next.encode());
    return next;
  }

  private void stageRecord(StorageBatch batch, Mutation mutation, long sequence) {
    long ordinal = mutation.ordinal();
    byte[] key = Keys.number(ordinal);
    Task after = mutation.after();
    byte[] record = after == null ? null : codec.encode(after, sequence);
    if (!mutation.isInsert()) {
      byte[] before = mutation.beforeRecord();
      if (before == null) {
        before = codec.encode(mutation.stored(), mutation.stored().version());
      }
      batch.put(
          Family.HISTORY,
          HistoryKeys.before(ordinal, sequence),
          History.entry(codec, before, record));
    }
    if (record == null) {
      batch.delete(Family.RECORDS, key);
      batch.delete(Family.IDS, Keys.id(mutation.id()));
      batch.put(Family.PAST, HistoryKeys.past(mutation.id(), ordinal), Keys.number(sequence));
    } else {
      batch.put(Family.RECORDS, key, record);
      if (mutation.isInsert()) {
        batch.put(Family.IDS, Keys.id(mutation.id()), key);
      }
    }
  }

  /** Feeds the keys that a commit has added to the index of ready tasks. */
  static void forEachNewlyReady(
      StagedCommit commit, IndexCatalog.Entry ofReady, Consumer<byte[]> action) {
    for (Mutation m : commit.mutations()) {
      if (m.readyAfter()) {
        action.accept(OrderedEntries.key(ofReady, m.fields(), m.ordinal()));
      }
    }
    for (WaitChange wait : commit.waits()) {
      if (wait.crosses() && wait.ready()) {
        action.accept(OrderedEntries.key(ofReady, wait.fields(), wait.ordinal()));
      }
    }
  }

  /** Adds a commit to a batch of index changes. */
  void stageTerms(IndexBatch batch, StagedCommit commit, IndexCatalog catalog) {
    for (Mutation mutation : commit.mutations()) {
      long ordinal = mutation.ordinal();
      IndexedFields after = mutation.fields();
      TermDiff.stage(batch, catalog, mutation.before(), after, ordinal);
      stageReady(batch, ordinal, mutation.readyBefore(), mutation.readyAfter());
      if (after == null) {
        batch.removeRow(ordinal);
      } else {
        Terms.row(after, index, row);
        batch.putRow(ordinal, row);
      }
    }
    for (WaitChange wait : commit.waits()) {
      if (wait.crosses()) {
        stageReady(batch, wait.ordinal(), !wait.ready(), wait.ready());
      }
    }
  }

  private static void stageReady(IndexBatch batch, long ordinal, boolean before, boolean after) {
    if (before != after) {
      if (after) {
        batch.add(Terms.READY, Terms.READY_TERM, ordinal);
      } else {
        batch.remove(Terms.READY, Terms.READY_TERM, ordinal);
      }
    }
  }
}
