package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a store tells Java Flight Recorder. */
@Timeout(120)
class StoreEventsTest {
  private static final List<String> NAMES =
      List.of("Commit", "Query", "WriteStall", "Flush", "IndexRebuild", "MemoryPressure");
  private static final Query TODO = Query.where(TaskFields.STATUS.is(Status.TODO));

  @TempDir Path directory;

  /** Work that may be interrupted. */
  private interface Work {
    void run() throws Exception;
  }

  private List<RecordedEvent> recorded(Work work) throws Exception {
    try (Recording recording = new Recording()) {
      for (String name : NAMES) {
        recording.enable("taskstore." + name).withThreshold(Duration.ZERO);
      }
      recording.start();
      work.run();
      recording.stop();
      Path file = directory.resolve("events.jfr");
      recording.dump(file);
      return RecordingFile.readAllEvents(file).stream()
          .filter(e -> e.getEventType().getName().startsWith("taskstore."))
          .toList();
    }
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream()
        .filter(e -> e.getEventType().getName().equals("taskstore." + name))
        .toList();
  }

  private static List<Task> tasks(int n) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      Status status = i % 4 == 0 ? Status.TODO : Status.DONE;
      tasks.add(Task.builder("T-" + i, "Task " + i).status(status).build());
    }
    return tasks;
  }

  @Test
  void writesAreCommitsOfSoManyTasks() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      List<RecordedEvent> events =
          recorded(
              () -> {
                store.insertAll(tasks(1_000));
                store.update("T-1", t -> t.withStatus(Status.FAILED));
                store.update("T-1", t -> t); // changes nothing
              });
      List<RecordedEvent> commits = named(events, "Commit");
      assertThat(commits).extracting(e -> e.getInt("tasks")).containsExactly(1_000, 1);
      assertThat(commits).extracting(e -> e.getInt("commits")).containsExactly(1, 1);
      assertThat(commits.get(1).getLong("sequence")).isEqualTo(store.sequence());
      assertThat(commits).allMatch(e -> e.getLong("bytes") > 0 && !e.getBoolean("sync"));
      List<RecordedEvent> writes = named(events, "WriteStall");
      assertThat(writes).hasSize(2).allMatch(e -> e.getLong("stops") == 0);
      assertThat(writes).allMatch(e -> e.getLong("delays") == 0);
    }
  }

  /** A count walks once, so a prefix that is too long a way for each page is a short one for it. */
  @Test
  void aCountOfAPrefixLooksAtItsIdsUnlessMostTasksHaveIt() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      store.insertAll(
          IntStream.range(0, 16_000)
              .mapToObj(i -> Task.builder((i % 5 == 0 ? "P-" : "Q-") + i, "").build())
              .toList());
      List<RecordedEvent> events =
          recorded(
              () -> {
                assertThat(store.count(Query.where(TaskFields.ID.startsWith("P-"))))
                    .isEqualTo(3_200);
                assertThat(store.count(Query.where(TaskFields.ID.startsWith("Q-"))))
                    .isEqualTo(12_800);
                store.countBy(Query.where(TaskFields.ID.startsWith("P-")), TaskFields.STATUS);
              });
      assertThat(named(events, "Query"))
          .extracting(e -> e.getString("access") + " " + e.getLong("examined"))
          .containsExactly("ID_RANGE 3200", "FULL_SCAN 16000", "ID_RANGE 3200");
    }
  }

  @Test
  void queriesTellTheirPlanRowsAndCandidates() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      store.insertAll(tasks(1_000));
      List<RecordedEvent> events =
          recorded(
              () -> {
                store.page(TODO, PageRequest.first(20));
                store.count(TODO);
                try (TaskCursor cursor = store.scan(Query.all(), ScanOptions.chunks(300))) {
                  assertThat(cursor.nextChunk()).hasSize(300);
                }
                try (Snapshot snapshot = store.snapshot()) {
                  assertThat(snapshot.count(TODO)).isEqualTo(250);
                }
              });
      List<RecordedEvent> queries = named(events, "Query");
      assertThat(queries)
          .extracting(e -> e.getString("access") + " " + e.getLong("rows"))
          .startsWith("POSTINGS 20", "POSTINGS 250", "FULL_SCAN 300");
      assertThat(queries.get(0).getLong("examined")).isBetween(20L, 250L);
      assertThat(queries.get(1).getLong("examined")).isZero(); // the list's header has the count
      assertThat(queries.get(2).getLong("examined")).isEqualTo(300);
      assertThat(queries).allMatch(e -> !e.getDuration().isNegative());
    }
  }

  /** The keys of so many fit into one run, behind which nobody looks for more. */
  @Test
  void aScanInAnOrderWithoutIndexLooksAtEachTaskOnce() throws Exception {
    int tasks = 70_000;
    Query byHours = Query.all().orderBy(TaskFields.ESTIMATED_HOURS.ascending());
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      store.insertAll(tasks(tasks));
      List<RecordedEvent> events =
          recorded(
              () -> {
                try (TaskCursor cursor = store.scan(byHours, ScanOptions.chunks(10_000))) {
                  for (int found = 0; found < tasks; ) {
                    found += cursor.nextChunk().size();
                  }
                  assertThat(cursor.nextChunk()).isEmpty();
                }
              });
      assertThat(named(events, "Query").stream().mapToLong(e -> e.getLong("examined")).sum())
          .isEqualTo(tasks);
    }
  }

  @Test
  void aScanOfRowsTellsHowManyItLookedAt() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      store.insertAll(tasks(1_000));
      ScanOptions some = ScanOptions.chunks(600).only(TaskFields.PROJECT);
      Query either = Query.where(TaskFields.STATUS.in(Status.TODO, Status.DONE));
      List<RecordedEvent> events =
          recorded(
              () -> {
                for (Query query : List.of(Query.all(), either)) {
                  try (TaskCursor cursor = store.scan(query, some)) {
                    assertThat(cursor.nextChunk()).hasSize(600);
                    assertThat(cursor.nextChunk()).hasSize(400);
                  }
                }
              });
      assertThat(named(events, "Query"))
          .extracting(e -> e.getLong("rows") + " of " + e.getLong("examined"))
          // rows are read 512 at a time, so the second chunk comes out of what was looked at
          .containsExactly("600 of 1000", "400 of 0", "600 of 1000", "400 of 0");
    }
  }

  @Test
  void aReadOfOneTaskHasNoEvent() throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      store.insertAll(tasks(100));
      List<RecordedEvent> events =
          recorded(
              () -> {
                for (int i = 0; i < 200; i++) {
                  store.get("T-" + i);
                  store.statusOf("T-" + i);
                }
              });
      assertThat(events).isEmpty();
    }
  }

  @Test
  void flushesRebuildsAndPressureAreTold() throws Exception {
    CountDownLatch pressed = new CountDownLatch(1);
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("s"))
            .memoryLimitBytes(1 << 20)
            .memoryCheckInterval(Duration.ofMillis(50))
            .onMemoryPressure(pressure -> pressed.countDown())
            .build();
    List<RecordedEvent> events =
        recorded(
            () -> {
              try (TaskStore store = TaskStore.open(options)) {
                store.insertAll(tasks(1_000));
                assertThat(pressed.await(60, TimeUnit.SECONDS)).isTrue();
                store.rebuildIndexes(ProgressListener.NONE);
              }
            });
    RecordedEvent pressure = named(events, "MemoryPressure").get(0);
    assertThat(pressure.getLong("limit")).isEqualTo(1 << 20);
    assertThat(pressure.getLong("before")).isGreaterThan(1 << 20);
    assertThat(pressure.getLong("after")).isPositive(); // tasks may still have come in
    assertThat(named(events, "Flush")).isNotEmpty();
    assertThat(named(events, "IndexRebuild"))
        .anyMatch(e -> e.getBoolean("whole") && e.getLong("tasks") == 1_000);
  }

  /** The recorder starts itself when the first class of an event is loaded, and takes its time. */
  @Test
  void noEventIsLoadedBeforeThereIsARecording() throws Exception {
    List<String> lines = new ArrayList<>();
    List<String> options = List.of("-Xlog:class+load:stdout");
    try (ChildJvm child =
        new ChildJvm(options, LimitPrograms.FewFiles.class, directory.resolve("s"))) {
      for (String line = child.line(); line != null; line = child.line()) {
        lines.add(line);
      }
      assertThat(child.exit()).isZero();
    }
    assertThat(lines).anyMatch(line -> line.contains("dev.quarry.internal.events.StoreEvents"));
    assertThat(lines).noneMatch(line -> line.contains("dev.quarry.internal.events.CommitEvent"));
    assertThat(lines).noneMatch(line -> line.contains(" jdk.jfr.Event "));
  }

  /** A runtime that was linked without the recorder's module. */
  @Test
  void aRuntimeWithoutTheRecorderDoes() throws Exception {
    List<String> options = List.of("--limit-modules", "java.se,jdk.unsupported");
    try (ChildJvm child =
        new ChildJvm(options, LimitPrograms.FewFiles.class, directory.resolve("s"))) {
      assertThat(child.line()).isEqualTo("works");
      assertThat(child.exit()).isZero();
    }
  }
}
