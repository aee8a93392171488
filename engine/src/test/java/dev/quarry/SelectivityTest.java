package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * How much of a store a compound query looks at. {@code -Dquarry.long=true} has a million tasks.
 */
@Timeout(600)
class SelectivityTest {
  private static final int TASKS = Boolean.getBoolean("quarry.long") ? 1_000_000 : 20_000;
  private static final int QUERIES = 60;
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path directory;

  private final Random random = new Random(12);

  /** Few agents and tags have many tasks, and many have few. */
  private int skewed(int values) {
    return (int) (values * Math.pow(random.nextDouble(), 3));
  }

  private Task task(int i) {
    return Task.builder("T-" + i, "t")
        .status(Status.values()[skewed(6)])
        .priority(Priority.values()[random.nextInt(4)])
        .agent("a" + skewed(50))
        .tag("g" + skewed(40))
        .createdAt(START.plusSeconds(random.nextInt(1_000_000)))
        .dueAt(random.nextInt(3) == 0 ? null : START.plusSeconds(random.nextInt(5_000_000)))
        .build();
  }

  @Test
  void aCompoundQueryExaminesNoMoreThanTwiceTheSmallestIndexSet() {
    try (TaskStore store =
        TaskStore.open(
            TaskStoreOptions.builder(directory.resolve("store")).expectedTasks(TASKS).build())) {
      for (int from = 0; from < TASKS; from += 1_000) {
        List<Task> chunk = new ArrayList<>();
        for (int i = from; i < from + 1_000; i++) {
          chunk.add(task(i));
        }
        store.insertAll(chunk);
      }
      int examinedSome = 0;
      for (int q = 0; q < QUERIES; q++) {
        List<Condition> indexed =
            List.of(
                TaskFields.STATUS.is(Status.values()[random.nextInt(6)]),
                TaskFields.AGENT.is("a" + skewed(50)),
                TaskFields.TAGS.contains("g" + skewed(40)),
                TaskFields.PRIORITY.atLeast(Priority.HIGH));
        examinedSome += check(store, indexed) ? 1 : 0;
      }
      assertThat(examinedSome).isGreaterThan(QUERIES / 4);
    }
  }

  /** Whether there was anything to examine. */
  private boolean check(TaskStore store, List<Condition> indexed) {
    Condition all = TaskFields.DUE_AT.before(START.plusSeconds(random.nextInt(5_000_000)));
    long smallest = Long.MAX_VALUE;
    for (Condition part : indexed) {
      all = part.and(all);
      smallest = Math.min(smallest, store.count(Query.where(part)));
    }
    Query query =
        Query.where(all)
            .orderBy(TaskFields.PRIORITY.descending(), TaskFields.CREATED_AT.ascending())
            .limit(20);
    QueryPlan plan = store.explain(query);
    assertThat(plan.examinedRows())
        .as("%s, of which the smallest set has %d", plan, smallest)
        .isBetween(plan.returnedRows(), 2 * smallest);
    assertThat(plan.returnedRows()).as("%s", plan).isEqualTo(Math.min(20, store.count(query)));
    assertThat(plan.index()).as("%s", plan).isNotEmpty();
    assertThat(plan.estimatedRows()).as("%s", plan).isBetween(0L, smallest);
    assertThat(plan.toString())
        .contains(
            "index=" + plan.index(),
            "estimatedRows=" + plan.estimatedRows(),
            "examinedRows=" + plan.examinedRows(),
            "returnedRows=" + plan.returnedRows());
    return plan.examinedRows() > 0;
  }
}
