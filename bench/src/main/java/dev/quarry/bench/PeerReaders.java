package dev.quarry.bench;

import dev.quarry.Task;
import dev.quarry.bench.peers.Peer;
import dev.quarry.bench.peers.PeerModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Times reads by one and two threads, alone and beside a writer at full speed. Answers are checked
 * on the way as far as a moving store allows. The same is done with threads that compute for about
 * as long as a read takes and touch no store: what they lose, the machine takes.
 */
final class PeerReaders {
  private static final int BATCH = 100;
  private static final int MOST_WARM_UPS = 5;

  private final Peer peer;
  private final TaskWorkload workload;
  private final int tasks;
  private final Duration time;
  private final long seed;
  private double lastSeconds;

  PeerReaders(Peer peer, TaskWorkload workload, int tasks, Duration time, long seed) {
    this.peer = peer;
    this.workload = workload;
    this.tasks = tasks;
    this.time = time;
    this.seed = seed;
  }

  /** Adds the figures by name; the writer's tasks are told to the model. */
  void measure(PeerModel model, Map<String, Object> figures) {
    Reads store = new StoreReads();
    Reads computing = new Computing();
    warmUp(store, null);
    figures.put("readers_1", throughput(1, store));
    figures.put("readers_2", throughput(2, store));
    Reader quiet = run(1, store, null).get(0);
    figures.put("get_alone", tail(quiet.gets));
    figures.put("q1_alone", tail(quiet.pages));
    warmUp(computing, null);
    figures.put("computing_1", throughput(1, computing));
    figures.put("computing_2", throughput(2, computing));
    quiet = run(1, computing, null).get(0);
    figures.put("computing_alone", tail(quiet.gets));
    figures.put("computing_page_alone", tail(quiet.pages));
    Writer writer = new Writer(model);
    warmUp(store, writer);
    Reader busy = run(1, store, writer).get(0);
    figures.put("get_beside_writer", tail(busy.gets));
    figures.put("q1_beside_writer", tail(busy.pages));
    busy = run(1, computing, writer).get(0);
    figures.put("computing_beside_writer", tail(busy.gets));
    figures.put("computing_page_beside_writer", tail(busy.pages));
  }

  /** Goes on while it becomes faster: code is compiled meanwhile, by threads that take turns. */
  private void warmUp(Reads reads, Writer writer) {
    Steadiness steadiness = new Steadiness(1);
    for (int i = 0; i < MOST_WARM_UPS && !steadiness.reached(); i++) {
      steadiness.ran(microsEach(run(writer == null ? 2 : 1, reads, writer)));
    }
  }

  private Map<String, Object> throughput(int threads, Reads reads) {
    return PeerBench.figure(microsEach(run(threads, reads, null)), "us");
  }

  /** Per operation of all threads together. */
  private double microsEach(List<Reader> readers) {
    double operations = 0;
    for (Reader reader : readers) {
      operations += reader.gets.operations() + reader.pages.operations();
    }
    return lastSeconds * 1e6 / operations;
  }

  /** The value is the 99.9th percentile. */
  private static Map<String, Object> tail(Latencies times) {
    Map<String, Object> figure = PeerBench.figure(times.percentileMicros(99.9), "us");
    figure.putAll(times.figures());
    return figure;
  }

  private List<Reader> run(int readers, Reads reads, Writer writer) {
    List<Reader> all = new ArrayList<>();
    List<Crew.Worker> workers = new ArrayList<>();
    for (int r = 0; r < readers; r++) {
      all.add(new Reader(seed + r, reads));
    }
    workers.addAll(all);
    if (writer != null) {
      workers.add(writer);
    }
    Crew.Outcome outcome = Crew.run("readers", workers, time, Progress.NONE);
    lastSeconds = outcome.seconds();
    if (outcome.errors() > 0) {
      throw new WrongAnswerException("beside a writer, a read failed: " + outcome.firstError());
    }
    return all;
  }

  /** What a reader does. */
  private interface Reads {
    void get(String id);

    void page();
  }

  private final class StoreReads implements Reads {
    @Override
    public void get(String id) {
      Task task = peer.get(id);
      if (task == null || !task.id().equals(id)) {
        throw new WrongAnswerException("get of " + id + " returned " + task);
      }
    }

    @Override
    public void page() {
      List<Task> page = peer.q1(TaskWorkload.PAGE);
      if (page.size() != TaskWorkload.PAGE) {
        throw new WrongAnswerException("Q1 returned " + page.size() + " tasks");
      }
    }
  }

  /** Of the length of a read from the cache, a third of a microsecond and four. */
  private static final class Computing implements Reads {
    private static final int GET = 300;
    private static final int PAGE = 4_000;

    @Override
    public void get(String id) {
      compute(id.hashCode(), GET);
    }

    @Override
    public void page() {
      compute(1, PAGE);
    }

    /** Each round needs the one before; about a nanosecond. */
    private static void compute(long seed, int rounds) {
      long x = seed;
      for (int i = 0; i < rounds; i++) {
        x = x * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L; // Knuth's MMIX
      }
      if (x == Long.MIN_VALUE) {
        throw new IllegalStateException("unreachable but for one seed; keeps the result in use");
      }
    }
  }

  private final class Reader implements Crew.Worker {
    private static final int GETS_A_PAGE = 20;

    private final KeySequence keys;
    private final Reads reads;
    private final Latencies gets = new Latencies();
    private final Latencies pages = new Latencies();

    Reader(long seed, Reads reads) {
      keys = new KeySequence(KeySequence.Distribution.ZIPF, tasks, seed);
      this.reads = reads;
    }

    @Override
    public void step() {
      for (int i = 0; i < GETS_A_PAGE; i++) {
        String id = TaskWorkload.id(keys.next());
        long before = System.nanoTime();
        reads.get(id);
        gets.record(System.nanoTime() - before);
      }
      long before = System.nanoTime();
      reads.page();
      pages.record(System.nanoTime() - before);
    }
  }

  /** Adds tasks in small batches, as fast as it can. */
  private final class Writer implements Crew.Worker {
    private final PeerModel model;

    Writer(PeerModel model) {
      this.model = model;
    }

    @Override
    public void step() {
      List<Task> chunk = List.copyOf(workload.tasks(model.tasks(), BATCH));
      peer.insertAll(chunk);
      model.added(BATCH);
    }
  }
}
