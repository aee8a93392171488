package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.DependencyCycleException;
import dev.quarry.PageRequest;
import dev.quarry.StaleClaimException;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.query.Condition;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The part of the first fifteen minutes that is about work: steps L7 to L9, C4, C11 to C13. */
@Timeout(120)
final class WorkWalkTest {
  private static final String FIRST = "TASK-20261120-231500-0001";
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir private Path directory;

  private final AtomicReference<Instant> clock =
      new AtomicReference<>(Instant.parse("2026-11-20T23:15:00Z"));

  private TaskStore open() {
    return TaskStore.open(
        TaskStoreOptions.builder(directory.resolve("demo-store")).clock(clock::get).build());
  }

  private static List<String> ready(TaskStore store) {
    return store.ready(Condition.ready(), PageRequest.first(20)).items().stream()
        .map(Task::id)
        .toList();
  }

  @Test
  void dependencies() { // L7
    try (TaskStore store = open()) {
      store.insert(Task.builder("TASK-A", "Write").build());
      store.insert(Task.builder("TASK-B", "Publish").dependency("TASK-A").build());
      assertThat(ready(store)).containsExactly("TASK-A");
      assertThatThrownBy(
              () -> store.update("TASK-A", t -> t.toBuilder().dependency("TASK-B").build()))
          .isInstanceOf(DependencyCycleException.class)
          .hasMessageContaining("TASK-A -> TASK-B -> TASK-A");
      store.update("TASK-A", t -> t.withStatus(Status.DONE));
      assertThat(ready(store)).containsExactly("TASK-B");
    }
  }

  @Test
  void claims() throws Exception { // L8
    int threads = 8;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (TaskStore store = open()) {
      store.insert(Task.builder("TASK-1", "Write docs").build());
      CountDownLatch all = new CountDownLatch(threads);
      List<Future<Optional<Claim>>> tries = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        String owner = "worker-" + i;
        tries.add(
            pool.submit(
                () -> {
                  all.countDown();
                  all.await();
                  return store.claims().tryClaim("TASK-1", owner, LEASE);
                }));
      }
      List<Claim> won = new ArrayList<>();
      for (Future<Optional<Claim>> one : tries) {
        one.get().ifPresent(won::add);
      }
      assertThat(won).hasSize(1);
      Claim first = won.get(0);
      assertThat(first.token()).isEqualTo(1);
      assertThat(first.until()).isEqualTo(clock.get().plus(LEASE));
      clock.set(clock.get().plus(LEASE).plusMillis(1));
      store.claims().reapExpired();
      Claim second = store.claims().tryClaim("TASK-1", "other", LEASE).orElseThrow();
      assertThat(second.token()).isEqualTo(2);
      assertThatThrownBy(() -> store.claims().complete(first))
          .isInstanceOf(StaleClaimException.class);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void changes() throws Exception { // L9
    ConcurrentLinkedQueue<Change> seen = new ConcurrentLinkedQueue<>();
    Condition filter = TaskFields.PROJECT.is("p1");
    long lastSeen;
    try (TaskStore store = open()) {
      for (int i = 0; i < 4; i++) {
        store.insert(Task.builder("P1-" + i, "0").project("p1").build());
        store.insert(Task.builder("P2-" + i, "0").project("p2").build());
      }
      try (Subscription events = store.watch(filter, WatchOptions.NOW, seen::add)) {
        update(store, 250);
        assertThat(events.await(store.sequence(), LONG)).isTrue();
        lastSeen = events.position();
      }
      checkOrder(seen, 1_000);
      update(store, 10);
    }
    seen.clear();
    try (TaskStore store = open();
        Subscription events = store.watch(filter, lastSeen, seen::add)) {
      assertThat(events.await(store.sequence(), LONG)).isTrue();
      checkOrder(seen, 40);
    }
  }

  /** So many updates of each task, by a thread for each of four. */
  private static void update(TaskStore store, int times) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        String number = "-" + i;
        writers.add(
            pool.submit(
                () -> {
                  for (int n = 0; n < times; n++) {
                    store.update("P1" + number, WorkWalkTest::next);
                    store.update("P2" + number, WorkWalkTest::next);
                  }
                }));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static Task next(Task task) {
    return task.withTitle(String.valueOf(Integer.parseInt(task.title()) + 1));
  }

  private static void checkOrder(Iterable<Change> seen, int count) {
    Map<String, Integer> last = new HashMap<>();
    int n = 0;
    for (Change change : seen) {
      int title = Integer.parseInt(change.after().title());
      Integer before = last.put(change.id(), title);
      assertThat(Integer.parseInt(change.before().title())).isEqualTo(title - 1);
      assertThat(Objects.requireNonNullElse(before, title - 1)).isEqualTo(title - 1);
      n++;
    }
    assertThat(n).isEqualTo(count);
  }

  private Runner quarry() {
    return new Runner(directory).clock(clock::get);
  }

  private String ok(String... args) {
    Runner.Result result = quarry().run(args);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }

  @Test
  void commands() {
    ok("init", "demo");
    ok("--db", "demo", "add", "Write docs", "-p", "high", "-t", "docs", "--due", "2026-12-01");
    // C4
    ok("--db", "demo", "add", "Publish", "--dep", FIRST);
    assertThat(quarry().run("--db", "demo", "ready"))
        .isEqualTo(
            new Runner.Result(
                0,
                """
                ID                          PRIO  DUE         TITLE
                TASK-20261120-231500-0001   HIGH  2026-12-01  Write docs
                """,
                "1 ready, 1 blocked\n"));
    // C11
    ok("--db", "demo", "add", "Print", "--dep", FIRST);
    ok("--db", "demo", "add", "Send", "--dep", FIRST);
    clock.set(clock.get().plusSeconds(10));
    String[] claim = {
      "--db", "demo", "claim", "--next", "--owner", "me", "--lease", "30s", "--format", "json"
    };
    assertThat(ok(claim))
        .startsWith("{\"schema_version\":1,\"data\":{\"id\":\"" + FIRST)
        .contains("\"token\":1,");
    assertThat(quarry().run(claim))
        .isEqualTo(new Runner.Result(1, "", "nothing ready (3 blocked, 1 claimed)\n"));
    // C12
    clock.set(clock.get().plusSeconds(10));
    assertThat(ok("--db", "demo", "undo"))
        .isEqualTo("undid: claim of " + FIRST + ", status TODO -> IN_PROGRESS\n");
    String columns = "sequence,time,action,cause,actor";
    assertThat(ok("--db", "demo", "history", FIRST, "--format", "csv", "--fields", columns))
        .isEqualTo(
            columns
                + "\n6,2026-11-20T23:15:20Z,updated,undo,\n"
                + "5,2026-11-20T23:15:10Z,updated,claim,me\n"
                + "1,2026-11-20T23:15:00Z,created,write,\n");
    assertThat(ok("--db", "demo", "ready")).contains(FIRST);
    // C13
    String past = "2026-11-20T23:15:15Z";
    assertThat(ok("--db", "demo", "list", "--at", past, "--format", "csv", "--fields", "status"))
        .isEqualTo("status\nIN_PROGRESS\nTODO\nTODO\nTODO\n");
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    Runner.Result cut = quarry().run(closed, "--db", "demo", "list", "--at", past);
    assertThat(cut.exitCode()).isZero();
    assertThat(cut.err()).isEmpty();
  }
}
