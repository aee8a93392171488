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
 * on the way as far as a moving store allows.
 */
final class PeerReaders {
  private static final int BATCH = 100;

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
    run(1, null); // to warm up
    Map<String, Object> one = throughput(1);
    figures.put("readers_1", one);
    figures.put("readers_2", throughput(2));
    List<Reader> quiet = run(1, null);
    figures.put("get_alone", tail(quiet.get(0).gets));
    figures.put("q1_alone", tail(quiet.get(0).pages));
    Writer writer = new Writer(model);
    run(1, writer); // to warm up
    List<Reader> busy = run(1, writer);
    figures.put("get_beside_writer", tail(busy.get(0).gets));
    figures.put("q1_beside_writer", tail(busy.get(0).pages));
  }

  /** Microseconds per operation of all threads together. */
  private Map<String, Object> throughput(int threads) {
    List<Reader> readers = run(threads, null);
    double operations = 0;
    for (Reader reader : readers) {
      operations += reader.gets.operations() + reader.pages.operations();
    }
    return PeerBench.figure(lastSeconds * 1e6 / operations, "us");
  }

  /** The value is the 99.9th percentile. */
  private static Map<String, Object> tail(Latencies times) {
    Map<String, Object> figure = PeerBench.figure(times.percentileMicros(99.9), "us");
    figure.putAll(times.figures());
    return figure;
  }

  private List<Reader> run(int readers, Writer writer) {
    List<Reader> all = new ArrayList<>();
    List<Crew.Worker> workers = new ArrayList<>();
    for (int r = 0; r < readers; r++) {
      all.add(new Reader(seed + r));
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

  private final class Reader implements Crew.Worker {
    private static final int GETS_A_PAGE = 20;

    private final KeySequence keys;
    private final Latencies gets = new Latencies();
    private final Latencies pages = new Latencies();

    Reader(long seed) {
      keys = new KeySequence(KeySequence.Distribution.ZIPF, tasks, seed);
    }

    @Override
    public void step() {
      for (int i = 0; i < GETS_A_PAGE; i++) {
        String id = TaskWorkload.id(keys.next());
        long before = System.nanoTime();
        Task task = peer.get(id);
        gets.record(System.nanoTime() - before);
        if (task == null || !task.id().equals(id)) {
          throw new WrongAnswerException("get of " + id + " returned " + task);
        }
      }
      long before = System.nanoTime();
      List<Task> page = peer.q1(TaskWorkload.PAGE);
      pages.record(System.nanoTime() - before);
      if (page.size() != TaskWorkload.PAGE) {
        throw new WrongAnswerException("Q1 returned " + page.size() + " tasks");
      }
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
