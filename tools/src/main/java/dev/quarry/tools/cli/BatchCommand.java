package dev.quarry.tools.cli;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreException;
import dev.quarry.WriteBatch;
import dev.quarry.tools.format.Json;
import dev.quarry.tools.format.JsonNumber;
import dev.quarry.tools.format.TaskJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  /** Staged into a batch, or where {@code own} is not null a commit of its own. */
  private record Operation(
      long line, String op, String id, Consumer<WriteBatch> stage, ClaimOperation own) {}

  @Override
  int run(Session session) {
    if (chunk != null && chunk < 1) {
      throw CliException.usage("--chunk must be at least 1, but is " + chunk);
    }
    return session.write(store -> make(session, store), wait.patience());
  }

  private int make(Session session, TaskStore store) {
    List<Operation> waiting = new ArrayList<>();
    boolean failed = false;
    long number = 0;
    for (String line = next(session); line != null; line = next(session)) {
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
        failed |= !commit(session, store, waiting);
        waiting.clear();
        session.out().flush(); // who feeds this line by line may wait for the answer
      }
    }
    failed |= !commit(session, store, waiting);
    return failed ? ExitCode.NEGATIVE : ExitCode.OK;
  }

  private static String next(Session session) {
    return Lines.readLine(session.terminal().in());
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
        return new Operation(line, op, task.id(), stage, null);
      }
      if (ClaimOperation.OPS.contains(op)) {
        ClaimOperation own = ClaimOperation.parse(op, map);
        return new Operation(line, op, own.id(), null, own);
      }
      String id = string(map, "id");
      return new Operation(line, op, id, change(op, id, map, now), null);
    } catch (JacksonException e) {
      throw refused(line, e.getOriginalMessage());
    } catch (CliException | IllegalArgumentException e) {
      throw refused(line, e.getMessage());
    }
  }

  private static Consumer<WriteBatch> change(String op, String id, Map<?, ?> map, Instant now) {
    switch (op) {
      case "set" -> {
        if (!(map.get("set") instanceof List<?> texts) || texts.isEmpty()) {
          throw new IllegalArgumentException("\"set\" must be a list of FIELD=VALUE");
        }
        List<Assignment> changes =
            texts.stream().map(t -> Assignment.parse(String.valueOf(t), now)).toList();
        return batch -> batch.update(id, task -> SetCommand.apply(task, changes));
      }
      case "status" -> {
        Status status = Inputs.status(string(map, "status"));
        return batch -> batch.update(id, task -> task.withStatus(status));
      }
      case "delete" -> {
        return batch -> batch.delete(id);
      }
      default ->
          throw new IllegalArgumentException(
              "unknown op `"
                  + op
                  + "`; it is one of insert, put, set, status, delete, "
                  + String.join(", ", ClaimOperation.OPS));
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
    if (operations.isEmpty()) {
      return true;
    }
    if (operations.get(0).own() != null) {
      return commit(session, store, operations.get(0));
    }
    try (WriteBatch batch = store.newBatch()) {
      operations.forEach(operation -> operation.stage().accept(batch));
      long sequence = batch.commit();
      operations.forEach(operation -> print(session, operation, "sequence", number(sequence)));
      return true;
    } catch (TaskStoreException e) {
      long line = lineOf(e, operations);
      if (chunk == null) {
        throw new CliException(
            Failures.explain(e).exitCode(),
            "line " + line + ": " + e.summary(),
            String.valueOf(e.context()),
            "nothing was written; mend the line, or use --chunk to make the others");
      }
      String error = "line " + line + ": " + e.getMessage();
      operations.forEach(operation -> print(session, operation, "error", error));
      return false;
    }
  }

  private static boolean commit(Session session, TaskStore store, Operation operation) {
    try {
      Map<String, Object> told = operation.own().make(store.claims());
      told.forEach((key, value) -> print(session, operation, key, value));
      return true;
    } catch (TaskStoreException | IllegalArgumentException e) {
      print(session, operation, "error", "line " + operation.line() + ": " + e.getMessage());
      return false;
    }
  }

  /** The last line about the id that the error names: the earlier ones were accepted before it. */
  private static long lineOf(TaskStoreException e, List<Operation> operations) {
    long line = operations.get(0).line();
    for (Operation operation : operations) {
      if (operation.id().equals(e.context().get("id"))) {
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
