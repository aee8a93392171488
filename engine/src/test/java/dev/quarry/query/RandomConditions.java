package dev.quarry.query;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.internal.codec.RandomTasks;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Seeded conditions and queries of every shape. */
public final class RandomConditions {
  private final Random random;
  private final RandomTasks values;

  public RandomConditions(long seed) {
    random = new Random(seed);
    values = new RandomTasks(seed);
  }

  /** A condition of at most this depth. */
  public Condition condition(int depth) {
    int kind = random.nextInt(depth > 0 ? 9 : 6);
    Field<?> field = field();
    if (random.nextInt(12) == 0) {
      return Condition.ready();
    }
    return switch (kind) {
      case 0 -> new Condition.IsNull(field);
      case 1 -> in(field);
      case 6 -> new Condition.And(conditions(depth - 1));
      case 7 -> new Condition.Or(conditions(depth - 1));
      case 8 -> condition(depth - 1).not();
      default -> new Condition.Compare(field, op(field), value(field));
    };
  }

  private Condition in(Field<?> field) {
    Set<Object> set = new LinkedHashSet<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      set.add(value(field));
    }
    return new Condition.In(field, set);
  }

  private List<Condition> conditions(int depth) {
    List<Condition> parts = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      parts.add(condition(depth));
    }
    return parts;
  }

  /** A query. */
  public Query query() {
    Query query = random.nextInt(10) == 0 ? Query.all() : Query.where(condition(4));
    List<Order> parts = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      Field<?> field = field();
      if (field.isOrderable()) {
        parts.add(new Order(field, random.nextBoolean()));
      }
    }
    query = query.orderBy(parts);
    return random.nextBoolean() ? query.limit(1 + random.nextInt(Integer.MAX_VALUE)) : query;
  }

  private Field<?> field() {
    if (random.nextInt(5) == 0) {
      return TaskFields.attribute(random.nextBoolean() ? "team" : values.name(6));
    }
    return TaskFields.all().get(random.nextInt(TaskFields.all().size()));
  }

  private Condition.Op op(Field<?> field) {
    if (field instanceof TagsField) {
      return Condition.Op.EQ;
    }
    Condition.Op op = values.one(Condition.Op.values());
    return op == Condition.Op.STARTS_WITH && !(field instanceof TextField) ? Condition.Op.LE : op;
  }

  private Object value(Field<?> field) {
    if (field instanceof InstantField) {
      return switch (random.nextInt(8)) {
        case 0 -> Instant.MAX;
        case 1 -> Instant.MIN;
        case 2 -> values.time().plusNanos(random.nextInt(2_000));
        default -> values.time();
      };
    }
    if (field instanceof HoursField) {
      return switch (random.nextInt(10)) {
        case 0 -> Double.NEGATIVE_INFINITY;
        case 1 -> Double.POSITIVE_INFINITY;
        case 2 -> Double.longBitsToDouble(random.nextLong() & ~(1L << 62));
        default -> values.hours();
      };
    }
    if (field instanceof EnumField<?> constants) {
      return constants.type().equals(Status.class)
          ? values.one(Status.values())
          : values.one(Priority.values());
    }
    return values.text(random.nextInt(30) == 0 ? 600 : 4);
  }
}
