package dev.quarry.tools.cli;

import dev.quarry.Continuation;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.Output;
import dev.quarry.tools.render.OutputFormat;
import dev.quarry.tools.render.RowWriter;
import dev.quarry.work.Claim;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Claims a task, for workers that are processes. */
@Command(
    subcommands = {
      ClaimEnd.Renew.class,
      ClaimEnd.Release.class,
      ClaimEnd.Complete.class,
      ClaimEnd.Fail.class,
      ClaimCommand.Show.class
    },
    description = {
      "Claim a task for a limited time, the lease; it becomes IN_PROGRESS. For example",
      "  quarry claim --next --owner me --lease 30s --format json",
      "  quarry claim complete TASK-1 --token 1 --owner me",
      "For scripts, many at once: one start of the program and one commit for all that it claims",
      "  quarry claim --next --count 100 --owner me --format jsonl > mine",
      "  quarry claim complete - < mine",
      "The token that it prints names the claim from then on. Whoever lets the lease run out",
      "loses the claim: exit code 7. Where nothing can be claimed the exit code is 1."
    })
final class ClaimCommand extends FormattedCommand {
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final int PAGE = 10_000;
  private static final int MOST = 10_000;

  /** What to do where tokens were not told. */
  static final String UNTOLD =
      "quarry claim list tells them; quarry claim release gives a task back";

  /** Of the claims that are printed as rows. */
  static final List<Column> COLUMNS =
      List.of(
          Column.text("id"),
          Column.number("token"),
          Column.text("owner"),
          Column.text("until"),
          Column.number("attempt"),
          Column.text("priority"),
          Column.text("due_at"),
          Column.text("title"));

  @Parameters(arity = "0..1", paramLabel = "ID", description = "The task.")
  String id;

  @Option(names = "--next", description = "The ready task of highest priority, then the oldest.")
  boolean next;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "With --next, up to N tasks in one step, one row for each.")
  Integer count;

  @Option(names = "--filter", paramLabel = "QUERY", description = "Which tasks --next may take.")
  String filter;

  @Mixin OwnerOption owner = new OwnerOption();

  @Option(
      names = "--lease",
      paramLabel = "TIME",
      description = "How long, e.g. 30s, 10m, 2h; default 30s.")
  String lease;

  @Mixin WaitOption wait = new WaitOption();

  @Override
  int run(Session session) {
    if ((id == null) != next) {
      throw CliException.usage("claim takes either the id of a task or --next");
    }
    if (filter != null && !next) {
      throw CliException.usage("--filter goes with --next");
    }
    if (count != null && !next) {
      throw CliException.usage("--count goes with --next");
    }
    if (count != null && (count < 1 || count > MOST)) {
      throw CliException.usage("--count must be 1 to " + MOST + ", but is " + count);
    }
    String name = owner.required();
    Duration time = lease == null ? LEASE : Inputs.duration("--lease", lease);
    Condition condition =
        filter == null ? Query.all().condition() : filterOf(filter, session.clock());
    checkOutput(session, COLUMNS);
    return session.write(
        store -> {
          try {
            int code =
                next
                    ? claimNext(session, store, condition, name, time)
                    : claimOne(session, store, name, time);
            session.out().flush();
            return code;
          } catch (Output.WriteFailedException e) {
            throw Failures.unread(
                e,
                "tasks are claimed for " + name + ", and not all of their tokens were told",
                UNTOLD);
          }
        },
        wait.patience());
  }

  /** Nothing is done whose outcome would not be printed: a worker needs the token. */
  static void checkOutput(Session session, List<Column> columns) {
    if (session.maxBytes() > 0) {
      throw CliException.usage(
          "--max-bytes does not go with claims, whose tokens are needed; --count says how many to"
              + " take");
    }
    session.checkFields(columns);
  }

  static Condition filterOf(String text, InstantSource clock) {
    Query query = Query.parse(text, clock);
    if (!query.order().isEmpty() || query.limit().isPresent()) {
      throw CliException.usage("--filter takes a condition only, without an order or a limit");
    }
    return query.condition();
  }

  private int claimNext(
      Session session, TaskStore store, Condition condition, String owner, Duration lease) {
    List<Claim> claims = store.claims().next(condition, owner, lease, count == null ? 1 : count);
    if (!claims.isEmpty()) {
      if (count == null) {
        return print(session, claims.get(0));
      }
      session.printRows(
          COLUMNS, claims.stream().map(c -> new ArrayList<>(record(c).values())).toList());
      return ExitCode.OK;
    }
    long blocked = ReadyTasks.count(store, condition).blocked();
    session.noteBelow("nothing ready (" + blocked + " blocked, " + claimed(store) + " claimed)");
    return ExitCode.NEGATIVE;
  }

  private static long claimed(TaskStore store) {
    long claimed = 0;
    Page<Claim> page = store.claims().list(PageRequest.first(PAGE));
    while (page.hasNext()) {
      claimed += page.items().size();
      page = store.claims().list(PageRequest.after(page.continuation(), PAGE));
    }
    return claimed + page.items().size();
  }

  private int claimOne(Session session, TaskStore store, String owner, Duration lease) {
    Optional<Claim> claim = store.claims().tryClaim(id, owner, lease);
    if (claim.isPresent()) {
      return print(session, claim.get());
    }
    Optional<Claim> other = store.claims().claimOf(id);
    if (other.isPresent()) {
      throw new CliException(
          ExitCode.CONFLICT,
          "task `" + id + "` is claimed by " + other.get().owner(),
          "the lease ends at " + other.get().until(),
          "wait, or take another: quarry claim --next");
    }
    Status status = store.statusOf(id).orElseThrow(() -> CliException.notFound(id));
    throw new CliException(
        ExitCode.NEGATIVE,
        "task `" + id + "` is not ready",
        status == Status.TODO
            ? "it waits for another task, or rests after a failure"
            : "its status is " + status,
        "quarry show " + id + ", quarry ready");
  }

  private static int print(Session session, Claim claim) {
    session.printRecord(record(claim));
    return ExitCode.OK;
  }

  /** What is printed of a claim, by column. */
  static Map<String, Object> record(Claim claim) {
    Task task = claim.task();
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("id", claim.id());
    record.put("token", claim.token());
    record.put("owner", claim.owner());
    record.put("until", claim.until());
    record.put("attempt", claim.attempt());
    record.put("priority", task.priority());
    record.put("due_at", task.dueAt());
    record.put("title", task.title());
    return record;
  }

  /** {@code claim list}. */
  @Command(name = "list", description = "List the claims whose lease goes on.")
  static final class Show extends FormattedCommand {
    private static final int DEFAULT_SIZE = 100;

    private static final List<Column> COLUMNS =
        List.of(
            Column.text("id"),
            Column.number("token"),
            Column.text("owner"),
            Column.text("until"),
            Column.number("attempt"));

    @Option(
        names = {"-n", "--limit"},
        paramLabel = "N",
        description = "At most N claims; default 100.")
    int limit = DEFAULT_SIZE;

    @Option(
        names = "--after",
        paramLabel = "TOKEN",
        description = "Go on behind the page that printed this token.")
    String after;

    @Override
    int run(Session session) {
      Continuation from = after == null || after.isEmpty() ? null : new Continuation(after);
      PageRequest request = new PageRequest(limit, from);
      return session.readBeside(store -> list(session, store, request));
    }

    private static int list(Session session, TaskStore store, PageRequest request) {
      List<Integer> chosen = session.chosen(COLUMNS);
      RowWriter writer =
          RowWriter.of(
              session.out(), session.settings(), chosen.stream().map(COLUMNS::get).toList());
      // where a page may be cut short, each row comes with the place behind it
      int part = session.maxBytes() == 0 ? request.size() : 1;
      List<Continuation> behind = new ArrayList<>();
      Continuation next = request.after();
      int rows = 0;
      boolean goesOn = true;
      while (goesOn) {
        Page<Claim> page = store.claims().list(new PageRequest(part, next));
        next = page.continuation();
        behind.add(next);
        goesOn = page.hasNext() && behind.size() * part < request.size();
        for (Claim claim : page.items()) {
          List<Object> row = row(claim);
          goesOn &= writer.row(chosen.stream().map(row::get).toList());
          rows++;
        }
      }
      int shown = (int) writer.finishRows();
      if (shown < rows) {
        if (shown == 0) {
          throw session.overBudget();
        }
        next = behind.get(shown - 1);
      }
      writer.end(new RowWriter.NextPage(next.isEnd() ? null : next.token()));
      if (!next.isEnd() && session.format() != OutputFormat.JSON) {
        session.noteBelow("more: --after " + next.token());
      }
      return ExitCode.OK;
    }

    private static List<Object> row(Claim claim) {
      return List.of(claim.id(), claim.token(), claim.owner(), claim.until(), claim.attempt());
    }
  }
}
