package dev.quarry;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a salvage or a repair saved, and what it could not.
 *
 * @param tasks tasks in the new store
 * @param sequence its last sequence; beyond any of the old store's where some may have been lost
 * @param losses places that could not be read; the first {@link #MAX_LISTED}
 * @param lossCount how many there are in all
 * @param lostIds ids that led to a record which could not be read; the first {@link #MAX_LISTED}
 * @param lostIdCount how many there are in all
 * @param uncertainIds tasks saved in a version beside the damage, so that a newer one, or their
 *     removal, may be lost; the first {@link #MAX_LISTED}
 * @param uncertainCount how many there are in all
 * @param aside where a repair keeps what was there before; empty for a salvage, and where nothing
 *     had to be repaired
 * @param indexesRebuilt whether a repair found the off-heap index alone wrong and built it anew,
 *     which loses nothing
 */
public record SalvageReport(
    long tasks,
    long sequence,
    List<Loss> losses,
    long lossCount,
    List<String> lostIds,
    long lostIdCount,
    List<String> uncertainIds,
    long uncertainCount,
    Optional<Path> aside,
    boolean indexesRebuilt) {
  /** How many of each are listed one by one. */
  public static final int MAX_LISTED = 1_000;

  /** Copies the lists. */
  public SalvageReport {
    losses = List.copyOf(losses);
    lostIds = List.copyOf(lostIds);
    uncertainIds = List.copyOf(uncertainIds);
  }

  /**
   * Bytes that could not be read.
   *
   * @param file the file, empty where the family as a whole is meant
   * @param family the column family, empty where it is not known
   * @param afterKey the last readable key before, in hex; empty for the family's begin
   * @param beforeKey the first readable key behind, in hex; empty for the family's end
   * @param why what was wrong
   */
  public record Loss(String file, String family, String afterKey, String beforeKey, String why) {}

  /** Whether nothing is known to be lost or uncertain. */
  public boolean isComplete() {
    return lossCount == 0 && lostIdCount == 0 && uncertainCount == 0;
  }
}
