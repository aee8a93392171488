package dev.quarry.internal.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.query.Order;
import dev.quarry.query.TaskFields;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs one behind the other give what a plain sort gives, in little memory. */
class SortedRunTest {
  private static final int TASKS = 2_000;

  /** Of these, longer ones are told apart by more than the first bytes, or by none that count. */
  private static final String SAME = "x".repeat(500);

  private final List<IndexedFields> fields = new ArrayList<>();
  private final List<Integer> offered = new ArrayList<>();
  private int walks;

  private static void noStep() {}

  private void fill(Random random) {
    for (int i = 0; i < TASKS; i++) {
      Task.Builder task =
          Task.builder("T-" + random.nextInt(1_000_000) + "-" + i, "title")
              .priority(Priority.values()[random.nextInt(4)])
              .status(Status.values()[random.nextInt(6)]);
      if (random.nextInt(5) > 0) {
        task.estimatedHours(random.nextInt(40) / 4.0);
      }
      if (random.nextInt(3) > 0) {
        task.dueAt(Instant.ofEpochSecond(random.nextInt(500), 1_000L * random.nextInt(3)));
      }
      if (random.nextInt(8) > 0) {
        task.attribute("x", text(random));
      }
      fields.add(IndexedFields.of(task.build()));
      offered.add(i);
    }
  }

  private static String text(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> SAME + random.nextInt(100);
      case 1 -> SAME + "y".repeat(12) + random.nextInt(100); // differ where keys are cut
      case 2 -> "\0".repeat(random.nextInt(3)) + random.nextInt(3);
      case 3 -> "z".repeat(random.nextInt(140));
      case 4 -> "ü\uD83D\uDE00".repeat(random.nextInt(4));
      default -> "";
    };
  }

  private Comparator<Integer> comparator(List<Order> order) {
    Comparator<IndexedFields> byFields = OrderedKeys.comparator(order);
    Comparator<Integer> byPlace = Comparator.naturalOrder();
    boolean descends = !order.isEmpty() && order.get(order.size() - 1).descending();
    return ((Comparator<Integer>) (a, b) -> byFields.compare(fields.get(a), fields.get(b)))
        .thenComparing(descends ? byPlace.reversed() : byPlace);
  }

  /** Makes walks until there is nothing more, and says what they gave. */
  private List<Integer> deliver(SortedRun run, long most) {
    List<Integer> found = new ArrayList<>();
    while (found.size() < most) {
      walk(run, most - found.size());
      assertThat(run.isEmpty() && !run.isLast()).as("a run of none that is not the last").isFalse();
      take(run, found);
      if (run.isLast()) {
        break;
      }
    }
    return found;
  }

  private void walk(SortedRun run, long most) {
    walks++;
    run.begin(most, SortedRunTest::noStep);
    offered.forEach(i -> run.offer(i, fields.get(i)));
    run.end(true);
  }

  private static void take(SortedRun run, List<Integer> found) {
    for (; !run.isEmpty(); run.removeFirst()) {
      found.add((int) run.first());
    }
  }

  private static List<Order> order(String name) {
    Order due = TaskFields.DUE_AT.ascending();
    Order text = TaskFields.attribute("x").descending();
    return switch (name) {
      case "none" -> List.of();
      case "hours" -> List.of(TaskFields.ESTIMATED_HOURS.ascending());
      case "hours desc" -> List.of(TaskFields.ESTIMATED_HOURS.descending());
      case "id" -> List.of(TaskFields.ID.ascending());
      case "priority desc, due" -> List.of(TaskFields.PRIORITY.descending(), due);
      case "text" -> List.of(TaskFields.attribute("x").ascending());
      case "text desc" -> List.of(text);
      default ->
          List.of(
              TaskFields.STATUS.descending(),
              text,
              TaskFields.ESTIMATED_HOURS.descending(),
              TaskFields.PRIORITY.ascending(),
              due);
    };
  }

  @ParameterizedTest(name = "{0}, offered {1}")
  @CsvSource({
    "none, mixed",
    "none, falling",
    "hours, mixed",
    "hours desc, mixed",
    "id, mixed",
    "'priority desc, due', mixed",
    "'priority desc, due', rising",
    "'priority desc, due', falling",
    "text, mixed",
    "text desc, mixed",
    "text desc, falling",
    "many, mixed",
    "many, falling"
  })
  void areASort(String name, String way) {
    Random random = new Random(11);
    fill(random);
    List<Order> order = order(name);
    List<Integer> expected = new ArrayList<>(offered);
    expected.sort(comparator(order));
    if (way.equals("mixed")) {
      Collections.shuffle(offered, random);
    } else {
      offered.sort(way.equals("rising") ? comparator(order) : comparator(order).reversed());
    }
    for (long memory : List.of(name.equals("many") ? 20_000L : 4_000L, 50_000L, 1L << 20)) {
      walks = 0;
      try (SortedRun run = new SortedRun(order, TASKS, new SortMemory(memory, 0, 0))) {
        assertThat(deliver(run, Long.MAX_VALUE)).as("in %d bytes", memory).isEqualTo(expected);
      }
      long entries = 0;
      for (IndexedFields one : fields) {
        entries += OrderedKeys.encode(order, one).length + 2 + 1 + 4; // ordinal, length, reference
      }
      // what is left out at a time, what is not used of references and chunks; and large entries
      assertThat((double) walks).isBetween(0.9 * entries / memory - 1, 3.5 * entries / memory + 1);
    }
    assertThat(walks).as("in a megabyte").isOne();
  }

  @ParameterizedTest(name = "at most {0}")
  @ValueSource(ints = {1, 2, 10, 999, 1_999, 2_000, 2_001})
  void keepNoMoreThanAreWanted(int most) {
    fill(new Random(12));
    List<Order> order = order("priority desc, due");
    List<Integer> expected = new ArrayList<>(offered);
    expected.sort(comparator(order));
    try (SortedRun run = new SortedRun(order, TASKS, SortMemory.unlimited())) {
      List<Integer> found = deliver(run, most);
      assertThat(found).isEqualTo(expected.subList(0, Math.min(most, TASKS)));
      assertThat(walks).isOne();
      assertThat(run.isLast()).isEqualTo(most >= TASKS);
      walk(run, most);
      take(run, found);
      assertThat(found).isEqualTo(expected.subList(0, Math.min(2 * most, TASKS)));
    }
  }

  @Test
  void nothingIsLeftOfAWalkThatBrokeOff() {
    fill(new Random(13));
    List<Order> order = order("hours");
    List<Integer> expected = new ArrayList<>(offered);
    expected.sort(comparator(order));
    List<Integer> found = new ArrayList<>();
    try (SortedRun run = new SortedRun(order, TASKS, new SortMemory(4_000, 0, 0))) {
      while (!run.isLast()) {
        run.begin(Long.MAX_VALUE, SortedRunTest::noStep);
        offered.subList(0, 1_300).forEach(i -> run.offer(i, fields.get(i)));
        assertThat(run.isEmpty()).isTrue();
        RuntimeException late = new IllegalStateException("time is over");
        run.begin(
            Long.MAX_VALUE,
            () -> {
              throw late;
            });
        assertThatThrownBy(
                () -> {
                  offered.forEach(i -> run.offer(i, fields.get(i)));
                  run.end(true);
                })
            .isSameAs(late); // inside of a sort
        assertThat(run.isEmpty()).isTrue();
        walk(run, Long.MAX_VALUE);
        take(run, found);
      }
    }
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void beginBehindAPlaceAndTellTheirKeys() {
    fill(new Random(14));
    List<Order> order = order("many");
    List<Integer> expected = new ArrayList<>(offered);
    expected.sort(comparator(order));
    int place = expected.get(1_000);
    SortedRun run = new SortedRun(order, Long.MAX_VALUE, SortMemory.unlimited());
    run.startBehind(place, OrderedKeys.encode(order, fields.get(place)));
    walk(run, 1);
    assertThat(run.first()).isEqualTo(expected.get(1_001).longValue());
    assertThat(run.position()).isEqualTo(run.first());
    assertThat(run.firstKey())
        .isEqualTo(OrderedKeys.encode(order, fields.get(expected.get(1_001))));
  }

  @ParameterizedTest(name = "below {0}")
  @ValueSource(longs = {1, 255, 256, 257, 65_536, 1L << 40, Long.MAX_VALUE})
  void ordinalsAreGivenBack(long bound) {
    fill(new Random(15));
    for (String name : List.of("hours", "hours desc")) {
      SortedRun run = new SortedRun(order(name), bound, SortMemory.unlimited());
      run.begin(10, SortedRunTest::noStep);
      run.offer(bound - 1, fields.get(0));
      run.offer(0, fields.get(0));
      run.end(true);
      assertThat(run.first()).isEqualTo(name.equals("hours") ? 0 : bound - 1);
    }
  }

  /** The second has what all may hold and the first does not; when that is closed it has it all. */
  @Test
  void manyShareTheMemory() {
    fill(new Random(16));
    SortMemory memory = new SortMemory(3_000, 20_000, 20_000);
    List<Order> order = order("hours");
    SortedRun first = new SortedRun(order, TASKS, memory);
    SortedRun second = new SortedRun(order, TASKS, memory);
    walk(first, Long.MAX_VALUE);
    int large = first.size();
    walk(second, Long.MAX_VALUE);
    assertThat(second.size()).isLessThan(large / 2).isGreaterThan(3_000 / 32);
    first.close();
    first.close(); // gives nothing back twice
    walk(second, Long.MAX_VALUE);
    assertThat(second.size()).isGreaterThan(large * 3 / 4);
    SortedRun third = new SortedRun(order, TASKS, memory);
    walk(third, Long.MAX_VALUE);
    assertThat(third.size()).isLessThan(large / 2);
    second.close();
    third.close();
    assertThat(memory.taken()).isZero();
  }
}
