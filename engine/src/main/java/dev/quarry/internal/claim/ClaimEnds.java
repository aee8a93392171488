package dev.quarry.internal.claim;

import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.storage.StorageSnapshot;
import java.nio.charset.StandardCharsets;

/** Ends all claims of a storage that nobody else uses. */
public final class ClaimEnds {
  private ClaimEnds() {}

  /** Stages the end of every claim and rest. Tokens stay, so that none is given out twice. */
  public static void stage(Storage storage, StorageSnapshot at, StorageBatch batch) {
    try (StorageIterator it = storage.iterate(Family.CLAIMS, null, null, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        byte[] key = it.key();
        if (ClaimTable.isMark(key)) {
          batch.delete(Family.CLAIMS, key);
          continue;
        }
        ClaimRecord record =
            ClaimRecord.decode(new String(key, StandardCharsets.UTF_8), it.value());
        if (record.isActive()) {
          batch.put(Family.CLAIMS, key, record.ended(record.attempt()).encode());
        }
      }
    }
  }
}
