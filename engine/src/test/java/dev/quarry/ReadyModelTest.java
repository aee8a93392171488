package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is ready is kept by counting; behind many random edits it is what counting anew finds. Long
 * form: a million edits.
 */
@Timeout(1_200)
class ReadyModelTest {
  private static final int EDITS =
      Integer.getInteger(
          "quarry.ready.edits", Boolean.getBoolean("quarry.long") ? 1_000_000 : 20_000);
  private static final int IDS = 1_500;
  private static final int COMMIT = 40;
  private static final int CHECKS = 20;

  @TempDir Path directory;

  /** What the model knows of a task; an archived one still counts for those that wait for it. */
  private record Node(Status status, Set<Integer> waitsFor, boolean archived) {}

  private final Map<Integer, Node> model = new TreeMap<>();

  @Seeds({41})
  void equalsCountingAnew(long seed) {
    Random random = new Random(seed);
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      int next = 0;
      for (int edits = 0; edits < EDITS; edits += COMMIT) {
        switch (random.nextInt(8)) {
          case 0 -> setStatus(store, random);
          case 1 -> archive(store, random);
          default -> batch(store, random);
        }
        if (edits >= next) {
          check(store, "seed " + seed + ", edit " + edits);
          next += EDITS / CHECKS;
        }
      }
      check(store, "seed " + seed);
      assertThat(store.verify().problems()).as("seed %d", seed).isEmpty();
    }
  }

  private void check(TaskStore store, String where) {
    Set<String> expected = new TreeSet<>();
    model.forEach(
        (i, node) -> {
          boolean open = node.status() == Status.TODO && !node.archived();
          if (open && node.waitsFor().stream().allMatch(this::isDone)) {
            expected.add("T-" + i);
          }
        });
    Set<String> found = new TreeSet<>();
    store.forEachChunk(
        Query.where(Condition.ready()), 500, chunk -> chunk.forEach(t -> found.add(t.id())));
    assertThat(found).as(where).isEqualTo(expected);
    assertThat(store.count(Query.where(Condition.ready()))).as(where).isEqualTo(expected.size());
  }

  private boolean isDone(int i) {
    return model.containsKey(i) && model.get(i).status() == Status.DONE;
  }

  /** Most are new or done, so that some are ready. */
  private static Status status(Random random) {
    int n = random.nextInt(8);
    return n < 3 ? Status.TODO : n < 6 ? Status.DONE : Status.values()[random.nextInt(6)];
  }

  private void batch(TaskStore store, Random random) {
    int first = random.nextInt(IDS); // near each other, so that some wait for others of the commit
    try (WriteBatch batch = store.newBatch()) {
      for (int k = 0; k < COMMIT; k++) {
        int i = (first + random.nextInt(4 * COMMIT)) % IDS;
        Node before = model.get(i);
        if (before != null && before.archived()) {
          continue;
        }
        if (before != null && random.nextInt(6) == 0) {
          batch.delete("T-" + i);
          model.remove(i);
          continue;
        }
        if (before != null && random.nextInt(4) == 0) {
          batch.update("T-" + i, t -> t.withTitle(t.title().length() > 9 ? "t" : t.title() + "t"));
          continue; // it is part of the commit, and waits as before
        }
        Node after = new Node(status(random), waitsFor(i, random), false);
        Task.Builder task = Task.builder("T-" + i, "t").status(after.status());
        after.waitsFor().forEach(other -> task.dependency("T-" + other));
        batch.put(task.build());
        model.put(i, after);
      }
      batch.commit();
    }
  }

  /** Greater ones only, so that there is no circle; near ones, and some on which many wait. */
  private static Set<Integer> waitsFor(int i, Random random) {
    Set<Integer> others = new LinkedHashSet<>();
    for (int n = random.nextInt(4); n > 0; n--) {
      boolean near = random.nextBoolean();
      others.add(near ? i + 1 + random.nextInt(20) : Math.max(i + 1, IDS - random.nextInt(10)));
    }
    return others;
  }

  private void setStatus(TaskStore store, Random random) {
    List<String> ids = new ArrayList<>();
    Status status = status(random);
    for (int k = 0; k < COMMIT; k++) {
      int i = random.nextInt(IDS);
      Node node = model.get(i);
      if (node != null && !node.archived()) {
        ids.add("T-" + i);
        model.put(i, new Node(status, node.waitsFor(), false));
      }
    }
    store.setStatus(ids, status);
  }

  private void archive(TaskStore store, Random random) {
    List<String> there = new ArrayList<>();
    List<String> back = new ArrayList<>();
    for (int k = 0; k < COMMIT; k++) {
      int i = random.nextInt(IDS);
      Node node = model.get(i);
      String id = "T-" + i;
      if (node != null && !there.contains(id) && !back.contains(id)) {
        (node.archived() ? back : there).add(id);
        model.put(i, new Node(node.status(), node.waitsFor(), !node.archived()));
      }
    }
    store.archive(there);
    store.restore(back);
  }
}
