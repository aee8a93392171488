package dev.quarry.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoublePredicate;

/**
 * The performance targets P1 to P16 beside what a results directory holds. A row without a figure
 * says so; nothing is inferred. Ratios are those of one round each, their median counts.
 */
final class TargetTable {
  /**
   * A target.
   *
   * @param ok null where there is no figure
   */
  record Row(String number, String path, String wanted, String measured, Boolean ok) {}

  static final String NOT_MEASURED = "not measured";

  private static final String QUARRY = "quarry";
  private static final String UNCACHED = "quarry-uncached";
  private static final String RAW = "raw";
  private static final String EXPERT = "expert";
  private static final String SQLITE = "sqlite";
  private static final int SMALL = 100_000;
  private static final int MILLION = 1_000_000;
  private static final int LARGE = 10_000_000;
  private static final double MEGABYTE = 1 << 20;
  private static final List<String> COSTS =
      List.of(
          "load",
          "insert",
          "insert_batch",
          "get_uniform",
          "get_zipf",
          "status",
          "status_batch",
          "q1",
          "q2",
          "count_by",
          "scan",
          "disk",
          "resident_after_load");

  private final PeerResults peers;
  private final Map<String, Object> singles;
  private final int tasks;
  private final List<Row> rows = new ArrayList<>();

  /**
   * The rows at a number of tasks.
   *
   * @param singles trees of the other result files, by file name without ending
   */
  TargetTable(PeerResults peers, Map<String, Object> singles, int tasks) {
    this.peers = peers;
    this.singles = singles;
    this.tasks = tasks;
    reads();
    writes();
    queries();
    scans();
    readers();
    memoryAndDisk();
    opening();
    growth();
    aheadOfAll(SMALL);
    aheadOfAll(MILLION);
  }

  List<Row> rows() {
    return rows;
  }

  private void reads() {
    ratio(
        "P1",
        "get, record cache hit: throughput",
        ">= 30 x raw get",
        RAW,
        "bytes_hot",
        QUARRY,
        "get_hot",
        r -> r >= 30);
    value(
        "P1",
        "get, record cache hit: allocated",
        "<= 32 bytes",
        QUARRY,
        "get_hot",
        "allocated_bytes",
        "bytes",
        v -> v <= 32);
    ratio(
        "P2",
        "get, record cache off",
        "<= 1.25 x (raw get + bare decode)",
        UNCACHED,
        "get_uniform",
        RAW,
        "decoded_uniform",
        r -> r <= 1.25);
    ratio(
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
    ratio("P4", "insert one", "<= 0.7 x expert", QUARRY, "insert", EXPERT, "insert", r -> r <= .7);
    ratio(
        "P4",
        "insert one",
        "<= 2.0 x raw WriteBatch",
        QUARRY,
        "insert",
        RAW,
        "insert",
        r -> r <= 2);
    ratio(
        "P5",
        "insert batches of 1,000",
        "<= 0.5 x expert",
        QUARRY,
        "insert_batch",
        EXPERT,
        "insert_batch",
        r -> r <= .5);
    ratio(
        "P5",
        "insert batches of 1,000: throughput",
        ">= 0.7 x raw",
        RAW,
        "insert_batch",
        QUARRY,
        "insert_batch",
        r -> r >= .7);
    ratio(
        "P6",
        "update status, one",
        "<= 1.0 x expert",
        QUARRY,
        "status",
        EXPERT,
        "status",
        r -> r <= 1);
    ratio(
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
    ratio(
        "P7",
        "Q1, record cache off",
        "<= 1.2 x fetching and decoding its 20 records",
        UNCACHED,
        "q1",
        RAW,
        "fetch_q1",
        r -> r <= 1.2);
    value("P7", "Q1, record cache on", "<= 8 us", QUARRY, "q1", "value", "us", v -> v <= 8);
    at("P8", "Q2 at 100,000", "<= 30 us", SMALL, "q2", "value", v -> v <= 30);
    at("P8", "Q2 at 1,000,000, median", "<= 100 us", MILLION, "q2", "p50_us", v -> v <= 100);
    at("P8", "Q2 at 1,000,000, p99", "<= 1,000 us", MILLION, "q2", "p99_us", v -> v <= 1_000);
    ratio("P8", "Q2", "<= 0.1 x expert", QUARRY, "q2", EXPERT, "q2", r -> r <= .1);
    ratio("P8", "Q2", "<= 0.1 x SQLite", QUARRY, "q2", SQLITE, "q2", r -> r <= .1);
    for (int size : peers.sizes()) {
      at(
          "P9",
          String.format(Locale.ROOT, "countBy(status) at %,d", size),
          "<= 2 us",
          size,
          "count_by",
          "value",
          v -> v <= 2);
    }
    if (peers.sizes().isEmpty()) {
      add("P9", "countBy(status)", "<= 2 us", NOT_MEASURED, null);
    }
  }

  private void scans() {
    ratio(
        "P10",
        "full scan, decoded: throughput",
        ">= 0.8 x raw iterator + bare decode",
        RAW,
        "scan",
        UNCACHED,
        "scan",
        r -> r >= .8);
    ratio(
        "P10",
        "scan projected to two fields: throughput",
        ">= 3 x the decoded scan",
        UNCACHED,
        "scan",
        UNCACHED,
        "scan_projected",
        r -> r >= 3);
    ratio(
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
    ratio(
        "P11",
        "get beside a writer, p99.9",
        "<= 2 x without",
        QUARRY,
        "get_beside_writer",
        QUARRY,
        "get_alone",
        r -> r <= 2);
    ratio(
        "P11",
        "Q1 beside a writer, p99.9",
        "<= 2 x without",
        QUARRY,
        "q1_beside_writer",
        QUARRY,
        "q1_alone",
        r -> r <= 2);
    ratio(
        "P11",
        "2 reader threads: throughput",
        ">= 1.9 x one",
        QUARRY,
        "readers_1",
        QUARRY,
        "readers_2",
        r -> r >= 1.9);
  }

  private void memoryAndDisk() {
    single(
        "P12",
        "whole process resident, 10,000 tasks",
        "<= 150 MB",
        "memory-10000",
        "memory",
        "resident_mb",
        "MB",
        v -> v <= 150);
    Optional<Spread> index = peers.figure(tasks, QUARRY, "index");
    double each = index.map(s -> s.median() / tasks).orElse(0.0);
    add(
        "P12",
        "index and projections off-heap",
        "<= 100 bytes a task",
        index.isEmpty() ? NOT_MEASURED : Spread.short3(each) + " bytes",
        index.isEmpty() ? null : each <= 100);
    single(
        "P12",
        "live heap, 1,000,000 tasks, caches off",
        "<= 64 MB",
        "memory-1000000",
        "memory",
        "live_heap_mb",
        "MB",
        v -> v <= 64);
    single(
        "P12",
        "full scan of 10,000,000 tasks with -Xmx64m",
        "passes",
        "memory-10000000",
        "memory",
        "scanned",
        "tasks",
        v -> v == LARGE);
    single(
        "P13",
        "disk",
        "<= 0.30 x the JSONL export",
        "open-" + tasks,
        "disk",
        "of_jsonl_export",
        "x",
        v -> v <= .3);
    ratio("P13", "disk", "<= 0.5 x SQLite's file", QUARRY, "disk", SQLITE, "disk", r -> r <= .5);
    add("P13", "none, LZ4, ZSTD, ZSTD + dictionary", "reported", NOT_MEASURED, null);
  }

  private void opening() {
    String file = "open-" + tasks;
    single(
        "P14",
        "open, clean, in a fresh JVM",
        "<= 300 ms",
        file,
        "open",
        "clean_ms",
        "ms",
        v -> v <= 300);
    single(
        "P14",
        "open after a kill, 50,000 tasks unflushed",
        "<= 2,000 ms",
        file,
        "open",
        "after_kill_ms",
        "ms",
        v -> v <= 2_000);
    single(
        "P14", "quarry show ID, wall", "<= 600 ms", file, "open", "show_ms", "ms", v -> v <= 600);
  }

  private void growth() {
    for (String figure : COSTS) {
      if (figure.equals("disk") || figure.startsWith("resident") || figure.equals("load")) {
        continue;
      }
      Optional<Spread> small = peers.figure(SMALL, QUARRY, figure);
      Optional<Spread> large = peers.figure(LARGE, QUARRY, figure);
      boolean both = small.isPresent() && large.isPresent();
      double ratio = both ? large.get().median() / small.get().median() : 0;
      add(
          "P15",
          PeerTable.title(figure) + ", 10,000,000 beside 100,000",
          "<= 1.5 x",
          both ? Spread.short3(ratio) + " x" : NOT_MEASURED,
          both ? ratio <= 1.5 : null);
    }
    String far =
        peers
            .figure(tasks, QUARRY, "page_far_number")
            .map(s -> String.format(Locale.ROOT, "%,.0f", s.median()))
            .orElse("50,000");
    ratio(
        "P15",
        "page " + far + " beside page 1",
        "<= 1.5 x",
        QUARRY,
        "page_far",
        QUARRY,
        "page_1",
        r -> r <= 1.5);
  }

  /** Who is ahead of Quarry in which column. */
  private void aheadOfAll(int size) {
    String path = String.format(Locale.ROOT, "ahead of every durable peer at %,d", size);
    List<String> others = new ArrayList<>(peers.peers());
    others.removeAll(List.of(QUARRY, UNCACHED, RAW));
    others.removeIf(p -> peers.figure(size, p, "load").isEmpty());
    if (others.isEmpty() || peers.figure(size, QUARRY, "load").isEmpty()) {
      add("P16", path, "in every column", NOT_MEASURED, null);
      return;
    }
    List<String> behind = new ArrayList<>();
    for (String figure : COSTS) {
      for (String other : others) {
        Optional<Spread> ratio = peers.ratio(size, QUARRY, figure, other, figure);
        if (ratio.isPresent() && ratio.get().median() > 1) {
          behind.add(
              PeerTable.title(figure) + ": " + Spread.short3(ratio.get().median()) + " x " + other);
        }
      }
    }
    String measured =
        behind.isEmpty()
            ? "ahead of " + String.join(", ", others)
            : "behind in " + behind.size() + ": " + String.join("; ", behind);
    add("P16", path, "in every column", measured, behind.isEmpty());
  }

  private void ratio(
      String number,
      String path,
      String wanted,
      String peer,
      String figure,
      String other,
      String otherFigure,
      DoublePredicate good) {
    Optional<Spread> ratio = peers.ratio(tasks, peer, figure, other, otherFigure);
    add(
        number,
        path,
        wanted,
        ratio.map(s -> s.text() + " x").orElse(NOT_MEASURED),
        ratio.map(s -> good.test(s.median())).orElse(null));
  }

  private void value(
      String number,
      String path,
      String wanted,
      String peer,
      String figure,
      String member,
      String unit,
      DoublePredicate good) {
    Optional<Spread> value = peers.figure(tasks, peer, figure, member);
    add(
        number,
        path,
        wanted,
        value.map(s -> s.text() + " " + unit).orElse(NOT_MEASURED),
        value.map(s -> good.test(s.median())).orElse(null));
  }

  private void at(
      String number,
      String path,
      String wanted,
      int size,
      String figure,
      String member,
      DoublePredicate good) {
    Optional<Spread> value = peers.figure(size, QUARRY, figure, member);
    add(
        number,
        path,
        wanted,
        value.map(s -> s.text() + " us").orElse(NOT_MEASURED),
        value.map(s -> good.test(s.median())).orElse(null));
  }

  private void single(
      String number,
      String path,
      String wanted,
      String file,
      String section,
      String name,
      String unit,
      DoublePredicate good) {
    if (JsonFile.at(singles.get(file), "data", section, name) instanceof Double value) {
      String text =
          value > MEGABYTE ? String.format(Locale.ROOT, "%,.0f", value) : Spread.short3(value);
      add(number, path, wanted, text + " " + unit, good.test(value));
    } else {
      add(number, path, wanted, NOT_MEASURED, null);
    }
  }

  private void add(String number, String path, String wanted, String measured, Boolean ok) {
    rows.add(new Row(number, path, wanted, measured, ok));
  }
}
