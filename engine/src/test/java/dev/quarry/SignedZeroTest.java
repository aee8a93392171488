package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.HoursField;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;

/** Zero of either sign is one value, whichever way an answer is found. */
class SignedZeroTest {
  private static final Double[] HOURS = {-0.0, 0.0, null, 1.5};

  @TempDir Path directory;

  /** A query and what it means. */
  private record Asked(Query query, Predicate<Task> holds) {}

  @Seeds({1, 2, 3})
  void zeroHasNoSign(long seed) {
    Random random = new Random(seed);
    Path path = directory.resolve("s");
    List<Task> tasks = new ArrayList<>();
    try (TaskStore store = TaskStore.open(path)) {
      for (int i = 0; i < 60; i++) {
        tasks.add(
            store.insert(
                Task.builder("T-" + i, i % 3 == 0 ? "a" : "b")
                    .status(Status.values()[random.nextInt(3)])
                    // the first that any walk meets has the sign
                    .estimatedHours(i < 3 ? (Double) (-0.0) : HOURS[random.nextInt(4)])
                    .actualHours(HOURS[random.nextInt(4)])
                    .build()));
      }
      check("live", store, tasks);
      try (Snapshot snapshot = store.snapshot()) {
        check("snapshot", snapshot, tasks);
        store.update("T-0", t -> t.withStatus(Status.DONE));
        check("snapshot, a task touched since", snapshot, tasks);
      }
      try (Snapshot then = store.asOf(60)) {
        check("as of", then, tasks);
      }
      tasks.set(0, store.get("T-0").orElseThrow());
      assertThat(tasks.get(0).estimatedHours()).as("as it was given").isEqualTo(-0.0);
      IndexSpec spec = IndexSpec.ordered("zeros", TaskFields.ESTIMATED_HOURS.ascending());
      store.createIndex(spec, ProgressListener.NONE);
      check("with an ordered index", store, tasks);
    }
    try (TaskStore store = TaskStore.openReadOnly(path)) {
      check("read-only", store, tasks);
    }
  }

  private static void check(String way, TaskReader reader, List<Task> tasks) {
    List<Asked> asked =
        List.of(
            new Asked(Query.all(), t -> true),
            new Asked(
                Query.where(TaskFields.STATUS.is(Status.TODO)), t -> t.status() == Status.TODO),
            new Asked(
                Query.where(TaskFields.ESTIMATED_HOURS.is(-0.0)),
                t -> t.estimatedHours() != null && t.estimatedHours() + 0.0 == 0.0),
            new Asked(
                Query.where(TaskFields.ESTIMATED_HOURS.atLeast(0.0)),
                t -> t.estimatedHours() != null),
            new Asked(
                Query.where(
                    TaskFields.ID.startsWith("T-1").and(TaskFields.STATUS.is(Status.TODO).not())),
                t -> t.id().startsWith("T-1") && t.status() != Status.TODO));
    for (Asked one : asked) {
      List<Task> wanted = tasks.stream().filter(one.holds()).collect(Collectors.toList());
      String what = way + ": " + one.query();
      assertThat(reader.count(one.query())).as(what).isEqualTo(wanted.size());
      check(what, reader, one.query(), wanted, TaskFields.ESTIMATED_HOURS, Task::estimatedHours);
      check(what, reader, one.query(), wanted, TaskFields.ACTUAL_HOURS, Task::actualHours);
    }
    assertThat(reader.distinct(TaskFields.ESTIMATED_HOURS)).as(way).containsExactly(0.0, 1.5);
  }

  private static void check(
      String what,
      TaskReader reader,
      Query query,
      List<Task> wanted,
      HoursField field,
      Function<Task, Double> of) {
    Map<Double, Long> counts =
        new TreeMap<>(Comparator.nullsLast(Comparator.<Double>naturalOrder()));
    for (Task task : wanted) {
      Double hours = of.apply(task);
      counts.merge(hours == null ? null : (Double) (hours + 0.0), 1L, Long::sum);
    }
    // keys by equals, which tells the two zeros apart
    Map<Double, Long> found = reader.countBy(query, field);
    assertThat(new ArrayList<>(found.entrySet()))
        .as(what)
        .isEqualTo(new ArrayList<>(counts.entrySet()));
    Map<Double, DoubleSummaryStatistics> sums = reader.summarizeBy(query, field, field);
    assertThat(new ArrayList<>(sums.keySet())).as(what).isEqualTo(new ArrayList<>(counts.keySet()));
    sums.forEach(
        (value, sum) ->
            assertThat(sum.getCount()).isEqualTo(value == null ? 0 : counts.get(value)));
  }
}
