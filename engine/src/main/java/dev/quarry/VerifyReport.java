package dev.quarry;

import java.util.List;

/**
 * What a check of the store found.
 *
 * @param sequence sequence as of which it was checked
 * @param tasks records read
 * @param indexEntries entries of indexes, posting lists, id mappings and projections compared
 * @param indexes indexes compared with the records, the ids' among them
 * @param notCompared names of the indexes that were not: those of the off-heap index where it is
 *     out of use or damage of the records cut the comparison short, and in a store opened
 *     read-only, which does not open it. Queries of such a store go by the records, so they make no
 *     difference
 * @param deep whether every block's checksum was read from the device
 * @param problems what is wrong; the first {@link #MAX_PROBLEMS}
 * @param problemCount how many there are in all
 */
public record VerifyReport(
    long sequence,
    long tasks,
    long indexEntries,
    int indexes,
    List<String> notCompared,
    boolean deep,
    List<String> problems,
    long problemCount) {
  /** How many problems are listed one by one. */
  public static final int MAX_PROBLEMS = 1_000;

  /** Copies the lists. */
  public VerifyReport {
    notCompared = List.copyOf(notCompared);
    problems = List.copyOf(problems);
  }

  /** Whether nothing is wrong in what was compared. */
  public boolean isOk() {
    return problemCount == 0;
  }

  @Override
  public String toString() {
    return (isOk() ? "OK " : "DAMAGED ")
        + tasks
        + " tasks, "
        + indexes
        + " indexes, "
        + problemCount
        + " differences"
        + (notCompared.isEmpty() ? "" : "; not compared: " + String.join(", ", notCompared));
  }
}
