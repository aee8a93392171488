package dev.quarry.tools.cli;

import dev.quarry.StaleClaimException;
import dev.quarry.Task;
import dev.quarry.TaskStoreException;
import dev.quarry.tools.format.Json;
import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.Output;
import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import dev.quarry.work.RetryPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;

/** What the owner of a claim does with it: the verbs below {@code claim}. */
abstract class ClaimEnd extends FormattedCommand {
  private static final String STANDARD_INPUT = "-";

  @Parameters(
      paramLabel = "ID",
      description = {
        "The task; - for those on standard input, JSON objects a line as",
        "claim --next --count N --format jsonl prints them, each in a commit of its own."
      })
  String id;

  @Option(names = "--token", paramLabel = "N", description = "The token that the claim printed.")
  Long token;

  @Mixin OwnerOption owner = new OwnerOption();

  @Mixin WaitOption wait = new WaitOption();

  @Override
  final int run(Session session) {
    boolean many = id.equals(STANDARD_INPUT);
    if (many == (token != null)) {
      throw CliException.usage(
          many
              ? "--token goes with one id: those on standard input have theirs"
              : "--token is missing; it is what the claim printed");
    }
    check();
    ClaimCommand.checkOutput(session, columns());
    if (many) {
      List<Claim> claims = read(session);
      return session.write(store -> endAll(session, store.claims(), claims), wait.patience());
    }
    Claim claim = Claim.reference(id, token, owner.required());
    return session.write(
        store -> {
          session.printRecord(end(store.claims(), claim));
          return ExitCode.OK;
        },
        wait.patience());
  }

  /** Before the store is opened: who else waits for it must not wait for this one's input. */
  private List<Claim> read(Session session) {
    List<Claim> claims = new ArrayList<>();
    long number = 0;
    for (String line = next(session, 1); line != null; line = next(session, number + 1)) {
      number++;
      if (!line.isBlank()) {
        claims.add(claim(line, number));
      }
    }
    return claims;
  }

  private static String next(Session session, long number) {
    try {
      return Lines.readLine(session.terminal().in());
    } catch (IllegalArgumentException e) {
      throw refused(number, e.getMessage());
    }
  }

  private Claim claim(String line, long number) {
    try {
      if (Json.parse(line) instanceof Map<?, ?> map
          && map.get("id") instanceof String task
          && map.get("token") != null) {
        String by = map.get("owner") instanceof String text ? text : owner.required();
        return Claim.reference(task, ClaimOperation.number(map, "token", 0), by);
      }
      throw refused(number, "an object with \"id\" and \"token\" is expected");
    } catch (JacksonException e) {
      throw refused(number, e.getOriginalMessage());
    } catch (IllegalArgumentException e) {
      throw refused(number, e.getMessage());
    }
  }

  private static CliException refused(long line, String why) {
    return new CliException(
        ExitCode.USAGE,
        "line " + line + " of standard input is no claim",
        why,
        "quarry claim --next --count N --format jsonl; nothing was done");
  }

  private int endAll(Session session, Claims claims, List<Claim> all) {
    List<List<Object>> rows = new ArrayList<>();
    int exitCode = ExitCode.OK;
    for (int i = 0; i < all.size(); i++) {
      Claim claim = all.get(i);
      try {
        rows.add(new ArrayList<>(end(claims, claim).values()));
      } catch (StaleClaimException e) {
        session.error("lost: " + claim.id() + ", token " + claim.token());
        exitCode = session.comesTo(ExitCode.CONFLICT);
      } catch (TaskStoreException e) {
        // each was a commit of its own: what is done is told, or it looks lost the next time
        String reached = claim.id() + ", claim " + (i + 1) + " of " + all.size();
        tell(session, rows, e);
        session.error("stopped at " + reached + "; the claims before it are dealt with");
        throw e;
      }
    }
    session.printRows(columns(), rows);
    return exitCode;
  }

  /** Prints what is done; what fails there hides no failure that ends the command. */
  private void tell(Session session, List<List<Object>> rows, TaskStoreException failure) {
    try {
      session.printRows(columns(), rows);
      session.out().flush();
    } catch (Output.WriteFailedException e) {
      failure.addSuppressed(e);
    }
  }

  /** Reads the options, before the store is opened. */
  void check() {}

  /** Does it, and says what it came to, by column. */
  abstract Map<String, Object> end(Claims claims, Claim claim);

  List<Column> columns() {
    return List.of(Column.text("id"), Column.number("token"), Column.text("status"));
  }

  private static Map<String, Object> record(Task task, long token) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("id", task.id());
    record.put("token", token);
    record.put("status", task.status());
    return record;
  }

  /** {@code claim renew}, also {@code renew}. */
  @Command(
      name = "renew",
      description = {
        "Let the lease of a claim end so long from now.",
        "quarry renew and quarry claim renew are the same. For example",
        "  quarry renew TASK-1 --token 1 --owner me --lease 10m",
        "  quarry renew - --lease 10m < mine",
        "Whoever has lost the claim gets exit code 7."
      })
  static final class Renew extends ClaimEnd {
    @Option(
        names = "--lease",
        paramLabel = "TIME",
        description = "How long, e.g. 30s, 10m, 2h; default 30s.")
    String lease = "30s";

    private Duration time;

    @Override
    void check() {
      time = Inputs.duration("--lease", lease);
    }

    @Override
    Map<String, Object> end(Claims claims, Claim claim) {
      return ClaimCommand.record(claims.renew(claim, time));
    }

    @Override
    List<Column> columns() {
      return ClaimCommand.COLUMNS;
    }
  }

  /** {@code claim release}, also {@code release}. */
  @Command(
      name = "release",
      description = {
        "Give a claimed task back; it is ready again.",
        "quarry release and quarry claim release are the same. For example",
        "  quarry release TASK-1 --token 1 --owner me",
        "  quarry release - < mine",
        "Whoever has lost the claim gets exit code 7."
      })
  static final class Release extends ClaimEnd {
    @Override
    Map<String, Object> end(Claims claims, Claim claim) {
      return record(claims.release(claim), claim.token());
    }
  }

  /** {@code claim complete}. */
  @Command(name = "complete", description = "Set the task to DONE.")
  static final class Complete extends ClaimEnd {
    @Override
    Map<String, Object> end(Claims claims, Claim claim) {
      return record(claims.complete(claim), claim.token());
    }
  }

  /** {@code claim fail}. */
  @Command(
      name = "fail",
      description = "Say that it failed: it is tried again after a rest, or FAILED in the end.")
  static final class Fail extends ClaimEnd {
    static final int ATTEMPTS = 3;
    static final String BACK_OFF = "10s";

    @Option(
        names = "--reason",
        paramLabel = "TEXT",
        description = "Why; kept as the attribute `failure`.")
    String reason;

    @Option(
        names = "--attempts",
        paramLabel = "N",
        description = "Tries in all before it is FAILED; default 3.")
    int attempts = ATTEMPTS;

    @Option(
        names = "--back-off",
        paramLabel = "TIME",
        description =
            "Rest after the first try, doubled with each; half of it random; default 10s.")
    String backOff = BACK_OFF;

    private RetryPolicy policy;

    @Override
    void check() {
      policy = RetryPolicy.of(attempts, Inputs.duration("--back-off", backOff));
    }

    @Override
    Map<String, Object> end(Claims claims, Claim claim) {
      return record(claims.fail(claim, reason, policy), claim.token());
    }
  }
}
