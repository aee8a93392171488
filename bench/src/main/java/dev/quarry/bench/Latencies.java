package dev.quarry.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Times of one kind of operation, to three digits. Not thread-safe; each thread has its own. */
final class Latencies {
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

  long operations() {
    return nanos.getTotalCount();
  }

  double percentileMicros(double percentile) {
    return nanos.getValueAtPercentile(percentile) / 1e3;
  }

  /** The figures by name. */
  Map<String, Object> figures() {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("operations", operations());
    if (operations() > 0) {
      figures.put("mean_us", nanos.getMean() / 1e3);
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
