package dev.quarry;

import dev.quarry.change.WatchOptions;
import dev.quarry.query.Query;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
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

/**
 * Does everything with a store that one must not, from several threads under load, round after
 * round: uses it while and after it is closed by two threads at once, leaks cursors, streams and
 * snapshots, shares cursors between threads, closes what others use, closes inside callbacks,
 * interrupts threads in every verb. What it calls is in {@link MisuseCalls}, {@link MisuseWork} and
 * {@link MisuseChanges}. A line for each round; what must not happen is told and ends the process
 * with 3. Arguments: directory, seed, rounds.
 */
final class MisuseProgram {
  private static final int WORKERS = 4;
  private static final long MAX_ROUND_SECONDS = 60;

  private final Path directory;
  private final Random random;
  private final ConcurrentLinkedQueue<Throwable> unexpected = new ConcurrentLinkedQueue<>();
  private final MisuseHandles handles = new MisuseHandles();
  private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();
  private final MisuseCalls data = new MisuseCalls(handles, acknowledged);
  private final MisuseWork tasks;
  private final MisuseChanges changes;

  /** In this round no write is remembered, so that any may be taken back. */
  private boolean takesBack;

  private final AtomicLong calls = new AtomicLong();

  private MisuseProgram(Path directory, long seed) {
    this.directory = directory;
    this.random = new Random(seed);
    this.tasks = new MisuseWork(handles, unexpected::add);
    Path copies = directory.resolveSibling("copies");
    this.changes = new MisuseChanges(handles, copies, unexpected::add);
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
    takesBack = random.nextInt(4) == 0;
    // what is taken back goes no further back than this
    store.put(Task.builder("T-0", "t").attribute("round", "" + random.nextLong()).build());
    CountDownLatch running = new CountDownLatch(WORKERS);
    List<Thread> workers = new ArrayList<>();
    for (int w = 0; w < WORKERS; w++) {
      long seed = random.nextLong();
      int number = w;
      workers.add(start("worker-" + w, () -> work(store, new Random(seed), number, running)));
    }
    running.await();
    int pokes = random.nextInt(400);
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
    tasks.checkAcknowledged(store);
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
    if (random.nextInt(20) == 0) {
      Thread.currentThread().interrupt();
    }
    switch (random.nextInt(6)) {
      case 0, 1, 2 -> data.call(store, random, takesBack ? -1 : worker);
      case 3, 4 -> tasks.call(store, random, !takesBack);
      default -> changes.call(store, random, takesBack);
    }
  }

  /** All handles of the closed store throw and close, in any order, twice. */
  private void afterwards(TaskStore store) {
    List<Runnable> uses = handles.uses();
    uses.add(() -> store.get("T-1"));
    uses.add(() -> store.claims().next("w", Duration.ofSeconds(1)));
    uses.add(() -> store.graph().findCycle());
    uses.add(() -> store.asOf(0));
    uses.add(() -> store.undoLast());
    uses.add(() -> store.watch(WatchOptions.builder().build(), change -> {}));
    uses.add(() -> store.purge(Query.all()));
    uses.add(() -> store.async());
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
    handles.checkEnded(unexpected::add);
    handles.closeAll();
    store.close();
    if (random.nextInt(10) == 0) {
      System.gc(); // what was leaked meets the cleaner, behind its store's close
    }
  }
}
