package dev.quarry;

import dev.quarry.query.Field;
import java.util.List;

/**
 * How a scan is read.
 *
 * @param chunkSize tasks a chunk, 1 to 100,000
 * @param fields the only fields to read (id, status and priority always are); empty for all. Tasks
 *     read with some fields left out are {@linkplain Task#isPartial partial}, have version 0 and
 *     cannot be written back. Where all is scanned and only these fields, but no tags and no
 *     attributes, are asked for, they come out of memory; ids have to be as in TASK-123 for that.
 */
public record ScanOptions(int chunkSize, List<Field<?>> fields) {
  /** Checks the size and copies the list. */
  public ScanOptions {
    if (chunkSize < 1 || chunkSize > PageRequest.MAX_SIZE) {
      throw new IllegalArgumentException(
          "chunk size must be 1 to " + PageRequest.MAX_SIZE + ", but is " + chunkSize);
    }
    fields = List.copyOf(fields);
  }

  /** Whole tasks, in chunks of {@code size}. */
  public static ScanOptions chunks(int size) {
    return new ScanOptions(size, List.of());
  }

  /** The same with only these fields decoded. */
  public ScanOptions only(Field<?>... only) {
    return new ScanOptions(chunkSize, List.of(only));
  }
}
