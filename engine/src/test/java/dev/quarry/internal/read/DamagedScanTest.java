package dev.quarry.internal.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.CorruptionException;
import dev.quarry.ScanOptions;
import dev.quarry.Snapshot;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskStore;
import dev.quarry.internal.storage.CloseMark;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageOptions;
import dev.quarry.query.Condition;
import dev.quarry.query.Order;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan.Access;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cursors tell of a damaged record once, and come to all others. */
class DamagedScanTest {
  private static final int TASKS = 1_500;

  /** Of the part of a record that conditions read. */
  private static final int IN_PREFIX = 12;

  @TempDir Path directory;

  private final List<String> expected = new ArrayList<>();

  /** Some do not fit into a row, so that their records are asked. */
  private static String id(int i) {
    return i % 100 == 3 ? "an id of words, number " + i : "T-" + i;
  }

  /** Few have failed, so that the index finds them; those that get damaged are among them. */
  private static Status status(int i) {
    return i % 10 == 3 ? Status.FAILED : Status.TODO;
  }

  private TaskStore damaged(boolean body) {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        tasks.add(Task.builder(id(i), "t").status(status(i)).build());
        expected.add(id(i));
      }
      store.insertAll(tasks);
    }
    StorageOptions options = new StorageOptions(8 << 20, 8 << 20, false);
    try (Storage storage = Storage.open(directory.resolve("s").resolve("data"), options);
        StorageBatch batch = storage.newBatch()) {
      for (int i : List.of(103, 703)) {
        byte[] record = storage.get(Family.RECORDS, Keys.number(i));
        record[body ? record.length - 1 : IN_PREFIX] ^= 1;
        batch.put(Family.RECORDS, Keys.number(i), record);
        expected.remove(id(i));
      }
      storage.write(batch, true);
    }
    CloseMark.delete(directory.resolve("s")); // the files are no longer those of the close
    return TaskStore.open(directory.resolve("s"));
  }

  private void assertTwoAreMissing(TaskCursor cursor) {
    List<String> found = new ArrayList<>();
    int damaged = 0;
    for (boolean more = true; more && damaged < 10; ) {
      try {
        List<Task> chunk = cursor.nextChunk();
        chunk.forEach(task -> found.add(task.id()));
        more = !chunk.isEmpty();
      } catch (CorruptionException e) {
        damaged++;
      }
    }
    assertThat(damaged).isEqualTo(2);
    assertThat(found).isEqualTo(expected);
  }

  @ParameterizedTest(name = "in the body {0}")
  @ValueSource(booleans = {true, false})
  void ofRecords(boolean body) {
    try (TaskStore store = damaged(body);
        TaskCursor cursor = store.scan(Query.all(), ScanOptions.chunks(50))) {
      assertTwoAreMissing(cursor);
    }
  }

  @ParameterizedTest(name = "in the body {0}")
  @ValueSource(booleans = {true, false})
  void ofThePast(boolean body) {
    try (TaskStore store = damaged(body);
        Snapshot past = store.asOf(store.sequence());
        TaskCursor cursor = past.scan(Query.all(), ScanOptions.chunks(50))) {
      assertTwoAreMissing(cursor);
    }
  }

  @ParameterizedTest(name = "in the body {0}")
  @ValueSource(booleans = {true, false})
  void ofThePastInAnOrder(boolean body) {
    Query byCreation = Query.all().orderBy(TaskFields.CREATED_AT.ascending());
    try (TaskStore store = damaged(body);
        Snapshot past = store.asOf(store.sequence());
        TaskCursor cursor = past.scan(byCreation, ScanOptions.chunks(50))) {
      assertTwoAreMissing(cursor);
    }
  }

  @ParameterizedTest(name = "in the body {0}")
  @ValueSource(booleans = {true, false})
  void ofThePastByAnIndex(boolean body) {
    Condition failed = TaskFields.STATUS.is(Status.FAILED);
    Query query = Query.where(failed.and(TaskFields.attribute("x").isNull()));
    try (TaskStore store = damaged(body);
        Snapshot past = store.asOf(store.sequence());
        TaskCursor cursor = past.scan(query, ScanOptions.chunks(50))) {
      assertThat(store.explain(Query.where(failed)).access()).isEqualTo(Access.POSTINGS);
      expected.removeIf(id -> !id.endsWith("3"));
      assertTwoAreMissing(cursor);
    }
  }

  private static Stream<Arguments> planned() {
    Order byCreation = TaskFields.CREATED_AT.ascending();
    Condition byRecord = TaskFields.attribute("x").isNull();
    List<Query> queries =
        List.of(
            Query.all().orderBy(byCreation),
            Query.where(byRecord).orderBy(byCreation),
            Query.where(byRecord).orderBy(TaskFields.attribute("x").ascending()),
            Query.all().orderBy(TaskFields.ESTIMATED_HOURS.ascending()),
            Query.all().orderBy(TaskFields.ID.ascending()),
            Query.where(byRecord).orderBy(TaskFields.ID.ascending()));
    return queries.stream()
        .flatMap(
            query ->
                Stream.of(1, 50)
                    .flatMap(
                        chunk ->
                            Stream.of(true, false).map(body -> Arguments.of(query, chunk, body))));
  }

  @ParameterizedTest(name = "{0}, chunks of {1}, in the body {2}")
  @MethodSource("planned")
  void ofPlans(Query query, int chunk, boolean body) {
    try (TaskStore store = damaged(body);
        TaskCursor cursor = store.scan(query, ScanOptions.chunks(chunk))) {
      if (query.order().equals(List.of(TaskFields.ID.ascending()))) {
        Collections.sort(expected);
      }
      assertTwoAreMissing(cursor);
    }
  }

  @Test
  void ofRows() {
    ScanOptions some = ScanOptions.chunks(50).only(TaskFields.STATUS);
    try (TaskStore store = damaged(false);
        TaskCursor cursor = store.scan(Query.all(), some)) {
      assertTwoAreMissing(cursor);
    }
  }
}
