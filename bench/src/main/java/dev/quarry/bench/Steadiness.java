package dev.quarry.bench;

/**
 * Tells when a warm-up has done its work: while a run is faster than all before by more than a
 * twentieth, code is being compiled. Not thread-safe.
 */
final class Steadiness {
  private static final double NO_FASTER = 0.95;

  private final int inARow;
  private double least = Double.MAX_VALUE;
  private int noFaster;

  /** Reached when so many runs in a row were no faster. */
  Steadiness(int inARow) {
    this.inARow = inARow;
  }

  /** Takes in a run's time of one operation. */
  void ran(double each) {
    noFaster = each < NO_FASTER * least ? 0 : noFaster + 1;
    least = Math.min(least, each);
  }

  boolean reached() {
    return noFaster >= inARow;
  }
}
