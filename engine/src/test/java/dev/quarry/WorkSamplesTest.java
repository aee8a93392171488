package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Condition;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The samples of {@code docs/work.md} compile, and do what is said beside them. */
@Timeout(120)
class WorkSamplesTest {
  private static final String IMPORTS =
      """
      import dev.quarry.*;
      import dev.quarry.query.*;
      import dev.quarry.work.*;
      import java.time.*;
      import java.util.*;
      import java.util.concurrent.*;
      """;

  @TempDir private static Path compiled;

  private static URLClassLoader loader;
  private static Class<?> samples;

  @TempDir private Path directory;

  /** Statements become methods of their own; the others are methods. */
  @BeforeAll
  static void compile() throws Exception {
    StringBuilder source = new StringBuilder(IMPORTS).append("public class WorkSamples {\n");
    int statements = 0;
    for (String block : Samples.java(Samples.page("docs/work.md"))) {
      if (block.startsWith("/**")) {
        source.append(block);
      } else {
        source.append("static void statements").append(++statements);
        source.append("(TaskStore store, Condition filter) {\n").append(block).append("}\n");
      }
    }
    Path classes = compiled.resolve("classes");
    Samples.compile("WorkSamples", source.append("}\n").toString(), classes);
    loader = new URLClassLoader(new URL[] {classes.toUri().toURL()});
    samples = loader.loadClass("WorkSamples");
  }

  @AfterAll
  static void close() throws Exception {
    loader.close();
  }

  private static Object call(String name, Object... arguments) throws Exception {
    Method method =
        Arrays.stream(samples.getDeclaredMethods())
            .filter(m -> m.getName().equals(name))
            .findFirst()
            .orElseThrow();
    method.setAccessible(true);
    try {
      return method.invoke(null, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private TaskStore open() {
    return TaskStore.open(directory.resolve("s"));
  }

  @Test
  void whatWaitsIsReadyWhenTheOtherIsDone() throws Exception {
    try (TaskStore store = open()) {
      call("statements1", store, null);
      assertThat(store.ready(Condition.ready(), PageRequest.first(20)).items())
          .extracting(Task::id)
          .containsExactly("B");
      call("statements2", store, Condition.ready());
      assertThat(store.statusOf("B")).contains(Status.IN_PROGRESS);
    }
  }

  @Test
  void partsWorkAtTheSameTime() throws Exception {
    CyclicBarrier all = new CyclicBarrier(3);
    List<Callable<Integer>> parts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int number = i;
      parts.add(
          () -> {
            all.await(30, TimeUnit.SECONDS);
            return number;
          });
    }
    assertThat(call("together", parts)).isEqualTo(List.of(0, 1, 2));
  }

  @Test
  void whenOnePartFailsTheOthersAreCancelledAndHaveEnded() throws Exception {
    CountDownLatch atWork = new CountDownLatch(2);
    AtomicInteger interrupted = new AtomicInteger();
    try (TaskStore store = open()) {
      Callable<Boolean> waits =
          () -> {
            atWork.countDown();
            try {
              return store.claims().awaitReady(Condition.ready(), Duration.ofMinutes(5));
            } catch (InterruptedException e) {
              interrupted.incrementAndGet();
              throw e;
            }
          };
      Callable<Boolean> fails =
          () -> {
            atWork.await();
            throw new IllegalStateException("a part");
          };
      assertThatThrownBy(() -> call("together", List.of(waits, waits, fails)))
          .isInstanceOf(ExecutionException.class)
          .hasRootCauseMessage("a part");
      assertThat(interrupted).hasValue(2);
    }
  }

  /** Of two calls, the first has ended when the second begins. */
  private static void awaitARun(Semaphore calls) throws InterruptedException {
    calls.drainPermits();
    assertThat(calls.tryAcquire(2, 60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void theRuleArchivesWhatIsOldAndOutlivesAFailure() throws Exception {
    FakeClock clock = new FakeClock();
    Duration year = Duration.ofDays(365);
    clock.move(Duration.between(clock.instant(), Instant.now()));
    Semaphore calls = new Semaphore(0);
    AtomicInteger failures = new AtomicInteger(1);
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    try (TaskStore store =
        TaskStore.open(TaskStoreOptions.builder(directory.resolve("s")).clock(clock).build())) {
      store.insert(Task.builder("fresh", "t").status(Status.DONE).build());
      clock.move(year.negated());
      store.insert(Task.builder("old", "t").status(Status.DONE).build());
      store.insert(Task.builder("open", "t").build());
      TaskStore seen =
          (TaskStore)
              Proxy.newProxyInstance(
                  TaskStore.class.getClassLoader(),
                  new Class<?>[] {TaskStore.class},
                  (proxy, method, arguments) -> {
                    calls.release();
                    if (failures.getAndDecrement() > 0) {
                      throw new IllegalStateException("as when the store is busy");
                    }
                    return method.invoke(store, arguments);
                  });
      Future<?> rule =
          (Future<?>) call("archiveOld", timer, seen, Duration.ofDays(90), Duration.ofMillis(1));
      awaitARun(calls);
      awaitARun(calls);
      assertThat(store.getArchived("old")).isPresent();
      assertThat(store.get("fresh")).isPresent();
      assertThat(store.get("open")).isPresent();
      store.update("open", task -> task.withStatus(Status.CANCELLED));
      awaitARun(calls);
      assertThat(store.getArchived("open")).isPresent();
      assertThat(rule).isNotDone();
      timer.shutdownNow();
      assertThat(timer.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      timer.shutdownNow();
    }
  }
}
