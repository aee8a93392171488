package dev.quarry.tools.cli;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreException;
import dev.quarry.WriteBatch;
import dev.quarry.tools.format.Json;
import dev.quarry.tools.format.JsonNumber;
import dev.quarry.tools.format.TaskJson;
import dev.quarry.tools.render.Output;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;

/** Makes the operations that come in as JSON lines. */
@Command(
    description = {
      "Make operations from standard input, one JSON object a line, in one commit or none:",
      "  {\"op\":\"insert\",\"task\":{…}}  {\"op\":\"put\",\"task\":{…}}  as export writes them",
      "  {\"op\":\"set\",\"id\":\"A\",\"set\":[\"priority=high\",\"tags+=x\"]}",
      "  {\"op\":\"status\",\"id\":\"A\",\"status\":\"done\"}  {\"op\":\"delete\",\"id\":\"A\"}",
      "Prints one JSON object for each line: line, op, id and sequence, or error.",
      "With --chunk 1 also claims, for a worker that keeps one process:",
      "  {\"op\":\"claim\",\"owner\":\"me\",\"lease\":\"30s\",\"count\":10,\"filter\":\"tag = docs\"}",
      "  {\"op\":\"complete\",\"id\":\"A\",\"token\":1,\"owner\":\"me\"}, also release, and fail with",
      "  \"reason\", \"attempts\", \"back_off\", and renew with \"lease\".",
      "Each line is answered before the next is read. The store is held from begin to end."
    })
final class BatchCommand extends BaseCommand {
  @Option(
      names = "--chunk",
      paramLabel = "N",
      description = "Commit every N operations; a chunk that fails is told, the others are made.")
  Integer chunk;

  @Mixin WaitOption wait = new WaitOption();

  /** Why the chunk that is answered was not made, or null. */
  private String refusal;

  private static final String NEXT =
      "nothing was written; mend the line, or use --chunk to make the others";

  /**
   * Staged into a batch, or where {@code own} is not null a commit of its own.
   *
   * @param waits whether it may let the task wait for others
   */
  private record Operation(
      long line,
      String op,
      String id,
      boolean waits,
      Consumer<WriteBatch> stage,
      ClaimOperation own) {}

  /** A line makes of the stored task one that cannot be. */
  private static final class ChangeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long line;

    ChangeException(long line, IllegalArgumentException cause) {
      super(cause.getMessage(), cause);
      this.line = line;
    }
  }

  @Override
  int run(Session session) {
    if (chunk != null && chunk < 1) {
      throw CliException.usage("--chunk must be at least 1, but is " + chunk);
    }
    session.refuseShortening("batch, which answers each line");
    return session.write(store -> make(session, store), wait.patience());
  }

  private int make(Session session, TaskStore store) {
    List<Operation> waiting = new ArrayList<>();
    boolean failed = false;
    long number = 0;
    for (String line = next(session, 1); line != null; line = next(session, number + 1)) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      Operation operation = operation(line, number, session.now());
      if (operation.own() != null && (chunk == null || chunk != 1)) {
        throw refused(
            number, "`" + operation.op() + "` is a commit of its own: it takes --chunk 1");
      }
      waiting.add(operation);
      if (chunk != null && waiting.size() == chunk) {
        failed |= !answered(session, store, waiting);
        waiting.clear();
      }
    }
    if (!waiting.isEmpty()) {
      failed |= !answeredLast(session, store, waiting, failed);
    }
    return failed ? ExitCode.NEGATIVE : ExitCode.OK;
  }

  /** Commits and answers a chunk behind which there may be more input. */
  private boolean answered(Session session, TaskStore store, List<Operation> operations) {
    refusal = null;
    try {
      boolean made = commit(session, store, operations);
      session.out().flush(); // who feeds this line by line may wait for the answer
      return made;
    } catch (Output.WriteFailedException e) {
      String reached = reached(operations);
      if (refusal != null) {
        throw Failures.unread(
            e,
            reached + refused(operations),
            "mend that, and send it and the lines behind it again");
      }
      String behind = "send the lines behind it again";
      if (operations.get(0).op().equals(ClaimOperation.CLAIM)) {
        throw Failures.unread(
            e,
            reached + "; tasks may be claimed by it, and not all of their tokens were told",
            ClaimCommand.UNTOLD + "; " + behind);
      }
      throw Failures.unread(e, reached, behind);
    }
  }

  /**
   * Commits and answers what the input ended with.
   *
   * @param failed whether a chunk before it was refused
   */
  private boolean answeredLast(
      Session session, TaskStore store, List<Operation> operations, boolean failed) {
    refusal = null;
    try {
      boolean made = commit(session, store, operations);
      session.out().flush();
      return made;
    } catch (Output.WriteFailedException e) {
      if (refusal != null) {
        throw Failures.unread(
            e,
            reached(operations) + ", its last" + refused(operations),
            "mend that, and send it again");
      }
      if (failed) {
        throw Failures.unread(
            e,
            reached(operations) + ", its last",
            "mend what was answered with an error, and send it again");
      }
      throw e; // all is made, so nothing is lost to whom closed it
    }
  }

  private static String reached(List<Operation> operations) {
    return "the input was read up to line " + operations.get(operations.size() - 1).line();
  }

  private String refused(List<Operation> operations) {
    long first = operations.get(0).line();
    long last = operations.get(operations.size() - 1).line();
    return "; of that, "
        + (first == last ? "line " + last : "lines " + first + " to " + last)
        + " made nothing: "
        + refusal;
  }

  private static String next(Session session, long number) {
    try {
      return Lines.readLine(session.terminal().in(), Json.MAX_RECORD_CHARS);
    } catch (IllegalArgumentException e) {
      throw refused(number, e.getMessage());
    }
  }

  private static Operation operation(String text, long line, Instant now) {
    try {
      if (!(Json.parse(text) instanceof Map<?, ?> map)) {
        throw new IllegalArgumentException("a JSON object is expected");
      }
      String op = string(map, "op");
      if (op.equals("insert") || op.equals("put")) {
        if (!(map.get("task") instanceof Map<?, ?> fields)) {
          throw new IllegalArgumentException("\"task\" must be an object");
        }
        string(fields, "id");
        string(fields, "title");
        Task task = TaskJson.fromTree(fields);
        Consumer<WriteBatch> stage =
            op.equals("put") ? batch -> batch.put(task) : batch -> batch.insert(task);
        return new Operation(line, op, task.id(), !task.dependencies().isEmpty(), stage, null);
      }
      if (ClaimOperation.OPS.contains(op)) {
        ClaimOperation own = ClaimOperation.parse(op, map, now);
        return new Operation(line, op, own.id(), false, null, own);
      }
      return change(line, op, string(map, "id"), map, now);
    } catch (JacksonException e) {
      throw refused(line, e.getOriginalMessage());
    } catch (CliException | IllegalArgumentException e) {
      throw refused(line, e.getMessage());
    }
  }

  private static Operation change(long line, String op, String id, Map<?, ?> map, Instant now) {
    switch (op) {
      case "set" -> {
        if (!(map.get("set") instanceof List<?> texts) || texts.isEmpty()) {
          throw new IllegalArgumentException("\"set\" must be a list of FIELD=VALUE");
        }
        List<Assignment> changes =
            texts.stream().map(t -> Assignment.parse(String.valueOf(t), now)).toList();
        boolean waits = changes.stream().anyMatch(Assignment::addsDependencies);
        return new Operation(
            line,
            op,
            id,
            waits,
            batch -> batch.update(id, task -> changed(line, task, changes)),
            null);
      }
      case "status" -> {
        Status status = Inputs.status(string(map, "status"));
        return new Operation(
            line, op, id, false, batch -> batch.update(id, task -> task.withStatus(status)), null);
      }
      case "delete" -> {
        return new Operation(line, op, id, false, batch -> batch.delete(id), null);
      }
      default ->
          throw new IllegalArgumentException(
              "unknown op `"
                  + op
                  + "`; it is one of insert, put, set, status, delete, "
                  + String.join(", ", ClaimOperation.OPS));
    }
  }

  private static Task changed(long line, Task task, List<Assignment> changes) {
    try {
      return SetCommand.apply(task, changes);
    } catch (IllegalArgumentException e) {
      throw new ChangeException(line, e);
    }
  }

  static String string(Map<?, ?> map, String name) {
    if (map.get(name) instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("\"" + name + "\" must be a text");
  }

  private static CliException refused(long line, String why) {
    return new CliException(
        ExitCode.USAGE,
        "line " + line + " of standard input is no operation",
        why,
        "quarry batch --help; nothing of its chunk was written");
  }

  /** Commits the operations and prints a result for each; false where that failed. */
  private boolean commit(Session session, TaskStore store, List<Operation> operations) {
    if (operations.get(0).own() != null) {
      return commit(session, store, operations.get(0));
    }
    try (WriteBatch batch = store.newBatch()) {
      operations.forEach(operation -> operation.stage().accept(batch));
      long sequence = batch.commit();
      operations.forEach(operation -> print(session, operation, "sequence", number(sequence)));
      return true;
    } catch (TaskStoreException e) {
      String line = "line " + lineOf(e, operations) + ": ";
      String why = String.valueOf(e.context());
      failed(
          session,
          operations,
          line + e.getMessage(),
          new CliException(Failures.explain(e).exitCode(), line + e.summary(), why, NEXT));
      return false;
    } catch (ChangeException e) {
      String what = "line " + e.line + ": " + e.getMessage();
      failed(session, operations, what, new CliException(ExitCode.USAGE, what, null, NEXT));
      return false;
    }
  }

  /** Tells each operation of a chunk; without chunks, the command ends. */
  private void failed(Session session, List<Operation> operations, String error, CliException end) {
    if (chunk == null) {
      throw end;
    }
    refusal = error;
    operations.forEach(operation -> print(session, operation, "error", error));
  }

  private boolean commit(Session session, TaskStore store, Operation operation) {
    try {
      Map<String, Object> told = operation.own().make(store.claims());
      told.forEach((key, value) -> print(session, operation, key, value));
      return true;
    } catch (TaskStoreException | IllegalArgumentException e) {
      refusal = "line " + operation.line() + ": " + e.getMessage();
      print(session, operation, "error", refusal);
      return false;
    }
  }

  /**
   * The last line about the id that the error names, or that lets a task of the circle wait: the
   * earlier ones were accepted before it.
   */
  private static long lineOf(TaskStoreException e, List<Operation> operations) {
    Set<String> circle =
        e.context().get("cycle") instanceof String shown
            ? new HashSet<>(Arrays.asList(shown.split(" -> ")))
            : Set.of();
    long line = operations.get(0).line();
    for (Operation operation : operations) {
      boolean closes = operation.waits() && circle.contains(operation.id());
      if (closes || operation.id().equals(e.context().get("id"))) {
        line = operation.line();
      }
    }
    return line;
  }

  static JsonNumber number(long value) {
    return new JsonNumber(String.valueOf(value));
  }

  private static void print(Session session, Operation operation, String key, Object value) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("line", number(operation.line()));
    result.put("op", operation.op());
    if (operation.id() != null) {
      result.put("id", operation.id());
    }
    result.put(key, value);
    session.out().line(Json.toText(result));
  }
}
