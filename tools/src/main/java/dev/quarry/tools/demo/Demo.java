package dev.quarry.tools.demo;

import static dev.quarry.query.TaskFields.AGENT;
import static dev.quarry.query.TaskFields.PRIORITY;
import static dev.quarry.query.TaskFields.STATUS;
import static dev.quarry.query.TaskFields.TAGS;

import dev.quarry.ConflictException;
import dev.quarry.OpenMode;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Priority;
import dev.quarry.ProgressListener;
import dev.quarry.SequenceNotRetainedException;
import dev.quarry.Status;
import dev.quarry.StoreStats;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.VerifyReport;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.query.Field;
import dev.quarry.query.Query;
import dev.quarry.tools.importing.ImportReport;
import dev.quarry.tools.render.Output;
import dev.quarry.tools.render.PlanText;
import dev.quarry.tools.render.Style;
import dev.quarry.tools.render.Values;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Fills a new store with imported and generated tasks, asks it questions, changes it, opens it
 * again, verifies it, and says on the way what it does and how long that took.
 */
public final class Demo {
  /** A file beside the store's own ones; says that a demo made the store and may replace it. */
  public static final String MARKER = "DEMO";

  /** Whom the history names for what a demo wrote. */
  private static final String ACTOR = "quarry demo";

  private static final Duration LOOK = Duration.ofMinutes(2);
  private static final int GENERATED = 10_000;
  private static final int CHUNK = 1_000;
  private static final long SEED = 42;
  private static final int WARM_UP = 30;
  private static final int RUNS = 51;
  private static final int BAR = 40;
  private static final int NAME_WIDTH = 28;

  private final Path directory;
  private final Path shown;
  private final Output out;
  private final Style style;
  private final Function<TaskStoreOptions, TaskStore> opener;

  /**
   * A demo that creates its store in {@code directory}, which must be empty or absent, and names it
   * as {@code shown}.
   */
  public Demo(
      Path directory,
      Path shown,
      Output out,
      Style style,
      Function<TaskStoreOptions, TaskStore> opener) {
    this.directory = directory;
    this.shown = shown;
    this.out = out;
    this.style = style;
    this.opener = opener;
  }

  /**
   * Whether a demo made all that is in the store: every commit is in the change log, and is a
   * demo's. Reads the whole log.
   */
  public static boolean hasMadeAllOf(TaskStore store) throws InterruptedException {
    AtomicBoolean others = new AtomicBoolean();
    try (Subscription all =
        store.watch(
            WatchOptions.builder().fromSequence(0).build(),
            change -> {
              if (!ACTOR.equals(change.actor())) {
                others.set(true);
              }
            })) {
      return all.await(store.sequence(), LOOK) && !others.get();
    } catch (SequenceNotRetainedException e) {
      return false;
    }
  }

  /** Runs all of it; whether the store was found sound at the end. */
  public boolean run() throws IOException {
    long begin = System.nanoTime();
    try (TaskStore store = open(OpenMode.CREATE)) {
      Files.createFile(directory.resolve(MARKER));
      load(store);
      queries(store);
      counts(store);
      changes(store);
    }
    boolean sound = reopenAndVerify();
    epilogue(System.nanoTime() - begin);
    return sound;
  }

  private TaskStore open(OpenMode mode) {
    return opener.apply(TaskStoreOptions.builder(directory).mode(mode).actor(ACTOR).build());
  }

  private void load(TaskStore store) throws IOException {
    title("1  Create a store and fill it");
    fact("created", shown.toString());
    for (Samples.Outcome sample : Samples.importAll(store)) {
      ImportReport report = sample.report();
      fact(
          "imported " + sample.name(),
          report.format().label()
              + ", "
              + tasks(report.created())
              + (report.isClean() ? "" : ", " + report.errorCount() + " errors"),
          sample.nanos());
    }
    TaskWorkload workload = new TaskWorkload(SEED);
    long begin = System.nanoTime();
    for (int from = 0; from < GENERATED; from += CHUNK) {
      store.insertAll(workload.tasks(from, CHUNK));
    }
    long nanos = System.nanoTime() - begin;
    fact(
        "generated",
        Values.count(GENERATED)
            + " tasks in batches of "
            + Values.count(CHUNK)
            + ", "
            + Values.count(GENERATED * 1_000_000_000L / nanos)
            + " a second",
        nanos);
    fact("in the store", tasks(store.count(Query.all())));
  }

  private void queries(TaskStore store) {
    title("2  Ask questions (median of " + RUNS + " runs, first page of 20)");
    for (DemoQueries.Question question : DemoQueries.of(store, SEED)) {
      ask(store, question);
    }
    Query compound = DemoQueries.compound(store, SEED);
    out.line("");
    fact("plan of Q2", PlanText.of(store.explain(compound)));
    Page<Task> first = store.page(compound, PageRequest.first(2));
    fact(
        "next page",
        first.hasNext()
            ? "token " + Values.cut(first.continuation().token(), 40)
            : "none: " + tasks(first.items().size()) + " in all");
  }

  private void ask(TaskStore store, DemoQueries.Question question) {
    Query query = question.query();
    for (int i = 0; i < WARM_UP; i++) {
      store.page(query, PageRequest.first(20));
    }
    long[] times = new long[RUNS];
    Page<Task> page = null;
    for (int i = 0; i < RUNS; i++) {
      long begin = System.nanoTime();
      page = store.page(query, PageRequest.first(20));
      times[i] = System.nanoTime() - begin;
    }
    Arrays.sort(times);
    out.line("");
    out.line(style.bold(question.name() + "  " + question.meaning()));
    out.line(style.dim("    " + query));
    fact("    found", tasks(store.count(query)), times[RUNS / 2]);
    for (Task task : page.items().subList(0, Math.min(3, page.items().size()))) {
      out.line("      " + line(task));
    }
  }

  private String line(Task task) {
    String due = task.dueAt() == null ? "" : Values.time(task.dueAt()).substring(0, 10);
    return pad(Values.cut(Values.oneLine(task.id()), 26), 26)
        + "  "
        + style.cell(task.status().name(), pad(task.status().name(), 11))
        + "  "
        + style.cell(task.priority().name(), pad(task.priority().name(), 8))
        + "  "
        + pad(due, 10)
        + "  "
        + Values.cut(Values.oneLine(task.title()), 44);
  }

  private void counts(TaskStore store) {
    title("3  Count by a field, from the index alone");
    long begin = System.nanoTime();
    Map<Status, Long> byStatus = store.countBy(Query.all(), STATUS);
    bars(byStatus, System.nanoTime() - begin);
    begin = System.nanoTime();
    Map<Priority, Long> byPriority = store.countBy(Query.where(STATUS.is(Status.TODO)), PRIORITY);
    out.line("");
    out.line("  priorities of what is TODO");
    bars(byPriority, System.nanoTime() - begin);
    out.line("");
    top(store, AGENT);
    top(store, TAGS);
  }

  private <T> void top(TaskStore store, Field<T> field) {
    long begin = System.nanoTime();
    Map<T, Long> counts = store.countBy(Query.all(), field);
    long nanos = System.nanoTime() - begin;
    String most =
        counts.entrySet().stream()
            .filter(entry -> entry.getKey() != null)
            .sorted(Map.Entry.<T, Long>comparingByValue(Comparator.reverseOrder()))
            .limit(5)
            .map(entry -> entry.getKey() + " " + Values.count(entry.getValue()))
            .collect(Collectors.joining(", "));
    fact("most frequent " + field.name(), most, nanos);
  }

  private void bars(Map<?, Long> counts, long nanos) {
    long most = counts.values().stream().mapToLong(Long::longValue).max().orElse(1);
    counts.forEach(
        (value, count) -> {
          String word = String.valueOf(value);
          String bar = "#".repeat((int) Math.max(count > 0 ? 1 : 0, count * BAR / most));
          out.line(
              "  "
                  + pad(word, 12)
                  + " ".repeat(Math.max(0, 7 - Values.count(count).length()))
                  + Values.count(count)
                  + "  "
                  + style.cell(word, bar));
        });
    fact("counted in", "", nanos);
  }

  private void changes(TaskStore store) {
    title("4  Change tasks");
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < CHUNK; i++) {
      ids.add(TaskWorkload.id(i));
    }
    timed(
        "set 1,000 to IN_PROGRESS",
        () -> store.setStatus(ids, Status.IN_PROGRESS).updated() + " changed in one commit");
    timed("finish one", () -> store.update(ids.get(0), t -> t.withStatus(Status.DONE)).toString());
    Task stale = store.get(ids.get(1)).orElseThrow();
    store.update(stale.id(), t -> t.withPriority(Priority.CRITICAL));
    timed("write a stale copy", () -> replaceStale(store, stale));
    timed(
        "delete one",
        () -> store.delete(ids.get(2)).isPresent() ? ids.get(2) + " is gone" : "it was not there");
    Query inProgress = Query.where(STATUS.is(Status.IN_PROGRESS));
    timed("count IN_PROGRESS", () -> Values.count(store.count(inProgress)));
  }

  private static String replaceStale(TaskStore store, Task stale) {
    try {
      store.replace(stale.withTitle("lost update"), stale.version());
      return "accepted, which is wrong";
    } catch (ConflictException e) {
      return "refused: " + e.summary();
    }
  }

  private boolean reopenAndVerify() {
    title("5  Close, open again, verify");
    long begin = System.nanoTime();
    try (TaskStore store = open(OpenMode.OPEN)) {
      fact("opened with its indexes", tasks(store.count(Query.all())), System.nanoTime() - begin);
      long verifyBegin = System.nanoTime();
      VerifyReport report = store.verify(true, ProgressListener.NONE);
      String found = report.toString();
      fact(
          "verify --deep",
          report.isOk() ? style.green(found) : style.red(found),
          System.nanoTime() - verifyBegin);
      report.problems().stream().limit(5).forEach(problem -> out.line("    " + problem));
      StoreStats stats = store.stats();
      fact(
          "size",
          Values.size(stats.diskBytes())
              + " on disk, "
              + Values.size(stats.index().bytes())
              + " off-heap index of "
              + Values.count(stats.index().terms())
              + " terms");
      return report.isOk();
    }
  }

  private void epilogue(long nanos) {
    title("Done in " + Values.duration(nanos));
    out.line("  The store is in " + shown + ". Try");
    String quarry = "    quarry --db " + shown + " ";
    out.line(quarry + "query 'status = TODO and priority >= HIGH order by due limit 10'");
    out.line(quarry + "count --by status --format json");
    out.line(quarry + "explain 'status = TODO order by priority desc, created'");
    out.line(quarry + "show " + TaskWorkload.id(0));
    out.line(quarry + "stats");
  }

  private void timed(String what, Supplier<String> action) {
    long begin = System.nanoTime();
    String result = action.get();
    fact(what, Values.cut(Values.oneLine(result), 60), System.nanoTime() - begin);
  }

  private void title(String text) {
    out.line("");
    out.line(style.bold(text));
    out.flush();
  }

  private void fact(String name, String value) {
    out.line("  " + pad(name, NAME_WIDTH) + value);
    out.flush();
  }

  private void fact(String name, String value, long nanos) {
    String time = Values.duration(nanos);
    out.line(
        "  "
            + pad(name, NAME_WIDTH)
            + " ".repeat(Math.max(0, 9 - time.length()))
            + style.cyan(time)
            + "  "
            + value);
    out.flush();
  }

  private static String tasks(long count) {
    return Values.count(count) + (count == 1 ? " task" : " tasks");
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(Math.max(0, width - Values.width(text)));
  }
}
