package dev.quarry.tools.exporting;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Tasks with every kind of text that a field may hold. */
final class RandomTasks {
  private static final List<String> AWKWARD =
      List.of(
          "",
          " ",
          "null",
          "true",
          "~",
          "-",
          "---",
          "- [ ] item",
          "007",
          "1.0",
          "1e5",
          "-0",
          "'x'",
          "=1+1",
          "+1",
          "-1",
          "@me",
          "'=1",
          "a,b;c",
          "[\"a\"]",
          "{\"a\":1}",
          "{\"a\": 1}",
          "[",
          "#",
          "# head",
          "a: b",
          "a #b",
          "line\nline",
          "\n",
          "\n\n",
          "a\n",
          "a\n\n",
          " a\nb",
          "a\r\nb",
          "\r",
          "\t",
          "a\tb",
          "tail ",
          "\"quoted\"",
          "back\\slash",
          "\u0000",
          "\u0007",
          "\u001b[31m",
          "\u0085",
          "\u2028",
          "\ufeff",
          "\ufffe",
          "\ud83d\ude00",
          "e\u0301",
          "\u00fc\u00f6\u00c4",
          "\u5de5\u4f5c",
          "\u202eabc",
          "---\nid: x\n---\n",
          "```\n- [ ] x\n```",
          "2025-07-17",
          "NO",
          "y",
          "0x1f",
          ".5",
          "5.",
          "<b>",
          "&amp;",
          "*x",
          "&x",
          "!x",
          "%x",
          "|",
          ">",
          "?",
          ": ",
          "a\n  b\n c",
          "x\n---\ny",
          "\u00a0",
          "a\n \nb",
          "[1,2,{\"k\":\"v\"}]",
          "[1,2");
  private static final List<String> NAMES =
      List.of(
          "status",
          "ordinal",
          "references",
          "body",
          "id",
          "title",
          "md.status",
          "a b",
          "",
          "attributes",
          "null",
          "x",
          "X",
          "on",
          "due-date",
          "\u00fcber",
          "emoji \ud83d\ude00",
          "a:b",
          "a\nb",
          "line#2",
          "body_chars",
          "-",
          "'",
          "\"",
          "\\",
          "description",
          "text",
          "Labels");

  private final Random random;
  private final boolean loneSurrogates;

  RandomTasks(long seed, boolean loneSurrogates) {
    random = new Random(seed);
    this.loneSurrogates = loneSurrogates;
  }

  List<Task> list(int n) {
    Set<String> ids = new LinkedHashSet<>();
    List<Task> tasks = new ArrayList<>();
    while (tasks.size() < n) {
      Task task = task();
      if (ids.add(task.id())) {
        tasks.add(task);
      }
    }
    return tasks;
  }

  private Task task() {
    Task.Builder b = Task.builder(id(), text());
    b.status(pick(List.of(Status.values())));
    b.priority(pick(List.of(Priority.values())));
    b.description(maybe() ? text() : null);
    b.notes(maybe() ? text() : null);
    b.project(maybe() ? name() : null);
    b.agent(maybe() ? name() : null);
    b.assignee(maybe() ? name() : null);
    b.createdAt(instant());
    b.updatedAt(instant());
    b.dueAt(maybe() ? instant() : null);
    b.completedAt(maybe() ? instant() : null);
    b.estimatedHours(maybe() ? hours() : null);
    b.actualHours(maybe() ? hours() : null);
    for (int i = random.nextInt(4); i > 0; i--) {
      b.dependency(name());
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      b.tag(name());
    }
    for (int i = random.nextInt(6); i > 0; i--) {
      String name = maybe() ? pick(NAMES) : name();
      b.attribute(name.isEmpty() ? "x" : name, text());
    }
    return b.build();
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private boolean maybe() {
    return random.nextBoolean();
  }

  private String id() {
    String text = maybe() ? "T-" + random.nextInt(1_000_000) : name();
    StringBuilder legal = new StringBuilder();
    text.chars().forEach(c -> legal.append(Character.isISOControl(c) ? '_' : (char) c));
    boolean tooLong = legal.length() > 80;
    String id = tooLong ? legal.substring(0, legal.offsetByCodePoints(0, 40)) : legal.toString();
    return id.isBlank() ? "T-" + random.nextInt(1_000_000) : id;
  }

  private String name() {
    String text = text();
    // a name must be valid Unicode
    String valid = text.replaceAll("\\p{Cs}", "?");
    return valid.isEmpty() ? "n" : valid;
  }

  private String text() {
    return switch (random.nextInt(6)) {
      case 0 -> pick(AWKWARD);
      case 1 -> pick(AWKWARD) + pick(AWKWARD);
      case 2 -> "Plain words " + random.nextInt(1_000);
      case 3 -> "First line\n\n  - [ ] second\n\tthird " + random.nextInt(10);
      case 4 -> characters(random.nextInt(12), 0x250);
      default -> characters(random.nextInt(60), 0x110000);
    };
  }

  private String characters(int n, int bound) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < n; i++) {
      int c = maybe() ? random.nextInt(128) : random.nextInt(bound);
      boolean surrogate = c >= 0xd800 && c <= 0xdfff;
      out.appendCodePoint(surrogate && !loneSurrogates ? '?' : c);
    }
    if (loneSurrogates && random.nextInt(3) == 0) {
      out.append((char) (0xd800 + random.nextInt(0x800)));
    }
    return out.toString();
  }

  private Double hours() {
    return switch (random.nextInt(5)) {
      case 0 -> -0.0;
      case 1 -> 0.1 + 0.2;
      case 2 -> Double.MIN_VALUE;
      case 3 -> random.nextDouble() * 1e20;
      default -> (double) random.nextInt(100) / 4;
    };
  }

  private Instant instant() {
    long seconds = maybe() ? random.nextInt() : random.nextLong() % 9_000_000_000_000L;
    long micros = maybe() ? 0 : random.nextInt(1_000_000);
    return Instant.ofEpochSecond(seconds, micros * 1_000);
  }
}
