package dev.quarry.bench;

import java.util.List;

/** How far a series of measurements has moved from its beginning to its end. */
final class Drift {
  private Drift() {}

  /** The median of the last third less that of the first, in percent of the first. */
  static double percent(List<Double> series) {
    double first = first(series);
    return 100 * ofThirds(series) / first;
  }

  /** The median of the last third less that of the first. */
  static double ofThirds(List<Double> series) {
    int third = Math.max(1, series.size() / 3);
    List<Double> last = series.subList(series.size() - third, series.size());
    return Spread.of(last).median() - first(series);
  }

  private static double first(List<Double> series) {
    return Spread.of(series.subList(0, Math.max(1, series.size() / 3))).median();
  }
}
