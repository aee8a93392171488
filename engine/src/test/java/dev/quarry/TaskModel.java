package dev.quarry;

import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.Order;
import dev.quarry.query.Query;
import dev.quarry.query.TagsField;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The store as a plain map, with the meaning of every query written for plainness and without a
 * look at the engine: what the store must answer.
 */
final class TaskModel {
  private static final int KEPT_BYTES = 512;

  private final TreeMap<Long, Task> byOrdinal = new TreeMap<>();
  private final Map<String, Long> ordinals = new HashMap<>();
  private final Map<String, Task> archived = new HashMap<>();
  private long next;

  /** A copy that stays as it is. */
  TaskModel copy() {
    TaskModel copy = new TaskModel();
    copy.byOrdinal.putAll(byOrdinal);
    copy.ordinals.putAll(ordinals);
    copy.archived.putAll(archived);
    copy.next = next;
    return copy;
  }

  /** Takes over the state of another. */
  void become(TaskModel other) {
    byOrdinal.clear();
    byOrdinal.putAll(other.byOrdinal);
    ordinals.clear();
    ordinals.putAll(other.ordinals);
    archived.clear();
    archived.putAll(other.archived);
    next = other.next;
  }

  /** Tasks that are in no answer; those that wait for them still look at their status. */
  void archived(Collection<Task> tasks) {
    tasks.forEach(task -> archived.put(task.id(), task));
  }

  int size() {
    return byOrdinal.size();
  }

  Collection<Task> tasks() {
    return byOrdinal.values();
  }

  Task get(String id) {
    Long ordinal = ordinals.get(id);
    return ordinal == null ? null : byOrdinal.get(ordinal);
  }

  /** Adds or replaces; a replaced task keeps its place. */
  void put(Task task) {
    put(task, ordinals.get(task.id()));
  }

  private void put(Task task, Long present) {
    long ordinal = present == null ? next++ : present;
    ordinals.put(task.id(), ordinal);
    byOrdinal.put(ordinal, task);
  }

  void remove(String id) {
    Long ordinal = ordinals.remove(id);
    if (ordinal != null) {
      byOrdinal.remove(ordinal);
    }
  }

  /** Writes in one batch: an id that goes and comes again in it keeps its place. */
  final class Batch {
    private final Map<String, Long> seen = new HashMap<>();

    Task get(String id) {
      return TaskModel.this.get(id);
    }

    void put(Task task) {
      Long place = ordinals.getOrDefault(task.id(), seen.get(task.id()));
      TaskModel.this.put(task, place);
      seen.put(task.id(), ordinals.get(task.id()));
    }

    void remove(String id) {
      if (ordinals.containsKey(id)) {
        seen.put(id, ordinals.get(id));
      }
      TaskModel.this.remove(id);
    }
  }

  /** The answer of a query, in order, with its limit. */
  List<Task> answer(Query query) {
    List<Map.Entry<Long, Task>> found = new ArrayList<>();
    for (Map.Entry<Long, Task> entry : byOrdinal.entrySet()) {
      if (holds(query.condition(), entry.getValue())) {
        found.add(entry);
      }
    }
    found.sort(comparator(query.order()));
    List<Task> tasks = new ArrayList<>();
    for (Map.Entry<Long, Task> entry : found) {
      if (tasks.size() < query.limit().orElse(Integer.MAX_VALUE)) {
        tasks.add(entry.getValue());
      }
    }
    return tasks;
  }

  private static Comparator<Map.Entry<Long, Task>> comparator(List<Order> order) {
    return (a, b) -> {
      for (Order part : order) {
        int c =
            compareForOrder(value(part.field(), a.getValue()), value(part.field(), b.getValue()));
        if (c != 0) {
          return part.descending() ? -c : c;
        }
      }
      boolean down = !order.isEmpty() && order.get(order.size() - 1).descending();
      int c = a.getKey().compareTo(b.getKey());
      return down ? -c : c;
    };
  }

  /** Absent last; of texts only the first bytes count. */
  static int compareForOrder(Object a, Object b) {
    if (a == null || b == null) {
      return a == b ? 0 : a == null ? 1 : -1;
    }
    if (a instanceof String x && b instanceof String y) {
      return Arrays.compareUnsigned(head(x), head(y));
    }
    return compare(a, b);
  }

  private static byte[] head(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    text.codePoints().forEach(point -> encode(point, out));
    byte[] all = out.toByteArray();
    return Arrays.copyOf(all, Math.min(all.length, KEPT_BYTES));
  }

  private static void encode(int point, ByteArrayOutputStream out) {
    if (point < 0x80) {
      out.write(point);
    } else if (point < 0x800) {
      out.write(0xC0 + point / 0x40);
      out.write(0x80 + point % 0x40);
    } else if (point < 0x10000) {
      out.write(0xE0 + point / 0x1000);
      out.write(0x80 + point / 0x40 % 0x40);
      out.write(0x80 + point % 0x40);
    } else {
      out.write(0xF0 + point / 0x40000);
      out.write(0x80 + point / 0x1000 % 0x40);
      out.write(0x80 + point / 0x40 % 0x40);
      out.write(0x80 + point % 0x40);
    }
  }

  private static int compare(Object a, Object b) {
    if (a instanceof String x && b instanceof String y) {
      return Arrays.compare(x.codePoints().toArray(), y.codePoints().toArray());
    }
    if (a instanceof Instant x && b instanceof Instant y) {
      return x.compareTo(y);
    }
    if (a instanceof Double x && b instanceof Double y) {
      if (Double.isInfinite(y)) {
        return y > 0 ? -1 : 1;
      }
      return new BigDecimal(x).compareTo(new BigDecimal(y));
    }
    List<?> constants = List.of(a.getClass().getEnumConstants());
    return constants.indexOf(a) - constants.indexOf(b);
  }

  /** TODO, and every dependency there or archived, and DONE. */
  private boolean isReady(Task task) {
    return task.status() == Status.TODO
        && task.dependencies().stream()
            .map(id -> archived.getOrDefault(id, get(id)))
            .allMatch(other -> other != null && other.status() == Status.DONE);
  }

  boolean holds(Condition condition, Task task) {
    if (condition instanceof Condition.Ready) {
      return isReady(task);
    }
    if (condition instanceof Condition.And and) {
      return and.parts().stream().allMatch(part -> holds(part, task));
    }
    if (condition instanceof Condition.Or or) {
      return or.parts().stream().anyMatch(part -> holds(part, task));
    }
    if (condition instanceof Condition.Not not) {
      return !holds(not.part(), task);
    }
    if (condition instanceof Condition.IsNull isNull) {
      return values(isNull.field(), task).isEmpty();
    }
    if (condition instanceof Condition.In in) {
      return values(in.field(), task).stream()
          .anyMatch(have -> in.values().stream().anyMatch(value -> compare(have, value) == 0));
    }
    Condition.Compare compare = (Condition.Compare) condition;
    return values(compare.field(), task).stream()
        .anyMatch(have -> holds(compare.op(), have, compare.value()));
  }

  private static boolean holds(Condition.Op op, Object have, Object value) {
    if (op == Condition.Op.STARTS_WITH) {
      return ((String) have).startsWith((String) value);
    }
    int order = compare(have, value);
    return switch (op) {
      case LT -> order < 0;
      case LE -> order <= 0;
      case GT -> order > 0;
      case GE -> order >= 0;
      default -> order == 0;
    };
  }

  /** No value, one, or any number of tags. */
  static List<?> values(Field<?> field, Task task) {
    if (field instanceof TagsField) {
      return task.tags();
    }
    Object value = value(field, task);
    return value == null ? List.of() : List.of(value);
  }

  static Object value(Field<?> field, Task task) {
    return switch (field.name()) {
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
  }

  /** What {@link TaskReader#countBy} must answer, negative zero counted as zero. */
  Map<Object, Long> countBy(Condition condition, Field<?> field) {
    Map<Object, Long> counts = new HashMap<>();
    for (Task task : byOrdinal.values()) {
      if (holds(condition, task)) {
        List<?> values = values(field, task);
        if (values.isEmpty()) {
          counts.merge(null, 1L, Long::sum);
        }
        values.forEach(value -> counts.merge(plain(value), 1L, Long::sum));
      }
    }
    return counts;
  }

  static Object plain(Object value) {
    return value instanceof Double d ? (Object) (d + 0.0) : value;
  }
}
