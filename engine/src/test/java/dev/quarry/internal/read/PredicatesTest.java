package dev.quarry.internal.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Seeds;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RandomTasks;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.RandomConditions;
import dev.quarry.query.TaskFields;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Compiled predicates against an evaluator that is written for plainness. */
class PredicatesTest {
  private final RecordCodec codec = new RecordCodec();

  @Seeds({71, 72, 73, 74})
  void equalTheNaiveEvaluator(long seed) {
    RandomTasks tasks = new RandomTasks(seed);
    RandomConditions conditions = new RandomConditions(seed);
    int held = 0;
    for (int i = 0; i < 8_000; i++) {
      Condition condition = conditions.condition(3);
      Task task = tasks.task();
      boolean want = naive(condition, task);
      held += want ? 1 : 0;
      assertThat(Predicates.compile(condition).test(IndexedFields.of(task).withWaits(waits(task))))
          .as("%s for %s", condition, task)
          .isEqualTo(want);
      IndexedFields read = codec.indexed(codec.encode(task, i)).withWaits(waits(task));
      assertThat(Predicates.compile(condition).test(read)).isEqualTo(want);
    }
    assertThat(held).isBetween(1_600, 6_400);
  }

  @Test
  void equalTheNaiveEvaluatorForValuesThatTheTaskHas() {
    RandomTasks tasks = new RandomTasks(75);
    for (int i = 0; i < 3_000; i++) {
      Task task = tasks.task();
      for (Field<?> field : TaskFields.all()) {
        for (Object value : valuesOf(field, task)) {
          for (Condition.Op op : Condition.Op.values()) {
            Condition condition = compareOrNull(field, op, value);
            if (condition != null) {
              assertThat(Predicates.compile(condition).test(IndexedFields.of(task)))
                  .as("%s for %s", condition, task)
                  .isEqualTo(naive(condition, task));
            }
          }
        }
      }
    }
  }

  private static Condition compareOrNull(Field<?> field, Condition.Op op, Object value) {
    try {
      return new Condition.Compare(field, op, value);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Something that tasks may wait for, which does not stand in them. */
  private static int waits(Task task) {
    return task.title().length() % 2;
  }

  private static boolean naive(Condition condition, Task task) {
    if (condition instanceof Condition.Ready) {
      return task.status() == Status.TODO && waits(task) == 0;
    }
    if (condition instanceof Condition.And and) {
      boolean all = true;
      for (Condition part : and.parts()) {
        all &= naive(part, task);
      }
      return all;
    }
    if (condition instanceof Condition.Or or) {
      boolean any = false;
      for (Condition part : or.parts()) {
        any |= naive(part, task);
      }
      return any;
    }
    if (condition instanceof Condition.Not not) {
      return !naive(not.part(), task);
    }
    if (condition instanceof Condition.IsNull isNull) {
      return valuesOf(isNull.field(), task).isEmpty();
    }
    if (condition instanceof Condition.In in) {
      boolean any = false;
      for (Object value : in.values()) {
        any |= naive(new Condition.Compare(in.field(), Condition.Op.EQ, value), task);
      }
      return any;
    }
    Condition.Compare compare = (Condition.Compare) condition;
    boolean any = false;
    for (Object value : valuesOf(compare.field(), task)) {
      if (compare.op() == Condition.Op.STARTS_WITH) {
        any |= ((String) value).startsWith((String) compare.value());
      } else {
        int order = order(value, compare.value());
        any |=
            switch (compare.op()) {
              case LT -> order < 0;
              case LE -> order <= 0;
              case GT -> order > 0;
              case GE -> order >= 0;
              default -> order == 0;
            };
      }
    }
    return any;
  }

  private static int order(Object a, Object b) {
    if (a instanceof String x && b instanceof String y) {
      return Arrays.compare(x.codePoints().toArray(), y.codePoints().toArray());
    }
    if (a instanceof Instant x && b instanceof Instant y) {
      return x.compareTo(y);
    }
    if (a instanceof Double x && b instanceof Double y) {
      return Double.isInfinite(y)
          ? (y > 0 ? -1 : 1)
          : new BigDecimal(x).compareTo(new BigDecimal(y));
    }
    List<?> constants = List.of(a.getClass().getEnumConstants());
    return constants.indexOf(a) - constants.indexOf(b);
  }

  /** No value, one, or any number of tags. */
  private static Collection<?> valuesOf(Field<?> field, Task task) {
    if (field.name().equals("tags")) {
      return task.tags();
    }
    Object value =
        switch (field.name()) {
          case "id" -> task.id();
          case "status" -> task.status();
          case "priority" -> task.priority();
          case "project" -> task.project();
          case "agent" -> task.agent();
          case "assignee" -> task.assignee();
          case "created" -> task.createdAt();
          case "updated" -> task.updatedAt();
          case "due" -> task.dueAt();
          case "completed" -> task.completedAt();
          case "estimated" -> task.estimatedHours();
          case "actual" -> task.actualHours();
          default -> task.attributes().get(field.name().substring("attr.".length()));
        };
    return value == null ? List.of() : List.of(value);
  }
}
