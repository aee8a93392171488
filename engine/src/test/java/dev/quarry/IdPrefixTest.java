package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a prefix of ids costs where the result is in no order of ids. */
class IdPrefixTest {
  private static final int TASKS = 5_000;

  @TempDir Path directory;

  @BeforeEach
  void fill() {
    try (TaskStore store = open()) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        tasks.add(Task.builder("T-" + i, "t").build());
      }
      store.insertAll(tasks);
    }
  }

  private TaskStore open() {
    return TaskStore.open(directory.resolve("s"));
  }

  @Test
  void aPrefixOfManyIsNotWalkedForAFew() {
    Query many = Query.where(TaskFields.ID.startsWith("T-"));
    try (TaskStore store = open()) {
      QueryPlan plan = store.explain(many);
      assertThat(plan.returnedRows()).isEqualTo(20);
      assertThat(plan.examinedRows()).isBetween(20L, 25L);
      assertThat(plan.sort()).isEqualTo(QueryPlan.Sort.NONE); // so each step goes on where it was
      List<String> ids = new ArrayList<>();
      store.forEachChunk(many, 700, chunk -> chunk.forEach(task -> ids.add(task.id())));
      assertThat(ids).hasSize(TASKS).startsWith("T-0", "T-1").endsWith("T-" + (TASKS - 1));
    }
  }

  @Test
  void aPrefixOfFewIsLookedUpAmongTheIds() {
    Query few = Query.where(TaskFields.ID.startsWith("T-49"));
    try (TaskStore store = open()) {
      QueryPlan plan = store.explain(few);
      assertThat(plan.access()).isEqualTo(QueryPlan.Access.ID_RANGE);
      assertThat(plan.returnedRows()).isEqualTo(20);
      // T-49 and T-490 come first by id and in the order of insertion, the others far behind
      assertThat(plan.examinedRows()).isBetween(20L, 111L);
      List<String> ids = new ArrayList<>();
      store.forEachChunk(few, 7, chunk -> chunk.forEach(task -> ids.add(task.id())));
      assertThat(ids).hasSize(111).startsWith("T-49", "T-490", "T-491").endsWith("T-4999");
      assertThat(ids(store, few)).isEqualTo(ids);
    }
  }

  private static List<String> ids(TaskStore store, Query query) {
    List<String> ids = new ArrayList<>();
    Page<Task> page = store.page(query, PageRequest.first(10));
    page.items().forEach(task -> ids.add(task.id()));
    while (page.hasNext()) {
      page = store.page(query, PageRequest.after(page.continuation(), 10));
      page.items().forEach(task -> ids.add(task.id()));
    }
    return ids;
  }
}
