package dev.quarry.internal;

import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.internal.claim.ReadyWalk;
import dev.quarry.internal.read.Reads;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.util.function.Predicate;

/** Walks along the ready tasks page by page; the first page is small, for it mostly suffices. */
final class ReadyHead implements ReadyWalk {
  private static final int FIRST = 4;
  private static final int LARGEST = 256;

  private final Reads reads;

  ReadyHead(Reads reads) {
    this.reads = reads;
  }

  @Override
  public Task first(Condition filter, Predicate<Task> wanted) {
    Query query =
        Query.where(Condition.ready().and(filter))
            .orderBy(TaskFields.PRIORITY.descending(), TaskFields.CREATED_AT.ascending());
    PageRequest request = PageRequest.first(FIRST);
    while (true) {
      PageRequest wish = request;
      Page<Task> page = reads.read(queries -> queries.page(query, wish));
      for (Task task : page.items()) {
        if (wanted.test(task)) {
          return task;
        }
      }
      if (!page.hasNext()) {
        return null;
      }
      int size = Math.min(LARGEST, wish.size() * 4);
      request = PageRequest.after(page.continuation(), size);
    }
  }
}
