package dev.quarry;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Does everything with a store that one must not, from several threads under load, round after
 * round: uses it while and after it is closed by two threads at once, leaks cursors, streams and
 * snapshots, shares cursors between threads, closes what others use, closes inside callbacks,
 * interrupts threads in every verb. A line for each round; what must not happen is told and ends
 * the process with 3. Arguments: directory, seed, rounds.
 */
final class MisuseProgram {
  private static final int WORKERS = 4;
  private static final int IDS = 400;
  private static final long MAX_ROUND_SECONDS = 60;

  private final Path directory;
  private final Random random;
  private final ConcurrentLinkedQueue<Throwable> unexpected = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<TaskCursor> cursors = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Snapshot> snapshots = new ConcurrentLinkedQueue<>();
  private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();
  private final AtomicLong calls = new AtomicLong();

  private MisuseProgram(Path directory, long seed) {
    this.directory = directory;
    this.random = new Random(seed);
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    long seed = Long.parseLong(arguments[1]);
    MisuseProgram program = new MisuseProgram(Path.of(arguments[0]), seed);
    for (int round = 0; round < Integer.parseInt(arguments[2]); round++) {
      program.round();
      if (!program.unexpected.isEmpty()) {
        out.println("seed " + seed + ", round " + round);
        program.unexpected.forEach(e -> e.printStackTrace(out));
        System.exit(3);
      }
      out.println("round " + round + " calls " + program.calls);
    }
    out.println("done");
  }

  private void round() throws InterruptedException {
    TaskStore store =
        TaskStore.open(
            TaskStoreOptions.builder(directory)
                .recordCacheBytes(random.nextInt(3) == 0 ? 0 : 1 << 18)
                .leakDetection(random.nextBoolean())
                .build());
    checkAcknowledged(store);
    CountDownLatch running = new CountDownLatch(WORKERS);
    List<Thread> workers = new ArrayList<>();
    for (int w = 0; w < WORKERS; w++) {
      long seed = random.nextLong();
      int number = w;
      workers.add(start("worker-" + w, () -> work(store, new Random(seed), number, running)));
    }
    running.await();
    int pokes = random.nextInt(40);
    for (int i = 0; i < pokes; i++) {
      workers.get(random.nextInt(WORKERS)).interrupt();
      for (int spin = random.nextInt(20_000); spin > 0; spin--) {
        Thread.onSpinWait();
      }
    }
    List<Thread> closers = new ArrayList<>();
    for (int c = 0; c < 2; c++) {
      boolean interrupted = random.nextInt(3) == 0;
      closers.add(start("closer-" + c, () -> close(store, interrupted)));
    }
    closers.addAll(workers);
    for (Thread thread : closers) {
      join(thread);
    }
    afterwards(store);
  }

  private static Thread start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void join(Thread thread) throws InterruptedException {
    thread.join(TimeUnit.SECONDS.toMillis(MAX_ROUND_SECONDS));
    if (thread.isAlive()) {
      AssertionError stuck = new AssertionError(thread.getName() + " does not end");
      stuck.setStackTrace(thread.getStackTrace());
      unexpected.add(stuck);
    }
  }

  /** Every acknowledged write of earlier rounds is there, and the indexes agree. */
  private void checkAcknowledged(TaskStore store) {
    acknowledged.forEach(
        (id, n) -> {
          String found = store.get(id).map(t -> t.attributes().get("n")).orElse("absent");
          if (!found.equals("absent") && Long.parseLong(found) >= n) {
            return;
          }
          unexpected.add(new AssertionError(id + " was acknowledged as " + n + ", is " + found));
        });
    if (random.nextInt(8) == 0) {
      VerifyReport report = store.verify();
      if (!report.problems().isEmpty()) {
        unexpected.add(new AssertionError("indexes disagree: " + report.problems()));
      }
    }
  }

  private void close(TaskStore store, boolean interrupted) {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    try {
      store.close();
      // close means closed, for whoever closes second, too
      TaskStore.open(directory.resolveSibling("other-" + Thread.currentThread().getName())).close();
    } catch (RuntimeException | Error e) {
      unexpected.add(e);
    }
  }

  private void work(TaskStore store, Random random, int worker, CountDownLatch running) {
    boolean started = false;
    try {
      while (true) {
        call(store, random, worker);
        calls.incrementAndGet();
        if (!started) {
          running.countDown();
          started = true;
        }
      }
    } catch (StoreClosedException e) {
      if (!String.valueOf(e.context().get("what")).contains(directory.getFileName().toString())) {
        unexpected.add(e);
      }
    } catch (RuntimeException | Error e) {
      unexpected.add(e);
    } finally {
      if (!started) {
        running.countDown();
      }
    }
  }

  private void call(TaskStore store, Random random, int worker) {
    String id = "T-" + random.nextInt(IDS);
    if (random.nextInt(20) == 0) {
      Thread.currentThread().interrupt();
    }
    switch (random.nextInt(18)) {
      case 0, 1, 2 -> write(store, random, worker);
      case 3 -> store.put(Task.builder(id, "t").agent("a" + random.nextInt(5)).tag("x").build());
      case 4 -> store.delete(id);
      case 5 -> store.get(id);
      case 6 -> query(store, random);
      case 7 -> cursors.add(store.scan(queryOf(random), ScanOptions.chunks(10)));
      case 8 -> snapshots.add(store.snapshot());
      case 9, 10 -> shared(random);
      case 11 -> leak(store, random);
      case 12 -> closeInside(store, id);
      case 13 -> parallel(store);
      case 14 -> rare(store, random);
      case 15 -> batch(store, random);
      case 16 -> store.getAll(List.of(id, "absent", "T-1"));
      default -> store.setStatus(List.of(id, "T-2"), Status.values()[random.nextInt(6)]);
    }
  }

  private static Query queryOf(Random random) {
    Query query = Query.where(TaskFields.AGENT.is("a" + random.nextInt(5)));
    return switch (random.nextInt(4)) {
      case 0 -> Query.all();
      case 1 -> query.orderBy(TaskFields.ID.ascending());
      case 2 -> query.orderBy(TaskFields.PRIORITY.descending(), TaskFields.CREATED_AT.ascending());
      default -> query;
    };
  }

  /** A write whose return is remembered: each worker has ids of its own, with rising numbers. */
  private void write(TaskStore store, Random random, int worker) {
    String id = "W-" + worker + "-" + random.nextInt(20);
    long n = acknowledged.getOrDefault(id, 0L) + 1;
    store.put(Task.builder(id, "w").attribute("n", "" + n).agent("a" + n % 5).build());
    acknowledged.put(id, n);
  }

  private static void query(TaskStore store, Random random) {
    Query query = queryOf(random);
    store.page(query, PageRequest.first(20));
    store.count(query);
    store.countBy(query, TaskFields.STATUS);
    store.explain(query);
    store.statusOf("T-3");
  }

  /** Uses or closes a cursor or snapshot that any thread made, be it closed already. */
  private void shared(Random random) {
    TaskCursor cursor = cursors.peek();
    Snapshot snapshot = snapshots.peek();
    try {
      if (cursor != null) {
        cursor.nextChunk();
        if (random.nextInt(4) == 0) {
          cursor.close();
          cursor.close();
          cursors.poll();
        }
      }
      if (snapshot != null) {
        snapshot.count(Query.all());
        cursors.add(snapshot.scan(queryOf(random), ScanOptions.chunks(5)));
        if (random.nextInt(3) == 0) {
          snapshot.close();
          snapshots.poll();
        }
      }
    } catch (StoreClosedException e) {
      cursors.poll();
      snapshots.poll();
    } catch (RuntimeException e) {
      // a cursor is for one thread: two may confuse it, but no more than that
      if (!isConfusion(e)) {
        throw e;
      }
      cursors.remove(cursor);
    }
  }

  private static boolean isConfusion(RuntimeException e) {
    return Stream.of(e.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("nextChunk"));
  }

  private static void leak(TaskStore store, Random random) {
    Stream<Task> stream = store.stream(queryOf(random));
    stream.limit(3).forEach(t -> {});
    store.scan(Query.all(), ScanOptions.chunks(3)).nextChunk();
  }

  /** Closing inside of a change, an action or a listener is refused, and harms nothing. */
  private static void closeInside(TaskStore store, String id) {
    refused(() -> store.forEachParallel(Query.all(), 2, t -> store.close()));
    try {
      refused(
          () ->
              store.update(
                  id,
                  t -> {
                    store.close();
                    return t;
                  }));
    } catch (TaskNotFoundException e) {
      store.count(Query.all());
    }
  }

  private static void refused(Runnable call) {
    try {
      call.run();
    } catch (IllegalStateException e) {
      if (!String.valueOf(e.getMessage()).contains("cannot be closed from inside")) {
        throw e;
      }
    }
  }

  private static void parallel(TaskStore store) {
    IllegalArgumentException stop = new IllegalArgumentException("planned");
    try {
      store.forEachParallel(
          Query.all(),
          2,
          t -> {
            if (t.id().endsWith("7")) {
              throw stop;
            }
          });
    } catch (IllegalArgumentException e) {
      if (e != stop) {
        throw e;
      }
    }
  }

  private static void rare(TaskStore store, Random random) {
    switch (random.nextInt(12)) {
      case 0 -> {
        String name = "own-" + random.nextInt(2);
        store.createIndex(IndexSpec.ordered(name, TaskFields.DUE_AT.ascending()), (p, d, t) -> {});
        store.dropIndex(name);
      }
      case 1 -> store.rebuildIndexes(ProgressListener.NONE);
      case 2 -> store.verify();
      case 3 -> store.dump(r -> {});
      case 4 -> store.compact();
      case 5 -> store.sync();
      default -> store.stats();
    }
  }

  private static void batch(TaskStore store, Random random) {
    WriteBatch batch = store.newBatch();
    for (int i = 0; i < 5; i++) {
      batch.put(Task.builder("T-" + random.nextInt(IDS), "b").agent("a1").build());
    }
    if (random.nextInt(3) > 0) {
      batch.commit();
      try {
        batch.commit();
      } catch (StoreClosedException e) {
        return; // it has ended; or the store has, which the next call finds out
      }
      throw new IllegalStateException("a batch was committed twice");
    }
  }

  /** All handles of the closed store throw and close, in any order, twice. */
  private void afterwards(TaskStore store) {
    List<Runnable> uses = new ArrayList<>();
    cursors.forEach(c -> uses.add(c::nextChunk));
    snapshots.forEach(s -> uses.add(() -> s.count(Query.all())));
    uses.add(() -> store.get("T-1"));
    uses.add(() -> store.put(Task.builder("T-1", "t").build()));
    uses.add(() -> store.stream(Query.all()));
    Collections.shuffle(uses, random);
    for (Runnable use : uses) {
      try {
        use.run();
        unexpected.add(new AssertionError("use after close"));
      } catch (StoreClosedException e) {
        calls.incrementAndGet();
      } catch (RuntimeException e) {
        unexpected.add(e);
      }
    }
    cursors.forEach(TaskCursor::close);
    snapshots.forEach(Snapshot::close);
    cursors.clear();
    snapshots.clear();
    store.close();
    if (random.nextInt(10) == 0) {
      System.gc(); // what was leaked meets the cleaner, behind its store's close
    }
  }
}
