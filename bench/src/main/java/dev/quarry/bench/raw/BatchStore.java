package dev.quarry.bench.raw;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ConfigOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.OptionsUtil;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * RocksDB with the families and the options of another database, to which that one's batches are
 * written again: what the same bytes cost without all that made them. One thread at a time.
 */
public final class BatchStore implements AutoCloseable {
  private final LoggedBatches source;
  private final DBOptions options = new DBOptions();
  private final WriteOptions buffered = new WriteOptions();
  private final List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
  private final List<ColumnFamilyHandle> handles = new ArrayList<>();
  private final RocksDB db;

  /**
   * Opens a new one.
   *
   * @param directory an empty directory
   * @param source what will be written; its database is there still
   */
  public BatchStore(Path directory, LoggedBatches source) {
    this.source = source;
    try (ConfigOptions config = new ConfigOptions()) {
      OptionsUtil.loadLatestOptions(config, source.data().toString(), options, descriptors);
      List<String> names =
          descriptors.stream().map(d -> new String(d.getName(), StandardCharsets.UTF_8)).toList();
      if (!names.equals(source.families())) {
        throw new IllegalStateException(names + " are not the families " + source.families());
      }
      options
          .setCreateIfMissing(true)
          .setCreateMissingColumnFamilies(true)
          .setWalDir(directory.toString());
      db = RocksDB.open(options, directory.toString(), descriptors, handles);
    } catch (RocksDBException e) {
      closeOptions();
      throw new IllegalStateException("cannot open " + directory, e);
    }
  }

  /** Writes one of the batches; behind the last comes the first again. */
  public void write(long number) {
    byte[] bytes = source.batches().get((int) (number % source.batches().size()));
    try (WriteBatch batch = new WriteBatch(bytes)) {
      db.write(buffered, batch);
    } catch (RocksDBException e) {
      throw new IllegalStateException("write", e);
    }
  }

  @Override
  public void close() {
    handles.forEach(ColumnFamilyHandle::close);
    db.close();
    closeOptions();
  }

  private void closeOptions() {
    buffered.close();
    options.close();
    descriptors.forEach(d -> d.getOptions().close());
  }
}
