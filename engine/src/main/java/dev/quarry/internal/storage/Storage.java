package dev.quarry.internal.storage;

import dev.quarry.StorageException;
import dev.quarry.TaskStoreException;
import dev.quarry.internal.events.StoreEvents;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyMetaData;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.Env;
import org.rocksdb.FlushOptions;
import org.rocksdb.LevelMetaData;
import org.rocksdb.RateLimiter;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;
import org.rocksdb.SstFileManager;
import org.rocksdb.SstFileMetaData;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The RocksDB database of one store and the single owner of its native handles, which {@link
 * #close} frees in the order iterators and snapshots (their owners', before), families, database,
 * options, cache. Thread-safe, but for {@link #write}, which one thread at a time calls.
 */
public final class Storage implements AutoCloseable {
  /** Opens the database. */
  private interface Opening {
    RocksDB open(List<ColumnFamilyHandle> opened) throws RocksDBException;
  }

  private final Opening opening;
  private final BlockCache blocks;
  private RocksDB db;
  private final Map<Family, ColumnFamilyHandle> handles = new EnumMap<>(Family.class);
  private final int[] numbers = new int[Family.values().length];
  private final List<AutoCloseable> resources;
  private final WriteOptions buffered = new WriteOptions();
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final ReadOptions plainReads = new ReadOptions();
  private final Path directory;
  private final Path readerDirectory;
  private final SpaceGuard space;
  private final FolderPlace place;
  private NativeMemory memory;
  private List<Path> followed = List.of();
  private final LongAdder multiGets = new LongAdder();

  private Storage(
      Opening opening,
      List<AutoCloseable> resources,
      Path directory,
      Path readerDirectory,
      SpaceGuard space,
      FolderPlace place,
      BlockCache blocks)
      throws RocksDBException {
    this.opening = opening;
    this.blocks = blocks;
    this.resources = resources;
    this.directory = directory;
    this.readerDirectory = readerDirectory;
    this.space = space;
    this.place = place;
    try {
      open();
    } catch (RocksDBException | RuntimeException | Error e) {
      closeAll(List.of(buffered, synced, plainReads));
      throw e;
    }
  }

  private void open() throws RocksDBException {
    List<ColumnFamilyHandle> opened = new ArrayList<>();
    db = opening.open(opened);
    for (int i = 0; i < opened.size(); i++) {
      handles.put(Family.values()[i], opened.get(i));
      numbers[i] = opened.get(i).getID();
    }
    memory = new NativeMemory(db, opened, blocks);
  }

  /** Opens for reading and writing. */
  public static Storage open(Path directory, StorageOptions options) {
    return open(directory, options, Mode.WRITER, null);
  }

  /**
   * Opens a folder that nobody writes, for reading, without changing it.
   *
   * @param logs where the write-ahead logs are; a folder without any leaves them out
   */
  public static Storage openFrozen(Path directory, Path logs, StorageOptions options) {
    return open(directory, options, Mode.FROZEN, logs);
  }

  /** The same, also where files are missing or cut; reads in the range of one of them fail. */
  static Storage openDamaged(Path directory, Path logs, StorageOptions options) {
    return open(directory, options, Mode.DAMAGED, logs);
  }

  /**
   * Opens for reading beside a live writer, as a RocksDB secondary instance.
   *
   * @param readerDirectory where the instance may keep its own log; deleted on close
   */
  public static Storage openSecondary(
      Path directory, StorageOptions options, Path readerDirectory) {
    List<Path> logs = DataFiles.logs(directory);
    Storage storage =
        BesideWriter.read(() -> open(directory, options, Mode.SECONDARY, readerDirectory));
    storage.followed = logs;
    try {
      if (!BesideWriter.areThere(logs)) {
        storage.catchUp();
      }
      return storage;
    } catch (RuntimeException | Error e) {
      storage.close();
      throw e;
    }
  }

  private enum Mode {
    WRITER,
    SECONDARY,
    FROZEN,
    DAMAGED
  }

  private static Storage open(Path directory, StorageOptions options, Mode mode, Path other) {
    NativeLibrary.load();
    // before anything native: it may find that the directory is not there
    SpaceGuard space = new SpaceGuard(directory, options.reservedBytes());
    FolderPlace place = new FolderPlace(directory);
    List<AutoCloseable> resources = new ArrayList<>();
    try {
      BlockCache blocks = keep(resources, new BlockCache(options.blockCacheBytes()));
      DBOptions dbOptions = keep(resources, DatabaseOptions.of(options, mode == Mode.SECONDARY));
      if (mode == Mode.WRITER) {
        // it is what lets RocksDB go on by itself when a full device has space again
        dbOptions.setSstFileManager(keep(resources, new SstFileManager(Env.getDefault())));
        if (options.backgroundBytesPerSecond() > 0) {
          dbOptions.setRateLimiter(
              keep(resources, new RateLimiter(options.backgroundBytesPerSecond())));
        }
      }
      List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
      for (Family family : Family.values()) {
        ColumnFamilyOptions cf =
            keep(resources, FamilyOptions.of(family, options, blocks.handle(), resources));
        descriptors.add(new ColumnFamilyDescriptor(family.nameBytes(), cf));
      }
      if (mode == Mode.FROZEN || mode == Mode.DAMAGED) {
        dbOptions.setParanoidChecks(mode == Mode.FROZEN);
        dbOptions.setWalDir(other.toString()).setDbLogDir(other.toString());
      }
      String path = directory.toString();
      Opening opening =
          opened ->
              switch (mode) {
                case WRITER -> RocksDB.open(dbOptions, path, descriptors, opened);
                case SECONDARY ->
                    RocksDB.openAsSecondary(dbOptions, path, other.toString(), descriptors, opened);
                case FROZEN, DAMAGED -> RocksDB.openReadOnly(dbOptions, path, descriptors, opened);
              };
      Path own = mode == Mode.SECONDARY ? other : null;
      return new Storage(opening, resources, directory, own, space, place, blocks);
    } catch (RocksDBException e) {
      closeAll(resources);
      throw StorageErrors.map("open " + directory, e);
    } catch (RuntimeException | Error e) {
      closeAll(resources);
      throw e;
    }
  }

  private static <R extends AutoCloseable> R keep(List<AutoCloseable> resources, R resource) {
    resources.add(resource);
    return resource;
  }

  int number(Family family) {
    return numbers[family.ordinal()];
  }

  ColumnFamilyHandle handle(Family family) {
    return handles.get(family);
  }

  /** The value of a key, or null. */
  public byte[] get(Family family, byte[] key) {
    return get(family, key, null);
  }

  /** The value of a key at a point in time (null for now), or null. */
  public byte[] get(Family family, byte[] key, StorageSnapshot at) {
    try {
      return db.get(handle(family), at == null ? plainReads : at.readOptions, key);
    } catch (RocksDBException e) {
      throw StorageErrors.map("get from " + family.familyName(), key, e);
    }
  }

  /**
   * Reads the value of {@code key} into {@code into}, both direct, without allocating.
   *
   * @return the value's length, which may be larger than what {@code into} took; -1 for an absent
   *     key
   */
  public int get(Family family, ByteBuffer key, ByteBuffer into, StorageSnapshot at) {
    try {
      int n = db.get(handle(family), at == null ? plainReads : at.readOptions, key, into);
      return n == RocksDB.NOT_FOUND ? -1 : n;
    } catch (RocksDBException e) {
      throw StorageErrors.map("get from " + family.familyName(), bytes(key), e);
    }
  }

  /** The key from the buffer's begin, also where reading has moved its position. */
  private static byte[] bytes(ByteBuffer key) {
    byte[] bytes = new byte[key.limit()];
    key.duplicate().rewind().get(bytes);
    return bytes;
  }

  /** The values of keys, null for absent ones, in one call at one point in time. */
  public List<byte[]> multiGet(Family family, List<byte[]> keys, StorageSnapshot at) {
    return multiGet(Collections.nCopies(keys.size(), family), keys, at);
  }

  /** The same, each key of a family of its own. */
  public List<byte[]> multiGet(List<Family> families, List<byte[]> keys, StorageSnapshot at) {
    if (keys.isEmpty()) {
      return List.of();
    }
    List<ColumnFamilyHandle> columns = new ArrayList<>(keys.size());
    for (Family family : families) {
      columns.add(handle(family));
    }
    multiGets.increment();
    try {
      return db.multiGetAsList(at == null ? plainReads : at.readOptions, columns, keys);
    } catch (RocksDBException e) {
      throw StorageErrors.map("multi-get from " + EnumSet.copyOf(families), e);
    }
  }

  /** How many multi-gets were made. */
  public long multiGets() {
    return multiGets.sum();
  }

  /** A walk over keys {@code >= lower} and {@code < upper}; null means no bound. */
  public StorageIterator iterate(Family family, byte[] lower, byte[] upper, StorageSnapshot at) {
    return iterate(family, lower, upper, at, false);
  }

  /** The same; {@code scan} reads ahead and keeps the blocks out of the cache. */
  public StorageIterator iterate(
      Family family, byte[] lower, byte[] upper, StorageSnapshot at, boolean scan) {
    ReadOptions options = at == null ? new ReadOptions() : new ReadOptions(at.readOptions);
    Slice lowerSlice = lower == null ? null : new Slice(lower);
    Slice upperSlice = upper == null ? null : new Slice(upper);
    if (lowerSlice != null) {
      options.setIterateLowerBound(lowerSlice);
    }
    if (upperSlice != null) {
      options.setIterateUpperBound(upperSlice);
    }
    if (scan) {
      options.setFillCache(false).setReadaheadSize(1 << 20);
    }
    RocksIterator iterator = db.newIterator(handle(family), options);
    return new StorageIterator(iterator, options, lowerSlice, upperSlice, family);
  }

  /** A walk that reports damage instead of throwing. */
  RocksIterator iterator(Family family, ReadOptions options) {
    return db.newIterator(handle(family), options);
  }

  /** A new batch; the caller closes it. */
  public StorageBatch newBatch() {
    return new StorageBatch(this);
  }

  /** Whether the folder was moved, or another one is in its place. A system call. */
  public boolean isElsewhere() {
    boolean lost = place.isLost();
    if (lost) {
      touchNothing();
    }
    return lost;
  }

  /** Throws where {@link #isElsewhere}. */
  public void checkPlace() {
    if (isElsewhere()) {
      throw place.moved(null);
    }
  }

  /** No file that lies where the folder was is this database's. */
  private void touchNothing() {
    try {
      db.disableFileDeletions();
      db.cancelAllBackgroundWork(false);
    } catch (RocksDBException e) {
      // one that only reads refuses this, and writes and deletes nothing
    }
  }

  /** The exception for a call in which files are made or opened by their names. */
  private TaskStoreException failed(String action, RocksDBException cause) {
    return isElsewhere() ? place.moved(cause) : StorageErrors.map(action, cause);
  }

  /** Whether the device has space for so many bytes above the reserve. A system call. */
  public boolean hasRoomFor(long bytes) {
    return space.hasRoomFor(bytes);
  }

  /** Commits a batch, atomically; refuses it where the device has no space left for it. */
  public void write(StorageBatch batch, boolean sync) {
    if (place.wasLost()) {
      checkPlace();
    }
    checkSpace(batch.sizeBytes());
    StoreEvents.WriteStall event = StoreEvents.writeStall();
    try (WriteBatch writes = batch.toNative()) {
      db.write(sync ? synced : buffered, writes);
      if (event != null) {
        event.done(batch.sizeBytes(), memory::delays, memory::stops);
      }
    } catch (RocksDBException e) {
      throw failed("commit", e);
    }
  }

  /** A folder that was moved has no free space to ask for, and says so rather. */
  private void checkSpace(long bytes) {
    try {
      space.check(bytes);
    } catch (StorageException e) {
      checkPlace();
      throw e;
    }
  }

  /** A point in time; the caller closes it. */
  public StorageSnapshot snapshot() {
    return new StorageSnapshot(this, readerDirectory == null ? db.getSnapshot() : null);
  }

  void release(Snapshot snapshot) {
    db.releaseSnapshot(snapshot);
  }

  /** RocksDB's own sequence number. */
  public long storageSequence() {
    return db.getLatestSequenceNumber();
  }

  /**
   * Of a secondary: takes over what the writer has done since. Nobody may read meanwhile, and no
   * iterator be open.
   */
  public void catchUp() {
    checkPlace();
    followed = BesideWriter.follow(directory, followed, this::goOn, this::reopen);
  }

  private void goOn() {
    try {
      db.tryCatchUpWithPrimary();
    } catch (RocksDBException e) {
      throw failed("catch up with the writer", e);
    }
  }

  private void reopen() {
    List<AutoCloseable> old = new ArrayList<>(handles.values());
    old.add(db);
    try {
      open();
    } catch (RocksDBException e) {
      throw failed("open anew beside the writer", e);
    }
    closeAll(old);
  }

  /** Makes the log durable. */
  public void sync() {
    try {
      db.syncWal();
    } catch (RocksDBException e) {
      throw StorageErrors.map("sync the log", e);
    }
  }

  /** Writes all memtables to SST files. */
  public void flush() {
    checkPlace();
    StoreEvents.Flush event = StoreEvents.flush();
    long before = event == null ? 0 : memory.memtableBytes();
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
      db.flush(options, new ArrayList<>(handles.values()));
      if (event != null) {
        event.done(before);
      }
    } catch (RocksDBException e) {
      throw failed("flush", e);
    }
  }

  /** Compacts every family fully. */
  public void compact() {
    checkPlace();
    try (CompactRangeOptions options =
        new CompactRangeOptions()
            .setBottommostLevelCompaction(
                CompactRangeOptions.BottommostLevelCompaction.kForceOptimized)) {
      for (Family family : Family.values()) {
        db.compactRange(handle(family), null, null, options);
      }
    } catch (RocksDBException e) {
      throw failed("compact", e);
    }
  }

  /** Reads every block of every file and names each file that has a wrong checksum. */
  public List<String> verifyChecksums() {
    checkPlace();
    List<String> damaged = new ArrayList<>();
    for (Family family : Family.values()) {
      for (SstFile file : files(family)) {
        Path path = directory.resolve(file.name().replaceFirst("^/", ""));
        String found = SstInspector.checksums(path);
        // what is gone was compacted away meanwhile, unless the database still counts on it; which
        // a reader beside a writer does until it looks again
        boolean gone = !Files.exists(path) && (readerDirectory != null || !isLive(family, file));
        if (!found.isEmpty() && !gone) {
          damaged.add(
              path.getFileName()
                  + " (family "
                  + family.familyName()
                  + ", keys "
                  + file.smallestKey()
                  + " to "
                  + file.largestKey()
                  + "): "
                  + found);
        }
      }
    }
    return damaged;
  }

  private boolean isLive(Family family, SstFile file) {
    return files(family).stream().anyMatch(f -> f.name().equals(file.name()));
  }

  /**
   * Makes a second database in {@code target}, which must not exist, equal to this one as of some
   * commit not before the call. Files are shared by hard links where the device is the same. Writes
   * and reads go on.
   */
  public void checkpoint(Path target) {
    checkPlace();
    try (Checkpoint checkpoint = Checkpoint.create(db)) {
      checkpoint.createCheckpoint(target.toString());
    } catch (RocksDBException e) {
      throw failed("checkpoint to " + target, e);
    }
  }

  /** A numeric property of a family, such as {@code rocksdb.estimate-num-keys}; 0 if unknown. */
  public long property(Family family, String name) {
    try {
      return db.getLongProperty(handle(family), name);
    } catch (RocksDBException e) {
      throw StorageErrors.map("read property " + name, e);
    }
  }

  /** What the database holds outside the heap. */
  public NativeMemory memory() {
    return memory;
  }

  /** The live SST files of a family. */
  public List<SstFile> files(Family family) {
    List<SstFile> files = new ArrayList<>();
    ColumnFamilyMetaData metadata = db.getColumnFamilyMetaData(handle(family));
    for (LevelMetaData level : metadata.levels()) {
      for (SstFileMetaData file : level.files()) {
        files.add(
            new SstFile(
                file.fileName(),
                level.level(),
                file.largestSeqno(),
                file.size(),
                file.numEntries(),
                file.numDeletions(),
                file.smallestKey(),
                file.largestKey()));
      }
    }
    return files;
  }

  @Override
  public void close() {
    // where RocksDB misses its manifest at the close it writes another one, over that of others
    if (readerDirectory == null && isElsewhere() && place.isReplaced()) {
      db.cancelAllBackgroundWork(true);
      return;
    }
    List<AutoCloseable> order = new ArrayList<>(handles.values());
    order.add(db);
    order.add(buffered);
    order.add(synced);
    order.add(plainReads);
    for (int i = resources.size() - 1; i >= 0; i--) {
      order.add(resources.get(i));
    }
    closeAll(order);
    if (readerDirectory != null) {
      deleteTree(readerDirectory);
    }
  }

  private static void closeAll(List<AutoCloseable> order) {
    StorageException first = null;
    for (AutoCloseable resource : order) {
      try {
        resource.close();
      } catch (Exception e) {
        if (first == null) {
          first = new StorageException("closing a native handle failed", Map.of(), e);
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  /** Whether an error comes from a device that is full. */
  public static boolean isOfFullDevice(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (StorageErrors.tellsOfFullDevice(String.valueOf(cause.getMessage()))) {
        return true;
      }
    }
    return false;
  }

  /** Deletes a folder and all that is in it; what is gone already is no error. */
  public static void deleteTree(Path directory) {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) { // the second comes out of the walk
      throw new StorageException(
          "a folder that is not needed any more cannot be deleted; delete it by hand",
          Map.of("directory", directory),
          e);
    }
  }
}
