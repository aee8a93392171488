package dev.quarry;

import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Makes the fixture of the present format: {@code FixtureProgram DIRECTORY} writes {@code
 * store.zip}, a small store that has something of everything, and {@code expected.jsonl}, what it
 * answers. To be run once when a format is released, into {@code
 * engine/src/test/resources/fixtures/format-N}, which is then never changed: {@link FixtureTest}
 * opens every one of them with every later build.
 *
 * <pre>
 * mvn -pl index,cache,engine test-compile
 * java -cp ... dev.quarry.FixtureProgram engine/src/test/resources/fixtures/format-1
 * </pre>
 */
final class FixtureProgram {
  /** What {@code expected.jsonl} tells the answers of. */
  static final List<String> QUERIES =
      List.of(
          "all",
          "status = TODO order by priority desc, created",
          "status in (DONE, CANCELLED) and priority >= HIGH",
          "agent = agent-2 order by completed desc",
          "project = caf\u00e9 or tag = \u4e2d\u6587",
          "due < 2026-03-01T00:00:00Z order by due",
          "attr.team = red order by attr.team, created desc",
          "estimated >= 2.5 and estimated < 4",
          "ready order by priority desc");

  /** When the store was made, and is: so that its claim never ends. */
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final AtomicReference<Instant> clock = new AtomicReference<>(START);

  private FixtureProgram() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createDirectories(Path.of(arguments[0]));
    Path store = Files.createTempDirectory("fixture").resolve("store");
    List<String> expected = new FixtureProgram().make(store);
    Files.write(directory.resolve("expected.jsonl"), expected, StandardCharsets.UTF_8);
    zip(store, directory.resolve("store.zip"));
  }

  private List<String> make(Path directory) throws Exception {
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory).clock(clock::get).actor("fixture").build();
    try (TaskStore store = TaskStore.open(options)) {
      store.createIndex(
          IndexSpec.equality("team", TaskFields.attribute("team")), ProgressListener.NONE);
      store.createIndex(
          IndexSpec.ordered("hours", TaskFields.ESTIMATED_HOURS.descending()),
          ProgressListener.NONE);
      for (int i = 0; i < 50; i++) {
        clock.set(START.plusSeconds(60L * i));
        store.insert(task(i));
      }
      store.compact(); // what is below lies in other files
      store.update("F-3", t -> t.withStatus(Status.DONE));
      store.update("F-4", t -> t.toBuilder().description("other text").build());
      store.delete("F-5");
      store.archive(List.of("F-6", "F-7"));
      store.restore(List.of("F-7"));
      WatchOptions named = WatchOptions.builder().name("fixture").fromSequence(0).build();
      try (Subscription subscription = store.watch(named, change -> {})) {
        if (!subscription.await(store.sequence(), Duration.ofSeconds(60))) {
          throw new IllegalStateException("the subscription does not come to the end");
        }
      }
      if (store.claims().tryClaim("F-0", "worker-1", Duration.ofDays(3_650)).isEmpty()) {
        throw new IllegalStateException("the task cannot be claimed");
      }
      store.put(Task.builder("F-50", "behind the position").build());
    }
    try (TaskStore store = TaskStore.open(options)) {
      return answers(store);
    }
  }

  private static Task task(int i) {
    Task.Builder b = Task.builder("F-" + i, "Title " + i + (i % 9 == 0 ? " \ud83d\ude00" : ""));
    b.status(Status.values()[i % 6]).priority(Priority.values()[i % 4]);
    b.project(i % 5 == 0 ? "caf\u00e9" : "p" + i % 3).agent(i % 4 == 3 ? null : "agent-" + i % 4);
    b.assignee(i % 3 == 0 ? null : "person-" + i % 7);
    b.createdAt(START.plusSeconds(3_600L * i).plusNanos(1_000L * i));
    b.updatedAt(START.plusSeconds(7_200L * i));
    b.dueAt(i % 2 == 0 ? START.plus(Duration.ofDays(2L * i)) : null);
    b.completedAt(i % 6 == 3 ? START.plus(Duration.ofDays(i)) : null);
    b.estimatedHours(i % 7 == 0 ? null : i / 8.0).actualHours(i % 11 == 0 ? -0.0 : null);
    b.description(i % 3 == 0 ? null : ("Description of " + i + ". ").repeat(1 + i % 20));
    b.notes(i % 10 == 0 ? "note \u0000 \u4e2d " + i : null);
    for (int t = 0; t < i % 4; t++) {
      b.tag(t == 2 ? "\u4e2d\u6587" : "tag-" + (i + t) % 6);
    }
    b.attribute("team", i % 2 == 0 ? "red" : "blue");
    if (i % 5 == 1) {
      b.attribute("sprint", "s" + i);
    }
    if (i > 10 && i % 3 == 0) {
      b.dependency("F-" + (i - 1)).dependency("F-" + (i - 7));
    }
    if (i > 10 && i % 5 == 2) {
      b.link(Link.Type.values()[i % Link.Type.values().length], "F-" + (i - 3));
    }
    return b.build();
  }

  /** What a store answers, a line of JSON for each question. */
  static List<String> answers(TaskStore store) throws InterruptedException {
    List<String> lines = new ArrayList<>();
    lines.add(line("sequence", List.of(store.sequence())));
    for (String query : QUERIES) {
      Query parsed = Query.parse(query.equals("all") ? "" : query);
      List<Object> tasks = new ArrayList<>();
      for (Task task : store.page(parsed, PageRequest.first(1_000)).items()) {
        tasks.add(json(task));
      }
      lines.add(line("query " + query, tasks));
      lines.add(line("count " + query, List.of(store.count(parsed))));
    }
    List<Object> archived = new ArrayList<>();
    for (Task task : store.archived(Query.all(), PageRequest.first(1_000)).items()) {
      archived.add(json(task));
    }
    lines.add(line("archived", archived));
    List<Object> claims = new ArrayList<>();
    store.claims().list(100).forEach(claim -> claims.add(claim.toString()));
    lines.add(line("claims", claims));
    List<Object> names = new ArrayList<>();
    store.subscriptions().list().forEach(n -> names.add(n.name() + " at " + n.position()));
    lines.add(line("subscriptions", names));
    List<Object> changes = new ArrayList<>();
    store
        .changesAfter(0, 1_000)
        .forEach(
            c -> changes.add(c.sequence() + " " + c.action() + " " + c.cause() + " " + c.id()));
    lines.add(line("changes", changes));
    List<Object> indexes = new ArrayList<>();
    store.indexes().forEach(index -> indexes.add(index.spec() + " " + index.state()));
    lines.add(line("indexes", indexes));
    try (Snapshot past = store.asOf(20)) {
      lines.add(line("tasks as of 20", List.of(past.count(Query.all()))));
    }
    return lines;
  }

  private static String line(String question, List<?> answer) {
    return "{\"question\":" + quoted(question) + ",\"answer\":" + value(answer) + "}";
  }

  private static Map<String, Object> json(Task task) {
    Map<String, Object> json = new TreeMap<>();
    json.put("id", task.id());
    json.put("version", task.version());
    json.put("title", task.title());
    json.put("description", task.description());
    json.put("notes", task.notes());
    json.put("status", task.status());
    json.put("priority", task.priority());
    json.put("project", task.project());
    json.put("agent", task.agent());
    json.put("assignee", task.assignee());
    json.put("created", task.createdAt());
    json.put("updated", task.updatedAt());
    json.put("due", task.dueAt());
    json.put("completed", task.completedAt());
    json.put("estimated", task.estimatedHours());
    json.put("actual", task.actualHours());
    json.put("tags", task.tags());
    json.put("dependencies", task.dependencies());
    json.put("attributes", new TreeMap<>(task.attributes()));
    json.put("links", task.links().stream().map(Link::toString).toList());
    return json;
  }

  private static String value(Object value) {
    if (value == null || value instanceof Long) {
      return String.valueOf(value);
    }
    if (value instanceof List<?> list) {
      return "[" + String.join(",", list.stream().map(FixtureProgram::value).toList()) + "]";
    }
    if (value instanceof Map<?, ?> map) {
      List<String> parts = new ArrayList<>();
      map.forEach((k, v) -> parts.add(quoted(String.valueOf(k)) + ":" + value(v)));
      return "{" + String.join(",", parts) + "}";
    }
    return quoted(value.toString());
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || c > '~') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  /** The files that matter; the off-heap index is derived. */
  private static void zip(Path store, Path target) throws IOException {
    try (OutputStream file = Files.newOutputStream(target);
        ZipOutputStream out = new ZipOutputStream(file);
        Stream<Path> files = Files.walk(store)) {
      files
          .filter(Files::isRegularFile)
          .map(f -> store.relativize(f).toString().replace('\\', '/'))
          .filter(name -> !name.startsWith("index/") && !name.matches("data/LOG.*|.*[lL]ock"))
          .sorted()
          .forEach(name -> add(out, store.resolve(name), name));
    }
  }

  private static void add(ZipOutputStream out, Path file, String name) {
    try {
      ZipEntry entry = new ZipEntry(name);
      entry.setLastModifiedTime(FileTime.from(START));
      out.putNextEntry(entry);
      Files.copy(file, out);
      out.closeEntry();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
