package dev.quarry.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TaskWorkloadTest {
  private static final int SAMPLE = 20_000;

  private final TaskWorkload workload = new TaskWorkload(42);
  private final List<Task> sample = List.copyOf(workload.tasks(0, SAMPLE));

  @Test
  void statusesAndPrioritiesHaveTheirShares() {
    Map<Status, Double> status =
        Map.of(
            Status.DONE, .60,
            Status.TODO, .25,
            Status.IN_PROGRESS, .08,
            Status.BLOCKED, .04,
            Status.FAILED, .02,
            Status.CANCELLED, .01);
    assertChiSquare(count(Task::status), status);
    Map<Priority, Double> priority =
        Map.of(
            Priority.LOW, .30,
            Priority.MEDIUM, .45,
            Priority.HIGH, .20,
            Priority.CRITICAL, .05);
    assertChiSquare(count(Task::priority), priority);
    assertThat(sample)
        .allMatch(t -> t.status() == workload.status(Long.parseLong(t.id().substring(5))));
  }

  @Test
  void namesAreZipf() {
    assertChiSquare(count(Task::agent), zipf(TaskWorkload.AGENTS, TaskWorkload::agent));
    assertChiSquare(count(Task::assignee), zipf(TaskWorkload.ASSIGNEES, TaskWorkload::assignee));
    assertChiSquare(count(Task::project), zipf(TaskWorkload.PROJECTS, TaskWorkload::project));
    Map<String, Integer> tags = new HashMap<>();
    sample.forEach(t -> t.tags().forEach(tag -> tags.merge(tag, 1, Integer::sum)));
    assertThat(tags).hasSize(TaskWorkload.TAG_COUNT);
    assertThat(tags.get(workload.tag(0)))
        .isGreaterThan(tags.get(workload.tag(1)))
        .isGreaterThan(5 * tags.get(workload.tag(19)));
  }

  @Test
  void textsListsAndTimesHaveTheirRanges() {
    long dues = sample.stream().filter(t -> t.dueAt() != null).count();
    assertThat(dues / (double) SAMPLE).isCloseTo(.60, within(.015));
    Instant end = TaskWorkload.EPOCH.plus(Duration.ofDays(730));
    assertThat(sample)
        .allSatisfy(
            t -> {
              assertThat(t.title().length()).isBetween(40, 80);
              assertThat(t.description().length()).isBetween(200, 800);
              assertThat(t.tags().size()).isBetween(0, 5);
              assertThat(t.dependencies().size()).isBetween(0, 3);
              assertThat(t.dependencies()).allMatch(d -> d.compareTo(t.id()) < 0);
              assertThat(t.attributes().size()).isBetween(0, 4);
              assertThat(t.createdAt()).isBetween(TaskWorkload.EPOCH, end);
              assertThat(t.updatedAt()).isAfterOrEqualTo(t.createdAt());
              assertThat(t.completedAt() != null).isEqualTo(t.status() == Status.DONE);
              if (t.dueAt() != null) {
                Duration ahead = Duration.between(t.createdAt(), t.dueAt());
                assertThat(ahead).isBetween(Duration.ofDays(1), Duration.ofDays(90));
              }
            });
    // uniform over the two years: each of eight quarters holds an eighth
    Map<Long, Integer> quarters = new TreeMap<>();
    sample.forEach(
        t ->
            quarters.merge(
                Duration.between(TaskWorkload.EPOCH, t.createdAt()).toDays() * 8 / 730,
                1,
                Integer::sum));
    assertThat(quarters).hasSize(8);
    assertThat(quarters.values()).allMatch(n -> Math.abs(n - SAMPLE / 8) < 250);
    for (int n = 0; n <= 3; n++) {
      int wanted = n;
      long share = sample.stream().filter(t -> t.dependencies().size() == wanted).count();
      assertThat(share).isBetween(SAMPLE * 23L / 100, SAMPLE * 27L / 100);
    }
  }

  @Test
  void aTaskHoldsAbout780Bytes() {
    double mean = sample.stream().mapToInt(TaskWorkloadTest::flatBytes).average().orElseThrow();
    assertThat(mean).isBetween(740.0, 820.0);
  }

  @Test
  void theSameSeedYieldsTheSameTasksForever() throws Exception {
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    for (long i : new long[] {0, 1, 2, 999, 1_000_000, 123_456_789_012L}) {
      sha.update(text(workload.task(i)).getBytes(StandardCharsets.UTF_8));
    }
    assertThat(HexFormat.of().formatHex(sha.digest()))
        .isEqualTo("3a0d700ec0645ed9dc1dc88add4da211adb70fa7dca57d717cdf515bfca72f35");
  }

  @Test
  void seedsAndNumbersDiffer() {
    assertThat(new TaskWorkload(42).task(5)).isEqualTo(workload.task(5));
    assertThat(new TaskWorkload(43).task(5)).isNotEqualTo(workload.task(5));
    assertThat(sample.stream().map(Task::description).distinct()).hasSize(SAMPLE);
    assertThat(TaskWorkload.id(7)).isEqualTo("TASK-0000007");
    assertThat(TaskWorkload.id(12_345_678)).isEqualTo("TASK-12345678");
    assertThatIllegalArgumentException().isThrownBy(() -> workload.task(-1));
  }

  @Test
  void threadsShareAWorkload() {
    List<Task> parallel =
        IntStream.range(0, SAMPLE).parallel().mapToObj(i -> workload.task(i)).toList();
    assertThat(parallel).isEqualTo(sample);
  }

  @Test
  void everyQ2HasAMatch() {
    assertThat(workload.q2Count()).isGreaterThanOrEqualTo(4);
    for (int i = 0; i < workload.q2Count(); i++) {
      CompoundQuery q2 = workload.q2(i);
      assertThat(sample.subList(0, TaskWorkload.Q2_TASKS)).anyMatch(q2::matches);
    }
    assertThat(workload.q2(-1)).isNotNull();
  }

  private <T> Map<T, Integer> count(Function<Task, T> value) {
    Map<T, Integer> counts = new HashMap<>();
    sample.forEach(t -> counts.merge(value.apply(t), 1, Integer::sum));
    return counts;
  }

  private static Map<String, Double> zipf(int ranks, Function<Integer, String> name) {
    ZipfSampler law = new ZipfSampler(ranks, 1.0);
    Map<String, Double> shares = new HashMap<>();
    for (int r = 0; r < ranks; r++) {
      shares.put(name.apply(r), law.probability(r));
    }
    return shares;
  }

  private static <T> void assertChiSquare(Map<T, Integer> seen, Map<T, Double> shares) {
    double chiSquare = 0;
    for (var share : shares.entrySet()) {
      double expected = share.getValue() * SAMPLE;
      double difference = seen.getOrDefault(share.getKey(), 0) - expected;
      chiSquare += difference * difference / expected;
    }
    assertThat(shares.keySet()).containsAll(seen.keySet());
    assertThat(chiSquare).isLessThan(shares.size() + 5 * Math.sqrt(2.0 * shares.size()));
  }

  /** The bytes of a plain layout: texts with a length of one or two bytes, times of eight bytes. */
  private static int flatBytes(Task t) {
    int bytes = 2 + 4 * 8 + 2 * 8 + t.id().length() + t.title().length() + t.description().length();
    bytes += t.agent().length() + t.assignee().length() + t.project().length() + 8;
    for (String text : t.tags()) {
      bytes += 1 + text.length();
    }
    for (String text : t.dependencies()) {
      bytes += 1 + text.length();
    }
    for (var attribute : t.attributes().entrySet()) {
      bytes += 2 + attribute.getKey().length() + attribute.getValue().length();
    }
    return bytes;
  }

  private static String text(Task t) {
    return String.join(
        "|",
        t.id(),
        t.title(),
        t.description(),
        t.status().name(),
        t.priority().name(),
        t.agent(),
        t.assignee(),
        t.project(),
        String.valueOf(t.createdAt()),
        String.valueOf(t.updatedAt()),
        String.valueOf(t.dueAt()),
        String.valueOf(t.completedAt()),
        t.tags().toString(),
        t.dependencies().toString(),
        t.attributes().toString(),
        String.valueOf(t.estimatedHours()));
  }
}
