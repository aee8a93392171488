package dev.quarry.bench;

import static dev.quarry.query.TaskFields.STATUS;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.query.Query;
import java.time.Duration;
import java.time.Instant;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tasks and queries that are determined by (seed, i): the same pair yields the same task on every
 * machine and JDK, in any order and from any thread. Immutable; thread-safe. A task costs a few
 * microseconds and encodes to about 780 bytes.
 *
 * <p>Status DONE 60 %, TODO 25, IN_PROGRESS 8, BLOCKED 4, FAILED 2, CANCELLED 1. Priority LOW 30 %,
 * MEDIUM 45, HIGH 20, CRITICAL 5. 50 agents, 1,000 assignees, 100 projects and 200 tags with 0 to 5
 * draws a task, all Zipf(1.0), rank 0 the most frequent. {@code createdAt} uniform over two years;
 * {@code dueAt} in 60 %, {@code createdAt} plus 1 to 90 days. Title of 40 to 80 characters,
 * description of 200 to 800 out of about 2,000 words, 0 to 3 dependencies on earlier ids, 0 to 4
 * attributes.
 */
public final class TaskWorkload {
  /** Agents. */
  public static final int AGENTS = 50;

  /** Assignees. */
  public static final int ASSIGNEES = 1_000;

  /** Projects. */
  public static final int PROJECTS = 100;

  /** Tags. */
  public static final int TAG_COUNT = 200;

  /** The size of a page of {@link #q1} and {@link #q2}. */
  public static final int PAGE = 20;

  /** How many tasks, from 0, must be in a store for each {@link #q2} to have a match. */
  public static final int Q2_TASKS = 1_000;

  /** The earliest {@code createdAt}. */
  public static final Instant EPOCH = Instant.parse("2024-11-20T00:00:00Z");

  private static final long MICROS_A_DAY = Duration.ofDays(1).toNanos() / 1_000;
  private static final long SPAN_MICROS = 730 * MICROS_A_DAY;
  private static final int POPULAR_AGENTS = 8;
  private static final int POPULAR_TAGS = 16;
  private static final List<Status> STATUS_DECK =
      deck(
          List.of(
              Collections.nCopies(25, Status.TODO),
              Collections.nCopies(8, Status.IN_PROGRESS),
              Collections.nCopies(4, Status.BLOCKED),
              Collections.nCopies(60, Status.DONE),
              Collections.nCopies(2, Status.FAILED),
              Collections.nCopies(1, Status.CANCELLED)));
  private static final List<Priority> PRIORITY_DECK =
      deck(
          List.of(
              Collections.nCopies(30, Priority.LOW),
              Collections.nCopies(45, Priority.MEDIUM),
              Collections.nCopies(20, Priority.HIGH),
              Collections.nCopies(5, Priority.CRITICAL)));
  private static final String[] ATTRIBUTES = {
    "team", "component", "sprint", "customer", "environment", "release", "reviewer", "severity"
  };

  private final long seed;
  private final Vocabulary vocabulary = new Vocabulary();
  private final ZipfSampler agents = new ZipfSampler(AGENTS, 1.0);
  private final ZipfSampler assignees = new ZipfSampler(ASSIGNEES, 1.0);
  private final ZipfSampler projects = new ZipfSampler(PROJECTS, 1.0);
  private final ZipfSampler tags = new ZipfSampler(TAG_COUNT, 1.0);
  private final List<CompoundQuery> q2;

  /** The workload of {@code seed}. */
  public TaskWorkload(long seed) {
    this.seed = seed;
    q2 = popularQueries();
  }

  /** The seed. */
  public long seed() {
    return seed;
  }

  /** The id of task {@code i}, 0 or more; ids rise with {@code i} below ten million. */
  public static String id(long i) {
    String digits = Long.toString(i);
    return "TASK-" + "0".repeat(Math.max(0, 7 - digits.length())) + digits;
  }

  /** The name of the agent of a rank. */
  public static String agent(int rank) {
    return "A" + rank;
  }

  /** The name of the assignee of a rank. */
  public static String assignee(int rank) {
    return "user-" + rank;
  }

  /** The name of the project of a rank. */
  public static String project(int rank) {
    return "project-" + rank;
  }

  /** The name of the tag of a rank. */
  public String tag(int rank) {
    return vocabulary.word(rank);
  }

  /** The status of task {@code i}, without building it. */
  public Status status(long i) {
    return status(random(i));
  }

  /** Task {@code i}, 0 or more. */
  public Task task(long i) {
    SplitMix random = random(i);
    Status status = status(random);
    Priority priority = pick(random, PRIORITY_DECK);
    long created = random.nextLong(SPAN_MICROS);
    long updated = created + (status == Status.TODO ? 0 : random.nextLong(30 * MICROS_A_DAY));
    Task.Builder task =
        Task.builder(id(i), vocabulary.text(random, 40 + random.nextInt(41)))
            .description(vocabulary.text(random, 200 + random.nextInt(601)))
            .status(status)
            .priority(priority)
            .agent(agent(agents.rank(random.nextLong())))
            .assignee(assignee(assignees.rank(random.nextLong())))
            .project(project(projects.rank(random.nextLong())))
            .createdAt(instant(created))
            .updatedAt(instant(updated));
    if (random.nextInt(100) < 60) {
      task.dueAt(instant(created + MICROS_A_DAY + random.nextLong(89 * MICROS_A_DAY + 1)));
    }
    if (status == Status.DONE) {
      task.completedAt(instant(updated));
    }
    task.tags(tags(random)).dependencies(dependencies(random, i)).attributes(attributes(random));
    return task.estimatedHours((1 + random.nextInt(160)) / 4.0).build();
  }

  /** The tasks {@code from} to {@code from + count - 1}, built when asked for, each time anew. */
  public List<Task> tasks(long from, int count) {
    return new AbstractList<>() {
      @Override
      public Task get(int index) {
        return task(from + index);
      }

      @Override
      public int size() {
        return count;
      }
    };
  }

  /** The frequent question: what is to be done. Ask for a page of {@link #PAGE}. */
  public static Query q1() {
    return Query.where(STATUS.is(Status.TODO));
  }

  /**
   * The compound question number {@code i}: open and urgent tasks of a popular agent with a popular
   * tag that are due before some day, most urgent and oldest first. Has a match in every store that
   * holds the first {@link #Q2_TASKS} tasks unchanged. Ask for a page of {@link #PAGE}.
   */
  public CompoundQuery q2(long i) {
    return q2.get((int) Long.remainderUnsigned(i, q2.size()));
  }

  /** How many different {@link #q2} there are. */
  public int q2Count() {
    return q2.size();
  }

  private List<CompoundQuery> popularQueries() {
    List<CompoundQuery> found = new ArrayList<>();
    for (int i = 0; i < Q2_TASKS; i++) {
      if (status(i) != Status.TODO) {
        continue;
      }
      Task task = task(i);
      if (task.priority().compareTo(Priority.HIGH) < 0
          || task.dueAt() == null
          || Integer.parseInt(task.agent().substring(1)) >= POPULAR_AGENTS) {
        continue;
      }
      for (int rank = 0; rank < POPULAR_TAGS; rank++) {
        if (task.tags().contains(tag(rank))) {
          found.add(
              new CompoundQuery(task.agent(), tag(rank), task.dueAt().plus(Duration.ofDays(30))));
          break;
        }
      }
    }
    if (found.isEmpty()) {
      found.add(new CompoundQuery(agent(0), tag(0), EPOCH.plus(Duration.ofDays(730))));
    }
    return List.copyOf(found);
  }

  private SplitMix random(long i) {
    if (i < 0) {
      throw new IllegalArgumentException("i must not be negative, but is " + i);
    }
    return new SplitMix(seed, i);
  }

  private static Status status(SplitMix random) {
    return pick(random, STATUS_DECK);
  }

  /** One card for each percent. */
  private static <T> List<T> deck(List<List<T>> runs) {
    return runs.stream().flatMap(List::stream).toList();
  }

  private static <T> T pick(SplitMix random, List<T> deck) {
    return deck.get(random.nextInt(deck.size()));
  }

  private static Instant instant(long microsSinceEpoch) {
    return EPOCH.plusNanos(microsSinceEpoch * 1_000);
  }

  private List<String> tags(SplitMix random) {
    int draws = random.nextInt(6);
    List<String> names = new ArrayList<>(draws);
    for (int d = 0; d < draws; d++) {
      names.add(tag(tags.rank(random.nextLong())));
    }
    return names;
  }

  private static List<String> dependencies(SplitMix random, long i) {
    int draws = random.nextInt(4);
    List<String> ids = new ArrayList<>(draws);
    for (int d = 0; d < draws && i > 0; d++) {
      ids.add(id(random.nextLong(i)));
    }
    return ids;
  }

  private Map<String, String> attributes(SplitMix random) {
    int count = random.nextInt(5);
    int first = random.nextInt(ATTRIBUTES.length);
    Map<String, String> values = new LinkedHashMap<>();
    for (int a = 0; a < count; a++) {
      values.put(
          ATTRIBUTES[(first + a) % ATTRIBUTES.length],
          vocabulary.text(random, 8 + random.nextInt(25)));
    }
    return values;
  }
}
