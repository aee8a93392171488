package dev.quarry.bench;

import dev.quarry.ProgressListener;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.VerifyReport;
import dev.quarry.WriteBatch;
import dev.quarry.query.Query;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Replays the recorded history of a real tracker, each burst as one batch. */
@Command(
    name = "trace",
    mixinStandardHelpOptions = true,
    description = "Replays a recorded history of changes and compares the result with a model.")
final class TraceBench extends BenchCommand {
  @Parameters(paramLabel = "FILE", description = "The trace, such as beads-trace.jsonl.gz.")
  Path file;

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    if (!Files.isRegularFile(file)) {
      throw usage(file + " is not a file");
    }
    Map<String, Task> model = new HashMap<>();
    Map<TraceEvent.Kind, Long> kinds = new EnumMap<>(TraceEvent.Kind.class);
    Latencies bursts = new Latencies();
    long events = 0;
    long inside = 0;
    TaskStoreOptions options = TaskStoreOptions.builder(directory.sub("store")).build();
    try (BeadsTrace trace = new BeadsTrace(file);
        TaskStore store = TaskStore.open(options)) {
      List<TraceEvent> burst = trace.nextBurst();
      while (!burst.isEmpty()) {
        progress.at("trace", events, 0);
        Map<String, Task> changed = apply(burst, model, kinds);
        long before = System.nanoTime();
        try (WriteBatch batch = store.newBatch()) {
          changed.values().forEach(batch::put);
          batch.commit();
        }
        long time = System.nanoTime() - before;
        bursts.record(time);
        inside += time;
        events += burst.size();
        burst = trace.nextBurst();
      }
      progress.clear();
      check(store, model);
      VerifyReport verified = store.verify(true, ProgressListener.NONE);
      Map<String, Object> figures = report.section("trace");
      figures.put("events", events);
      kinds.forEach((k, n) -> figures.put(k.name().toLowerCase(Locale.ROOT), n));
      figures.put("tasks", model.size());
      figures.put("seconds", inside / 1e9);
      figures.put("events_per_second", events / (inside / 1e9));
      figures.put(Latencies.HOW, Latencies.ONE_BY_ONE);
      figures.put("burst", bursts.figures());
      figures.put("verify", verified.toString());
      report.target("verify", "0 problems", verified.problemCount() + " problems", verified.isOk());
    }
  }

  /** The tasks as they are after a burst. */
  private static Map<String, Task> apply(
      List<TraceEvent> burst, Map<String, Task> model, Map<TraceEvent.Kind, Long> kinds) {
    Map<String, Task> changed = new HashMap<>();
    for (TraceEvent event : burst) {
      kinds.merge(event.kind(), 1L, Long::sum);
      Task before = model.get(event.id());
      Task now = before == null ? event.created() : event.applyTo(before);
      model.put(event.id(), now);
      changed.put(event.id(), now);
    }
    return changed;
  }

  private static void check(TaskStore store, Map<String, Task> model) {
    long held = store.count(Query.all());
    if (held != model.size()) {
      throw new WrongAnswerException("of " + model.size() + " tasks there are " + held);
    }
    model.forEach(
        (id, task) -> {
          Task stored = store.get(id).orElse(null);
          if (!task.equals(stored)) {
            throw new WrongAnswerException(id + " should be " + task + ", but is " + stored);
          }
        });
  }
}
