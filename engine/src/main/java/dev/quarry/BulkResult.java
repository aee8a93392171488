package dev.quarry;

import java.util.List;

/**
 * What a write over several tasks did.
 *
 * @param sequence sequence of the commit; the store's last sequence where nothing was written
 * @param updated tasks that were written
 * @param unchanged tasks that were already as wanted
 * @param missing ids that are not in the store, in the order given
 */
public record BulkResult(long sequence, int updated, int unchanged, List<String> missing) {
  /** Copies the list. */
  public BulkResult {
    missing = List.copyOf(missing);
  }
}
