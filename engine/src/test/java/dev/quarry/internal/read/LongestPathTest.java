package dev.quarry.internal.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.QueryTimeoutException;
import dev.quarry.Seeds;
import dev.quarry.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A circle that is named is one, also where a task of it is met on several ways. */
class LongestPathTest {
  private static final Deadline LATE = new Deadline(Duration.ofDays(1));

  private final Map<String, Task> tasks = new LinkedHashMap<>();

  private void add(String id, List<String> dependencies) {
    tasks.put(id, Task.builder(id, "t").dependencies(dependencies).build());
  }

  private void assertCircle(List<String> circle) {
    assertThat(circle).hasSizeGreaterThan(1);
    assertThat(circle.get(0)).isEqualTo(circle.get(circle.size() - 1));
    assertThat(circle.subList(1, circle.size())).doesNotHaveDuplicates();
    for (int i = 1; i < circle.size(); i++) {
      assertThat(tasks.get(circle.get(i - 1)).dependencies())
          .as("%s in %s of %s", circle.get(i - 1), circle, tasks.values())
          .contains(circle.get(i));
    }
  }

  @Test
  void aTaskThatWaitsTwiceToBeLookedAtStandsOnTheWayOnce() {
    add("root", List.of("a", "b"));
    add("b", List.of("a"));
    add("a", List.of("root"));
    assertThat(new LongestPath(tasks, LATE).cycle()).containsExactly("root", "b", "a", "root");
  }

  @Test
  void aLongWayEndsInTime() {
    for (int i = 0; i < 1_000; i++) {
      add("t" + i, List.of("t" + (i + 1)));
    }
    AtomicLong now = new AtomicLong();
    Deadline over = new Deadline(Duration.ofNanos(1), now::incrementAndGet);
    LongestPath paths = new LongestPath(tasks, over);
    assertThatThrownBy(paths::longest).isInstanceOf(QueryTimeoutException.class);
    assertThat(new LongestPath(tasks, LATE).longest()).hasSize(1_000);
  }

  @Test
  void theShortestCircles() {
    add("a", List.of("a"));
    assertThat(new LongestPath(tasks, LATE).cycle()).containsExactly("a", "a");
    tasks.clear();
    add("a", List.of("b"));
    add("b", List.of("a"));
    assertCircle(new LongestPath(tasks, LATE).cycle());
    tasks.clear();
    add("a", List.of("b", "gone"));
    add("b", List.of());
    assertThat(new LongestPath(tasks, LATE).cycle()).isEmpty();
  }

  @Seeds({121, 122, 123})
  void everyCircleThatIsNamedIsOneAndNoneIsMissed(long seed) {
    Random random = new Random(seed);
    int circles = 0;
    for (int round = 0; round < 500; round++) {
      tasks.clear();
      int n = 2 + random.nextInt(8);
      for (int i = 0; i < n; i++) {
        List<String> dependencies = new ArrayList<>();
        for (int d = random.nextInt(3); d > 0; d--) {
          dependencies.add("t" + random.nextInt(n));
        }
        add("t" + i, dependencies);
      }
      List<String> circle = new LongestPath(tasks, LATE).cycle();
      if (hasCircle()) {
        circles++;
        assertCircle(circle);
      } else {
        assertThat(circle).isEmpty();
      }
    }
    assertThat(circles).isBetween(100, 450);
  }

  /** Takes away those that wait for none, again and again. */
  private boolean hasCircle() {
    Set<String> left = new HashSet<>(tasks.keySet());
    while (left.removeIf(id -> tasks.get(id).dependencies().stream().noneMatch(left::contains))) {}
    return !left.isEmpty();
  }
}
