package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Priority;
import dev.quarry.Seeds;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RandomTasks;
import dev.quarry.internal.read.Predicates;
import dev.quarry.internal.write.Action;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.TaskChange;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.InstantField;
import dev.quarry.query.RandomConditions;
import dev.quarry.query.TagsField;
import dev.quarry.query.TaskFields;
import dev.quarry.query.TextField;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which filters are looked at for a change: few, and all that hold. */
class FilterIndexTest {
  private static final int FILTERS = 1_000;
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final FeedHarness harness = new FeedHarness();
  private final FilterIndex index = new FilterIndex();

  @AfterEach
  void close() {
    harness.close();
  }

  private FeedSubscription add(Condition filter) {
    WatchOptions options = WatchOptions.builder().filter(filter).build();
    FeedSubscription subscription = harness.feed.prepare(options, Sink.of(change -> {}), null);
    index.add(subscription);
    return subscription;
  }

  private static Commit commit(Task before, Task after) {
    List<TaskChange> changes = List.of(new TaskChange(0, before, after));
    return new Commit(1, Instant.EPOCH, Action.WRITE, null, changes);
  }

  /** How many filters a change satisfies, and how many are evaluated for it. */
  private record Cost(int found, long evaluations) {}

  private Cost match(Task before, Task after) {
    long evaluations = index.evaluations();
    return new Cost(index.match(commit(before, after)).size(), index.evaluations() - evaluations);
  }

  private static Instant at(int i) {
    return START.plusSeconds(i);
  }

  /** A part of which there are 1,000 different ones; a task of number i satisfies it or more. */
  enum Part {
    /** Of an attribute's value. */
    ATTRIBUTE {
      @Override
      Condition of(int i) {
        return TaskFields.attribute("team").is("team" + i);
      }
    },
    /** Of the attributes' names. */
    ATTRIBUTES {
      @Override
      Condition of(int i) {
        return TaskFields.attribute("has" + i).in("yes", "no");
      }
    },
    /** Of the beginning of the id. */
    PREFIX {
      @Override
      Condition of(int i) {
        return TaskFields.ID.startsWith(i + "-");
      }
    },
    /** Of a range of time, from above. */
    DUE {
      @Override
      Condition of(int i) {
        return TaskFields.DUE_AT.before(at(i).plusMillis(1));
      }

      @Override
      int satisfied(int i) {
        return FILTERS - i;
      }
    },
    /** Of a range of time, from below. */
    CREATED {
      @Override
      Condition of(int i) {
        return TaskFields.CREATED_AT.atOrAfter(at(i));
      }

      @Override
      int satisfied(int i) {
        return i + 1;
      }
    },
    /** Of one time. */
    UPDATED {
      @Override
      Condition of(int i) {
        return TaskFields.UPDATED_AT.is(at(i));
      }
    },
    /** Of a range of hours. */
    HOURS {
      @Override
      Condition of(int i) {
        return TaskFields.ESTIMATED_HOURS.atMost(i / 4.0);
      }

      @Override
      int satisfied(int i) {
        return FILTERS - i;
      }
    },
    /** Of a range of texts. */
    TEXT {
      @Override
      Condition of(int i) {
        return TaskFields.AGENT.before("agent%04d+".formatted(i));
      }

      @Override
      int satisfied(int i) {
        return FILTERS - i;
      }
    };

    abstract Condition of(int i);

    int satisfied(int i) {
      return 1;
    }
  }

  private static Task task(int i) {
    return Task.builder(i + "-a", "t")
        .agent("agent%04d".formatted(i))
        .priority(Priority.HIGH)
        .attribute("team", "team" + i)
        .attribute("has" + i, "yes")
        .dueAt(at(i))
        .createdAt(at(i))
        .updatedAt(at(i))
        .estimatedHours(i / 4.0)
        .build();
  }

  @ParameterizedTest
  @EnumSource
  void aChangeCostsNoMoreThanTheFiltersThatHold(Part part) {
    for (int i = 0; i < FILTERS; i++) {
      add(part.of(i));
    }
    for (int i = 0; i < FILTERS; i++) {
      int satisfied = part.satisfied(i);
      assertThat(match(null, task(i))).as("created").isEqualTo(new Cost(satisfied, satisfied));
      assertThat(match(task(i), null)).as("deleted").isEqualTo(new Cost(satisfied, satisfied));
    }
    assertThat(match(null, Task.builder("other", "t").build()).evaluations()).isZero();
  }

  /** What excludes more comes first, wherever it stands; a range of priorities is some values. */
  @ParameterizedTest
  @EnumSource
  void aConjunctionIsFoundByItsRarestPart(Part part) {
    for (int i = 0; i < FILTERS; i++) {
      Condition common = TaskFields.PRIORITY.atLeast(Priority.HIGH);
      add(i % 2 == 0 ? common.and(part.of(i)) : part.of(i).and(common));
    }
    int satisfied = part.satisfied(500);
    assertThat(match(null, task(500))).isEqualTo(new Cost(satisfied, satisfied));
  }

  @Test
  void aRangeOfPrioritiesIsSomeOfThem() {
    for (int i = 0; i < FILTERS; i++) {
      add(TaskFields.PRIORITY.atLeast(Priority.HIGH).and(TaskFields.AGENT.isNot("a" + i)));
    }
    assertThat(match(null, Task.builder("T", "t").priority(Priority.MEDIUM).build()))
        .isEqualTo(new Cost(0, 0));
    assertThat(match(null, Task.builder("T", "t").priority(Priority.CRITICAL).build()))
        .isEqualTo(new Cost(FILTERS, FILTERS));
  }

  /** Each state is asked only where it may hold; nobody is told twice. */
  @Test
  void oneStateIsEnough() {
    add(TaskFields.STATUS.is(Status.TODO));
    Task todo = Task.builder("T", "t").build();
    Task done = todo.withStatus(Status.DONE);
    assertThat(match(todo, done)).isEqualTo(new Cost(1, 1));
    assertThat(match(done, todo)).isEqualTo(new Cost(1, 1));
    assertThat(match(todo, todo.withPriority(Priority.LOW))).isEqualTo(new Cost(1, 1));
    assertThat(match(done, done.withPriority(Priority.LOW))).isEqualTo(new Cost(0, 0));
    assertThat(index.match(commit(todo, todo)).get(0).matches()).hasSize(1);
  }

  /** Conditions of values that tasks have, or nearly; of two the index must decide how to find. */
  private static final class Filters {
    private final Random random;
    private final List<Task> tasks;
    private final RandomConditions others;

    Filters(long seed, List<Task> tasks) {
      random = new Random(seed);
      this.tasks = tasks;
      others = new RandomConditions(seed);
    }

    Condition any() {
      Condition condition = of(2);
      return condition.toString().contains("ready") ? any() : condition;
    }

    private Condition of(int depth) {
      return switch (random.nextInt(depth > 0 ? 8 : 4)) {
        case 0 -> others.condition(depth);
        case 4, 5 -> of(depth - 1).and(of(depth - 1));
        case 6 -> of(depth - 1).or(of(depth - 1));
        case 7 -> of(depth - 1).not();
        default -> near();
      };
    }

    private Condition near() {
      IndexedFields task = IndexedFields.of(tasks.get(random.nextInt(tasks.size())));
      Field<?> field = field(task);
      Object value = task.value(field);
      if (value instanceof List<?> tags) {
        value = tags.isEmpty() ? null : tags.get(random.nextInt(tags.size()));
      }
      if (value == null) {
        return new Condition.IsNull(field);
      }
      if (field instanceof InstantField && random.nextInt(3) == 0) {
        value = ((Instant) value).plusNanos(random.nextInt(999));
      }
      if (random.nextInt(5) == 0) {
        return new Condition.In(field, Set.of(value));
      }
      Condition.Op op = Condition.Op.values()[random.nextInt(Condition.Op.values().length)];
      if (op == Condition.Op.STARTS_WITH && field instanceof TextField) {
        String text = (String) value;
        return new Condition.Compare(
            field, op, text.substring(0, random.nextInt(text.length() + 1)));
      }
      boolean isPlain = field instanceof TagsField || op == Condition.Op.STARTS_WITH;
      return new Condition.Compare(field, isPlain ? Condition.Op.EQ : op, value);
    }

    private Field<?> field(IndexedFields task) {
      List<String> attributes = new ArrayList<>(task.attributes().keySet());
      if (!attributes.isEmpty() && random.nextInt(4) == 0) {
        return TaskFields.attribute(attributes.get(random.nextInt(attributes.size())));
      }
      return TaskFields.all().get(random.nextInt(TaskFields.all().size()));
    }
  }

  private static boolean holds(FeedSubscription subscription, Task task) {
    return task != null
        && Predicates.compile(subscription.options().filter()).test(IndexedFields.of(task));
  }

  /** Filters come and go; whatever holds is found, and nothing else. */
  @Seeds({501, 502, 503, 504})
  void nothingThatHoldsIsLeftOut(long seed) {
    RandomTasks world = new RandomTasks(seed);
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      tasks.add(world.task());
    }
    Filters filters = new Filters(seed, tasks);
    Random random = new Random(seed);
    List<FeedSubscription> present = new ArrayList<>();
    long found = 0;
    long asked = 0;
    for (int round = 0; round < 60; round++) {
      for (int i = 0; i < 20; i++) {
        present.add(add(filters.any()));
      }
      Collections.shuffle(present, random);
      while (present.size() > 200) {
        index.remove(present.remove(present.size() - 1));
      }
      for (int i = 0; i < 20; i++) {
        Task before = random.nextInt(3) == 0 ? null : tasks.get(random.nextInt(tasks.size()));
        Task after =
            before != null && random.nextInt(3) == 0 ? null : tasks.get(random.nextInt(200));
        Set<FeedSubscription> expected = new HashSet<>();
        for (FeedSubscription subscription : present) {
          if (holds(subscription, before) || holds(subscription, after)) {
            expected.add(subscription);
          }
        }
        Set<FeedSubscription> got = new HashSet<>();
        index.match(commit(before, after)).forEach(group -> got.addAll(group.subscriptions()));
        assertThat(got).as("%s to %s", before, after).isEqualTo(expected);
        found += expected.size();
        asked += present.size();
      }
    }
    assertThat(found).as("of %s", asked).isBetween(asked / 20, asked * 3 / 4);
    present.forEach(index::remove);
    assertThat(index.isEmpty()).isTrue();
    assertThat(match(tasks.get(0), tasks.get(1))).isEqualTo(new Cost(0, 0));
  }
}
