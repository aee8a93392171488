package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.internal.codec.TextOrder;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results by id, within ranges of ids, against a sorted map. */
class IdOrderTest {
  private static final String[] PARTS = {
    "a", "b", "T-", "1", "9", "\u00e4", "\uE000", "\uFFFF", "\uD83D\uDE00", "\uDBFF\uDFFF"
  };

  @TempDir Path directory;

  private Random random;

  private String text(boolean strange) {
    StringBuilder text = new StringBuilder();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      text.append(PARTS[random.nextInt(PARTS.length)]);
    }
    return strange && random.nextInt(4) == 0 ? text.append("\uD83D").toString() : text.toString();
  }

  private record Part(Condition condition, Predicate<String> holds) {}

  private Part part() {
    String value = text(true);
    Condition.Op op = Condition.Op.values()[random.nextInt(Condition.Op.values().length)];
    return new Part(
        new Condition.Compare(TaskFields.ID, op, value),
        id -> {
          int c = TextOrder.compare(id, value);
          return switch (op) {
            case EQ -> c == 0;
            case LT -> c < 0;
            case LE -> c <= 0;
            case GT -> c > 0;
            case GE -> c >= 0;
            case STARTS_WITH -> id.startsWith(value);
          };
        });
  }

  private static List<String> ids(TaskReader reader, Query query, int size) {
    List<String> ids = new ArrayList<>();
    Page<Task> page = reader.page(query, PageRequest.first(size));
    page.items().forEach(task -> ids.add(task.id()));
    while (page.hasNext()) {
      page = reader.page(query, PageRequest.after(page.continuation(), size));
      page.items().forEach(task -> ids.add(task.id()));
    }
    return ids;
  }

  @Seeds({91, 92})
  void rangesInTheOrderOfIdsAreAsInASortedMap(long seed) {
    random = new Random(seed);
    TreeMap<String, Status> model = new TreeMap<>(TextOrder::compare);
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      while (model.size() < 200) {
        Status status = random.nextInt(40) == 0 ? Status.IN_PROGRESS : Status.TODO;
        String id = text(false);
        model.put(id, status);
        store.put(Task.builder(id, "t").status(status).build());
      }
      try (Snapshot snapshot = store.snapshot()) {
        for (int i = 0; i < 300; i++) {
          Part a = part();
          Part b = part();
          boolean few = random.nextBoolean();
          boolean descending = random.nextBoolean();
          Condition condition =
              random.nextBoolean() ? a.condition().and(b.condition()) : a.condition();
          Predicate<String> holds =
              condition == a.condition() ? a.holds() : a.holds().and(b.holds());
          if (few) {
            condition = condition.and(TaskFields.STATUS.is(Status.IN_PROGRESS));
            holds = holds.and(id -> model.get(id) == Status.IN_PROGRESS);
          }
          Query query =
              Query.where(condition)
                  .orderBy(descending ? TaskFields.ID.descending() : TaskFields.ID.ascending());
          List<String> wanted =
              (descending ? model.descendingKeySet() : model.navigableKeySet())
                  .stream().filter(holds).toList();
          String what = "seed " + seed + ", " + query;
          assertThat(ids(store, query, 1 + random.nextInt(30))).as(what).isEqualTo(wanted);
          assertThat(ids(snapshot, query, 1 + random.nextInt(30))).as(what).isEqualTo(wanted);
          List<String> scanned = new ArrayList<>();
          store.forEachChunk(query, 7, chunk -> chunk.forEach(task -> scanned.add(task.id())));
          assertThat(scanned).as(what).isEqualTo(wanted);
          assertThat(store.count(query)).as(what).isEqualTo(wanted.size());
        }
      }
    }
  }

  @Test
  void aRangeByIdLooksAtTheRangeAndFewByIdAtTheFew() {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        Status status = i % 500 == 7 ? Status.IN_PROGRESS : Status.TODO;
        tasks.add(Task.builder("T-" + (10_000 + i), "t").status(status).build());
      }
      store.insertAll(tasks);
      Condition range = TaskFields.ID.atLeast("T-11000").and(TaskFields.ID.before("T-11010"));
      QueryPlan plan = store.explain(Query.where(range).orderBy(TaskFields.ID.descending()));
      assertThat(plan.access()).isEqualTo(QueryPlan.Access.ID_RANGE);
      assertThat(plan.returnedRows()).isEqualTo(10);
      assertThat(plan.examinedRows()).isEqualTo(10);
      Query few =
          Query.where(TaskFields.STATUS.is(Status.IN_PROGRESS)).orderBy(TaskFields.ID.ascending());
      plan = store.explain(few);
      assertThat(plan.access()).isEqualTo(QueryPlan.Access.POSTINGS);
      assertThat(plan.examinedRows()).isEqualTo(4);
      assertThat(ids(store, few, 3)).containsExactly("T-10007", "T-10507", "T-11007", "T-11507");
    }
  }
}
