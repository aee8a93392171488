package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.change.WatchOptions;
import dev.quarry.internal.storage.Keys;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An id that no task can have leads to no task. */
class StrangeIdsTest {
  /** Java's own encoder makes them the bytes of {@code a?}. */
  private static final List<String> LIKE_A_QUESTION_MARK = List.of("a\uD800", "a\uDC00");

  @TempDir Path directory;

  private TaskStore open() {
    return TaskStore.open(directory.resolve("s"));
  }

  @Test
  void keysOfDifferentIdsDiffer() {
    assertThat(Keys.id("a\uD800")).containsExactly('a', 0xED, 0xA0, 0x80);
    assertThat(Keys.id("\uDFFFa\uD83D\uDE00\uD83D"))
        .containsExactly(0xED, 0xBF, 0xBF, 'a', 0xF0, 0x9F, 0x98, 0x80, 0xED, 0xA0, 0xBD);
    assertThat(Keys.id("t-\u00e4\uFFFF"))
        .isEqualTo("t-\u00e4\uFFFF".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void namesOfSubscriptionsAndJobsAreWholeUnicode() throws Exception {
    try (TaskStore store = open()) {
      store.insert(Task.builder("T", "t").build());
      WatchOptions named = WatchOptions.builder().name("a?").build();
      store.watch(named, change -> {}).close();
      store.updateAll("a?", Query.all(), 9, t -> t).await();
      for (String name : LIKE_A_QUESTION_MARK) {
        assertThatThrownBy(() -> WatchOptions.builder().name(name))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("subscription")
            .hasMessageContaining("unpaired surrogate at position 1");
        assertThat(store.subscriptions().drop(name)).as("nobody has this name").isFalse();
        assertThatThrownBy(() -> store.updateAll(name, Query.all(), 9, t -> t))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("job")
            .hasMessageContaining("unpaired surrogate at position 1");
      }
      assertThat(store.subscriptions().drop("a?")).isTrue();
      String pair = "a\uD83D\uDE00";
      store.watch(WatchOptions.builder().name(pair).build(), change -> {}).close();
      assertThat(store.subscriptions().drop(pair)).isTrue();
      assertThat(store.updateAll(pair, Query.all(), 9, t -> t).await().treated()).isEqualTo(1);
    }
  }

  @Test
  void noReadTakesAnUnpairedSurrogateForAQuestionMark() {
    try (TaskStore store = open()) {
      store.insert(Task.builder("a?", "t").build());
      store.insert(Task.builder("b", "t").build());
      long then = store.sequence();
      store.delete("b");
      for (String id : LIKE_A_QUESTION_MARK) {
        try (Snapshot now = store.snapshot();
            Snapshot past = store.asOf(then)) {
          for (TaskReader reader : List.of(store, now, past)) {
            assertThat(reader.get(id)).isEmpty();
            assertThat(reader.statusOf(id)).isEmpty();
            assertThat(reader.getAll(List.of(id, "a?")).get(0)).isEmpty();
            assertThat(reader.count(Query.where(TaskFields.ID.is(id)))).isZero();
            assertThat(reader.get("a?")).isPresent();
          }
        }
        assertThatThrownBy(() -> store.history(id, 1)).isInstanceOf(TaskNotFoundException.class);
        assertThat(store.claims().claimOf(id)).isEmpty();
      }
    }
  }

  @Test
  void noWriteTakesAnUnpairedSurrogateForAQuestionMark() {
    Class<TaskNotFoundException> absent = TaskNotFoundException.class;
    try (TaskStore store = open()) {
      Task task = store.insert(Task.builder("a?", "t").build());
      store.insert(Task.builder("old?", "t").build());
      store.archive(List.of("old?"));
      long last = store.sequence();
      for (String id : LIKE_A_QUESTION_MARK) {
        assertThat(store.delete(id)).isEmpty();
        assertThatThrownBy(() -> store.update(id, t -> t.withStatus(Status.DONE)))
            .isInstanceOf(absent);
        assertThat(store.setStatus(List.of(id), Status.DONE).missing()).containsExactly(id);
        assertThat(store.archive(List.of(id)).missing()).containsExactly(id);
        assertThatThrownBy(() -> store.claims().tryClaim(id, "w", Duration.ofHours(1)))
            .isInstanceOf(absent);
        assertThatThrownBy(() -> store.undo(id)).isInstanceOf(absent);
        String old = id.replace("a", "old");
        assertThat(store.getArchived(old)).isEmpty();
        assertThat(store.restore(List.of(old)).missing()).containsExactly(old);
        assertThat(store.purge(List.of(old)).missing()).containsExactly(old);
      }
      assertThat(store.sequence()).isEqualTo(last);
      assertThat(store.get("a?")).contains(task);
      try (WriteBatch batch = store.newBatch()) {
        batch.delete("a\uD800").put(task.toBuilder().title("changed").build()).commit();
      }
      assertThat(store.get("a?").map(Task::title)).contains("changed");
      assertThat(store.changesAfter(last, 10)).hasSize(1);
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  /** Such a dependency is one without a task, as any other that nobody has inserted. */
  @ParameterizedTest
  @ValueSource(strings = {"\uD800", "\uDFFF"})
  void aDependencyOnAnUnpairedSurrogateIsNoneOnAQuestionMark(String target) {
    try (TaskStore store = open()) {
      store.insert(Task.builder("waits", "t").dependency(target).build());
      Optional<Status> before = store.statusOf("waits");
      store.insert(Task.builder("?", "t").build());
      boolean ready = isReady(store, "waits");
      assertThat(store.graph().dependentsOf("?")).isEmpty();
      assertThat(store.graph().blockersOf("waits")).isEmpty();
      store.update("?", t -> t.withStatus(Status.DONE));
      assertThat(isReady(store, "waits")).isEqualTo(ready);
      assertThat(store.statusOf("waits")).isEqualTo(before);
      // no circle either
      store.update("?", t -> t.toBuilder().status(Status.TODO).dependency("waits").build());
      assertThat(store.get("waits").orElseThrow().dependencies()).containsExactly(target);
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  private static boolean isReady(TaskStore store, String id) {
    return store.count(Query.where(Condition.ready().and(TaskFields.ID.is(id)))) == 1;
  }

  /** Keys of the past are an id, a zero byte and an ordinal. */
  @Test
  void anIdWithZerosHasNoPastOfAnother() {
    try (TaskStore store = open()) {
      store.insert(Task.builder("a", "t").build());
      long then = store.sequence();
      store.delete("a");
      try (Snapshot past = store.asOf(then)) {
        for (String id : List.of("a\0", "a\0\0", "a\0\0\0\0", "\1", "\1\0\0")) {
          assertThat(past.get(id)).isEmpty();
          assertThat(past.statusOf(id)).isEmpty();
          assertThatThrownBy(() -> store.history(id, 1)).isInstanceOf(TaskNotFoundException.class);
        }
        assertThat(past.get("a")).isPresent();
      }
      assertThat(store.history("a", 9)).hasSize(2);
    }
  }

  /** The mark of a claim that runs is the byte 1 and the id. */
  @Test
  void aMarkOfAClaimIsNoClaim() {
    try (TaskStore store = open()) {
      store.insert(Task.builder("a", "t").build());
      Optional<Claim> claim = store.claims().tryClaim("a", "w", Duration.ofHours(1));
      assertThat(store.claims().claimOf("a")).isEqualTo(claim);
      assertThat(store.claims().claimOf("\1a")).isEmpty();
    }
  }
}
