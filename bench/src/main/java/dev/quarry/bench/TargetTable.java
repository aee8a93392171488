package dev.quarry.bench;

import dev.quarry.bench.peers.PeerModel;
import dev.quarry.internal.storage.Compression;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The performance targets P1 to P16 beside what a results directory holds. A row without a figure
 * says so; nothing is inferred. Ratios are those of one round each, their median counts.
 */
final class TargetTable {
  /**
   * A target.
   *
   * @param ok null where there is no figure
   * @param command the subcommand of the bench that measures it
   */
  record Row(
      String number, String path, String wanted, String measured, Boolean ok, String command) {}

  static final String NOT_MEASURED = "not measured";

  private static final String QUARRY = "quarry";
  private static final String UNCACHED = "quarry-uncached";
  private static final String RAW = "raw";
  private static final String EXPERT = "expert";
  private static final String SQLITE = "sqlite";
  private static final int SMALL = 100_000;
  private static final int MILLION = 1_000_000;
  private static final int LARGE = 10_000_000;
  private static final double COUNT_LIMIT_MICROS = 2;
  private static final double GROWTH_LIMIT = 1.5;
  private static final List<String> OPERATIONS =
      List.of(
          "insert",
          "insert_batch",
          "get_hot",
          "get_uniform",
          "get_zipf",
          "status",
          "status_batch",
          "q1",
          "q2",
          "count_by",
          "scan");

  private final PeerResults peers;
  private final Map<String, Object> singles;
  private final int tasks;
  private final TargetRows rows;

  /**
   * The rows at a number of tasks.
   *
   * @param singles trees of the other result files, by file name without ending
   */
  TargetTable(PeerResults peers, Map<String, Object> singles, int tasks) {
    this.peers = peers;
    this.singles = singles;
    this.tasks = tasks;
    rows = new TargetRows(peers, singles, tasks);
    reads();
    writes();
    queries();
    counts();
    scans();
    readers();
    locks();
    memory();
    disk();
    opening();
    growth();
    aheadOfAll(SMALL);
    aheadOfAll(MILLION);
  }

  List<Row> rows() {
    return rows.rows();
  }

  private void reads() {
    rows.ratio(
        "P1",
        "get, record cache hit: throughput",
        ">= 30 x raw get",
        RAW,
        "bytes_hot",
        QUARRY,
        "get_hot",
        r -> r >= 30);
    rows.value(
        "P1",
        "get, record cache hit: allocated",
        "<= 32 bytes",
        QUARRY,
        "get_hot",
        "allocated_bytes",
        "bytes",
        v -> v <= 32);
    rows.ratio(
        "P2",
        "get, record cache off",
        "<= 1.25 x (raw get + bare decode)",
        UNCACHED,
        "get_uniform",
        RAW,
        "decoded_uniform",
        r -> r <= 1.25);
    Optional<Spread> whole = peers.figure(tasks, UNCACHED, "get_uniform", "allocated_bytes");
    Optional<Spread> bare = peers.figure(tasks, RAW, "bare_decode", "allocated_bytes");
    boolean both = whole.isPresent() && bare.isPresent();
    double more = both ? whole.get().median() - bare.get().median() : 0;
    rows.add(
        "P2",
        "get, record cache off: allocated beyond the bare decode",
        "<= 64 bytes",
        both ? Spread.short3(more) + " bytes" : NOT_MEASURED,
        both ? more <= 64 : null,
        TargetRows.peersCommand(tasks));
    rows.ratio(
        "P3",
        "status by id, nothing cached on the heap",
        "<= 0.1 x raw get",
        UNCACHED,
        "status_uniform",
        RAW,
        "bytes_uniform",
        r -> r <= .1);
  }

  private void writes() {
    rows.ratio(
        "P4", "insert one", "<= 0.7 x expert", QUARRY, "insert", EXPERT, "insert", r -> r <= .7);
    rows.ratio(
        "P4",
        "insert one",
        "<= 2.0 x raw WriteBatch of id and record",
        QUARRY,
        "insert",
        RAW,
        "insert",
        r -> r <= 2);
    rows.ratio(
        "P4",
        "insert one: its own batch once more",
        "<= 2.0 x raw WriteBatch of the same bytes",
        QUARRY,
        "insert",
        QUARRY,
        "insert_same_bytes",
        r -> r <= 2);
    rows.ratio(
        "P5",
        "insert batches of 1,000",
        "<= 0.5 x expert",
        QUARRY,
        "insert_batch",
        EXPERT,
        "insert_batch",
        r -> r <= .5);
    rows.ratio(
        "P5",
        "insert batches of 1,000: throughput",
        ">= 0.7 x raw, id and record",
        RAW,
        "insert_batch",
        QUARRY,
        "insert_batch",
        r -> r >= .7);
    rows.ratio(
        "P5",
        "insert batches of 1,000: throughput beside its own batches once more",
        ">= 0.7 x raw",
        QUARRY,
        "insert_batch_same_bytes",
        QUARRY,
        "insert_batch",
        r -> r >= .7);
    rows.ratio(
        "P6",
        "update status, one",
        "<= 1.0 x expert",
        QUARRY,
        "status",
        EXPERT,
        "status",
        r -> r <= 1);
    rows.ratio(
        "P6",
        "update status, 1,000 in a batch",
        "<= 0.6 x expert",
        QUARRY,
        "status_batch",
        EXPERT,
        "status_batch",
        r -> r <= .6);
  }

  private void queries() {
    rows.ratio(
        "P7",
        "Q1, record cache off",
        "<= 1.2 x fetching and decoding its 20 records",
        UNCACHED,
        "q1",
        RAW,
        "fetch_q1",
        r -> r <= 1.2);
    rows.value("P7", "Q1, record cache on", "<= 8 us", QUARRY, "q1", "value", "us", v -> v <= 8);
    rows.at("P8", "Q2 at 100,000", "<= 30 us", SMALL, "q2", "value", v -> v <= 30);
    rows.at("P8", "Q2 at 1,000,000, median", "<= 100 us", MILLION, "q2", "p50_us", v -> v <= 100);
    rows.at("P8", "Q2 at 1,000,000, p99", "<= 1,000 us", MILLION, "q2", "p99_us", v -> v <= 1_000);
    rows.ratio("P8", "Q2", "<= 0.1 x expert", QUARRY, "q2", EXPERT, "q2", r -> r <= .1);
    rows.ratio("P8", "Q2", "<= 0.1 x SQLite", QUARRY, "q2", SQLITE, "q2", r -> r <= .1);
  }

  private void counts() {
    for (String field : PeerModel.FIELDS) {
      Optional<Spread> one = peers.figure(tasks, QUARRY, "count_" + field);
      Optional<Spread> by = peers.figure(tasks, QUARRY, "count_by_" + field);
      boolean both = one.isPresent() && by.isPresent();
      rows.add(
          "P9",
          "count / countBy of " + field,
          "<= 2 us",
          both ? one.get().text() + " / " + by.get().text() + " us" : NOT_MEASURED,
          both
              ? one.get().median() <= COUNT_LIMIT_MICROS && by.get().median() <= COUNT_LIMIT_MICROS
              : null,
          TargetRows.peersCommand(tasks));
    }
    String worst = "";
    double most = 0;
    for (String field : PeerModel.FIELDS) {
      for (String kind : List.of("count_", "count_by_")) {
        Optional<Spread> small = peers.figure(SMALL, QUARRY, kind + field);
        Optional<Spread> large = peers.figure(grown(), QUARRY, kind + field);
        if (small.isPresent()
            && large.isPresent()
            && large.get().median() / small.get().median() > most) {
          most = large.get().median() / small.get().median();
          worst = kind.equals("count_") ? "count of " + field : "countBy " + field;
        }
      }
    }
    rows.add(
        "P9",
        String.format(Locale.ROOT, "the same at every size: %,d beside %,d", grown(), SMALL),
        "<= 1.5 x",
        worst.isEmpty() ? NOT_MEASURED : "at most " + Spread.short3(most) + " x (" + worst + ")",
        worst.isEmpty() ? null : most <= GROWTH_LIMIT,
        TargetRows.peersCommand(grown()));
  }

  /** Ten million where they were measured, else one million. */
  private int grown() {
    return peers.figure(LARGE, QUARRY, "get_zipf").isPresent() ? LARGE : MILLION;
  }

  private void scans() {
    rows.ratio(
        "P10",
        "full scan, decoded: throughput",
        ">= 0.8 x raw iterator + bare decode",
        RAW,
        "scan",
        UNCACHED,
        "scan",
        r -> r >= .8);
    rows.ratio(
        "P10",
        "scan projected to two fields: throughput",
        ">= 3 x the decoded scan",
        UNCACHED,
        "scan",
        UNCACHED,
        "scan_projected",
        r -> r >= 3);
    rows.ratio(
        "P10",
        "scan by 2 threads: throughput",
        ">= 1.7 x one",
        UNCACHED,
        "scan_1_thread",
        UNCACHED,
        "scan_2_threads",
        r -> r >= 1.7);
  }

  private void readers() {
    rows.ratio(
        "P11",
        "get beside a writer, p99.9",
        "<= 2 x without",
        QUARRY,
        "get_beside_writer",
        QUARRY,
        "get_alone",
        r -> r <= 2);
    rows.ratio(
        "P11",
        "Q1 beside a writer, p99.9",
        "<= 2 x without",
        QUARRY,
        "q1_beside_writer",
        QUARRY,
        "q1_alone",
        r -> r <= 2);
    rows.ratio(
        "P11",
        "2 reader threads: throughput",
        ">= 1.9 x one",
        QUARRY,
        "readers_1",
        QUARRY,
        "readers_2",
        r -> r >= 1.9);
    machine(
        "computing as long as a get beside a writer", "computing_beside_writer", "computing_alone");
    machine(
        "computing as long as Q1 beside a writer",
        "computing_page_beside_writer",
        "computing_page_alone");
    machine("2 computing threads: throughput", "computing_1", "computing_2");
    byHand("get beside a writer, p99.9", "get_beside_writer", "get_alone");
    byHand("Q1 beside a writer, p99.9", "q1_beside_writer", "q1_alone");
    byHand("2 reader threads: throughput", "readers_1", "readers_2");
  }

  /** What is left of a target when nothing is read: no row can be better than the machine. */
  private void machine(String path, String figure, String other) {
    reported(
        "P11",
        "reachable here, no store: " + path,
        peers.ratio(tasks, QUARRY, figure, QUARRY, other));
  }

  /** What RocksDB leaves to whoever reads by it alone, without locks or caches of his own. */
  private void byHand(String path, String figure, String other) {
    reported(
        "P11",
        "the hand-written store's: " + path,
        peers.ratio(tasks, EXPERT, figure, EXPERT, other));
  }

  private void reported(String number, String path, Optional<Spread> ratio) {
    rows.add(
        number,
        path,
        "reported",
        ratio.map(s -> s.text() + " x").orElse(NOT_MEASURED),
        null,
        TargetRows.peersCommand(tasks));
  }

  private void locks() {
    rows.add(
        "P11",
        "read path: no monitor, park or Chronicle lock",
        "none in a JFR recording",
        "held by a test",
        null,
        "mvn verify, ReadPathTest");
  }

  private void memory() {
    rows.single(
        "P12",
        "whole process resident, 10,000 tasks",
        "<= 150 MB",
        "memory-10000",
        "memory",
        "resident_mb",
        "MB",
        v -> v <= 150);
    rows.single(
        "P12",
        "the same with the JVM flags of the launcher",
        "<= 150 MB",
        "memory-10000-lean",
        "memory",
        "resident_mb",
        "MB",
        v -> v <= 150);
    Optional<Spread> index = peers.figure(tasks, QUARRY, "index");
    rows.add(
        "P12",
        "index and projections off-heap",
        "<= 100 bytes a task",
        index.map(s -> s.text() + " bytes").orElse(NOT_MEASURED),
        index.map(s -> s.median() <= 100).orElse(null),
        TargetRows.peersCommand(tasks));
    rows.single(
        "P12",
        "live heap, 1,000,000 tasks, caches off",
        "<= 64 MB",
        "memory-1000000",
        "memory",
        "live_heap_mb",
        "MB",
        v -> v <= 64);
    rows.single(
        "P12",
        "full scan of 10,000,000 tasks with -Xmx64m",
        "passes",
        "memory-10000000",
        "memory",
        "scanned",
        "tasks",
        v -> v == LARGE);
    rows.single(
        "P12",
        "export of 10,000,000 tasks with -Xmx64m",
        "passes",
        "memory-10000000",
        "memory",
        "exported",
        "tasks",
        v -> v == LARGE);
    rows.single(
        "P12",
        "the same scan of 1,000,000 tasks",
        "passes",
        "memory-1000000",
        "memory",
        "scanned",
        "tasks",
        v -> v == MILLION);
    rows.single(
        "P12",
        "the same export of 1,000,000 tasks",
        "passes",
        "memory-1000000",
        "memory",
        "exported",
        "tasks",
        v -> v == MILLION);
  }

  private void disk() {
    rows.single(
        "P13",
        "disk",
        "<= 0.30 x the JSONL export",
        "open-" + tasks,
        "disk",
        "of_jsonl_export",
        "x",
        v -> v <= .3);
    rows.ratio(
        "P13", "disk", "<= 0.5 x SQLite's file", QUARRY, "disk", SQLITE, "disk", r -> r <= .5);
    compressions();
  }

  /** Of the largest store that was rewritten with each. */
  private void compressions() {
    String file = "compression-" + SMALL;
    for (String name : singles.keySet()) {
      if (name.matches("compression-[0-9]+") && name.length() >= file.length()) {
        file = name;
      }
    }
    List<String> found = new ArrayList<>();
    for (Compression compression : Compression.values()) {
      String name = compression.name().toLowerCase(Locale.ROOT);
      if (JsonFile.at(singles.get(file), "data", name, "bytes_per_task") instanceof Double bytes
          && JsonFile.at(singles.get(file), "data", name, "cold_get_us") instanceof Double micros) {
        found.add(
            name.replace('_', ' ')
                + " "
                + Spread.short3(bytes)
                + " ("
                + Spread.short3(micros)
                + ")");
      }
    }
    boolean all = found.size() == Compression.values().length;
    rows.add(
        "P13",
        "bytes a task (us for a get past the cache)",
        "reported",
        all ? String.join(", ", found) : NOT_MEASURED,
        null,
        file.replace("-", " --tasks "));
  }

  private void opening() {
    String file = "open-" + tasks;
    rows.single(
        "P14",
        "open, clean, in a fresh JVM",
        "<= 300 ms",
        file,
        "open",
        "clean_ms",
        "ms",
        v -> v <= 300);
    rows.single(
        "P14",
        // before the memtables were kept large meanwhile, a part of the tasks was flushed
        JsonFile.at(singles.get(file), "data", "open", "unflushed_mb") instanceof Double
            ? "open after a kill, 50,000 tasks unflushed"
            : "open after a kill, 50,000 tasks written, a part of them flushed",
        "<= 2,000 ms",
        file,
        "open",
        "after_kill_ms",
        "ms",
        v -> v <= 2_000);
    rows.single(
        "P14", "quarry show ID, wall", "<= 600 ms", file, "open", "show_ms", "ms", v -> v <= 600);
  }

  private void growth() {
    for (String figure : OPERATIONS) {
      Optional<Double> ratio = grownBy(QUARRY, figure);
      rows.add(
          "P15",
          String.format(Locale.ROOT, "%s, %,d beside %,d", PeerTable.title(figure), grown(), SMALL),
          "<= 1.5 x",
          ratio.map(r -> Spread.short3(r) + " x").orElse(NOT_MEASURED),
          ratio.map(r -> r <= GROWTH_LIMIT).orElse(null),
          TargetRows.peersCommand(grown()));
    }
    for (String figure : List.of("get_uniform", "get_zipf", "scan")) {
      rows.add(
          "P15",
          String.format(
              Locale.ROOT,
              "raw RocksDB's, with the same cache: %s, %,d beside %,d",
              PeerTable.title(figure),
              grown(),
              SMALL),
          "reported",
          grownBy(RAW, figure).map(r -> Spread.short3(r) + " x").orElse(NOT_MEASURED),
          null,
          TargetRows.peersCommand(grown()));
    }
    String far =
        peers
            .figure(tasks, QUARRY, "page_far_number")
            .map(s -> String.format(Locale.ROOT, "%,.0f", s.median()))
            .orElse("50,000");
    rows.ratio(
        "P15",
        "page " + far + " beside page 1",
        "<= 1.5 x",
        QUARRY,
        "page_far",
        QUARRY,
        "page_1",
        r -> r <= GROWTH_LIMIT);
  }

  private Optional<Double> grownBy(String peer, String figure) {
    Optional<Spread> small = peers.figure(SMALL, peer, figure);
    Optional<Spread> large = peers.figure(grown(), peer, figure);
    return small.flatMap(s -> large.map(l -> l.median() / s.median()));
  }

  /** Who is ahead of Quarry in which column. */
  private void aheadOfAll(int size) {
    String path = String.format(Locale.ROOT, "ahead of every durable peer at %,d", size);
    String command = TargetRows.peersCommand(size);
    List<String> others = new ArrayList<>(peers.peers());
    others.removeAll(List.of(QUARRY, UNCACHED, RAW));
    List<String> unfinished = new ArrayList<>(others);
    unfinished.removeIf(p -> peers.unfinished(size, p).isEmpty());
    List<String> failed = new ArrayList<>(others);
    failed.removeIf(p -> peers.failed(size, p).isEmpty());
    others.removeIf(p -> peers.figure(size, p, "load").isEmpty());
    if (others.isEmpty() || peers.figure(size, QUARRY, "load").isEmpty()) {
      rows.add("P16", path, "in every column", NOT_MEASURED, null, command);
      return;
    }
    List<String> behind = new ArrayList<>();
    for (String figure : PeerTable.figures(peers)) {
      for (String other : others) {
        Optional<Spread> ratio = peers.ratio(size, QUARRY, figure, other, figure);
        if (ratio.isPresent() && ratio.get().median() > 1) {
          behind.add(
              PeerTable.title(figure) + ": " + Spread.short3(ratio.get().median()) + " x " + other);
        }
      }
    }
    String measured =
        (behind.isEmpty()
                ? "ahead of " + String.join(", ", others)
                : "behind in " + behind.size() + ": " + String.join("; ", behind))
            + (unfinished.isEmpty() ? "" : "; not finished: " + String.join(", ", unfinished))
            + (failed.isEmpty() ? "" : "; failed: " + String.join(", ", failed));
    rows.add("P16", path, "in every column", measured, behind.isEmpty(), command);
  }
}
