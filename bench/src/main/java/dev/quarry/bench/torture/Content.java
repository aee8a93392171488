package dev.quarry.bench.torture;

import dev.quarry.Link;
import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What tasks contain: a function of the id and of the number of the write, so that the parent knows
 * every byte. The ids of a range are {@code R0-0}, {@code R0-1} and so on; dependencies stay within
 * it.
 */
final class Content {
  /** Ids of a range. */
  static final int IDS = 40;

  /** The range whose thread moves the clock; only its tasks are old or have short leases. */
  static final String TIMED = "R0";

  /** The ranges that one thread each owns. */
  static final List<String> OWNED = List.of("R0", "R1", "R2");

  /** The range in which all threads write. */
  static final String SHARED = "S";

  /** What is older can be archived and purged by age. */
  static final Instant OLD = Instant.parse("2020-01-01T00:00:00Z");

  /** When the clock of a run begins. */
  static final Instant START = Instant.parse("2026-11-20T12:00:00Z");

  private static final int WORDS = 300;

  private Content() {}

  static String range(String id) {
    return id.substring(0, id.indexOf('-'));
  }

  static String id(String range, int number) {
    return range + "-" + number;
  }

  private static SplittableRandom random(String id, long n) {
    return new SplittableRandom(n * 1_000_003 + id.hashCode());
  }

  /** A whole task. */
  static Task task(String id, long n) {
    SplittableRandom random = random(id, n);
    String range = range(id);
    int number = Integer.parseInt(id.substring(range.length() + 1));
    List<String> dependencies = new ArrayList<>();
    for (int i = random.nextInt(4) - 1; i > 0; i--) {
      int other = random.nextInt(random.nextInt(12) == 0 ? IDS : Math.max(1, number));
      String dependency = id(range, other);
      if (other != number && !dependencies.contains(dependency)) {
        dependencies.add(dependency);
      }
    }
    boolean old = range.equals(TIMED) && random.nextInt(3) == 0;
    Instant created = START.minus(Duration.ofDays(100)).plusSeconds(n).plusNanos(number * 1_000L);
    Task.Builder builder =
        Task.builder(id, "title " + n)
            .project(range)
            .status(status(random))
            .priority(Priority.values()[random.nextInt(4)])
            .agent("a" + n % 7)
            .tag("t" + n % 5)
            .dependencies(dependencies)
            .createdAt(created)
            .updatedAt(old ? OLD.minusSeconds(1 + n % 1_000) : created)
            .description((n + " text ").repeat(random.nextInt(WORDS)))
            .attribute("n", String.valueOf(n));
    if (random.nextInt(5) == 0) {
      builder.link(Link.Type.RELATED, id(range, random.nextInt(IDS)));
    }
    return plan(builder, random).build();
  }

  /** A change of a task that is there. */
  static Task changed(Task task, long n) {
    SplittableRandom random = random(task.id(), n);
    Task.Builder builder = task.toBuilder().attribute("n", String.valueOf(n)).title("changed " + n);
    if (random.nextInt(3) > 0) {
      builder.status(status(random));
    }
    if (random.nextInt(4) == 0) {
      builder.dependencies(task(task.id(), n).dependencies());
    }
    builder.priority(Priority.values()[random.nextInt(4)]);
    return (random.nextInt(3) == 0 ? plan(builder, random) : builder).build();
  }

  /** Who is to do it, by when, and what is said of it. */
  private static Task.Builder plan(Task.Builder builder, SplittableRandom random) {
    return builder
        .notes("note ".repeat(random.nextInt(20)) + random.nextInt(1_000))
        .assignee(random.nextInt(4) == 0 ? null : "p" + random.nextInt(5))
        .dueAt(random.nextInt(3) == 0 ? null : START.plus(Duration.ofHours(random.nextInt(1_000))))
        .estimatedHours(random.nextInt(3) == 0 ? null : random.nextInt(400) / 4.0)
        .actualHours(random.nextInt(3) == 0 ? null : random.nextInt(400) / 4.0);
  }

  /** The change of an update in chunks: says in the task how often it was treated. */
  static Task counted(Task task, long n) {
    String before = task.attributes().getOrDefault("jobs", "");
    String all = before + "," + n;
    return task.toBuilder()
        .attribute("jobs", all.substring(Math.max(0, all.length() - 40)))
        .build();
  }

  private static Status status(SplittableRandom random) {
    int kind = random.nextInt(10);
    return kind < 5 ? Status.TODO : kind < 8 ? Status.DONE : Status.values()[random.nextInt(6)];
  }
}
