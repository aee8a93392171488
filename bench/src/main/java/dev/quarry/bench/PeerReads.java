package dev.quarry.bench;

import dev.quarry.Task;
import dev.quarry.bench.peers.Peer;
import dev.quarry.bench.peers.Peer.Ability;
import dev.quarry.bench.peers.PeerModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/** Times the reads of a peer whose answers have been checked. Not thread-safe. */
final class PeerReads {
  private static final int HOT = 1_000;
  private static final int FAR_PAGE = 50_000;
  private static final int DECODED = 10_000;

  private final Peer peer;
  private final TaskWorkload workload;
  private final Answers answers;
  private final Sampler sampler;
  private final long seed;
  private final Progress progress;
  private final int tasks;
  private final String[] ids;
  private long sink;

  PeerReads(
      Peer peer,
      TaskWorkload workload,
      Answers answers,
      Sampler sampler,
      long seed,
      Progress progress) {
    this.peer = peer;
    this.workload = workload;
    this.answers = answers;
    this.sampler = sampler;
    this.seed = seed;
    this.progress = progress;
    tasks = (int) answers.tasks();
    ids = new String[tasks];
    for (int i = 0; i < tasks; i++) {
      ids[i] = TaskWorkload.id(i);
    }
  }

  /** Adds the figures by name. */
  void measure(Map<String, Object> figures) {
    KeySequence hot = new KeySequence(KeySequence.Distribution.UNIFORM, Math.min(HOT, tasks), seed);
    KeySequence uniform = new KeySequence(KeySequence.Distribution.UNIFORM, tasks, seed);
    KeySequence zipf = new KeySequence(KeySequence.Distribution.ZIPF, tasks, seed);
    points(figures, "hot", hot);
    points(figures, "uniform", uniform);
    points(figures, "zipf", zipf);
    bareDecode(figures, uniform);
    queries(figures);
    counts(figures);
    scans(figures);
    if (peer.abilities().contains(Ability.DEEP_PAGES)) {
      int last = Math.min(FAR_PAGE, tasks / TaskWorkload.PAGE);
      time(figures, "page_1", 1, page(1));
      time(figures, "page_far", 1, page(last));
      figures.put("page_far_number", PeerBench.figure(last, "page"));
    }
    progress.clear();
    if (sink == Long.MIN_VALUE) {
      throw new IllegalStateException("unreachable; keeps the results in use");
    }
  }

  private IntConsumer page(int number) {
    Runnable page = peer.page(number, TaskWorkload.PAGE);
    return i -> page.run();
  }

  private void points(Map<String, Object> figures, String keys, KeySequence sequence) {
    time(figures, "get_" + keys, 1, i -> use(peer.get(ids[sequence.next()])));
    if (peer.abilities().contains(Ability.RECORD_BYTES)) {
      time(figures, "bytes_" + keys, 1, i -> sink += peer.recordBytes(sequence.next()).length);
      time(
          figures,
          "decoded_" + keys,
          1,
          i -> use(peer.fetch(List.of((long) sequence.next())).get(0)));
    }
    if (peer.abilities().contains(Ability.STATUS_OF)) {
      time(
          figures, "status_" + keys, 1, i -> sink += peer.statusOf(ids[sequence.next()]).ordinal());
    }
  }

  /** The codec alone, over records that were read before. */
  private void bareDecode(Map<String, Object> figures, KeySequence keys) {
    if (!peer.abilities().contains(Ability.RECORD_BYTES)) {
      return;
    }
    byte[][] records = new byte[Math.min(DECODED, tasks)][];
    for (int i = 0; i < records.length; i++) {
      records[i] = peer.recordBytes(keys.next());
    }
    time(figures, "bare_decode", 1, i -> use(peer.decode(records[i % records.length])));
  }

  private void counts(Map<String, Object> figures) {
    if (!peer.abilities().contains(Ability.COUNTS_BY_FIELD)) {
      return;
    }
    for (String field : PeerModel.FIELDS) {
      List<LongSupplier> each = new ArrayList<>();
      answers.byField(field).keySet().stream()
          .sorted()
          .forEach(value -> each.add(peer.countOf(field, value)));
      time(figures, "count_" + field, 1, i -> sink += each.get(i % each.size()).getAsLong());
      time(figures, "count_by_" + field, 1, i -> sink += peer.countByField(field).size());
    }
  }

  private void queries(Map<String, Object> figures) {
    List<CompoundQuery> compound = new ArrayList<>();
    for (int i = 0; i < workload.q2Count(); i++) {
      compound.add(workload.q2(i));
    }
    int page = TaskWorkload.PAGE;
    int count = compound.size();
    if (peer.abilities().contains(Ability.QUERIES)) {
      time(figures, "q1", 1, i -> sink += peer.q1(page).size());
      time(figures, "q2", 1, i -> sink += peer.q2(compound.get(i % count), page).size());
      time(figures, "count_by", 1, i -> sink += peer.countByStatus().size());
    }
    if (peer.abilities().contains(Ability.FETCH_OF_ANSWER)) {
      List<Long> first = answers.q1();
      List<List<Long>> numbers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        numbers.add(answers.q2(i));
      }
      time(figures, "fetch_q1", 1, i -> sink += peer.fetch(first).size());
      time(figures, "fetch_q2", 1, i -> sink += peer.fetch(numbers.get(i % count)).size());
    }
  }

  private void scans(Map<String, Object> figures) {
    time(figures, "scan", tasks, i -> peer.scan(this::use));
    if (peer.abilities().contains(Ability.PROJECTED_SCAN)) {
      time(figures, "scan_projected", tasks, i -> peer.scanProjected(this::useTwoFields));
    }
    if (peer.abilities().contains(Ability.PARALLEL_SCAN)) {
      time(figures, "scan_1_thread", tasks, i -> peer.scanParallel(1, PeerReads::useShared));
      time(figures, "scan_2_threads", tasks, i -> peer.scanParallel(2, PeerReads::useShared));
    }
  }

  private void time(Map<String, Object> figures, String name, int units, IntConsumer operation) {
    progress.at(name, 0, 0);
    figures.put(name, sampler.sample(units, operation));
  }

  private void use(Task task) {
    sink += task.title().length();
  }

  private void useTwoFields(Task task) {
    sink += task.status().ordinal() + task.createdAt().hashCode();
  }

  /** Touches a task from any thread. */
  private static void useShared(Task task) {
    if (task.title().isEmpty()) {
      throw new WrongAnswerException(task.id() + " has no title");
    }
  }
}
