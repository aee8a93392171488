package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a read does not do: wait for anything, or leave garbage behind. */
class ReadPathTest {
  private static final int TASKS = 2_000;
  private static final int READERS = 2;
  private static final int ROUNDS = 400;
  private static final int COMMITS = 11;
  private static final int GETS = Integer.getInteger("quarry.gets", 100_000);

  /** What a direct buffer takes of the heap, at least; a serializer takes thousands. */
  private static final long SMALLEST_POOLED = 64;

  private static final String READER = "watched-reader-";
  private static final Query Q1 = Query.where(TaskFields.STATUS.is(Status.TODO));
  private static final Query Q2 =
      Query.where(
              TaskFields.STATUS
                  .is(Status.TODO)
                  .and(TaskFields.AGENT.is("A1"))
                  .and(TaskFields.PRIORITY.atLeast(Priority.HIGH))
                  .and(TaskFields.TAGS.contains("t1"))
                  .and(TaskFields.DUE_AT.before(Instant.parse("2031-01-01T00:00:00Z"))))
          .orderBy(TaskFields.PRIORITY.descending(), TaskFields.CREATED_AT.ascending());
  private static final List<String> WAITS =
      List.of("jdk.JavaMonitorEnter", "jdk.JavaMonitorWait", "jdk.ThreadPark", "jdk.ThreadSleep");

  @TempDir Path directory;
  private TaskStore store;

  @BeforeEach
  void fill() {
    store = TaskStore.open(directory.resolve("store"));
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      tasks.add(
          Task.builder(id(i), "Task " + i)
              .status(i % 3 == 0 ? Status.TODO : Status.DONE)
              .priority(Priority.values()[i % 4])
              .agent("A" + i % 5)
              .tag("t" + i % 2)
              .dueAt(Instant.parse("2030-01-01T00:00:00Z").plusSeconds(i))
              .build());
    }
    store.insertAll(tasks);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static String id(int i) {
    return "T-" + i % TASKS;
  }

  private void readEverything(int i) {
    assertThat(store.get(id(i))).isPresent();
    assertThat(store.get("absent-" + i)).isEmpty();
    assertThat(store.statusOf(id(i))).isPresent();
    assertThat(store.getAll(List.of(id(i), id(i + 1)))).hasSize(2);
    assertThat(store.page(Q1, PageRequest.first(20)).items()).hasSize(20);
    assertThat(store.page(Q2, PageRequest.first(20)).items()).isNotEmpty();
    assertThat(store.count(Q1)).isPositive();
    assertThat(store.countBy(Query.all(), TaskFields.AGENT)).hasSize(5);
    if (i % 50 == 0) {
      try (TaskCursor cursor = store.scan(Query.all(), ScanOptions.chunks(100))) {
        assertThat(cursor.nextChunk()).hasSize(100);
      }
    }
  }

  private void writeSomething(int i) {
    store.update(
        id(i * 7), t -> t.withStatus(t.status() == Status.TODO ? Status.BLOCKED : Status.TODO));
  }

  /**
   * Readers beside a writer at full speed: no monitor is waited for, nobody parks or sleeps, and no
   * sample of a reader's stack is inside of Chronicle, whose locks are not Java's.
   */
  @Test
  void noReadWaits() throws Exception {
    for (int i = 0; i < 200; i++) { // classes are loaded under locks
      readEverything(i);
      writeSomething(i);
    }
    AtomicBoolean go = new AtomicBoolean();
    AtomicInteger reading = new AtomicInteger(READERS);
    AtomicInteger commits = new AtomicInteger();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> readers = new ArrayList<>();
    for (int r = 0; r < READERS; r++) {
      int first = r * 1_000;
      readers.add(
          new Thread(
              () -> {
                while (!go.get()) {
                  Thread.onSpinWait();
                }
                try {
                  // on a busy machine they go on until the writer has had its turn
                  for (int i = 0; i < ROUNDS || commits.get() < COMMITS; i++) {
                    readEverything(first + i);
                  }
                } catch (Throwable e) {
                  failure.set(e); // told by the test below
                } finally {
                  reading.decrementAndGet();
                }
              },
              READER + r));
    }
    long before = store.sequence();
    long written;
    List<RecordedEvent> events;
    try (Recording recording = record()) {
      readers.forEach(Thread::start);
      go.set(true);
      for (int i = 0; reading.get() > 0; i++) {
        writeSomething(i);
        commits.incrementAndGet();
      }
      for (Thread reader : readers) {
        reader.join();
      }
      written = store.sequence() - before;
      events = eventsOf(recording);
    }
    assertThat(failure.get()).isNull();
    assertThat(written).as("commits beside the readers").isGreaterThanOrEqualTo(COMMITS);
    assertThat(events.stream().filter(ReadPathTest::isWait)).isEmpty();
    assertThat(events.stream().filter(ReadPathTest::isInChronicle)).isEmpty();
    assertThat(
            events.stream().filter(e -> e.getEventType().getName().equals("jdk.ExecutionSample")))
        .as("samples of the readers' stacks")
        .isNotEmpty();
  }

  /** That the check above can fail: a reader that meets a held monitor, and one that parks. */
  @Test
  void aPlantedWaitIsSeen() throws Exception {
    Object monitor = new Object();
    Thread blocked =
        new Thread(
            () -> {
              synchronized (monitor) {
                store.get(id(1));
              }
            },
            READER + "planted");
    AtomicBoolean free = new AtomicBoolean();
    Thread parked =
        new Thread(
            () -> {
              while (!free.get()) {
                LockSupport.park();
              }
            },
            READER + "parked");
    List<RecordedEvent> events;
    try (Recording recording = record()) {
      synchronized (monitor) {
        blocked.start();
        awaitState(blocked, Thread.State.BLOCKED);
      }
      parked.start();
      awaitState(parked, Thread.State.WAITING);
      free.set(true);
      LockSupport.unpark(parked);
      blocked.join();
      parked.join();
      events = eventsOf(recording);
    }
    assertThat(events.stream().filter(ReadPathTest::isWait).map(e -> e.getEventType().getName()))
        .contains("jdk.JavaMonitorEnter", "jdk.ThreadPark");
  }

  private static void awaitState(Thread thread, Thread.State state) throws Exception {
    Until.holds("it is " + state, () -> thread.getState() == state);
  }

  private static Recording record() {
    Recording recording = new Recording();
    for (String wait : WAITS) {
      recording.enable(wait).withThreshold(Duration.ZERO).withStackTrace();
    }
    recording.enable("jdk.ExecutionSample").withPeriod(Duration.ofMillis(10)).withStackTrace();
    recording.start();
    return recording;
  }

  /** The readers' events. */
  private List<RecordedEvent> eventsOf(Recording recording) throws IOException {
    recording.stop();
    Path file = directory.resolve("read.jfr");
    recording.dump(file);
    return RecordingFile.readAllEvents(file).stream().filter(ReadPathTest::isOfReader).toList();
  }

  private static boolean isOfReader(RecordedEvent event) {
    var thread =
        event.hasField("sampledThread") ? event.getThread("sampledThread") : event.getThread();
    return thread != null
        && thread.getJavaName() != null
        && thread.getJavaName().startsWith(READER);
  }

  /** A wait, but for those of the JVM that loads, links or initialises a class at its first use. */
  private static boolean isWait(RecordedEvent event) {
    return WAITS.contains(event.getEventType().getName())
        && !hasFrame(event, "java.lang.ClassLoader")
        && !hasFrame(event, "jdk.internal.loader.")
        && !hasFrame(event, "java.lang.invoke.")
        && !isClassInitialisation(event);
  }

  /** HotSpot initialises a class under a lock that looks like an array of ints. */
  private static boolean isClassInitialisation(RecordedEvent event) {
    return event.hasField("monitorClass")
        && event.getClass("monitorClass") != null
        && event.getClass("monitorClass").getName().equals("[I");
  }

  private static boolean isInChronicle(RecordedEvent event) {
    return hasFrame(event, "net.openhft.");
  }

  private static boolean hasFrame(RecordedEvent event, String type) {
    return event.getStackTrace() != null
        && event.getStackTrace().getFrames().stream()
            .anyMatch(f -> f.getMethod().getType().getName().startsWith(type));
  }

  /** The caller's Optional and the key with which the cache is asked, and nothing else. */
  @Test
  void aCachedGetLeavesThirtyTwoBytes() {
    assertThat(bytesEach(store::get, 32)).isLessThanOrEqualTo(32);
  }

  private void openUncached() {
    store.close();
    store =
        TaskStore.open(
            TaskStoreOptions.builder(directory.resolve("store")).recordCacheBytes(0).build());
  }

  /** With no cache: the task, as decoding makes it, and little else. */
  @Test
  void anUncachedGetLeavesTheTaskAndSixtyFourBytes() {
    openUncached();
    RecordCodec codec = new RecordCodec();
    Map<String, byte[]> records = new HashMap<>();
    store.forEachChunk(
        Query.all(),
        TASKS,
        tasks -> tasks.forEach(t -> records.put(t.id(), codec.encode(t, t.version()))));
    assertThat(records).hasSize(TASKS);
    long decoded = bytesEach(id -> Optional.of(codec.decode(records.get(id))), Long.MAX_VALUE);
    // the compiler may spare an object here that it does not spare there: no exact lower end
    long most = decoded + 64;
    assertThat(bytesEach(store::get, most)).isBetween(decoded / 2, most);
  }

  /**
   * The pools have what a reader needs: however often it reads, it makes no other serializer and no
   * other buffer. Above what each read leaves, which the tests before bound, nothing is left. The
   * long form: {@code -Dquarry.gets=1000000}.
   */
  @Test
  void uncachedGetsMakeNoKryoAndNoBuffer() {
    openUncached();
    assertThat(bytesAbove(5, store::get)).isLessThan(SMALLEST_POOLED);
  }

  /** That the check above can fail: one codec, or one buffer, in so many reads. */
  @Test
  void aPlantedKryoOrBufferIsSeen() {
    openUncached();
    int[] reads = {0};
    Object[] made = {null};
    Map<String, Supplier<Object>> plants =
        Map.of("codec", RecordCodec::new, "buffer", () -> ByteBuffer.allocateDirect(4_096));
    plants.forEach(
        (name, plant) -> {
          long above =
              bytesAbove(
                  1,
                  id -> {
                    if (++reads[0] % (10 * TASKS) == 0) {
                      made[0] = plant.get();
                    }
                    return store.get(id);
                  });
          assertThat(made[0]).isNotNull();
          assertThat(above).as(name).isGreaterThanOrEqualTo(GETS / (10 * TASKS) * SMALLEST_POOLED);
        });
  }

  @Test
  void aStatusLeavesTheOptional() {
    assertThat(bytesEach(store::statusOf, 16)).isLessThanOrEqualTo(16);
  }

  @Test
  void anAbsentIdLeavesNothing() {
    assertThat(bytesEach(id -> store.get("absent"), 0)).isZero();
  }

  /**
   * Bytes that a read allocates in this thread, without what is rounded off below one. The first
   * rounds fill the cache and compile; where the compiler gets no turn, more are made.
   *
   * @param enough to end with
   */
  private static long bytesEach(Function<String, Object> read, long enough) {
    String[] ids = ids();
    long least = Long.MAX_VALUE;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    for (int round = 0; round < 12 || (least > enough && System.nanoTime() - end < 0); round++) {
      least = Math.min(least, bytes(read, ids, 10 * TASKS) / (10 * TASKS));
    }
    return least;
  }

  /**
   * Bytes that so many reads allocate above what the same reads do at least, in the best of up to
   * some attempts: the compiler may just then give code up and make it anew.
   */
  private static long bytesAbove(int attempts, Function<String, Object> read) {
    String[] ids = ids();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 100; round++) {
      least = Math.min(least, bytes(read, ids, TASKS));
    }
    long best = Long.MAX_VALUE;
    for (int attempt = 0; attempt < attempts && best >= SMALLEST_POOLED; attempt++) {
      long sum = 0;
      for (int i = 0; i < GETS; i += TASKS) {
        long round = bytes(read, ids, TASKS);
        sum += round;
        least = Math.min(least, round);
      }
      best = Math.min(best, sum - least * (GETS / TASKS));
    }
    return best;
  }

  private static String[] ids() {
    String[] ids = new String[TASKS];
    for (int i = 0; i < TASKS; i++) {
      ids[i] = id(i);
    }
    return ids;
  }

  private static long bytes(Function<String, Object> read, String[] ids, int reads) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    Object last = null; // used below, so that no read is optimised away
    long before = threads.getThreadAllocatedBytes(thread);
    for (int i = 0; i < reads; i++) {
      last = read.apply(ids[i % TASKS]);
    }
    long bytes = threads.getThreadAllocatedBytes(thread) - before;
    assertThat(last).isInstanceOf(Optional.class);
    return bytes;
  }
}
