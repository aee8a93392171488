package dev.quarry.internal.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** See {@link StoreEvents#commit}. */
@Name("taskstore.Commit")
@Label("Commit")
@Category("Quarry")
@Description("A batch of one or several commits, with what follows it in index and caches")
@StackTrace(false)
final class CommitEvent extends Event implements StoreEvents.Commit {
  @Label("Last sequence")
  long sequence;

  @Label("Commits")
  int commits;

  @Label("Tasks")
  int tasks;

  @DataAmount
  @Label("Batch")
  long bytes;

  @Label("Synced")
  boolean sync;

  static CommitEvent begun() {
    CommitEvent event = new CommitEvent();
    if (!event.isEnabled()) {
      return null;
    }
    event.begin();
    return event;
  }

  @Override
  public void done(
      long lastSequence, int commitCount, int taskCount, long batchBytes, boolean synced) {
    end();
    if (shouldCommit()) {
      sequence = lastSequence;
      commits = commitCount;
      tasks = taskCount;
      bytes = batchBytes;
      sync = synced;
      commit();
    }
  }
}
