package dev.quarry;

import dev.quarry.query.Field;
import java.util.List;

/**
 * How a scan is read.
 *
 * @param chunkSize tasks a chunk, 1 to 100,000
 * @param fields the only fields to decode (the id always is); empty for all. Tasks read with some
 *     fields left out are {@linkplain Task#isPartial partial} and cannot be written back.
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
