package dev.quarry.bench.peers;

import dev.quarry.Continuation;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Priority;
import dev.quarry.ScanOptions;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.bench.CompoundQuery;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.bench.raw.LoggedBatches;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.query.TextField;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Quarry behind the adapter; only verbs that any caller has. */
final class QuarryPeer implements Peer {
  private static final ScanOptions WHOLE = ScanOptions.chunks(1_000);
  private static final ScanOptions TWO_FIELDS =
      WHOLE.only(TaskFields.STATUS, TaskFields.CREATED_AT);
  private static final int STRIDE = 1_000;

  private final TaskStore store;
  private final boolean cached;
  private final Path directory;
  private final Query q1 = TaskWorkload.q1();

  QuarryPeer(Settings settings, long recordCacheBytes) {
    cached = recordCacheBytes > 0;
    directory = settings.directory();
    store =
        TaskStore.open(
            TaskStoreOptions.builder(settings.directory())
                .recordCacheBytes(recordCacheBytes)
                .blockCacheBytes(settings.cacheBytes() - recordCacheBytes)
                .memoryLimitBytes(0) // every store keeps the cache bytes that it was given
                .expectedTasks(settings.expectedTasks())
                .clock(settings::now)
                .build());
  }

  @Override
  public Set<Ability> abilities() {
    Set<Ability> abilities = EnumSet.of(Ability.QUERIES, Ability.STATUS_OF, Ability.PROJECTED_SCAN);
    // what does not depend on the cache is asked once, of the one whose figures the targets name
    abilities.addAll(
        cached
            ? EnumSet.of(
                Ability.COUNTS_BY_FIELD,
                Ability.DEEP_PAGES,
                Ability.CONCURRENT_READS,
                Ability.LOGGED_BATCHES)
            : EnumSet.of(Ability.PARALLEL_SCAN));
    return abilities;
  }

  @Override
  public Task get(String id) {
    return store.get(id).orElse(null);
  }

  @Override
  public void insert(Task task) {
    store.insert(task);
  }

  @Override
  public void insertAll(List<Task> tasks) {
    store.insertAll(tasks);
  }

  @Override
  public void setStatus(List<String> ids, Status status) {
    if (ids.size() == 1) {
      store.update(ids.get(0), task -> task.withStatus(status));
    } else {
      store.setStatus(ids, status);
    }
  }

  @Override
  public List<Task> q1(int limit) {
    return store.page(q1, PageRequest.first(limit)).items();
  }

  @Override
  public List<Task> q2(CompoundQuery query, int limit) {
    return store.page(query.query(), PageRequest.first(limit)).items();
  }

  @Override
  public Map<Status, Long> countByStatus() {
    return store.countBy(Query.all(), TaskFields.STATUS);
  }

  @Override
  public Map<?, Long> countByField(String field) {
    return store.countBy(Query.all(), field(field));
  }

  private static Field<?> field(String name) {
    return switch (name) {
      case "status" -> TaskFields.STATUS;
      case "priority" -> TaskFields.PRIORITY;
      case "agent" -> TaskFields.AGENT;
      case "assignee" -> TaskFields.ASSIGNEE;
      case "project" -> TaskFields.PROJECT;
      case "tags" -> TaskFields.TAGS;
      default -> throw new IllegalArgumentException("no indexed field is named " + name);
    };
  }

  @Override
  public LongSupplier countOf(String field, String value) {
    Query query = Query.where(condition(field, value));
    return () -> store.count(query);
  }

  private static Condition condition(String field, String value) {
    if (value.equals("null")) {
      return field(field).isNull();
    }
    return switch (field) {
      case "status" -> TaskFields.STATUS.is(Status.valueOf(value));
      case "priority" -> TaskFields.PRIORITY.is(Priority.valueOf(value));
      case "tags" -> TaskFields.TAGS.contains(value);
      default -> ((TextField) field(field)).is(value);
    };
  }

  @Override
  public Status statusOf(String id) {
    return store.statusOf(id).orElse(null);
  }

  @Override
  public void scan(Consumer<Task> action) {
    scan(WHOLE, action);
  }

  @Override
  public void scanProjected(Consumer<Task> action) {
    scan(TWO_FIELDS, action);
  }

  private void scan(ScanOptions options, Consumer<Task> action) {
    try (TaskCursor cursor = store.scan(Query.all(), options)) {
      List<Task> chunk = cursor.nextChunk();
      while (!chunk.isEmpty()) {
        chunk.forEach(action);
        chunk = cursor.nextChunk();
      }
    }
  }

  @Override
  public void scanParallel(int threads, Consumer<Task> action) {
    store.forEachParallel(Query.all(), threads, action);
  }

  @Override
  public Runnable page(int number, int size) {
    long skip = (long) (number - 1) * size;
    PageRequest request = PageRequest.first(size);
    Continuation at = null;
    while (skip > 0) {
      int step = (int) Math.min(skip, STRIDE);
      Page<Task> page =
          store.page(
              Query.all(), at == null ? PageRequest.first(step) : PageRequest.after(at, step));
      at = page.continuation();
      skip -= page.items().size();
      request = PageRequest.after(at, size);
    }
    PageRequest wanted = request;
    return () -> {
      if (store.page(Query.all(), wanted).items().size() != size) {
        throw new IllegalStateException("page " + number + " is not full");
      }
    };
  }

  @Override
  public LoggedBatches logged(int most, int tasks) {
    return LoggedBatches.last(directory.resolve("data"), most, tasks);
  }

  @Override
  public OptionalLong indexBytes() {
    return OptionalLong.of(store.stats().index().bytes());
  }

  @Override
  public void settle() {
    store.compact();
  }

  @Override
  public void close() {
    store.close();
  }
}
