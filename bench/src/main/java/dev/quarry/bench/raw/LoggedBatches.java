package dev.quarry.bench.raw;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.TransactionLogIterator;

/**
 * The batches that the last writes of another database gave to RocksDB, as its log holds them.
 *
 * @param data where that database is
 * @param families names in the order of the numbers that the batches have for them; the first is
 *     RocksDB's own default
 * @param batches in the order of the writes
 */
public record LoggedBatches(Path data, List<String> families, List<byte[]> batches) {
  /** Files are opened when they are read, and none is: their owner may remove them meanwhile. */
  private static final int MOST_OPEN = 16;

  /** More writes of RocksDB than a batch's tasks have, so that enough of the log is walked. */
  private static final long MOST_KEYS = 40;

  /**
   * Reads the log of a database that is open elsewhere, without changing it.
   *
   * @param data where the database is
   * @param most how many batches
   * @param tasks how many tasks each of them holds
   * @throws IllegalStateException if the log does not reach back so far
   */
  public static LoggedBatches last(Path data, int most, int tasks) {
    RocksDB.loadLibrary();
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try (Options listing = new Options();
        DBOptions options = new DBOptions().setMaxOpenFiles(MOST_OPEN)) {
      List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
      for (byte[] name : RocksDB.listColumnFamilies(listing, data.toString())) {
        descriptors.add(new ColumnFamilyDescriptor(name));
      }
      try (RocksDB db = RocksDB.openReadOnly(options, data.toString(), descriptors, handles)) {
        LoggedBatches found =
            new LoggedBatches(data, names(handles), batches(db, most, most * MOST_KEYS * tasks));
        if (found.batches.size() < most) {
          throw new IllegalStateException(
              "the log in " + data + " has " + found.batches.size() + " batches, not " + most);
        }
        return found;
      } finally {
        handles.forEach(ColumnFamilyHandle::close);
      }
    } catch (RocksDBException e) {
      throw new IllegalStateException("cannot read the log in " + data, e);
    }
  }

  private static List<String> names(List<ColumnFamilyHandle> handles) throws RocksDBException {
    List<String> names = new ArrayList<>();
    for (ColumnFamilyHandle handle : handles) {
      if (handle.getID() != names.size()) {
        throw new IllegalStateException("families are not numbered in their order");
      }
      names.add(new String(handle.getName(), StandardCharsets.UTF_8));
    }
    return names;
  }

  private static List<byte[]> batches(RocksDB db, int most, long keys) throws RocksDBException {
    Deque<byte[]> last = new ArrayDeque<>();
    long from = Math.max(1, db.getLatestSequenceNumber() - keys);
    try (TransactionLogIterator log = db.getUpdatesSince(from)) {
      for (; log.isValid(); log.next()) {
        TransactionLogIterator.BatchResult result = log.getBatch();
        last.add(result.writeBatch().data());
        result.writeBatch().close();
        if (last.size() > most) {
          last.remove();
        }
      }
      log.status();
    }
    return List.copyOf(last);
  }
}
