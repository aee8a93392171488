package dev.quarry.index;

import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * What an index is opened with.
 *
 * @param directory folder of the index's files, created if absent; nothing is written elsewhere
 * @param identity names the store and the schema of its fields; files with another identity are
 *     discarded on open
 * @param columnWidths bytes of each projection column: 1, 2, 4 or 8; values are sign-extended
 * @param keyColumn the column, 8 bytes wide, that {@link PostingIndex#find} looks up; -1 for none
 * @param expectedOrdinals sizing hint, which is asked for where files have to be made, in the
 *     thread that opens; the index grows past it by itself
 */
@SuppressWarnings("ArrayRecordComponent") // widths are copied by whoever keeps them
public record PostingIndexOptions(
    Path directory,
    String identity,
    int[] columnWidths,
    int keyColumn,
    LongSupplier expectedOrdinals) {
  /** With a hint that is known. */
  public PostingIndexOptions(
      Path directory, String identity, int[] columnWidths, int keyColumn, long expectedOrdinals) {
    this(directory, identity, columnWidths, keyColumn, () -> expectedOrdinals);
  }

  /** Without a key column. */
  public PostingIndexOptions(
      Path directory, String identity, int[] columnWidths, long expectedOrdinals) {
    this(directory, identity, columnWidths, -1, expectedOrdinals);
  }
}
