package dev.quarry.bench;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.peers.Peer;
import dev.quarry.bench.peers.PeerModel;
import dev.quarry.bench.raw.BatchStore;
import dev.quarry.bench.raw.LoggedBatches;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Times the writes of a peer and tells the model of each. Not thread-safe. */
final class PeerWrites {
  private static final int BATCH = 1_000;
  // so many that a store of 100,000 does not grow by half meanwhile
  private static final int MOST_SINGLE = 10_000;
  private static final int MOST_BATCHES = 20;
  // within what the log still has
  private static final int SINGLES_AGAIN = 2_000;
  private static final int BATCHES_AGAIN = 10;

  private final Peer peer;
  private final TaskWorkload workload;
  private final PeerModel model;
  private final Sampler sampler;
  private final Progress progress;
  private final List<Again> again = new ArrayList<>();

  PeerWrites(
      Peer peer, TaskWorkload workload, PeerModel model, Sampler sampler, Progress progress) {
    this.peer = peer;
    this.workload = workload;
    this.model = model;
    this.sampler = sampler;
    this.progress = progress;
  }

  /** Adds the figures by name. */
  void measure(Map<String, Object> figures) {
    progress.at("insert", 0, 0);
    inserts("insert", 1, MOST_SINGLE, figures);
    progress.at("insert_batch", 0, 0);
    inserts("insert_batch", BATCH, MOST_BATCHES, figures);
    progress.at("status", 0, 0);
    figures.put("status", sampler.samplePrepared(1, MOST_SINGLE, new Changes(1)));
    progress.at("status_batch", 0, 0);
    figures.put("status_batch", sampler.samplePrepared(BATCH, MOST_BATCHES, new Changes(BATCH)));
    progress.clear();
  }

  private void inserts(String figure, int size, int most, Map<String, Object> figures) {
    Inserts inserts = new Inserts(size);
    figures.put(figure, sampler.samplePrepared(size, most, inserts));
    if (!peer.abilities().contains(Peer.Ability.LOGGED_BATCHES)) {
      return;
    }
    int wanted = Math.min(inserts.made, size == 1 ? SINGLES_AGAIN : BATCHES_AGAIN);
    again.add(new Again(figure + "_same_bytes", size, most, peer.logged(wanted, size)));
  }

  /**
   * Adds what the batches of the inserts cost RocksDB alone, in databases that are empty at first.
   * For when the peer is closed, so that nothing of it goes on beside.
   */
  void writeAgain(TempDirectory directory, Map<String, Object> figures) {
    for (Again one : again) {
      try (BatchStore store = new BatchStore(directory.sub(one.figure), one.batches)) {
        long[] number = {0};
        Sampler.Prepared write = Sampler.prepared(() -> number[0]++, () -> store.write(number[0]));
        figures.put(one.figure, sampler.samplePrepared(one.size, one.most, write));
      }
    }
  }

  private record Again(String figure, int size, int most, LoggedBatches batches) {}

  private final class Inserts implements Sampler.Prepared {
    private final int size;
    private List<Task> tasks = List.of();
    private int made;

    Inserts(int size) {
      this.size = size;
    }

    @Override
    public void prepare() {
      tasks = List.copyOf(workload.tasks(model.tasks(), size));
      peer.prepare(tasks);
      model.added(size);
      made++;
    }

    @Override
    public void run() {
      if (size == 1) {
        peer.insert(tasks.get(0));
      } else {
        peer.insertAll(tasks);
      }
    }
  }

  /** Walks through the tasks in strides, so that neighbours in time are no neighbours in place. */
  private final class Changes implements Sampler.Prepared {
    private static final long STRIDE = 7_919;

    private final int size;
    private final List<String> ids = new ArrayList<>();
    private Status status = Status.TODO;
    private long at;

    Changes(int size) {
      this.size = size;
    }

    @Override
    public void prepare() {
      ids.clear();
      status = status == Status.IN_PROGRESS ? Status.TODO : Status.IN_PROGRESS;
      for (int i = 0; i < size; i++) {
        at = next(at);
        ids.add(TaskWorkload.id(at));
      }
      for (String id : ids) {
        model.changed(Long.parseLong(id.substring(id.lastIndexOf('-') + 1)), status);
      }
    }

    /** The next task that has another status. */
    private long next(long from) {
      long number = from;
      do {
        number = (number + STRIDE) % model.tasks();
      } while (model.status(number) == status);
      return number;
    }

    @Override
    public void run() {
      peer.setStatus(ids, status);
    }
  }
}
