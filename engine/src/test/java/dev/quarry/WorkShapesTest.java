package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * 10,000 tasks in each of four shapes of dependencies, completed wave by wave. Behind every commit
 * the store's ready tasks are those of a model that looks at all dependencies of all tasks.
 */
@Timeout(300)
class WorkShapesTest {
  private static final int TASKS = 10_000;
  private static final int LAYERS = 20;

  /** Tasks that are inserted in one commit, before or behind those that they wait for. */
  private static final int INSERTED = 700;

  @TempDir Path directory;

  /** What waits for what, and how many of the tasks that are ready one commit completes. */
  enum Shape {
    /** All but the first wait for the first. */
    FAN_OUT(4_000) {
      @Override
      int[] dependencies(int task, Random random) {
        return task == 0 ? new int[0] : new int[] {0};
      }
    },
    /** The last waits for all others. */
    FAN_IN(700) {
      @Override
      int[] dependencies(int task, Random random) {
        return task < TASKS - 1 ? new int[0] : IntStream.range(0, task).toArray();
      }
    },
    /** Each of a layer waits for one to five of the layer before. */
    LAYERED(150) {
      @Override
      int[] dependencies(int task, Random random) {
        int size = TASKS / LAYERS;
        int before = (task / size - 1) * size;
        return before < 0
            ? new int[0]
            : random.ints(1 + random.nextInt(5), before, before + size).distinct().toArray();
      }
    },
    /** Each waits for the one before. */
    CHAIN(1) {
      @Override
      int[] dependencies(int task, Random random) {
        return task == 0 ? new int[0] : new int[] {task - 1};
      }
    };

    private final int completed;

    Shape(int completed) {
      this.completed = completed;
    }

    abstract int[] dependencies(int task, Random random);
  }

  /** Nothing but what the tasks are: which wait for which, and which are done. */
  private static final class Model {
    final int[][] dependencies = new int[TASKS][];
    final boolean[] done = new boolean[TASKS];

    Model(Shape shape, Random random) {
      for (int i = 0; i < TASKS; i++) {
        dependencies[i] = shape.dependencies(i, random);
      }
    }

    List<Integer> ready() {
      List<Integer> ready = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        if (!done[i] && isFree(i)) {
          ready.add(i);
        }
      }
      return ready;
    }

    private boolean isFree(int task) {
      for (int dependency : dependencies[task]) {
        if (!done[dependency]) {
          return false;
        }
      }
      return true;
    }
  }

  private static String id(int task) {
    return "T-" + task;
  }

  private static List<Integer> ready(TaskStore store) {
    Query ready = Query.where(Condition.ready());
    return store.page(ready, PageRequest.first(TASKS)).items().stream()
        .map(task -> Integer.parseInt(task.id().substring(2)))
        .sorted()
        .toList();
  }

  private static void insert(TaskStore store, Model model, Random random) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      List<String> dependencies =
          IntStream.of(model.dependencies[i]).mapToObj(WorkShapesTest::id).toList();
      tasks.add(Task.builder(id(i), "t").dependencies(dependencies).build());
    }
    List<List<Task>> commits = new ArrayList<>();
    for (int from = 0; from < TASKS; from += INSERTED) {
      List<Task> commit = tasks.subList(from, Math.min(TASKS, from + INSERTED));
      Collections.shuffle(commit, random);
      commits.add(commit);
    }
    Collections.shuffle(commits, random);
    commits.forEach(store::insertAll);
  }

  private static void set(TaskStore store, Model model, List<Integer> tasks, Status status) {
    if (tasks.size() == 1) {
      store.update(id(tasks.get(0)), task -> task.withStatus(status));
    } else {
      store.setStatus(tasks.stream().map(WorkShapesTest::id).toList(), status);
    }
    tasks.forEach(task -> model.done[task] = status == Status.DONE);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsReadyIsRightBehindEveryWave(Shape shape) {
    Random random = new Random(1_017 + shape.ordinal());
    Model model = new Model(shape, random);
    try (TaskStore store = TaskStore.open(directory.resolve("s"))) {
      insert(store, model, random);
      List<Integer> ready = model.ready();
      assertThat(ready(store)).as("inserted").isEqualTo(ready);
      int commits = 0;
      while (!ready.isEmpty()) {
        Collections.shuffle(ready, random);
        set(store, model, ready.subList(0, Math.min(shape.completed, ready.size())), Status.DONE);
        ready = model.ready();
        assertThat(ready(store)).as("behind commit %d", ++commits).isEqualTo(ready);
      }
      assertThat(store.count(Query.all())).isEqualTo(TASKS);
      assertThat(store.verify().problems()).isEmpty();
      // begun again: what waits for one of them is held up by it
      for (int task : List.of(TASKS - 1, TASKS / 2, 1, 0)) {
        set(store, model, List.of(task), Status.TODO);
        assertThat(ready(store)).as("%d once more", task).isEqualTo(model.ready());
      }
      assertThat(store.verify().problems()).isEmpty();
    }
  }
}
