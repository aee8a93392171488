package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.HoursField;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sums of hours and of ages: what they mean, and that they are of one moment. */
@Timeout(120)
class SummarizeTest {
  private static final HoursField HOURS = TaskFields.ESTIMATED_HOURS;
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir Path directory;

  private Path path() {
    return directory.resolve("store");
  }

  private TaskStore open() {
    return TaskStore.open(TaskStoreOptions.builder(path()).recordCacheBytes(0).build());
  }

  private static Task task(int i, Double hours) {
    return Task.builder("T-" + i, "t").estimatedHours(hours).build();
  }

  private static void assertSums(
      DoubleSummaryStatistics sums, long count, double sum, double least, double greatest) {
    assertThat(List.of(sums.getCount(), sums.getSum(), sums.getMin(), sums.getMax()))
        .isEqualTo(List.of(count, sum, least, greatest));
  }

  @Test
  void ofHoursWithoutThoseThatHaveNone() {
    try (TaskStore store = open()) {
      DoubleSummaryStatistics none = store.summarize(Query.all(), HOURS);
      assertThat(none.getCount()).isZero();
      assertThat(none.getSum()).isZero();
      assertThat(store.summarizeBy(Query.all(), TaskFields.STATUS, HOURS)).isEmpty();
      store.insertAll(List.of(task(1, 2.5), task(2, null), task(3, -0.5), task(4, 4.0)));
      assertSums(store.summarize(Query.all(), HOURS), 3, 6.0, -0.5, 4.0);
      assertThat(store.summarize(Query.all(), HOURS).getAverage()).isEqualTo(2.0);
      assertSums(store.summarize(Query.where(HOURS.atLeast(0)), HOURS), 2, 6.5, 2.5, 4.0);
      assertThat(store.summarize(Query.all(), TaskFields.ACTUAL_HOURS).getCount()).isZero();
      assertThat(store.summarize(Query.all().limit(1), HOURS).getCount())
          .as("as for a count, a limit does not matter")
          .isEqualTo(3);
    }
  }

  @Test
  void zeroHasNoSign() {
    try (TaskStore store = open();
        Snapshot snapshot = store.snapshot()) {
      assertThat(snapshot.summarize(Query.all(), HOURS).getCount()).isZero();
      store.insertAll(List.of(task(1, -0.0)));
      try (Snapshot later = store.snapshot()) {
        store.delete("T-1");
        assertSums(later.summarize(Query.all(), HOURS), 1, 0.0, 0.0, 0.0);
      }
    }
  }

  @Test
  void ofTimeThatHasGoneByOrIsLeft() {
    try (TaskStore store = open()) {
      store.insertAll(
          List.of(
              Task.builder("A", "t")
                  .createdAt(NOW.minusSeconds(60))
                  .updatedAt(NOW.minusSeconds(30))
                  .dueAt(NOW.plusSeconds(10))
                  .build(),
              Task.builder("B", "t")
                  .createdAt(NOW.minusSeconds(20))
                  .updatedAt(NOW.plusMillis(1))
                  .dueAt(NOW.minusSeconds(4))
                  .completedAt(NOW.minusNanos(2_000))
                  .build(),
              Task.builder("C", "t").createdAt(NOW).updatedAt(NOW).build()));
      assertSums(store.summarize(Query.all(), TaskFields.CREATED_AT, NOW), 3, 80, 0, 60);
      assertSums(store.summarize(Query.all(), TaskFields.UPDATED_AT, NOW), 3, 29.999, -0.001, 30);
      assertSums(store.summarize(Query.all(), TaskFields.DUE_AT, NOW), 2, 6, -4, 10);
      assertSums(store.summarize(Query.all(), TaskFields.COMPLETED_AT, NOW), 1, 2e-6, 2e-6, 2e-6);
    }
  }

  @Test
  void timesMayBeFartherApartThanMicrosecondsCanCount() {
    Instant first = Instant.ofEpochSecond(-9_000_000_000_000L);
    Instant last = Instant.ofEpochSecond(9_000_000_000_000L);
    try (TaskStore store = open()) {
      store.insert(Task.builder("A", "t").createdAt(first).dueAt(first).build());
      store.insert(Task.builder("B", "t").createdAt(last).dueAt(last).build());
      assertSums(store.summarize(Query.all(), TaskFields.CREATED_AT, last), 2, 1.8e13, 0, 1.8e13);
      assertSums(
          store.summarize(Query.all(), TaskFields.CREATED_AT, first), 2, -1.8e13, -1.8e13, 0);
      assertSums(store.summarize(Query.all(), TaskFields.DUE_AT, first), 2, 1.8e13, 0, 1.8e13);
      assertThat(store.summarize(Query.all(), TaskFields.DUE_AT, Instant.MIN).getMin())
          .isPositive();
    }
  }

  @Test
  void smallAmountsAreNotLostBesideLargeOnes() {
    try (TaskStore store = open()) {
      List<Task> tasks = new ArrayList<>(List.of(task(0, 1e16)));
      for (int i = 1; i <= 1_000; i++) {
        tasks.add(task(i, 1.0));
      }
      store.insertAll(tasks);
      store.insert(task(1_001, -1e16));
      assertThat(store.summarize(Query.all(), HOURS).getSum()).isEqualTo(1_000);
      assertThat(store.summarizeBy(Query.all(), TaskFields.STATUS, HOURS).get(Status.TODO).getSum())
          .isEqualTo(1_000);
    }
  }

  @Test
  void inGroupsAsTheyAreCounted() {
    try (TaskStore store = open()) {
      store.insert(Task.builder("A", "t").agent("b").tag("x").tag("y").estimatedHours(1.0).build());
      store.insert(Task.builder("B", "t").agent("a").tag("y").estimatedHours(2.0).build());
      store.insert(Task.builder("C", "t").agent("c").build());
      store.insert(Task.builder("D", "t").tag("z").estimatedHours(4.0).build());
      Map<String, DoubleSummaryStatistics> byAgent =
          store.summarizeBy(Query.all(), TaskFields.AGENT, HOURS);
      assertThat(new ArrayList<>(byAgent.keySet())).isEqualTo(Arrays.asList("a", "b", "c", null));
      assertThat(byAgent.get("c").getCount()).isZero();
      assertSums(byAgent.get(null), 1, 4, 4, 4);
      assertThatThrownBy(byAgent::clear).isInstanceOf(UnsupportedOperationException.class);
      Map<String, DoubleSummaryStatistics> byTag =
          store.summarizeBy(Query.all(), TaskFields.TAGS, HOURS);
      assertThat(new ArrayList<>(byTag.keySet())).isEqualTo(Arrays.asList("x", "y", "z", null));
      assertSums(byTag.get("y"), 2, 3, 1, 2);
      assertThat(byTag.get(null).getCount()).isZero();
      Condition withTag = TaskFields.TAGS.contains("y").and(HOURS.moreThan(1));
      assertThat(store.summarizeBy(Query.where(withTag), TaskFields.TAGS, HOURS))
          .containsOnlyKeys("y");
    }
  }

  @Test
  void whatIsArchivedIsNotInIt() {
    try (TaskStore store = open()) {
      store.insertAll(List.of(task(1, 1.0), task(2, 2.0)));
      store.setStatus(List.of("T-2"), Status.DONE);
      store.archive(Query.where(TaskFields.STATUS.is(Status.DONE))).await();
      assertSums(store.summarize(Query.all(), HOURS), 1, 1, 1, 1);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Task mixed(int i, Random random) {
    return Task.builder("T-" + i, "t")
        .status(Status.values()[random.nextInt(6)])
        .project("p" + random.nextInt(9))
        .agent("a" + random.nextInt(40))
        .tag("t" + random.nextInt(5))
        .tag("t" + random.nextInt(200))
        .attribute("team", "team " + random.nextInt(4))
        .createdAt(NOW.minusSeconds(random.nextInt(10_000)))
        .estimatedHours(random.nextInt(3) == 0 ? null : random.nextInt(80) / 4.0)
        .build();
  }

  private static void compare(TaskReader reader, TaskModel model, int queries) {
    RandomWorld world = new RandomWorld(77, 10);
    SummaryChecks checks = new SummaryChecks(reader, model, world);
    checks.check(Query.all());
    for (int i = 0; i < queries; i++) {
      checks.check(Query.where(world.condition(2)));
      checks.check(
          Query.where(
              TaskFields.AGENT
                  .is("a" + i % 40)
                  .or(HOURS.moreThan(i % 20))
                  .and(TaskFields.STATUS.isNot(Status.DONE))));
    }
  }

  private static void put(TaskStore store, TaskModel model, List<Task> tasks) {
    store.insertAll(tasks);
    tasks.forEach(task -> model.put(store.get(task.id()).orElseThrow()));
  }

  @Test
  void holdsAfterAReopeningAndARebuild() {
    Random random = new Random(5);
    TaskModel model = new TaskModel();
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < 1_200; i++) {
      tasks.add(mixed(i, random));
    }
    try (TaskStore store = open()) {
      put(store, model, tasks);
      store.createIndex(
          IndexSpec.equality("team", TaskFields.attribute("team")), ProgressListener.NONE);
      compare(store, model, 10);
    }
    try (TaskStore store = open()) {
      compare(store, model, 10);
      TaskModel then = model.copy();
      try (Snapshot snapshot = store.snapshot()) {
        for (int i = 0; i < 1_200; i += 3) {
          store.delete("T-" + i);
          model.remove("T-" + i);
        }
        put(store, model, List.of(task(9_000, 7.25)));
        compare(snapshot, then, 10);
        store.rebuildIndexes(ProgressListener.NONE);
        compare(snapshot, then, 3);
      }
      compare(store, model, 10);
      try (TaskStore reader = TaskStore.openReadOnly(path())) {
        compare(reader, model, 3);
      }
    }
  }

  /** Adds tasks until it is killed, and names each that stays. */
  static final class Writer {
    private Writer() {}

    static Task task(int i) {
      return mixed(i, new Random(i));
    }

    public static void main(String[] arguments) {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      try (TaskStore store = TaskStore.open(Path.of(arguments[0]))) {
        for (int i = 0; ; i++) {
          store.insert(task(i));
          out.println(i);
        }
      }
    }
  }

  @Test
  void holdsAfterAKill() throws Exception {
    int last = -1;
    try (ChildJvm child = new ChildJvm(Writer.class, path())) {
      for (String line = child.line(); line != null; line = child.line()) {
        last = Math.max(last, Integer.parseInt(line));
        if (last == 700) {
          child.kill();
        }
      }
    }
    assertThat(last).isGreaterThanOrEqualTo(700);
    TaskModel model = new TaskModel();
    try (TaskStore store = open()) {
      int there = Math.toIntExact(store.stats().tasks());
      assertThat(there).isBetween(last + 1, last + 2); // the last may have died unsaid
      for (int i = 0; i < there; i++) {
        Task kept = store.get("T-" + i).orElseThrow();
        Task written = Writer.task(i);
        assertThat(kept.estimatedHours()).isEqualTo(written.estimatedHours());
        model.put(kept);
      }
      compare(store, model, 10);
    }
  }

  @Test
  void noRecordIsReadForWhatStandsInRows() throws Exception {
    try (TaskStore store = open()) {
      Random random = new Random(6);
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 3_000; i++) {
        tasks.add(mixed(i, random));
      }
      store.insertAll(tasks);
      store.compact();
    }
    RecordTables.damage(path());
    Query some = Query.where(TaskFields.PROJECT.is("p1").and(HOURS.moreThan(1)));
    List<Field<?>> inRows =
        List.of(TaskFields.STATUS, TaskFields.AGENT, TaskFields.CREATED_AT, HOURS);
    try (TaskStore store = open();
        Snapshot snapshot = store.snapshot()) {
      for (TaskReader reader : List.of(store, snapshot)) {
        for (Query query : List.of(Query.all(), some)) {
          long count = reader.summarize(query, HOURS).getCount();
          assertThat(count).isPositive();
          for (Field<?> group : inRows) {
            assertThat(
                    reader.summarizeBy(query, group, HOURS).values().stream()
                        .mapToLong(DoubleSummaryStatistics::getCount)
                        .sum())
                .isEqualTo(count);
          }
        }
      }
      assertThat(store.summarizeBy(Query.all(), TaskFields.TAGS, HOURS)).hasSize(200);
      assertThatThrownBy(() -> store.summarizeBy(Query.all(), TaskFields.ID, HOURS))
          .isInstanceOf(CorruptionException.class);
    }
  }

  /** Hours that only move: whoever adds up two moments finds more or less of them. */
  @Test
  void isOfOneMomentBesideWriters() throws Exception {
    int tasks = 2_000;
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (TaskStore store = open()) {
      List<Task> all = new ArrayList<>();
      for (int i = 0; i < tasks; i++) {
        all.add(task(i, 1.0).toBuilder().agent("a" + i % 7).tag("g" + i % 5).build());
      }
      store.insertAll(all);
      Future<?> writer =
          threads.submit(
              () -> {
                Random random = new Random(8);
                for (int n = 0; !done.get(); n++) {
                  move(store, random.nextInt(tasks), random.nextInt(tasks), n);
                }
              });
      List<Future<?>> readers = new ArrayList<>();
      for (int r = 0; r < 2; r++) {
        boolean pinned = r == 1;
        readers.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 60; i++) {
                    if (pinned) {
                      try (Snapshot snapshot = store.snapshot()) {
                        assertWhole(snapshot, tasks);
                      }
                    } else {
                      assertWhole(store, tasks);
                    }
                  }
                }));
      }
      try {
        for (Future<?> reader : readers) {
          reader.get();
        }
      } finally {
        done.set(true);
      }
      writer.get();
      assertThat(store.verify().problems()).isEmpty();
    } finally {
      threads.shutdownNow();
    }
  }

  private static void move(TaskStore store, int from, int to, int n) {
    try (WriteBatch batch = store.newBatch()) {
      batch.update(
          "T-" + from,
          t -> t.toBuilder().estimatedHours(t.estimatedHours() - 1).agent("n" + n % 50).build());
      batch.update("T-" + to, t -> t.toBuilder().estimatedHours(t.estimatedHours() + 1).build());
      batch.commit();
    }
  }

  private static void assertWhole(TaskReader reader, int tasks) {
    assertThat(reader.summarize(Query.all(), HOURS).getSum()).isEqualTo(tasks);
    for (Field<?> group : List.of(TaskFields.AGENT, TaskFields.TAGS, TaskFields.STATUS)) {
      DoubleSummaryStatistics sums = new DoubleSummaryStatistics();
      reader.summarizeBy(Query.all(), group, HOURS).values().forEach(sums::combine);
      assertThat(sums.getSum()).as("by %s", group).isEqualTo(tasks);
      assertThat(sums.getCount()).as("by %s", group).isEqualTo(tasks);
    }
  }

  @Test
  void refusesWhatIsMissing() {
    try (TaskStore store = open();
        Snapshot past = store.asOf(0)) {
      for (TaskReader reader : List.of(store, past, store.within(Duration.ofMinutes(1)))) {
        assertThatThrownBy(() -> reader.summarize(Query.all(), null))
            .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> reader.summarize(Query.all(), TaskFields.DUE_AT, null))
            .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> reader.summarizeBy(Query.all(), null, HOURS))
            .isInstanceOf(NullPointerException.class);
      }
    }
  }
}
