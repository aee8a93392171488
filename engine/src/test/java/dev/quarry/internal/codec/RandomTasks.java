package dev.quarry.internal.codec;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/** Seeded tasks with every kind of field and text. */
public final class RandomTasks {
  private static final List<String> ODD =
      List.of(
          "\u0000",
          "a\u0000b",
          "\u0000\u0000",
          "\u007f",
          "\u0080",
          "\u00e9\u00ff",
          "\u0100",
          "\u07ff\u0800",
          "\ud7ff",
          "\ue000",
          "\ufffd",
          "\uffff",
          "\ud83d\ude00",
          "\ud800",
          "\udc00",
          "x\udbff",
          "\ude00\ud83d",
          "it's",
          "\"",
          "a",
          "A",
          "ab",
          "b");

  private final Random random;

  public RandomTasks(long seed) {
    random = new Random(seed);
  }

  /** A text of at most this many characters. */
  public String text(int most) {
    if (random.nextInt(6) == 0) {
      String odd = ODD.get(random.nextInt(ODD.size()));
      return odd.length() <= most ? odd : "a";
    }
    int length = random.nextInt(most + 1);
    StringBuilder text = new StringBuilder();
    int kind = random.nextInt(8);
    while (text.length() < length) {
      switch (kind) {
        case 0 -> text.append((char) random.nextInt(256));
        case 1 -> text.append((char) random.nextInt(65_536));
        case 2 -> text.appendCodePoint(random.nextInt(Character.MAX_CODE_POINT + 1));
        case 3 -> text.append(ODD.get(random.nextInt(ODD.size())));
        default -> text.append((char) ('a' + random.nextInt(5)));
      }
    }
    return text.substring(0, length);
  }

  /** A text of 1 to {@code most} characters, without unpaired surrogates, which names refuse. */
  public String name(int most) {
    String name = text(most).replaceAll("[\\ud800-\\udfff]", "s");
    return name.isEmpty() ? "n" + random.nextInt(3) : name;
  }

  /** A time that a task can have. */
  public Instant time() {
    return switch (random.nextInt(5)) {
      case 0 -> Instant.ofEpochSecond(random.nextInt(3) - 1, 1_000L * random.nextInt(3));
      case 1 -> Instant.ofEpochSecond(9_000_000_000_000L, 999_999_000L);
      case 2 -> Instant.ofEpochSecond(-9_000_000_000_000L);
      default ->
          Instant.ofEpochSecond(
              random.nextLong() % 5_000_000_000L, 1_000L * random.nextInt(1_000_000));
    };
  }

  /** A finite number of hours. */
  public double hours() {
    return switch (random.nextInt(6)) {
      case 0 -> -0.0;
      case 1 -> 0.0;
      case 2 -> Double.MAX_VALUE;
      case 3 -> -Double.MIN_VALUE;
      default -> random.nextInt(20) / 4.0 - 1;
    };
  }

  /** A task. */
  public Task task() {
    Task.Builder b = Task.builder("t" + random.nextInt(1_000) + "\u00e9", text(80));
    b.status(one(Status.values()));
    b.priority(one(Priority.values()));
    b.project(some() ? name(8) : null).agent(some() ? name(8) : null);
    b.assignee(some() ? name(random.nextInt(10) == 0 ? 600 : 5) : null);
    b.createdAt(some() ? time() : null).updatedAt(some() ? time() : null);
    b.dueAt(some() ? time() : null).completedAt(some() ? time() : null);
    b.estimatedHours(some() ? (Double) hours() : null);
    b.actualHours(some() ? (Double) hours() : null);
    b.description(some() ? text(600) : null).notes(some() ? text(100) : null);
    for (int i = random.nextInt(5); i > 0; i--) {
      b.tag(name(6)).dependency(name(12)).attribute(name(4), text(20));
    }
    b.attribute(some() ? "team" : "k", text(random.nextInt(10) == 0 ? 900 : 4));
    return b.version(random.nextLong()).build();
  }

  /** One of these. */
  public <T> T one(T[] values) {
    int at = random.nextInt(values.length);
    return values[at];
  }

  private boolean some() {
    return random.nextInt(4) > 0;
  }
}
