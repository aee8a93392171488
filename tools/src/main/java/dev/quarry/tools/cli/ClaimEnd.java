package dev.quarry.tools.cli;

import dev.quarry.Task;
import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import dev.quarry.work.RetryPolicy;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the owner of a claim does with it: the verbs below {@code claim}. */
abstract class ClaimEnd extends FormattedCommand {
  @Parameters(paramLabel = "ID", description = "The task.")
  String id;

  @Option(
      names = "--token",
      required = true,
      paramLabel = "N",
      description = "The token that the claim printed.")
  long token;

  @Mixin OwnerOption owner = new OwnerOption();

  @Mixin WaitOption wait = new WaitOption();

  @Override
  final int run(Session session) {
    Claim claim = Claim.reference(id, token, owner.required());
    check();
    return session.write(store -> end(session, store.claims(), claim), wait.patience());
  }

  /** Reads the options, before the store is opened. */
  void check() {}

  abstract int end(Session session, Claims claims, Claim claim);

  private static int print(Session session, Task task, long token) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("id", task.id());
    record.put("token", token);
    record.put("status", task.status());
    session.printRecord(record);
    return ExitCode.OK;
  }

  /** {@code claim renew}. */
  @Command(name = "renew", description = "Let the lease end so long from now.")
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
    int end(Session session, Claims claims, Claim claim) {
      return ClaimCommand.print(session, claims.renew(claim, time));
    }
  }

  /** {@code claim release}. */
  @Command(name = "release", description = "Give the task back; it is ready again.")
  static final class Release extends ClaimEnd {
    @Override
    int end(Session session, Claims claims, Claim claim) {
      return print(session, claims.release(claim), claim.token());
    }
  }

  /** {@code claim complete}. */
  @Command(name = "complete", description = "Set the task to DONE.")
  static final class Complete extends ClaimEnd {
    @Override
    int end(Session session, Claims claims, Claim claim) {
      return print(session, claims.complete(claim), claim.token());
    }
  }

  /** {@code claim fail}. */
  @Command(
      name = "fail",
      description = "Say that it failed: it is tried again after a rest, or FAILED in the end.")
  static final class Fail extends ClaimEnd {
    @Option(
        names = "--reason",
        paramLabel = "TEXT",
        description = "Why; kept as the attribute `failure`.")
    String reason;

    @Option(
        names = "--attempts",
        paramLabel = "N",
        description = "Tries in all before it is FAILED; default 3.")
    int attempts = 3;

    @Option(
        names = "--back-off",
        paramLabel = "TIME",
        description =
            "Rest after the first try, doubled with each; half of it random; default 10s.")
    String backOff = "10s";

    private RetryPolicy policy;

    @Override
    void check() {
      policy = RetryPolicy.of(attempts, Inputs.duration("--back-off", backOff));
    }

    @Override
    int end(Session session, Claims claims, Claim claim) {
      return print(session, claims.fail(claim, reason, policy), claim.token());
    }
  }
}
