package dev.quarry.tools.cli;

import dev.quarry.ConflictException;
import dev.quarry.CorruptionException;
import dev.quarry.DependencyCycleException;
import dev.quarry.DuplicateTaskException;
import dev.quarry.FormatVersionException;
import dev.quarry.InvalidContinuationException;
import dev.quarry.LimitExceededException;
import dev.quarry.QueryTimeoutException;
import dev.quarry.SequenceNotRetainedException;
import dev.quarry.StaleClaimException;
import dev.quarry.StorageException;
import dev.quarry.StoreFailedException;
import dev.quarry.StoreLockedException;
import dev.quarry.TaskNotFoundException;
import dev.quarry.TaskStoreException;
import dev.quarry.query.QuerySyntaxException;
import dev.quarry.tools.render.Output;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The one place that turns exceptions into exit codes and into what, why and next. */
final class Failures {
  private static final String IO_FAILED = "input or output failed";

  /** Variables of those limits of which less at a time is no way out. */
  private static final List<String> OWN_REMEDY = List.of("needed", "directory");

  private Failures() {}

  /** What the user is told of an exception. */
  static CliException explain(Throwable failure) {
    if (failure instanceof CliException told) {
      return told;
    }
    if (failure instanceof TaskStoreException e) {
      return ofStore(e);
    }
    if (failure instanceof UncheckedIOException e) {
      String message = e.getMessage();
      boolean isOwn = message != null && !message.equals(String.valueOf(e.getCause()));
      return ofIo(e.getCause(), isOwn ? message : IO_FAILED);
    }
    if (failure instanceof IOException e) {
      return ofIo(e, IO_FAILED);
    }
    if (failure instanceof IllegalArgumentException e && e.getMessage() != null) {
      return CliException.usage(e.getMessage());
    }
    if (failure instanceof OutOfMemoryError) {
      return new CliException(
          ExitCode.LIMIT,
          "out of memory",
          failure.getMessage(),
          "a smaller --limit, or more heap: JAVA_TOOL_OPTIONS=-Xmx4g");
    }
    return new CliException(
        ExitCode.NEGATIVE,
        "internal error",
        failure.toString(),
        "run again with QUARRY_DEBUG=1 and report the stack trace");
  }

  /**
   * A command that writes ends before its work is done, for nobody takes what it says.
   *
   * @param reached how far it came
   */
  static CliException unread(Output.WriteFailedException e, String reached, String next) {
    CliException told = explain(e);
    return new CliException(
        told.exitCode(),
        "standard output takes no more: " + reached,
        e.getCause().getMessage(),
        next);
  }

  private static CliException ofStore(TaskStoreException e) {
    String why = context(e);
    if (e instanceof QuerySyntaxException syntax) {
      return CliException.usage(columnFirst(syntax));
    }
    if (e instanceof StoreLockedException) {
      return new CliException(
          ExitCode.LOCKED,
          "the store is locked" + holder(e),
          "one process at a time can write",
          "wait for that process or stop it; reading commands work beside it");
    }
    if (e instanceof FormatVersionException) {
      return new CliException(
          ExitCode.NEWER_FORMAT,
          e.summary(),
          why,
          "use a release of quarry that reads this format");
    }
    if (e instanceof CorruptionException) {
      return new CliException(
          ExitCode.CORRUPTION,
          e.summary(),
          why,
          "keep a copy; see what can be read: quarry inspect, quarry verify --deep");
    }
    if (e instanceof ConflictException) {
      return new CliException(
          ExitCode.CONFLICT, e.summary(), why, "read the task again (quarry show), then retry");
    }
    if (e instanceof StaleClaimException) {
      return new CliException(
          ExitCode.CONFLICT, e.summary(), why, "quarry claim list shows who has what");
    }
    if (e instanceof DependencyCycleException) {
      return new CliException(
          ExitCode.CONFLICT,
          e.summary(),
          why,
          "quarry dep tree shows what a task waits for; quarry dep rm takes an edge out");
    }
    if (e instanceof DuplicateTaskException) {
      return new CliException(
          ExitCode.CONFLICT, e.summary(), why, "another --id, or quarry set to change the task");
    }
    if (e instanceof TaskNotFoundException) {
      return new CliException(ExitCode.NEGATIVE, e.summary(), why, "quarry list");
    }
    if (e instanceof InvalidContinuationException) {
      return new CliException(
          ExitCode.USAGE, e.summary(), why, "start again without --after, with the same query");
    }
    if (e instanceof QueryTimeoutException) {
      return new CliException(
          ExitCode.TIME_OUT,
          e.summary(),
          why,
          "a narrower question, an index (quarry index create), or more time"
              + " (query.timeout_seconds, see quarry config show)");
    }
    if (e instanceof SequenceNotRetainedException) {
      return ofPast(e, why);
    }
    if (e instanceof LimitExceededException) {
      // of the process, or of the store's index: the text says what helps
      boolean saysNext = OWN_REMEDY.stream().anyMatch(e.context()::containsKey);
      return new CliException(
          ExitCode.LIMIT, e.summary(), why, saysNext ? null : "ask for less at a time");
    }
    return ofStorage(e, why);
  }

  /** A point of the past that is out of reach: what was asked for, and what could be. */
  private static CliException ofPast(TaskStoreException e, String why) {
    Map<String, Object> context = e.context();
    Object time = context.get("time");
    Object asked = context.get("asked");
    Object oldest = context.get("oldestRetained");
    Object last = context.get("last");
    if ((time == null && asked == null) || oldest == null || last == null) {
      return new CliException(ExitCode.NEGATIVE, e.summary(), why, null);
    }
    String begin = time == null ? "" : " of " + context.get("oldestTime");
    return new CliException(
        ExitCode.NEGATIVE,
        time == null ? "commit " + asked + " is out of reach" : "no commit at or before " + time,
        "the change log reaches from commit " + oldest + begin + " to commit " + last,
        "a number from "
            + oldest
            + " to "
            + last
            + " or a time in between (quarry tail lists them); change_log_commits sets how many"
            + " are kept");
  }

  private static CliException ofStorage(TaskStoreException e, String why) {
    if (hasNoSpace(e)) {
      return new CliException(
          ExitCode.LIMIT, e.summary(), why, "free space on the device, then retry");
    }
    if ("TimedOut".equals(String.valueOf(e.context().get("code")))) {
      return new CliException(ExitCode.TIME_OUT, e.summary(), why, "retry");
    }
    if (e instanceof StoreFailedException) {
      return new CliException(
          ExitCode.NEGATIVE, e.summary(), why, "remove the cause and open the store again");
    }
    if (e instanceof StorageException) {
      return new CliException(
          ExitCode.NEGATIVE, e.summary(), why, "quarry verify; check the device and permissions");
    }
    return new CliException(ExitCode.NEGATIVE, e.summary(), why, null);
  }

  private static CliException ofIo(IOException e, String what) {
    if (hasNoSpace(e)) {
      return new CliException(
          ExitCode.LIMIT, "no space left", e.getMessage(), "free space on the device, then retry");
    }
    if (e instanceof NoSuchFileException) {
      return CliException.usage("no such file: " + e.getMessage());
    }
    if (e instanceof AccessDeniedException) {
      return new CliException(
          ExitCode.NEGATIVE, "access denied", e.getMessage(), "check the permissions");
    }
    return new CliException(ExitCode.NEGATIVE, what, e.toString(), "check the file and retry");
  }

  private static boolean hasNoSpace(Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      String text = String.valueOf(t.getMessage()).toLowerCase(Locale.ROOT);
      if (text.contains("no space") || text.contains("nospace")) {
        return true;
      }
    }
    return false;
  }

  /** Who holds the store, as far as the exception says, in words that follow a noun. */
  static String holder(TaskStoreException e) {
    Map<String, Object> context = e.context();
    StringBuilder text = new StringBuilder();
    Object pid = context.get("pid");
    if (pid != null) {
      text.append(" by pid ").append(pid);
      if (context.get("host") != null) {
        text.append(" on ").append(context.get("host"));
      }
      if (context.get("since") != null) {
        text.append(" since ").append(context.get("since"));
      }
    }
    return text.toString();
  }

  private static String context(TaskStoreException e) {
    String text =
        e.context().entrySet().stream()
            .map(entry -> entry.getKey() + " " + entry.getValue())
            .collect(Collectors.joining(", "));
    Throwable cause = e.getCause();
    if (cause != null && !text.contains(String.valueOf(cause.getMessage()))) {
      text += (text.isEmpty() ? "" : "; ") + cause.getMessage();
    }
    return text.isEmpty() ? null : text;
  }

  /** The message with the column behind what is wrong and before the advice. */
  private static String columnFirst(QuerySyntaxException e) {
    String message = e.getMessage();
    String column = " at column " + e.column();
    int advice = message.indexOf("; ");
    boolean isBehindAdvice = advice >= 0 && message.indexOf(column) > advice;
    if (!isBehindAdvice || !message.endsWith(column)) {
      return message;
    }
    return message.substring(0, advice)
        + column
        + message.substring(advice, message.length() - column.length());
  }
}
