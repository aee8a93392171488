package dev.quarry.tools.cli;

import dev.quarry.LimitExceededException;
import dev.quarry.QueryTimeoutException;
import dev.quarry.StoreClosedException;
import dev.quarry.Task;
import dev.quarry.TaskNotFoundException;
import dev.quarry.TaskStore;
import dev.quarry.change.Change;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.Query;
import dev.quarry.tools.render.JsonText;
import dev.quarry.tools.render.Output;
import dev.quarry.tools.render.TaskColumns;
import dev.quarry.tools.serving.Refusal;
import dev.quarry.tools.serving.Served;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * What the dashboard shows: the answers of the commands {@code list}, {@code show}, {@code
 * history}, {@code count}, {@code ready} and {@code stats} with {@code --format json}, made by
 * these.
 */
final class ServedStore implements Served {
  /** Bytes of an answer, at most; a page ends before, and goes on behind its continuation. */
  static final long MAX_ANSWER_BYTES = 16L << 20;

  /** Bytes of an event, at most; of a larger one the reader gets id and version. */
  static final int MAX_EVENT_BYTES = 1 << 20;

  private static final int DEFAULT_LIMIT = 20;
  private static final int MAX_LIMIT = 100;
  private static final Duration AFTER_TIME_OUT = Duration.ofSeconds(5);
  private static final TaskColumns ALL = TaskColumns.all();

  private final Session session;
  private final TaskStore store;

  ServedStore(Session session, TaskStore store) {
    this.session = session;
    this.store = store;
  }

  @Override
  public TaskStore store() {
    return store;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        route("/api/tasks", (call, to) -> tasks(call, to, query(call))),
        route("/api/tasks/{id}", (call, to) -> ShowCommand.print(to, task(call))),
        route("/api/tasks/{id}/history", this::history),
        route("/api/count", this::count),
        route("/api/ready", (call, to) -> tasks(call, to, ReadyTasks.query(query(call)))),
        route("/api/stats", (call, to) -> new StatsCommand().print(to, store)));
  }

  private Route route(String path, BiConsumer<Call, Session> command) {
    return new Route(path, call -> json(call, command));
  }

  private String json(Call call, BiConsumer<Call, Session> command) {
    String fields = call.parameter("fields");
    List<String> chosen = fields == null ? List.of() : Arrays.asList(fields.split(","));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Output out = new Output(bytes)) {
      command.accept(call, session.forJson(out, chosen, MAX_ANSWER_BYTES));
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private void tasks(Call call, Session to, Query query) {
    PageOptions page = new PageOptions();
    page.limit = limit(call, Math.min(query.limit().orElse(DEFAULT_LIMIT), MAX_LIMIT), MAX_LIMIT);
    page.after = call.parameter("after");
    new TaskPrinter(to).page(store, query, page);
  }

  private Task task(Call call) {
    return ShowCommand.task(store, call.part("id"));
  }

  private void history(Call call, Session to) {
    int limit = limit(call, HistoryCommand.DEFAULT_LIMIT, MAX_LIMIT);
    HistoryCommand.print(to, store, call.part("id"), limit);
  }

  private void count(Call call, Session to) {
    String by = call.parameter("by");
    Field<?> field = by == null ? null : CountCommand.field(by);
    CountCommand.print(to, store, query(call), field);
  }

  private Query query(Call call) {
    String text = call.parameter("q");
    return text == null ? Query.all() : Query.parse(text, session.clock());
  }

  private static int limit(Call call, int usual, int most) {
    String text = call.parameter("limit");
    if (text == null) {
      return usual;
    }
    int limit = text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
    if (limit < 1 || limit > most) {
      throw CliException.usage("limit must be 1 to " + most + ", but is `" + text + "`");
    }
    return limit;
  }

  @Override
  public Condition filter(String text) {
    return TailCommand.condition(text, session.clock());
  }

  @Override
  public String event(Change change) {
    boolean partial =
        (change.before() != null && change.before().isPartial())
            || (change.after() != null && change.after().isPartial());
    String json = partial ? null : JsonText.of(event(change, true));
    return json == null || Output.utf8Length(json) > MAX_EVENT_BYTES
        ? JsonText.of(event(change, false))
        : json;
  }

  private static Map<String, Object> event(Change change, boolean whole) {
    Task there = change.after() == null ? change.before() : change.after();
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("sequence", change.sequence());
    event.put("time", change.at());
    event.put("action", change.action().name().toLowerCase(Locale.ROOT));
    event.put("cause", change.cause());
    event.put("actor", change.actor());
    event.put("id", change.id());
    event.put("version", there.version());
    if (whole) {
      event.put("changed", ChangeRows.what(change));
      event.put("task", change.after() == null ? null : ALL.record(change.after()));
    } else {
      event.put("partial", true);
    }
    return event;
  }

  @Override
  public Refusal refusal(RuntimeException failure) {
    CliException told = Failures.explain(failure);
    Duration retryAfter = null;
    int status;
    if (failure instanceof StoreClosedException) {
      status = 503;
    } else if (failure instanceof QueryTimeoutException) {
      status = 503;
      retryAfter = AFTER_TIME_OUT;
    } else if (failure instanceof LimitExceededException e && e.retryAfter().isPresent()) {
      status = 429;
      retryAfter = e.retryAfter().get();
    } else if (failure instanceof TaskNotFoundException || isNotFound(failure)) {
      status = 404;
    } else if (told.exitCode() == ExitCode.USAGE || told.exitCode() == ExitCode.LIMIT) {
      status = 400;
    } else {
      status = 500;
    }
    return new Refusal(
        status, plain(told.getMessage()), plain(told.why()), plain(told.next()), retryAfter);
  }

  private static boolean isNotFound(RuntimeException failure) {
    return failure instanceof CliException e && e.exitCode() == ExitCode.NEGATIVE;
  }

  /** Parameters have the names of the options, without the hyphens; commands keep theirs. */
  private static String plain(String text) {
    if (text == null) {
      return null;
    }
    int command = text.indexOf("quarry ");
    int end = command < 0 ? text.length() : command;
    return text.substring(0, end).replaceAll("(?<![-\\w])--(?=\\w)", "") + text.substring(end);
  }
}
