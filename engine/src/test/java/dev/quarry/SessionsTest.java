package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thousand sessions at once, each with a subscription of its own and a mix of queries, updates
 * and claims; on a JDK that has them, in virtual threads. Nothing fails, nobody misses an event or
 * gets one twice, no job is done twice. In the long form each makes 1,000 turns.
 */
@Timeout(600)
class SessionsTest {
  private static final int SESSIONS = 1_000;
  private static final int JOBS = 1_500;
  private static final int TURNS =
      Integer.getInteger("quarry.sessions.turns", Boolean.getBoolean("quarry.long") ? 1_000 : 8);
  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir Path directory;

  private final Queue<String> done = new ConcurrentLinkedQueue<>();
  private TaskStore store;

  @Seeds({61})
  void aThousandSessionsAtOnce(long seed) throws Exception {
    try (TaskStore opened = TaskStore.open(directory.resolve("s"))) {
      store = opened;
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < SESSIONS; i++) {
        tasks.add(Task.builder("OWN-" + i, "0").status(Status.BLOCKED).project("own").build());
      }
      for (int i = 0; i < JOBS; i++) {
        Task.Builder job = Task.builder("JOB-" + i, "job").project("jobs").tag("t" + i % 7);
        tasks.add(i % 3 == 0 || i < 9 ? job.build() : job.dependency("JOB-" + i / 3).build());
      }
      store.insertAll(tasks);
      long start = store.sequence();
      ExecutorService threads = threads();
      CountDownLatch all = new CountDownLatch(SESSIONS);
      List<Future<Void>> sessions = new ArrayList<>();
      for (int i = 0; i < SESSIONS; i++) {
        int number = i;
        sessions.add(
            threads.submit(
                () -> {
                  all.countDown();
                  all.await(); // so that all of them are under way at once
                  session(number, new Random(seed * SESSIONS + number));
                  return null;
                }));
      }
      for (Future<Void> session : sessions) {
        session.get();
      }
      threads.shutdown();
      String what = "seed " + seed;
      assertThat(done).as(what).doesNotHaveDuplicates();
      assertThat(store.count(Query.where(TaskFields.STATUS.is(Status.DONE))))
          .as(what)
          .isEqualTo(done.size());
      assertThat(completedSince(start)).as(what).containsExactlyInAnyOrderElementsOf(done);
      assertThat(store.claims().list(1)).as(what).isEmpty();
      assertThat(store.verify().problems()).as(what).isEmpty();
    }
  }

  private List<String> completedSince(long start) {
    List<String> completed = new ArrayList<>();
    long from = start;
    for (List<Change> page = store.changesAfter(from, 1_000);
        !page.isEmpty();
        page = store.changesAfter(from, 1_000)) {
      page.stream()
          .filter(change -> change.cause().equals("complete"))
          .forEach(change -> completed.add(change.id()));
      from = page.get(page.size() - 1).sequence();
    }
    return completed;
  }

  private void session(int number, Random random) throws InterruptedException {
    String own = "OWN-" + number;
    Queue<String> seen = new ConcurrentLinkedQueue<>();
    WatchOptions watch = WatchOptions.builder().filter(TaskFields.ID.is(own)).build();
    int updates = 0;
    try (Subscription events = store.watch(watch, change -> seen.add(change.after().title()))) {
      for (int turn = 0; turn < TURNS; turn++) {
        switch (random.nextInt(4)) {
          case 0 -> {
            updates++;
            store.update(own, t -> t.withTitle(String.valueOf(Integer.parseInt(t.title()) + 1)));
          }
          case 1 -> claim(number, random);
          case 2 -> query(own);
          default ->
              assertThat(store.get("JOB-" + random.nextInt(JOBS)).orElseThrow().project())
                  .isEqualTo("jobs");
        }
      }
      assertThat(events.await(store.sequence(), LONG)).as(own + " %s", events.failure()).isTrue();
    }
    List<String> wanted = new ArrayList<>();
    for (int i = 1; i <= updates; i++) {
      wanted.add(String.valueOf(i));
    }
    assertThat(seen).as(own).containsExactlyElementsOf(wanted);
  }

  private void claim(int number, Random random) {
    Condition filter = TaskFields.TAGS.contains("t" + random.nextInt(7));
    Optional<Claim> claim = store.claims().next(filter, "session-" + number, LONG);
    if (claim.isEmpty()) {
      return;
    }
    if (random.nextInt(4) == 0) {
      assertThat(store.claims().release(claim.get()).status()).isEqualTo(Status.TODO);
    } else {
      done.add(store.claims().complete(claim.get()).id());
    }
  }

  private void query(String own) {
    Query first = Query.where(TaskFields.STATUS.is(Status.TODO)).orderBy(TaskFields.ID.ascending());
    assertThat(store.page(first, PageRequest.first(20)).items())
        .allMatch(task -> task.status() == Status.TODO);
    assertThat(store.ready(Query.all().condition(), PageRequest.first(5)).items())
        .allMatch(task -> task.status() == Status.TODO);
    assertThat(store.page(Query.where(TaskFields.ID.is(own)), PageRequest.first(2)).items())
        .hasSize(1);
  }

  /** By reflection: the tests are compiled for 17. */
  private static ExecutorService threads() throws ReflectiveOperationException {
    if (Runtime.version().feature() < 21) {
      return Executors.newCachedThreadPool();
    }
    Method factory = Executors.class.getMethod("newVirtualThreadPerTaskExecutor");
    return (ExecutorService) factory.invoke(null);
  }
}
