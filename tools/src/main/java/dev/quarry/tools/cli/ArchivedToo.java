package dev.quarry.tools.cli;

import dev.quarry.Continuation;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.StopReason;
import dev.quarry.Task;
import dev.quarry.TaskReader;
import dev.quarry.TaskStore;
import dev.quarry.query.Query;
import java.util.ArrayList;
import java.util.List;

/**
 * The tasks of a query, and behind them those of the archive that satisfy it, by id. The two are
 * read one after the other: a task that moves in between may come twice, or not.
 */
final class ArchivedToo {
  /** Before the tokens of the archive; those of the store have no colon. */
  private static final String MARK = "archive:";

  private final TaskStore store;
  private final Query query;
  private long archived;

  private ArchivedToo(TaskStore store, Query query) {
    this.store = store;
    this.query = query;
  }

  /** Those of a query, which has neither order nor limit, since the archive has one order only. */
  static ArchivedToo of(TaskReader reader, Query query) {
    if (!query.order().isEmpty() || query.limit().isPresent()) {
      throw CliException.usage(
          "with --include-archived a query takes no order and no limit: archived tasks come by id"
              + " behind the others");
    }
    return new ArchivedToo(present(reader), query);
  }

  /** The store, which alone has an archive: what it was earlier has none. */
  static TaskStore present(TaskReader reader) {
    if (reader instanceof TaskStore store) {
      return store;
    }
    throw CliException.usage("--include-archived reads the store as it is now, not with --at");
  }

  TaskStore store() {
    return store;
  }

  Query query() {
    return query;
  }

  /** How many of the tasks that were given out are archived. */
  long archived() {
    return archived;
  }

  /** A page of all of them. */
  Page<Task> page(PageRequest request) {
    String after = request.after() == null ? "" : request.after().token();
    if (after.startsWith(MARK)) {
      return behind(List.of(), request.size(), after.substring(MARK.length()));
    }
    Page<Task> page = store.page(query, request);
    return page.hasNext() ? page : behind(page.items(), request.size(), "");
  }

  /** A page of the archived ones alone; {@code after} is null for the first. */
  Page<Task> archive(Continuation after, int size) {
    Page<Task> page = store.archived(query, new PageRequest(size, after));
    archived += page.items().size();
    return page;
  }

  private Page<Task> behind(List<Task> before, int size, String after) {
    int room = size - before.size();
    if (room == 0) {
      return store.archived(query, PageRequest.first(1)).items().isEmpty()
          ? new Page<>(before, Continuation.END, StopReason.EXHAUSTED)
          : new Page<>(before, new Continuation(MARK), StopReason.LIMIT_REACHED);
    }
    Page<Task> page = archive(after.isEmpty() ? null : new Continuation(after), room);
    List<Task> tasks = new ArrayList<>(before);
    tasks.addAll(page.items());
    Continuation next =
        page.hasNext() ? new Continuation(MARK + page.continuation().token()) : Continuation.END;
    return new Page<>(tasks, next, page.stopReason());
  }
}
