package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counts by the terms alone, which are kept decoded, through all that terms go through. */
class CountByTest {
  /** More than are kept decoded. */
  private static final int MANY = 4_500;

  @TempDir Path directory;
  private TaskStore store;

  @BeforeEach
  void open() {
    store = TaskStore.open(directory.resolve("store"));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static Task task(int i, String agent) {
    return Task.builder("T-" + i, "title").agent(agent).build();
  }

  private Map<String, Long> agents() {
    return store.countBy(Query.all(), TaskFields.AGENT);
  }

  @Test
  void follows_the_terms_of_a_field() {
    assertThat(agents()).isEmpty();
    store.insertAll(List.of(task(1, "b"), task(2, "a"), task(3, null), task(4, "b")));
    Map<String, Long> first = agents();
    Map<String, Long> expected = new HashMap<>(Map.of("a", 1L, "b", 2L));
    expected.put(null, 1L);
    assertThat(first).isEqualTo(expected).hasSameHashCodeAs(expected);
    assertThat(new ArrayList<>(first.keySet())).isEqualTo(Arrays.asList("a", "b", null));

    store.insert(task(5, "aa"));
    assertThat(new ArrayList<>(agents().keySet())).isEqualTo(Arrays.asList("a", "aa", "b", null));
    store.delete("T-2");
    assertThat(new ArrayList<>(agents().keySet())).isEqualTo(Arrays.asList("aa", "b", null));
    store.insert(task(6, "a"));
    assertThat(agents()).containsEntry("a", 1L).containsEntry("b", 2L).hasSize(4);
    assertThat(first).as("what was returned before").isEqualTo(expected);
  }

  @Test
  void looks_up_what_is_there_and_nothing_else() {
    store.insertAll(List.of(task(1, "b"), task(2, "d"), task(3, "f")));
    Map<?, Long> counts = agents();
    for (String agent : List.of("b", "d", "f")) {
      assertThat(counts.get(agent)).isEqualTo(1L);
      assertThat(counts.containsKey(agent)).isTrue();
    }
    for (Object absent : Arrays.asList("a", "c", "e", "g", "", null, Status.TODO, 7)) {
      assertThat(counts.get(absent)).as("%s", absent).isNull();
      assertThat(counts.containsKey(absent)).as("%s", absent).isFalse();
    }
    assertThatThrownBy(counts::clear).isInstanceOf(UnsupportedOperationException.class);
    assertThat(store.countBy(Query.all(), TaskFields.STATUS)).isEqualTo(Map.of(Status.TODO, 3L));
  }

  @Test
  void holds_after_a_reopening_and_a_rebuild() {
    List<Task> tasks = new ArrayList<>();
    Map<String, Long> expected = new HashMap<>();
    for (int i = 0; i < 600; i++) {
      String agent = "agent " + i % 37;
      tasks.add(task(i, agent));
      expected.merge(agent, 1L, Long::sum);
    }
    store.insertAll(tasks);
    assertThat(agents()).isEqualTo(expected);
    store.close();
    open();
    assertThat(agents()).isEqualTo(expected);
    store.insert(task(1_000, "agent 99"));
    expected.put("agent 99", 1L);
    assertThat(agents()).isEqualTo(expected);
    for (int i = 0; i < 600; i += 37) {
      store.delete("T-" + i);
    }
    expected.remove("agent 0");
    assertThat(agents()).isEqualTo(expected);
    store.rebuildIndexes(ProgressListener.NONE);
    assertThat(agents()).isEqualTo(expected);
    store.insert(task(1_001, "agent 0"));
    expected.put("agent 0", 1L);
    assertThat(agents()).isEqualTo(expected);
  }

  @Test
  void counts_more_values_than_are_kept() {
    List<Task> tasks = new ArrayList<>();
    Map<String, Long> expected = new HashMap<>();
    for (int i = 0; i < MANY; i++) {
      tasks.add(task(i, "agent " + i));
      expected.put("agent " + i, 1L);
    }
    store.insertAll(tasks);
    assertThat(agents()).isEqualTo(expected);
  }
}
