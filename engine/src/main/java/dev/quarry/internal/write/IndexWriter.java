package dev.quarry.internal.write;

import dev.quarry.index.IndexBatch;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.lifecycle.Interrupts;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets the off-heap index follow commits that are written. Not thread-safe. */
final class IndexWriter {
  private static final Logger LOG = LoggerFactory.getLogger(IndexWriter.class);

  private final PostingIndex index;
  private final CommitLayout layout;
  private final CommitListeners listeners;
  private final IndexBatch batch = new IndexBatch();

  IndexWriter(PostingIndex index, CommitLayout layout, CommitListeners listeners) {
    this.index = index;
    this.layout = layout;
    this.listeners = listeners;
  }

  /** Applies commits up to a sequence. Never throws: an index that cannot follow has failed. */
  void apply(List<StagedCommit> commits, IndexCatalog catalog, long sequence) {
    if (index.isFailed()) {
      return;
    }
    try {
      batch.reset();
      Interrupts.deferred(
          () -> {
            for (StagedCommit commit : commits) {
              layout.stageTerms(batch, commit, catalog);
            }
            index.apply(batch, sequence);
          });
    } catch (RuntimeException | Error e) {
      // derived state: the commit stands, queries go by the records until the index is rebuilt;
      // an error is no different here, such as that of a full device under the mapped files
      index.fail();
      if (IndexLimits.isLimit(e)) {
        LOG.warn(IndexLimits.CANNOT_FOLLOW, e);
        listeners.tellOfIndexLimit(e);
      } else {
        LOG.warn("the off-heap index failed and is out of use until it is rebuilt", e);
      }
      listeners.tellOfBrokenIndex(e);
    }
  }
}
