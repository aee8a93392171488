package dev.quarry.tools.cli;

import dev.quarry.Continuation;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.ScanOptions;
import dev.quarry.Snapshot;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskReader;
import dev.quarry.TaskStore;
import dev.quarry.query.Query;
import dev.quarry.tools.render.OutputFormat;
import dev.quarry.tools.render.RowWriter;
import dev.quarry.tools.render.TaskColumns;
import java.util.List;

/** Prints the tasks that a query finds. */
final class TaskPrinter {
  private static final int CHUNK = 1_000;

  private final Session session;
  private final TaskColumns columns;
  private final boolean saysNone;

  TaskPrinter(Session session) {
    this(session, session.taskColumns(), true);
  }

  /** Prints these columns; {@code saysNone} where a table without rows shall be remarked on. */
  TaskPrinter(Session session, TaskColumns columns, boolean saysNone) {
    this.session = session;
    this.columns = columns;
    this.saysNone = saysNone;
  }

  /** Prints one page and says where the next one begins. */
  int page(TaskStore store, Query query, PageOptions options) {
    int size = options.size(query);
    Continuation after =
        options.after == null || options.after.isEmpty() ? null : new Continuation(options.after);
    if (session.maxBytes() == 0) {
      return page(store, query, new PageRequest(size, after));
    }
    // a page that is cut short is read twice, so both times as of the same moment
    try (Snapshot view = store.snapshot()) {
      return page(view, query, new PageRequest(size, after));
    }
  }

  private int page(TaskReader reader, Query query, PageRequest request) {
    Page<Task> page = reader.page(query, request);
    RowWriter writer = RowWriter.of(session.out(), session.settings(), columns.columns());
    List<Task> tasks = page.items();
    for (Task task : tasks) {
      if (!writer.row(columns.row(task))) {
        break;
      }
    }
    int shown = (int) writer.finishRows();
    Continuation next = page.continuation();
    if (shown < tasks.size()) {
      if (shown == 0) {
        throw session.overBudget();
      }
      next = reader.page(query, new PageRequest(shown, request.after())).continuation();
    }
    writer.end(new RowWriter.NextPage(next.isEnd() ? null : next.token()));
    sayMore(shown, next);
    return ExitCode.OK;
  }

  private void sayMore(int shown, Continuation next) {
    boolean table = session.format() == OutputFormat.TABLE;
    if (table && shown == 0 && saysNone) {
      session.noteBelow("no tasks");
    }
    if (!next.isEnd() && session.format() != OutputFormat.JSON) {
      session.noteBelow("more: --after " + next.token());
    }
  }

  /** Prints every task of the query, in bounded memory. */
  int all(TaskReader reader, Query query) {
    RowWriter writer = RowWriter.of(session.out(), session.settings(), columns.columns());
    try (TaskCursor cursor = reader.scan(query, ScanOptions.chunks(CHUNK))) {
      List<Task> chunk = cursor.nextChunk();
      while (!chunk.isEmpty()) {
        for (Task task : chunk) {
          writer.row(columns.row(task));
        }
        chunk = cursor.nextChunk();
      }
    }
    writer.finishRows();
    writer.end(new RowWriter.NextPage(null));
    return ExitCode.OK;
  }
}
