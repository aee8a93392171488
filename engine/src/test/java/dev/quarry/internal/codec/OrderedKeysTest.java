package dev.quarry.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Priority;
import dev.quarry.Seeds;
import dev.quarry.Status;
import dev.quarry.internal.read.Predicates;
import dev.quarry.query.Condition;
import dev.quarry.query.EnumField;
import dev.quarry.query.Field;
import dev.quarry.query.HoursField;
import dev.quarry.query.InstantField;
import dev.quarry.query.Order;
import dev.quarry.query.TaskFields;
import dev.quarry.query.TextField;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Byte order, comparators and bounds agree with each other and with the predicates. */
class OrderedKeysTest {
  private static final List<Field<?>> FIELDS = fields();

  private static List<Field<?>> fields() {
    List<Field<?>> fields = new ArrayList<>(TaskFields.all());
    fields.remove(TaskFields.TAGS);
    fields.add(TaskFields.attribute("team"));
    return fields;
  }

  private static List<Order> order(Random random) {
    List<Order> parts = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      Field<?> field = FIELDS.get(random.nextInt(FIELDS.size()));
      parts.add(new Order(field, random.nextBoolean()));
    }
    return parts;
  }

  @Seeds({41, 42, 43})
  void comparatorAndBytesAgree(long seed) {
    Random random = new Random(seed);
    RandomTasks tasks = new RandomTasks(seed);
    for (int i = 0; i < 20_000; i++) {
      List<Order> parts = order(random);
      IndexedFields a = IndexedFields.of(tasks.task());
      IndexedFields b = IndexedFields.of(tasks.task());
      byte[] x = OrderedKeys.encode(parts, a);
      byte[] y = OrderedKeys.encode(parts, b);
      int bytes = Integer.signum(Arrays.compareUnsigned(x, y));
      int fields = Integer.signum(OrderedKeys.comparator(parts).compare(a, b));
      assertThat(fields).as("%s of %s and %s", parts, a, b).isEqualTo(bytes);
      int values = 0;
      for (Order part : parts) {
        Field<?> field = part.field();
        if (values == 0) {
          values = OrderedKeys.compareValues(field, a.value(field), b.value(field));
          values = part.descending() ? -values : values;
        }
      }
      assertThat(Integer.signum(values)).isEqualTo(bytes);
      KeyBuffer generic = new KeyBuffer(0);
      parts.forEach(p -> OrderedKeys.append(generic, p, a.value(p.field())));
      assertThat(generic.toBytes()).isEqualTo(x);
    }
  }

  @Seeds({51, 52})
  void textsCompareByCodePoint(long seed) {
    RandomTasks tasks = new RandomTasks(seed);
    for (int i = 0; i < 40_000; i++) {
      String a = tasks.text(6);
      String b = tasks.text(6);
      int want = Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
      assertThat(Integer.signum(TextOrder.compare(a, b))).isEqualTo(Integer.signum(want));
      byte[] x = TextOrder.bytes(a);
      int bytes = Arrays.compareUnsigned(x, TextOrder.bytes(b));
      assertThat(Integer.signum(bytes)).isEqualTo(Integer.signum(want));
      byte[] utf8 = a.getBytes(StandardCharsets.UTF_8);
      if (new String(utf8, StandardCharsets.UTF_8).equals(a)) {
        assertThat(x).isEqualTo(utf8);
      }
    }
  }

  @Seeds({61, 62, 63})
  void boundsMissNothingAndHoldLittleElse(long seed) {
    Random random = new Random(seed);
    RandomTasks tasks = new RandomTasks(seed);
    int inside = 0;
    for (int i = 0; i < 60_000; i++) {
      Field<?> field = FIELDS.get(random.nextInt(FIELDS.size()));
      Order part = new Order(field, random.nextBoolean());
      IndexedFields a = IndexedFields.of(tasks.task());
      Condition.Op op = tasks.one(Condition.Op.values());
      if (op == Condition.Op.STARTS_WITH && !(field instanceof TextField)) {
        continue;
      }
      Object value = random.nextBoolean() ? a.value(field) : null;
      value = value == null ? value(field, tasks, random) : value;
      if (value instanceof String s && random.nextBoolean()) {
        value = s.substring(0, random.nextInt(s.length() + 1));
      }
      Condition condition = new Condition.Compare(field, op, value);
      Predicate<IndexedFields> predicate = Predicates.compile(condition);
      byte[] prefix = new byte[random.nextInt(3)];
      random.nextBytes(prefix);
      byte[] lower = OrderedKeys.lowerBound(prefix, part, op, value);
      byte[] upper = OrderedKeys.upperBound(prefix, part, op, value);
      KeyBuffer key = new KeyBuffer().put(prefix);
      OrderedKeys.append(key, part, a);
      key.putLong(random.nextLong());
      boolean in =
          Arrays.compareUnsigned(lower, key.toBytes()) <= 0
              && (upper == null || Arrays.compareUnsigned(key.toBytes(), upper) < 0);
      boolean exact = isShort(a.value(field)) && isShort(value);
      if (predicate.test(a)) {
        inside++;
        assertThat(in).as("%s has %s by %s", condition, a, part).isTrue();
      } else if (in && exact && !endsInHalf(value)) {
        assertThat(in).as("%s has not %s by %s", condition, a, part).isFalse();
      }
      if (a.value(field) == null) {
        assertThat(in).isFalse();
      }
    }
    assertThat(inside).isGreaterThan(6_000);
  }

  private static boolean isShort(Object value) {
    return !(value instanceof String s) || TextOrder.bytes(s).length < OrderedKeys.MAX_TEXT_BYTES;
  }

  private static boolean endsInHalf(Object value) {
    return value instanceof String s
        && !s.isEmpty()
        && Character.isHighSurrogate(s.charAt(s.length() - 1));
  }

  static Object value(Field<?> field, RandomTasks tasks, Random random) {
    if (field instanceof InstantField) {
      return switch (random.nextInt(8)) {
        case 0 -> Instant.MAX;
        case 1 -> Instant.MIN;
        case 2 -> tasks.time().plusNanos(random.nextInt(2_000));
        default -> tasks.time();
      };
    }
    if (field instanceof HoursField) {
      return random.nextInt(10) == 0 ? (Object) Double.NEGATIVE_INFINITY : tasks.hours();
    }
    if (field instanceof EnumField<?>) {
      return field.equals(TaskFields.STATUS)
          ? tasks.one(Status.values())
          : tasks.one(Priority.values());
    }
    return tasks.text(random.nextInt(20) == 0 ? 600 : 5);
  }

  @Test
  void textsAround512BytesKeepTheirOrder() {
    List<String> texts = new ArrayList<>();
    for (int length = 505; length < 516; length++) {
      String base = "a".repeat(length);
      for (String end :
          new String[] {
            "",
            "\u0000",
            "\u0001",
            "z",
            "\u00e9",
            "\u20ac",
            "\uffff",
            "\ud83d\ude00",
            "\ud83d",
            "\udbff\udfff"
          }) {
        texts.add(base + end);
        texts.add(base + end + "a");
      }
    }
    Order part = TaskFields.PROJECT.ascending();
    Comparator<byte[]> bytes = Arrays::compareUnsigned;
    for (String a : texts) {
      for (String b : texts) {
        byte[] x = key(part, a);
        byte[] y = key(part, b);
        int values = OrderedKeys.compareValues(part.field(), a, b);
        assertThat(Integer.signum(values)).isEqualTo(Integer.signum(bytes.compare(x, y)));
        int full = TextOrder.compare(a, b);
        assertThat(values == 0 || Integer.signum(values) == Integer.signum(full)).isTrue();
        if (values == 0 && full != 0) {
          assertThat(OrderedKeys.isTruncated(a) || OrderedKeys.isTruncated(b)).isTrue();
        }
        for (Order way : List.of(part, TaskFields.PROJECT.descending())) {
          checkBounds(way, Condition.Op.LT, a, b, full < 0);
          checkBounds(way, Condition.Op.LE, a, b, full <= 0);
          checkBounds(way, Condition.Op.GT, a, b, full > 0);
          checkBounds(way, Condition.Op.GE, a, b, full >= 0);
          checkBounds(way, Condition.Op.EQ, a, b, full == 0);
          checkBounds(way, Condition.Op.STARTS_WITH, a, b, a.startsWith(b));
        }
      }
    }
  }

  private static void checkBounds(
      Order part, Condition.Op op, String have, String value, boolean holds) {
    if (holds) {
      byte[] key = key(part, have);
      byte[] lower = OrderedKeys.lowerBound(new byte[0], part, op, value);
      byte[] upper = OrderedKeys.upperBound(new byte[0], part, op, value);
      assertThat(Arrays.compareUnsigned(lower, key)).isLessThanOrEqualTo(0);
      assertThat(upper == null || Arrays.compareUnsigned(key, upper) < 0).isTrue();
    }
  }

  private static byte[] key(Order part, Object value) {
    KeyBuffer key = new KeyBuffer();
    OrderedKeys.append(key, part, value);
    return key.toBytes();
  }

  @Test
  void keysOfTextsAreBounded() {
    assertThat(key(TaskFields.PROJECT.ascending(), "\u0000".repeat(1 << 20)))
        .hasSize(1 + 1_024 + 2);
  }

  @Test
  void successorIsTheNextPrefix() {
    assertThat(OrderedKeys.successor(new byte[] {1, 2})).containsExactly(1, 3);
    assertThat(OrderedKeys.successor(new byte[] {1, -1, -1})).containsExactly(2);
    assertThat(OrderedKeys.successor(new byte[] {-1})).isNull();
    assertThat(OrderedKeys.successor(new byte[0])).isNull();
  }

  @Test
  void codesRiseInTheOrderOfDeclaration() {
    int last = 0;
    for (Status status : Status.values()) {
      assertThat(Codes.of(status)).isGreaterThan(last);
      last = Codes.of(status);
      assertThat(Codes.status(last)).isEqualTo(status);
    }
    last = 0;
    for (Priority priority : Priority.values()) {
      assertThat(Codes.of(priority)).isGreaterThan(last);
      last = Codes.of(priority);
      assertThat(Codes.priority(last)).isEqualTo(priority);
    }
  }
}
