package dev.quarry;

import dev.quarry.query.Condition;
import dev.quarry.query.EnumField;
import dev.quarry.query.Field;
import dev.quarry.query.HoursField;
import dev.quarry.query.InstantField;
import dev.quarry.query.Order;
import dev.quarry.query.Query;
import dev.quarry.query.TagsField;
import dev.quarry.query.TaskFields;
import dev.quarry.query.TextField;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Seeded tasks and queries out of one small vocabulary, so that values repeat, order ties and
 * conditions hit; with every oddity of text, time and number that a task can have.
 */
final class RandomWorld {
  private static final String LONG = "long name ".repeat(55);
  private static final List<String> NAMES =
      List.of(
          "a",
          "A",
          "ab",
          "abc",
          "b",
          "\u0000",
          "a\u0000",
          "\u00e9",
          "\u4e2d\u6587",
          "\uffff",
          "\ud83d\ude00",
          "\ud83d\ude01",
          "\ud800",
          "\ud801",
          "?",
          "it's",
          LONG + "1",
          LONG + "2");
  private static final List<String> ID_STARTS =
      List.of("T-", "T-1", "t", "\u00e9-", "\ud83d\ude00", "\uffee", "x".repeat(480));
  private static final List<String> ATTRIBUTES = List.of("team", "sprint", "q\u00e9", "none");

  final Random random;
  private final int ids;

  /** A world of at most {@code ids} different ids. */
  RandomWorld(long seed, int ids) {
    random = new Random(seed);
    this.ids = ids;
  }

  <T> T one(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  <T> T one(T[] array) {
    int at = random.nextInt(array.length);
    return array[at];
  }

  private boolean some() {
    return random.nextInt(4) > 0;
  }

  String id() {
    return idOf(random.nextInt(ids));
  }

  private String text() {
    return one(NAMES);
  }

  /** Names refuse the unpaired surrogates that texts may have. */
  private String name() {
    String text = text();
    return Character.isSurrogate(text.charAt(0)) && text.length() == 1 ? "?" : text;
  }

  /** A time that a task can have; few different ones. */
  Instant time() {
    return switch (random.nextInt(8)) {
      case 0 -> Instant.ofEpochSecond(-random.nextInt(3), 1_000L * random.nextInt(3));
      case 1 -> Instant.ofEpochSecond(9_000_000_000_000L);
      case 2 -> Instant.ofEpochSecond(-9_000_000_000_000L, 1_000);
      default -> Instant.ofEpochSecond(1_700_000_000L + random.nextInt(20), 0);
    };
  }

  private double hours() {
    return switch (random.nextInt(6)) {
      case 0 -> -0.0;
      case 1 -> 0.0;
      case 2 -> Double.MAX_VALUE;
      case 3 -> -Double.MIN_VALUE;
      default -> random.nextInt(8) / 4.0 - 1;
    };
  }

  Task task() {
    return task(id());
  }

  Task task(String id) {
    Task.Builder b = Task.builder(id, random.nextBoolean() ? "" : text());
    b.status(one(Status.values())).priority(one(Priority.values()));
    b.project(some() ? name() : null).agent(some() ? name() : null);
    b.assignee(some() ? name() : null);
    b.createdAt(some() ? time() : null).updatedAt(some() ? time() : null);
    b.dueAt(some() ? time() : null).completedAt(random.nextBoolean() ? time() : null);
    b.estimatedHours(some() ? (Double) hours() : null);
    b.actualHours(some() ? (Double) hours() : null);
    b.description(some() ? text() : null).notes(some() ? text() : null);
    for (int i = random.nextInt(6); i > 0; i--) {
      b.tag(name());
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      b.attribute(one(ATTRIBUTES.subList(0, 3)), text());
    }
    addDependencies(b, id);
    return b.build();
  }

  /** On ids of smaller numbers only, present or not, so that no circle comes about. */
  private void addDependencies(Task.Builder b, String id) {
    for (int i = random.nextInt(3); i > 0; i--) {
      String other = id();
      if (numberOf(other) < numberOf(id)) {
        b.dependency(other);
      }
    }
    if (random.nextInt(4) == 0) {
      b.link(one(Link.Type.values()), id());
    }
  }

  private static int numberOf(String id) {
    return Integer.parseInt("0" + id.replaceAll("^.*?([0-9]*)$", "$1"));
  }

  private static String idOf(int n) {
    return ID_STARTS.get(n % ID_STARTS.size()) + n;
  }

  /** Another task of the same id, which differs in a few fields or in none. */
  Task changed(Task task) {
    Task other = task(task.id());
    Task.Builder b = task.toBuilder();
    for (int i = random.nextInt(3); i >= 0; i--) {
      switch (random.nextInt(12)) {
        case 0 -> b.status(other.status());
        case 1 -> b.priority(other.priority());
        case 2 -> b.project(other.project());
        case 3 -> b.agent(other.agent());
        case 4 -> b.assignee(other.assignee());
        case 5 -> b.dueAt(other.dueAt());
        case 6 -> b.tags(other.tags());
        case 7 -> b.attributes(other.attributes());
        case 8 -> b.estimatedHours(other.estimatedHours()).actualHours(other.actualHours());
        case 10 -> b.dependencies(other.dependencies()).links(other.links());
        case 9 -> b.completedAt(other.completedAt()).createdAt(time());
        default -> b.title(other.title()).notes(other.notes());
      }
    }
    return b.build();
  }

  Field<?> field() {
    return random.nextInt(5) == 0 ? TaskFields.attribute(one(ATTRIBUTES)) : one(TaskFields.all());
  }

  private Object value(Field<?> field) {
    if (field instanceof InstantField) {
      return switch (random.nextInt(14)) {
        case 0 -> Instant.MAX;
        case 1 -> Instant.MIN;
        case 2 -> Instant.ofEpochSecond(20_000_000_000_000L);
        case 3 -> Instant.ofEpochSecond(-20_000_000_000_000L);
        case 4, 5 -> time().plusNanos(1 + random.nextInt(999));
        default -> time();
      };
    }
    if (field instanceof HoursField) {
      return switch (random.nextInt(10)) {
        case 0 -> Double.NEGATIVE_INFINITY;
        case 1 -> Double.POSITIVE_INFINITY;
        default -> hours();
      };
    }
    if (field instanceof EnumField<?> constants) {
      return constants.type().equals(Status.class) ? one(Status.values()) : one(Priority.values());
    }
    if (field.equals(TaskFields.ID) && random.nextInt(3) > 0) {
      return id();
    }
    return text();
  }

  private String prefix(Field<?> field) {
    String text = (String) value(field);
    return text.substring(0, random.nextInt(text.length() + 1));
  }

  /** A condition of at most this depth. */
  Condition condition(int depth) {
    Field<?> field = field();
    if (random.nextInt(12) == 0) {
      return Condition.ready();
    }
    return switch (random.nextInt(depth > 0 ? 10 : 6)) {
      case 0 ->
          random.nextInt(3) > 0
              ? new Condition.IsNull(field)
              : new Condition.Not(new Condition.IsNull(field));
      case 1 -> new Condition.In(field, values(field));
      case 6, 9 -> new Condition.And(conditions(depth - 1));
      case 7 -> new Condition.Or(conditions(depth - 1));
      case 8 -> condition(depth - 1).not();
      default -> compare(field);
    };
  }

  private Condition compare(Field<?> field) {
    Condition.Op op = field instanceof TagsField ? Condition.Op.EQ : one(Condition.Op.values());
    if (op == Condition.Op.STARTS_WITH) {
      return field instanceof TextField
          ? new Condition.Compare(field, op, prefix(field))
          : new Condition.Compare(field, Condition.Op.EQ, value(field));
    }
    return new Condition.Compare(field, op, value(field));
  }

  private Set<Object> values(Field<?> field) {
    Set<Object> set = new LinkedHashSet<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      set.add(value(field));
    }
    return set;
  }

  private List<Condition> conditions(int depth) {
    List<Condition> parts = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      parts.add(condition(depth));
    }
    return parts;
  }

  private Order order() {
    Field<?> field = field();
    while (!field.isOrderable()) {
      field = field();
    }
    return new Order(field, random.nextBoolean());
  }

  /** A query: any condition with any order, or one that an index of the list can serve. */
  Query query(List<IndexSpec> indexes) {
    Query query;
    if (random.nextInt(3) == 0) {
      query = fitting(one(indexes).parts());
    } else {
      query = random.nextInt(12) == 0 ? Query.all() : Query.where(condition(3));
      List<Order> parts = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        parts.add(order());
      }
      query = query.orderBy(parts);
    }
    return random.nextInt(3) == 0 ? query.limit(1 + random.nextInt(30)) : query;
  }

  /** Equalities for the first parts, perhaps a range, the other parts as the order. */
  private Query fitting(List<Order> index) {
    int fixed = random.nextInt(index.size());
    List<Condition> parts = new ArrayList<>();
    for (Order part : index.subList(0, fixed)) {
      parts.add(new Condition.Compare(part.field(), Condition.Op.EQ, value(part.field())));
    }
    List<Order> rest = new ArrayList<>();
    boolean reverse = random.nextBoolean();
    for (Order part : index.subList(fixed, index.size())) {
      rest.add(new Order(part.field(), part.descending() != reverse));
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      parts.add(compare(rest.get(0).field()));
    }
    if (random.nextInt(3) == 0) {
      parts.add(condition(1));
    }
    return Query.where(new Condition.And(parts)).orderBy(rest);
  }

  /** An index on any fields. */
  IndexSpec index(String name) {
    if (random.nextInt(3) == 0) {
      return IndexSpec.equality(name, TaskFields.attribute(one(ATTRIBUTES)));
    }
    List<Order> parts = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      parts.add(order());
    }
    return new IndexSpec(name, IndexSpec.Kind.ORDERED, parts);
  }
}
