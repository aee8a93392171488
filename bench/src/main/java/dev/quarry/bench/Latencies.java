package dev.quarry.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Times of one kind of operation, to three digits. Not thread-safe; each thread has its own. */
final class Latencies {
  /** Under this name each table of percentiles says how it was measured. */
  static final String HOW = "times";

  static final String FROM_DUE =
      "from when a request was due by a schedule that answers do not move (open loop)";
  static final String CLOSED_LOOP =
      "inside calls of threads that ask without pause, each after its answer (closed loop);"
          + " *_corrected as if asked for at even intervals";
  static final String ONE_BY_ONE =
      "inside calls, each made after the answer to the one before (closed loop, not corrected)";

  private final Histogram nanos = new Histogram(3);

  void record(long nanoseconds) {
    nanos.recordValue(Math.max(0, nanoseconds));
  }

  void add(Latencies other) {
    nanos.add(other.nanos);
  }

  /** Forgets all. */
  void reset() {
    nanos.reset();
  }

  /**
   * What these would be if operations had been asked for at even intervals, without waiting for the
   * one before: each that took longer than the interval stands for those that it held back.
   */
  Latencies corrected(double intervalNanos) {
    Latencies corrected = new Latencies();
    corrected.nanos.add(
        nanos.copyCorrectedForCoordinatedOmission((long) Math.max(1, intervalNanos)));
    return corrected;
  }

  long operations() {
    return nanos.getTotalCount();
  }

  double percentileMicros(double percentile) {
    return nanos.getValueAtPercentile(percentile) / 1e3;
  }

  double meanMicros() {
    return nanos.getMean() / 1e3;
  }

  /**
   * The figures of one kind of operation in a closed loop, in which a thread asks for the next only
   * when it has the answer; beside them the tail as it would be without that. The interval is that
   * at which the threads got to this kind.
   */
  Map<String, Object> closedLoopFigures(int threads, double seconds) {
    Map<String, Object> figures = figures();
    if (operations() > 0) {
      Latencies corrected = corrected(seconds * 1e9 * threads / operations());
      figures.put("p99_corrected_us", corrected.percentileMicros(99));
      figures.put("p999_corrected_us", corrected.percentileMicros(99.9));
    }
    return figures;
  }

  /** The figures by name. */
  Map<String, Object> figures() {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("operations", operations());
    if (operations() > 0) {
      figures.put("mean_us", meanMicros());
      figures.put("p50_us", percentileMicros(50));
      figures.put("p90_us", percentileMicros(90));
      figures.put("p95_us", percentileMicros(95));
      figures.put("p99_us", percentileMicros(99));
      figures.put("p999_us", percentileMicros(99.9));
      figures.put("max_us", nanos.getMaxValue() / 1e3);
    }
    return figures;
  }
}
