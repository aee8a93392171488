package dev.quarry.bench;

import java.util.Collection;
import java.util.Locale;

/**
 * Repeated measurements of one thing: the middle one and how far the others lie.
 *
 * @param count how many
 * @param minimum the least
 * @param median the middle one, or the mean of the two in the middle
 * @param maximum the greatest
 * @param deviation the median distance from the median, scaled to a standard deviation of normally
 *     distributed measurements
 */
record Spread(int count, double minimum, double median, double maximum, double deviation) {
  private static final double TO_SIGMA = 1.4826;

  /** Of at least one measurement. */
  static Spread of(Collection<Double> measurements) {
    double[] sorted = measurements.stream().mapToDouble(d -> d).sorted().toArray();
    if (sorted.length == 0) {
      throw new IllegalArgumentException("no measurement");
    }
    double median = median(sorted);
    double[] distances =
        measurements.stream().mapToDouble(d -> Math.abs(d - median)).sorted().toArray();
    return new Spread(
        sorted.length, sorted[0], median, sorted[sorted.length - 1], TO_SIGMA * median(distances));
  }

  private static double median(double[] sorted) {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Such as "1.20 (1.10..1.45)"; without the bounds if there is one measurement only. */
  String text() {
    return count == 1
        ? short3(median)
        : short3(median) + " (" + short3(minimum) + ".." + short3(maximum) + ")";
  }

  /** A number to about three digits. */
  static String short3(double value) {
    double size = Math.abs(value);
    if (size != 0 && size < 1e-4) {
      return String.format(Locale.ROOT, "%.1e", value);
    }
    String format =
        size >= 100
            ? "%,.0f"
            : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : size >= .1 ? "%.3f" : "%.4f";
    return String.format(Locale.ROOT, format, value);
  }
}
