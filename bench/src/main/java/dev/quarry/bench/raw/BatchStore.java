package dev.quarry.bench.raw;

import java.nio.file.Path;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * RocksDB with the families of another database, to which that one's batches are written again:
 * what the same bytes cost without all that made them. One thread at a time.
 */
public final class BatchStore implements AutoCloseable {
  /** Quarry's defaults for its memtables and blocks. */
  private static final long BUFFER_BYTES = 64L << 20;

  private final RocksFamilies families;
  private final LoggedBatches source;

  /**
   * Opens a new one.
   *
   * @param directory an empty directory
   * @param source what will be written
   */
  public BatchStore(Path directory, LoggedBatches source) {
    this.source = source;
    families =
        new RocksFamilies(
            directory,
            BUFFER_BYTES,
            BUFFER_BYTES,
            source.families().subList(1, source.families().size()));
  }

  /** Writes one of the batches; behind the last comes the first again. */
  public void write(long number) {
    byte[] bytes = source.batches().get((int) (number % source.batches().size()));
    try (WriteBatch batch = new WriteBatch(bytes)) {
      families.db().write(families.buffered(), batch);
    } catch (RocksDBException e) {
      throw new IllegalStateException("write", e);
    }
  }

  @Override
  public void close() {
    families.close();
  }
}
