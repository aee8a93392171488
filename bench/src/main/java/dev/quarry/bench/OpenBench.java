package dev.quarry.bench;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.query.Query;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Opens a store in fresh JVMs: closed cleanly, and after its process died. */
@Command(
    name = "open",
    mixinStandardHelpOptions = true,
    description = {
      "Times the opening of a store in fresh JVMs, after a clean close and after the process was",
      "halted with writes unflushed, in the log and in memory only; no acknowledged task may be",
      "missing. With --tool also a one-shot \"show\" and the size beside an export."
    })
final class OpenBench extends BenchCommand {
  /** What a fresh JVM is told to do. */
  enum Step {
    /** Load and close. */
    LOAD,
    /** Open, time it, check some tasks, close. */
    OPEN,
    /** The same, but check all. */
    OPEN_AND_CHECK,
    /** Open, add tasks, die. */
    DIE
  }

  private static final int HALTED = 87;
  private static final int SOME = 1_000;
  private static final int LOOK_EVERY = 500;
  private static final double NANOS_A_MILLI = 1e6;
  private static final double MEGABYTE = 1 << 20;

  /** While the tasks are written that must not be flushed: more than they take. */
  private static final long LARGE_WRITE_BUFFER = 1L << 30;

  @Option(names = "--tasks", defaultValue = "100000", description = "How many; default 100000.")
  int tasks;

  @Option(
      names = "--unflushed",
      defaultValue = "50000",
      description = "How many are written before the process dies; default 50000.")
  int unflushed;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "How often it is opened after a clean close, and after a death; default 3.")
  int rounds;

  @Option(
      names = "--tool",
      paramLabel = "FILE",
      description = "The runnable quarry.jar, or the launcher beside it.")
  Path tool;

  @Option(names = "--open-limit", defaultValue = "300", description = "In ms; default 300.")
  double openLimit;

  @Option(names = "--kill-limit", defaultValue = "2000", description = "In ms; default 2000.")
  double killLimit;

  @Option(names = "--step", hidden = true, description = "In this JVM.")
  Step step;

  @Option(names = "--store", hidden = true, description = "Where the store is.")
  Path place;

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    checkTasks(tasks);
    if (unflushed < 1 || rounds < 1) {
      throw usage("--unflushed and --rounds must be at least 1");
    }
    if (tool != null && !ToolProcess.isTool(tool)) {
      throw usage("--tool " + tool + " is not a file");
    }
    if (step == null) {
      place = directory.sub("store");
      inFreshJvms(report, directory, progress);
    } else {
      inThisJvm(report);
    }
  }

  private void inFreshJvms(Report report, TempDirectory directory, Progress progress) {
    Map<String, Object> figures = report.section("open");
    figures.put("tasks", tasks);
    figures.put("unflushed", unflushed);
    progress.at("load", 0, tasks);
    child(Step.LOAD, tasks, directory, 0);
    List<Double> clean = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      progress.at("open", round, rounds);
      clean.add(opened(Step.OPEN, directory, tasks));
    }
    if (tool != null) {
      tool(report, figures, directory);
    }
    progress.at("die and open", 0, 0);
    List<Double> killed = new ArrayList<>();
    int held = tasks;
    long missing = 0;
    long problems = 0;
    long flushes = 0;
    for (int round = 0; round < rounds; round++) {
      Object died = child(Step.DIE, held, directory, HALTED);
      flushes += number(died, "flushes");
      figures.put("unflushed_mb", JsonFile.at(died, "data", "opened", "unflushed_mb"));
      held += unflushed;
      boolean last = round == rounds - 1;
      Object tree = child(last ? Step.OPEN_AND_CHECK : Step.OPEN, held, directory, 0);
      killed.add((Double) JsonFile.at(tree, "data", "opened", "ms"));
      missing = last ? number(tree, "missing") : 0;
      problems = last ? number(tree, "problems") : 0;
    }
    progress.clear();
    Spread spread = Spread.of(clean);
    figures.put("clean_ms", spread.median());
    figures.put("clean_ms_spread", spread.text());
    figures.put("after_kill_ms", Spread.of(killed).median());
    figures.put("after_kill_ms_spread", Spread.of(killed).text());
    report.target(
        "open, clean",
        "<= " + Report.number(openLimit) + " ms",
        spread.text() + " ms",
        spread.median() <= openLimit);
    report.target(
        "open after a kill",
        "<= " + Report.number(killLimit) + " ms",
        Spread.of(killed).text() + " ms",
        Spread.of(killed).median() <= killLimit);
    report.target("flushes before the kill", "0", String.valueOf(flushes), flushes == 0);
    report.target("acknowledged tasks missing", "0", String.valueOf(missing), missing == 0);
    report.target("verify after a kill", "0 problems", problems + " problems", problems == 0);
  }

  private static long number(Object tree, String name) {
    return ((Number) JsonFile.at(tree, "data", "opened", name)).longValue();
  }

  private double opened(Step what, TempDirectory directory, int expected) {
    Object tree = child(what, expected, directory, 0);
    return (Double) JsonFile.at(tree, "data", "opened", "ms");
  }

  private Object child(Step what, int expected, TempDirectory directory, int code) {
    Path result = directory.path().resolve("open.json");
    ChildJvm.Outcome outcome =
        ChildJvm.bench(
            List.of("-Xmx1g"),
            List.of(
                "open",
                "--step=" + what,
                "--store=" + place,
                "--tasks=" + expected,
                "--unflushed=" + unflushed,
                "--seed=" + seed,
                "--dir=" + directory.path(),
                "--json=" + result),
            directory.path().resolve("child.log"),
            Duration.ofHours(1));
    if (outcome.code() != code) {
      throw new WrongAnswerException(
          what + " ended with " + outcome.code() + ":\n" + outcome.tail());
    }
    try {
      Object tree = JsonFile.read(result);
      Files.delete(result); // the next one writes its own
      return tree;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void inThisJvm(Report report) {
    TaskWorkload workload = new TaskWorkload(seed);
    TaskStoreOptions.Builder options = TaskStoreOptions.builder(place).expectedTasks(tasks);
    options.memoryLimitBytes(0); // it would bound the write buffer
    if (step == Step.DIE) {
      options.writeBufferBytes(LARGE_WRITE_BUFFER);
    }
    long before = System.nanoTime();
    TaskStore store = TaskStore.open(options.build());
    Task first = store.get(TaskWorkload.id(0)).orElse(null);
    double millis = (System.nanoTime() - before) / NANOS_A_MILLI;
    if (step == Step.LOAD) {
      Loading.load(store, workload, tasks, Progress.NONE);
    } else if (step != Step.DIE) {
      Map<String, Object> opened = report.section("opened");
      opened.put("ms", millis);
      boolean last = step == Step.OPEN_AND_CHECK;
      long missing = missing(store, workload, first, last ? 1 : Math.max(1, tasks / SOME));
      opened.put("missing", missing);
      if (last) {
        opened.put("problems", store.verify().problemCount());
      } else if (missing > 0) {
        throw new WrongAnswerException(missing + " acknowledged tasks are missing");
      }
    } else {
      writeAndDie(report, store, workload);
    }
    store.close();
  }

  /** The bytes in memtables only fall when some are flushed. */
  private void writeAndDie(Report report, TaskStore store, TaskWorkload workload) {
    Map<String, Long> held = memtables(store);
    long flushes = 0;
    for (int i = 0; i < unflushed; i++) {
      store.insert(workload.task((long) tasks + i));
      if (i % LOOK_EVERY == 0 || i == unflushed - 1) {
        Map<String, Long> now = memtables(store);
        for (Map.Entry<String, Long> before : held.entrySet()) {
          flushes += now.get(before.getKey()) < before.getValue() ? 1 : 0;
        }
        held = now;
      }
    }
    Map<String, Object> died = report.section("opened");
    died.put("flushes", flushes);
    died.put("unflushed_mb", held.values().stream().mapToLong(b -> b).sum() / MEGABYTE);
    report.writeJson(json);
    Runtime.getRuntime().halt(HALTED);
  }

  private static Map<String, Long> memtables(TaskStore store) {
    Map<String, Long> bytes = new HashMap<>();
    store.stats().families().forEach(f -> bytes.put(f.name(), f.memtableBytes()));
    return bytes;
  }

  /** How many of the acknowledged tasks are missing, of those looked at; all others are right. */
  private long missing(TaskStore store, TaskWorkload workload, Task first, int stride) {
    long held = store.count(Query.all());
    if (held > tasks) {
      throw new WrongAnswerException("of " + tasks + " acknowledged tasks there are " + held);
    }
    long missing = 0;
    for (int i = 0; i < tasks; i += stride) {
      Task task = i == 0 ? first : store.get(TaskWorkload.id(i)).orElse(null);
      if (task == null) {
        missing++;
      } else if (!workload.task(i).equals(task)) {
        throw new WrongAnswerException("task " + i + " came back as " + task);
      }
    }
    return Math.max(missing, tasks - held);
  }

  private void tool(Report report, Map<String, Object> figures, TempDirectory directory) {
    Path export = directory.path().resolve("export.jsonl");
    ToolProcess quarry = new ToolProcess(tool, place, directory.path().resolve("tool.log"));
    List<Double> shows = new ArrayList<>();
    quarry.run(List.of(), "show", TaskWorkload.id(0)); // a first start prepares later ones
    for (int round = 0; round < rounds; round++) {
      shows.add((double) quarry.run(List.of(), "show", TaskWorkload.id(tasks / 2)).millis());
    }
    figures.put("show_ms", Spread.of(shows).median());
    figures.put("show_ms_spread", Spread.of(shows).text());
    report.target(
        "quarry show ID, wall",
        "<= 600 ms",
        Spread.of(shows).text() + " ms",
        Spread.of(shows).median() <= 600);
    quarry.run(List.of(), "export", "--format", "jsonl", "--output", export.toString());
    try {
      double exported = Files.size(export);
      double disk = dev.quarry.bench.peers.Peers.diskBytes(place);
      Map<String, Object> sizes = report.section("disk");
      sizes.put("disk_bytes", disk);
      sizes.put("jsonl_export_bytes", exported);
      sizes.put("of_jsonl_export", disk / exported);
      report.target(
          "disk beside the JSONL export",
          "<= 0.30 x",
          Spread.short3(disk / exported) + " x",
          disk / exported <= .3);
      Files.delete(export);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
