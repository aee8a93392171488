package dev.quarry.tools.cli;

import dev.quarry.OpenMode;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.ScanOptions;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskStore;
import dev.quarry.change.Change;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.tools.render.Column;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows the tasks that differ. */
@Command(
    description = {
      "Show the tasks that differ between two commits or times of the store, or between two stores,",
      "those with their archives. Ends with 1 where there are any."
    })
final class DiffCommand extends FormattedCommand {
  private static final int CHUNK = 1_000;
  private static final String ARCHIVE = " (archived)";

  @Parameters(index = "0", paramLabel = "A", description = "A commit's number, a time or a store.")
  String a;

  @Parameters(index = "1", paramLabel = "B", description = "Another one.")
  String b;

  private long found;

  @Override
  boolean isPaged() {
    return true;
  }

  @Override
  int run(Session session) {
    Path one = session.terminal().resolve(Path.of(a));
    Path other = session.terminal().resolve(Path.of(b));
    boolean stores = StoreFacts.isStore(one) || StoreFacts.isStore(other);
    StreamedRows writer = new StreamedRows(session, columns());
    if (stores) {
      stores(session, one, other, writer);
    } else {
      PastPoint from = PastPoint.of("A", a, session.now());
      PastPoint to = PastPoint.of("B", b, session.now());
      session.readBeside(
          store -> {
            store.diff(from.in(store), to.in(store), change -> print(session, writer, change, ""));
            return ExitCode.OK;
          });
    }
    writer.end();
    session.noteBelow(
        found == 0 ? "no differences" : found + (found == 1 ? " difference" : " differences"));
    return found == 0 ? ExitCode.OK : ExitCode.NEGATIVE;
  }

  private static List<Column> columns() {
    return List.of(Column.text("id"), Column.text("difference"), Column.text("changed"));
  }

  private void print(Session session, StreamedRows writer, Change change, String where) {
    found++;
    session.comesTo(ExitCode.NEGATIVE);
    String difference =
        switch (change.action()) {
          case CREATED -> "only in " + b + where;
          case DELETED -> "only in " + a + where;
          case UPDATED -> "differs" + where;
        };
    writer.row(Arrays.asList(change.id(), difference, ChangeRows.what(change)));
  }

  /** Both are read by id, side by side; then so are their archives. */
  private void stores(Session session, Path one, Path other, StreamedRows writer) {
    Query byId = Query.all().orderBy(TaskFields.ID.ascending());
    session.requireStore(one);
    session.requireStore(other);
    try (TaskStore left = open(session, one);
        TaskStore right = open(session, other)) {
      try (TaskCursor leftTasks = left.scan(byId, ScanOptions.chunks(CHUNK));
          TaskCursor rightTasks = right.scan(byId, ScanOptions.chunks(CHUNK))) {
        compare(
            session,
            writer,
            new Reader(leftTasks::nextChunk),
            new Reader(rightTasks::nextChunk),
            "");
      }
      compare(session, writer, new Reader(archive(left)), new Reader(archive(right)), ARCHIVE);
    }
  }

  private void compare(
      Session session, StreamedRows writer, Reader before, Reader after, String where) {
    while (before.peek() != null || after.peek() != null) {
      int order = order(before.peek(), after.peek());
      Task x = order <= 0 ? before.take() : null;
      Task y = order >= 0 ? after.take() : null;
      if (x == null || !x.equals(y)) {
        Change.Kind kind =
            x == null ? Change.Kind.CREATED : y == null ? Change.Kind.DELETED : Change.Kind.UPDATED;
        String id = (x == null ? y : x).id();
        print(session, writer, new Change(0, Instant.EPOCH, kind, "diff", null, id, x, y), where);
      }
    }
  }

  private static TaskStore open(Session session, Path directory) {
    return session.open(session.optionsFor(directory).mode(OpenMode.READ_ONLY).build());
  }

  /** The archived tasks by id, in pages; an empty one at the end. */
  private static Supplier<List<Task>> archive(TaskStore store) {
    AtomicReference<PageRequest> next = new AtomicReference<>(PageRequest.first(CHUNK));
    return () -> {
      if (next.get() == null) {
        return List.of();
      }
      Page<Task> page = store.archived(Query.all(), next.get());
      next.set(page.hasNext() ? PageRequest.after(page.continuation(), CHUNK) : null);
      return page.items();
    };
  }

  private static int order(Task x, Task y) {
    if (x == null || y == null) {
      return x == null ? 1 : -1;
    }
    return Arrays.compareUnsigned(
        x.id().getBytes(StandardCharsets.UTF_8), y.id().getBytes(StandardCharsets.UTF_8));
  }

  private static final class Reader {
    private final Supplier<List<Task>> chunks;
    private final ArrayDeque<Task> chunk = new ArrayDeque<>();

    Reader(Supplier<List<Task>> chunks) {
      this.chunks = chunks;
    }

    Task peek() {
      if (chunk.isEmpty()) {
        chunk.addAll(chunks.get());
      }
      return chunk.peek();
    }

    Task take() {
      return chunk.poll();
    }
  }
}
