package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Field;
import dev.quarry.query.Query;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Compares every read verb of a reader with the model. */
final class ReaderChecks {
  private final TaskReader reader;
  private final TaskModel model;
  private final RandomWorld world;
  private final List<IndexSpec> indexes;

  ReaderChecks(TaskReader reader, TaskModel model, RandomWorld world, List<IndexSpec> indexes) {
    this.reader = reader;
    this.model = model;
    this.world = world;
    this.indexes = indexes.stream().filter(s -> s.kind() == IndexSpec.Kind.ORDERED).toList();
  }

  /** Runs this many random queries through every verb. */
  void run(int queries) {
    ids();
    for (int i = 0; i < queries; i++) {
      Query query = world.query(indexes);
      try {
        check(query);
      } catch (RuntimeException e) {
        throw new AssertionError("the query failed: " + query, e);
      }
    }
  }

  private void ids() {
    List<String> ids = new ArrayList<>();
    List<Optional<Task>> expected = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      String id = world.random.nextInt(6) == 0 ? "absent-" + i : world.id();
      Task want = model.get(id);
      ids.add(id);
      expected.add(Optional.ofNullable(want));
      assertThat(reader.get(id)).isEqualTo(Optional.ofNullable(want));
      assertThat(reader.statusOf(id)).isEqualTo(Optional.ofNullable(want).map(Task::status));
    }
    assertThat(reader.getAll(ids)).isEqualTo(expected);
  }

  /** One query through every verb. */
  void check(Query query) {
    List<Task> want = model.answer(query);
    assertThat(pages(query)).as("pages of %s", query).isEqualTo(want);
    assertThat(scan(query)).as("scan of %s", query).isEqualTo(want);
    try (Stream<Task> stream = reader.stream(query)) {
      assertThat(stream.toList()).as("stream of %s", query).isEqualTo(want);
    }
    List<Task> all = model.answer(Query.where(query.condition()));
    assertThat(reader.count(query)).as("count of %s", query).isEqualTo(all.size());
    int rows = Math.min(want.size(), query.limit().orElse(20));
    assertThat(reader.explain(query).returnedRows())
        .as("%s", reader.explain(query))
        .isEqualTo(rows);
    countBy(query);
    new SummaryChecks(reader, model, world).check(query);
    switch (world.random.nextInt(4)) {
      case 0 -> someFields(query, want);
      case 1 -> distinct();
      case 2 -> parallel(query, all);
      default -> {}
    }
  }

  private List<Task> pages(Query query) {
    List<Task> found = new ArrayList<>();
    int size = 1 + world.random.nextInt(50);
    Page<Task> page = reader.page(query, PageRequest.first(size));
    while (true) {
      assertThat(page.items()).hasSizeLessThanOrEqualTo(size);
      assertThat(page.continuation().isEnd()).isEqualTo(!page.hasNext());
      found.addAll(page.items());
      if (!page.hasNext()) {
        return found;
      }
      assertThat(page.items()).as("a page that goes on").hasSize(size);
      size = 1 + world.random.nextInt(50);
      page = reader.page(query, PageRequest.after(page.continuation(), size));
    }
  }

  private List<Task> scan(Query query) {
    List<Task> found = new ArrayList<>();
    int size = 1 + world.random.nextInt(40);
    try (TaskCursor cursor = reader.scan(query, ScanOptions.chunks(size))) {
      List<Task> chunk = cursor.nextChunk();
      while (!chunk.isEmpty()) {
        assertThat(chunk).hasSizeLessThanOrEqualTo(size);
        found.addAll(chunk);
        chunk = cursor.nextChunk();
      }
      assertThat(cursor.nextChunk()).isEmpty();
    }
    return found;
  }

  private void someFields(Query query, List<Task> want) {
    Field<?> a = world.field();
    Field<?> b = world.field();
    List<String> found = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    try (TaskCursor cursor = reader.scan(query, ScanOptions.chunks(17).only(a, b))) {
      List<Task> chunk = cursor.nextChunk();
      while (!chunk.isEmpty()) {
        chunk.forEach(t -> found.add(t.id() + TaskModel.values(a, t) + TaskModel.values(b, t)));
        assertThat(chunk).allMatch(Task::isPartial);
        chunk = cursor.nextChunk();
      }
    }
    want.forEach(t -> expected.add(t.id() + TaskModel.values(a, t) + TaskModel.values(b, t)));
    assertThat(found).isEqualTo(expected);
  }

  private void parallel(Query query, List<Task> want) {
    Set<String> found = ConcurrentHashMap.newKeySet();
    reader.forEachParallel(
        Query.where(query.condition()).orderBy(query.order()),
        3,
        t -> assertThat(found.add(t.id())).isTrue());
    assertThat(found).hasSize(want.size());
    want.forEach(t -> assertThat(found).contains(t.id()));
  }

  private void countBy(Query query) {
    Field<?> field = world.field();
    Map<Object, Long> found = new LinkedHashMap<>();
    reader.countBy(query, field).forEach((k, n) -> found.put(TaskModel.plain(k), n));
    assertThat(new HashMap<>(found))
        .as("count by %s of %s", field, query)
        .isEqualTo(model.countBy(query.condition(), field));
    List<Object> keys = new ArrayList<>(found.keySet());
    for (int i = 1; i < keys.size(); i++) {
      assertThat(TaskModel.compareForOrder(keys.get(i - 1), keys.get(i))).isLessThanOrEqualTo(0);
    }
  }

  private void distinct() {
    Field<?> field = world.field();
    List<Object> found = new ArrayList<>();
    reader.distinct(field).forEach(value -> found.add(TaskModel.plain(value)));
    List<Object> want = new ArrayList<>(model.countBy(Query.all().condition(), field).keySet());
    want.removeIf(Objects::isNull);
    assertThat(found).as("distinct %s", field).containsExactlyInAnyOrderElementsOf(want);
    List<Object> sorted = new ArrayList<>(found);
    Collections.sort(sorted, TaskModel::compareForOrder);
    assertThat(found).isEqualTo(sorted);
  }
}
