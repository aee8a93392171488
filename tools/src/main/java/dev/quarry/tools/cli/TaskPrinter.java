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
import java.util.function.Function;

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
  int page(TaskReader store, Query query, PageOptions options) {
    PageRequest request = options.request(query);
    if (session.maxBytes() == 0 || !(store instanceof TaskStore present)) {
      return page(part -> store.page(query, part), request);
    }
    // a page that is cut short is read twice, so both times as of the same moment
    try (Snapshot view = present.snapshot()) {
      return page(part -> view.page(query, part), request);
    }
  }

  /** The same of tasks and archived ones. */
  int page(ArchivedToo tasks, PageOptions options) {
    return page(tasks::page, options.request(tasks.query()));
  }

  private int page(Function<PageRequest, Page<Task>> pages, PageRequest request) {
    Page<Task> page = pages.apply(request);
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
      next = pages.apply(new PageRequest(shown, request.after())).continuation();
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
    scan(writer, reader, query);
    return end(writer);
  }

  /** The same of tasks and archived ones. */
  int all(ArchivedToo tasks) {
    RowWriter writer = RowWriter.of(session.out(), session.settings(), columns.columns());
    scan(writer, tasks.store(), tasks.query());
    Page<Task> page = tasks.archive(null, CHUNK);
    page.items().forEach(task -> writer.row(columns.row(task)));
    while (page.hasNext()) {
      page = tasks.archive(page.continuation(), CHUNK);
      page.items().forEach(task -> writer.row(columns.row(task)));
    }
    return end(writer);
  }

  private void scan(RowWriter writer, TaskReader reader, Query query) {
    try (TaskCursor cursor = reader.scan(query, ScanOptions.chunks(CHUNK))) {
      List<Task> chunk = cursor.nextChunk();
      while (!chunk.isEmpty()) {
        for (Task task : chunk) {
          writer.row(columns.row(task));
        }
        chunk = cursor.nextChunk();
      }
    }
  }

  private static int end(RowWriter writer) {
    writer.finishRows();
    writer.end(new RowWriter.NextPage(null));
    return ExitCode.OK;
  }
}
