package dev.quarry.internal;

import dev.quarry.CorruptionException;
import dev.quarry.LimitExceededException;
import dev.quarry.OpenMode;
import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.cache.RecordCache;
import dev.quarry.index.PostingIndex;
import dev.quarry.index.PostingIndexOptions;
import dev.quarry.index.PostingIndexes;
import dev.quarry.internal.care.salvage.Repair;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.Terms;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.read.RecordReader;
import dev.quarry.internal.storage.CloseMark;
import dev.quarry.internal.storage.CopyTarget;
import dev.quarry.internal.storage.DataFiles;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.NativeLibrary;
import dev.quarry.internal.storage.OpenFiles;
import dev.quarry.internal.storage.SafeDirectories;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageOptions;
import dev.quarry.internal.storage.StoreFormat;
import dev.quarry.internal.storage.StoreLock;
import dev.quarry.internal.storage.TemporaryFolders;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.internal.write.StoreHead;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Opens stores. */
public final class StoreFactory {
  /** Folder of RocksDB's files. */
  public static final String DATA = "data";

  /** Folder of the off-heap index's files. */
  public static final String INDEX = "index";

  private static final Set<String> OWN =
      Set.of(DATA, INDEX, StoreLock.LOCK, StoreLock.HOLDER, StoreFormat.TEMPORARY, CloseMark.FILE);

  /** From this release on the platform remarks on libraries loaded before the JVM is prepared. */
  private static final int NATIVE_ACCESS = 22;

  private static final long LEAST_MEMTABLES = 1 << 20;

  private StoreFactory() {}

  /** Opens a store. */
  public static TaskStore open(TaskStoreOptions options) {
    checkMemory(options);
    OpenFiles.checkRoom();
    boolean early = Runtime.version().feature() < NATIVE_ACCESS;
    Supplier<Void> ahead = early ? NativeLibrary.loadAhead() : null;
    PostingIndexes.prepareJvm();
    Supplier<Void> library = early ? ahead : NativeLibrary.loadAhead();
    return Interrupts.apart(
        "quarry-open",
        () ->
            // the parts own what they were made of: what fails from here on they close
            new QuarryStore(
                options.mode() == OpenMode.READ_ONLY
                    ? readingParts(options, library)
                    : writingParts(options, CommitSteps.NONE, UnaryOperator.identity(), library)));
  }

  private static void checkMemory(TaskStoreOptions options) {
    long most = options.limits().memoryBytes();
    long sum = options.recordCacheBytes() + options.blockCacheBytes() + options.writeBufferBytes();
    if (most > 0 && sum > most) {
      Map<String, Object> context = new LinkedHashMap<>();
      context.put("recordCacheBytes", options.recordCacheBytes());
      context.put("blockCacheBytes", options.blockCacheBytes());
      context.put("writeBufferBytes", options.writeBufferBytes());
      context.put("limit", most);
      throw new LimitExceededException(
          "caches and write buffers together exceed the memory limit; lower one of them", context);
    }
  }

  private static StoreParts readingParts(TaskStoreOptions options, Supplier<Void> library) {
    Path directory = SafeDirectories.real(options.directory());
    CopyTarget.refuseUnfinished(directory);
    if (!StoreFormat.exists(directory)) {
      refuseCutShort(directory);
      throw missing(directory);
    }
    StoreFormat.read(directory);
    SafeDirectories.refuseLinked(directory.resolve(DATA));
    library.get();
    CloseMark mark = CloseMark.read(directory); // first: what a writer adds meanwhile is behind it
    Path own = readerDirectory(directory);
    Storage storage = null;
    try {
      storage =
          Storage.openSecondary(
              directory.resolve(DATA),
              new StorageOptions(options.blockCacheBytes(), options.writeBufferBytes(), false),
              own);
      refuseOlder(directory, mark, StoreHead.read(storage));
      return new ReadingParts(options, directory, storage, new RecordCodec());
    } catch (Throwable e) { // also what a listener must not throw
      release(e, storage, () -> Storage.deleteTree(own));
      throw e;
    }
  }

  private static Path readerDirectory(Path directory) {
    try {
      return TemporaryFolders.ofReader(directory);
    } catch (IOException e) {
      throw new StorageException(
          "a reader needs a place for RocksDB's own log; check the directory's permissions",
          Map.of("directory", directory),
          e);
    }
  }

  /** Opens a store whose commits are followed by {@code steps}, with its index wrapped. */
  static TaskStore openWriting(
      TaskStoreOptions options, CommitSteps steps, UnaryOperator<PostingIndex> wrapper) {
    return new QuarryStore(writingParts(options, steps, wrapper, NativeLibrary.loadAhead()));
  }

  private static StoreParts writingParts(
      TaskStoreOptions options,
      CommitSteps steps,
      UnaryOperator<PostingIndex> wrapper,
      Supplier<Void> library) {
    checkMode(options.mode(), options.directory());
    if (!StoreFormat.exists(options.directory())) {
      prepareDirectory(options.directory());
    }
    StoreLock lock = StoreLock.acquire(options.directory());
    Path directory = lock.directory();
    Storage storage = null;
    PostingIndex index = null;
    RecordCache<Task> records = null;
    try {
      CopyTarget.refuseUnfinished(directory);
      SafeDirectories.refuseLinked(directory.resolve(DATA));
      // another process may have created it before this one had the lock
      checkMode(options.mode(), directory);
      boolean exists = StoreFormat.exists(directory);
      TemporaryFolders.sweep(directory);
      if (!exists) {
        library.get(); // what makes a store uses it at once
      }
      StoreFormat format = exists ? StoreFormat.read(directory) : create(options, directory);
      CloseMark mark = checkFiles(directory);
      RecordCodec codec;
      // beside what needs no database; starting the libraries takes longer than the work of each
      Supplier<Storage> opening =
          Interrupts.begun(
              "quarry-open-data", () -> openStorage(options, directory, !exists, library));
      try {
        index = wrapper.apply(openIndex(options, directory, format, opening));
        codec = new RecordCodec();
        records = RecordReader.cache(options.recordCacheBytes());
      } finally {
        storage = opening.get();
      }
      IndexCatalog catalog = readCatalog(storage);
      StoreHead head = StoreHead.read(storage);
      refuseOlder(directory, mark, head);
      CloseMark.delete(directory);
      return new WritingParts(options, storage, codec, records, lock, index, catalog, head, steps);
    } catch (Throwable e) { // also what a listener must not throw
      release(e, records, index, storage, lock);
      throw e;
    }
  }

  private static Storage openStorage(
      TaskStoreOptions options, Path directory, boolean create, Supplier<Void> library) {
    library.get();
    return Storage.open(
        directory.resolve(DATA),
        new StorageOptions(
            options.blockCacheBytes(),
            memtableBytes(options),
            create,
            options.reservedDiskBytes(),
            options.backgroundBytesPerSecond()));
  }

  /** What memtables may take: RocksDB keeps to it, but cannot be told another bound later. */
  static long memtableBytes(TaskStoreOptions options) {
    long limit = options.memoryLimitBytes();
    long most = limit == 0 ? Long.MAX_VALUE : Math.max(LEAST_MEMTABLES, limit / 4);
    return Math.min(options.writeBufferBytes(), most);
  }

  /** Damage must be found before RocksDB opens its files: it would tidy up behind it. */
  private static CloseMark checkFiles(Path directory) {
    CloseMark mark = CloseMark.read(directory);
    Path data = directory.resolve(DATA);
    if (mark != null) {
      mark.check(data);
    }
    DataFiles.check(data);
    if (mark != null) {
      CloseMark.keepSequence(directory, mark);
    }
    return mark;
  }

  /** A store of before its last close: of a manifest that was cut, RocksDB reads what is left. */
  private static void refuseOlder(Path directory, CloseMark mark, StoreHead head) {
    if (mark != null && mark.sequence() > head.sequence()) {
      throw new CorruptionException(
          "commits are missing since the store was closed; restore a backup, or repair",
          Map.of(
              "directory", directory,
              "sequence", head.sequence(),
              "sequenceAtClose", mark.sequence()));
    }
  }

  private static void checkMode(OpenMode mode, Path directory) {
    boolean exists = StoreFormat.exists(directory);
    if (!exists && mode == OpenMode.OPEN) {
      CopyTarget.refuseUnfinished(directory);
      refuseCutShort(directory);
      throw missing(directory);
    }
    if (exists && mode == OpenMode.CREATE) {
      throw new StorageException(
          "there is a store already; open it, or choose another directory",
          Map.of("directory", directory));
    }
  }

  private static PostingIndex openIndex(
      TaskStoreOptions options, Path directory, StoreFormat format, Supplier<Storage> storage) {
    return PostingIndexes.open(
        new PostingIndexOptions(
            directory.resolve(INDEX),
            format.storeId() + " terms-" + Terms.SCHEMA,
            Terms.COLUMN_WIDTHS.stream().mapToInt(width -> width).toArray(),
            Terms.COLUMN_ID,
            () -> Math.max(options.expectedTasks(), StoreHead.read(storage.get()).tasks())));
  }

  private static void release(Throwable cause, AutoCloseable... resources) {
    for (AutoCloseable resource : resources) {
      try {
        if (resource != null) {
          resource.close();
        }
      } catch (Exception | Error e) {
        cause.addSuppressed(e);
      }
    }
  }

  private static void prepareDirectory(Path directory) {
    try {
      if (CopyTarget.isUnfinished(directory)) {
        return; // which is refused behind the lock
      }
      if (Files.isDirectory(directory)) {
        refuseCutShort(directory);
        try (Stream<Path> files = Files.list(directory)) {
          // what a creation that was cut short leaves is taken up again
          if (files.anyMatch(f -> !OWN.contains(f.getFileName().toString()))) {
            throw new StorageException(
                "the directory is neither empty nor a store; choose another",
                Map.of("directory", directory));
          }
        }
        return;
      }
      SafeDirectories.create(directory);
    } catch (IOException e) {
      throw new StorageException(
          "the store's directory cannot be created", Map.of("directory", directory), e);
    }
  }

  /** The format file comes last, so that a directory half created is not taken for a store. */
  private static StoreFormat create(TaskStoreOptions options, Path directory) {
    try {
      Files.createDirectories(directory.resolve(DATA));
    } catch (IOException e) {
      throw new StorageException(
          "the store's directory cannot be created", Map.of("directory", directory), e);
    }
    StoreFormat format =
        new StoreFormat(
            StoreFormat.CURRENT,
            UUID.randomUUID().toString(),
            options.clock().instant().truncatedTo(ChronoUnit.MICROS));
    if (DataFiles.exist(directory.resolve(DATA))) {
      checkFiles(directory); // where only the format file is lost, RocksDB would tidy up, too
    }
    StorageOptions storageOptions =
        new StorageOptions(options.blockCacheBytes(), options.writeBufferBytes(), true);
    try (Storage storage = Storage.open(directory.resolve(DATA), storageOptions)) {
      if (storage.get(Family.META, StoreHead.CATALOG_KEY) != null
          && StoreHead.read(storage).sequence() > 0) {
        throw new CorruptionException(
            "there are tasks, but the format file is missing; restore it from a backup",
            Map.of("file", directory.resolve(StoreFormat.FILE)));
      }
      try (var batch = storage.newBatch()) {
        batch.put(Family.META, StoreHead.CATALOG_KEY, IndexCatalog.builtIn().encode());
        storage.write(batch, true);
      }
    }
    CloseMark.delete(directory);
    format.write(directory);
    return format;
  }

  static IndexCatalog readCatalog(Storage storage) {
    byte[] bytes = storage.get(Family.META, StoreHead.CATALOG_KEY);
    return bytes == null ? IndexCatalog.builtIn() : IndexCatalog.decode(bytes);
  }

  private static void refuseCutShort(Path directory) {
    if (Repair.isCutShort(directory)) {
      throw new StorageException(
          "a repair was cut short before its end; repair the store once more",
          Map.of("directory", directory));
    }
  }

  private static StorageException missing(Path directory) {
    return new StorageException(
        "there is no store; check the path, or create one", Map.of("directory", directory));
  }
}
