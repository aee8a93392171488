package dev.quarry.internal;

import dev.quarry.AsyncWrites;
import dev.quarry.Job;
import dev.quarry.StorageException;
import dev.quarry.StoreStats;
import dev.quarry.Task;
import dev.quarry.TaskStoreOptions;
import dev.quarry.VerifyReport;
import dev.quarry.cache.CacheStats;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.care.backup.StoreCopies;
import dev.quarry.internal.change.ChangeFeed;
import dev.quarry.internal.claim.ClaimReads;
import dev.quarry.internal.claim.ClaimVerbs;
import dev.quarry.internal.claim.ReadyWaiters;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.Verifier;
import dev.quarry.internal.lifecycle.Background;
import dev.quarry.internal.lifecycle.Failures;
import dev.quarry.internal.lifecycle.Guard;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.lifecycle.OpenHandles;
import dev.quarry.internal.lifecycle.RateLimiter;
import dev.quarry.internal.lifecycle.Reaper;
import dev.quarry.internal.memory.MemoryGovernor;
import dev.quarry.internal.memory.MemoryUse;
import dev.quarry.internal.memory.StoreMemory;
import dev.quarry.internal.memory.UpkeepThread;
import dev.quarry.internal.past.Past;
import dev.quarry.internal.past.Undo;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.read.RecordReader;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.SstFile;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.write.Archive;
import dev.quarry.internal.write.ChunkedWork;
import dev.quarry.internal.write.IndexAdmin;
import dev.quarry.internal.write.StoreHead;
import dev.quarry.internal.write.Writes;
import dev.quarry.query.Query;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** The parts of one open store, and the order in which they end. */
abstract class StoreParts {
  /** Set in a thread that is inside a verb which calls the caller's code. */
  private static final ThreadLocal<StoreParts> CALLBACK = new ThreadLocal<>();

  private final CountDownLatch closed = new CountDownLatch(1);
  final TaskStoreOptions options;
  private final Path directory;
  final Guard guard;
  final OpenHandles handles;
  final Background background = new Background();
  final WriteGate gate;
  final Map<String, RateLimiter> callers = new HashMap<>();
  final Storage storage;
  final RecordCodec codec;
  final RecordReader reader;
  final Past past;
  private final ClaimReads claimReads;

  /** Null where nothing governs. */
  private MemoryGovernor governor;

  StoreParts(
      TaskStoreOptions options,
      Path directory,
      Storage storage,
      RecordCodec codec,
      RecordReader reader) {
    this.options = options;
    this.directory = directory;
    this.guard = new Guard(directory.toString());
    boolean reaps = !options.limits().idleTimeout().isZero();
    this.handles = new OpenHandles(guard, options.leakDetection() || reaps, options.limits());
    this.storage = storage;
    this.codec = codec;
    this.reader = reader;
    this.past = new Past(storage, codec, guard, handles, options.queryTimeout());
    this.claimReads = new ClaimReads(storage, reader, options.clock());
    this.gate = new WriteGate(options.limits(), options.clock(), this::leasedDiskBytes);
    options
        .limits()
        .calls()
        .forEach((tag, rate) -> callers.put(tag, new RateLimiter(tag, rate, options.clock())));
  }

  /** Starts what works beside the callers. What else was begun is closed if that fails. */
  final void start() {
    try {
      startThreads();
    } catch (RuntimeException | Error e) {
      try {
        close();
      } catch (RuntimeException | Error suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private void startThreads() {
    if (!options.limits().idleTimeout().isZero()) {
      Reaper reaper = new Reaper(handles, options.limits().idleTimeout());
      background.start(reaper, reaper::start, reaper::end);
    }
    if (!isReadOnly()) {
      Runnable look = options.memoryLimitBytes() > 0 ? newGovernor()::look : () -> {};
      UpkeepThread thread =
          new UpkeepThread(
              look, storage::isElsewhere, guard, this::callback, options.memoryCheckInterval());
      background.start(thread, thread::start, thread::end);
    }
  }

  private MemoryGovernor newGovernor() {
    MemoryGovernor.Bounds bounds =
        new MemoryGovernor.Bounds(
            options.recordCacheBytes(),
            options.blockCacheBytes(),
            StoreFactory.memtableBytes(options));
    governor =
        new MemoryGovernor(
            memory(), bounds, options.memoryLimitBytes(), options.onMemoryPressure());
    return governor;
  }

  private StoreMemory memory() {
    return new StoreMemory(storage, reader, index());
  }

  private long diskBytes() {
    return diskBytes(directory(), index() == null ? 0 : index().stats().bytes());
  }

  abstract Reads reads();

  abstract StoreHead head();

  abstract IndexCatalog catalog();

  /** The posting index, or null where there is none. */
  abstract PostingIndex index();

  abstract void checkWritable();

  abstract boolean isReadOnly();

  abstract Writes writes();

  abstract IndexAdmin admin();

  /** The change feed. */
  abstract ChangeFeed feed();

  /** Takes changes back. */
  abstract Undo undo();

  abstract Archive archive();

  abstract Job updateAll(String name, Query query, int chunkSize, UnaryOperator<Task> change);

  /** Starts work in a thread that ends with the store. */
  Job job(String name, ChunkedWork work) {
    return job(name, work, tally -> {}, () -> {});
  }

  Job job(String name, ChunkedWork work, Consumer<ChunkedWork.Tally> prepare, Runnable end) {
    BackgroundJob job =
        new BackgroundJob(
            name,
            tally -> within(() -> work.next(tally)),
            this::callback,
            ended -> {
              background.remove(ended);
              end.run();
            });
    prepare.accept(job);
    background.start(job, job::start, job::stop);
    return job;
  }

  /** Reads in a thread that close ends: what they read must not be given back meanwhile. */
  private <R> R within(Supplier<R> work) {
    int lease = guard.enterWithin();
    try {
      return work.get();
    } finally {
      guard.exit(lease);
    }
  }

  /** A new queue of writes that ends with the store. */
  abstract AsyncWrites async(int capacity, AsyncWrites.Policy policy);

  abstract ClaimVerbs claims();

  /** As in {@link StoreStats}; 0 where nothing is claimed. */
  int oversizedTasks() {
    return 0;
  }

  /** Those who wait for ready tasks, where this store writes. */
  abstract ReadyWaiters readyWaiters();

  /** Takes over what the writer has done since, where this store is not the writer. */
  abstract void refresh();

  abstract VerifyReport verify(Verifier verifier, boolean deep);

  /** Ends what lies above the storage. */
  abstract void closeUpper();

  /** Ends what lies below the storage. */
  abstract void closeLower();

  Guard guard() {
    return guard;
  }

  OpenHandles handles() {
    return handles;
  }

  Storage storage() {
    return storage;
  }

  RecordCodec codec() {
    return codec;
  }

  Past past() {
    return past;
  }

  RecordReader reader() {
    return reader;
  }

  ClaimReads claimReads() {
    return claimReads;
  }

  /** The time of the store's clock. */
  Instant now() {
    return options.clock().instant();
  }

  StoreCopies copies() {
    return new StoreCopies(storage, directory(), this::now);
  }

  Path directory() {
    return directory;
  }

  void close() {
    if (CALLBACK.get() == this) {
      throw new IllegalStateException(
          "the store cannot be closed from inside a change, an action or a progress listener of"
              + " its own; close it after that has returned");
    }
    if (!guard.close()) {
      Interrupts.await(closed); // another thread closes: it has to mean closed for this one too
      return;
    }
    guard.awaitIdle();
    try {
      background.endAll();
    } finally {
      Interrupts.apart(
          "quarry-close",
          () -> {
            closeInOrder();
            return null;
          });
    }
  }

  private void closeInOrder() {
    try {
      closeParts();
    } finally {
      closed.countDown();
    }
  }

  /** Runs what may call the caller's code while it holds a lease, which close would wait for. */
  <R> R withCallbacks(Supplier<R> work) {
    StoreParts before = CALLBACK.get();
    CALLBACK.set(this);
    try {
      return work.get();
    } finally {
      if (before == null) {
        CALLBACK.remove();
      } else {
        CALLBACK.set(before);
      }
    }
  }

  /** Runs a listener, a job or a queue: what calls the caller's code. */
  void callback(Runnable work) {
    withCallbacks(
        () -> {
          work.run();
          return null;
        });
  }

  private void closeParts() {
    List<Runnable> steps = new ArrayList<>();
    steps.add(feed()::close); // first: it stores positions
    steps.add(handles::closeAll);
    steps.add(this::closeUpper);
    steps.add(reader::close);
    steps.add(storage::close);
    steps.add(this::closeLower);
    Throwable first = null;
    for (Runnable step : steps) {
      try {
        step.run();
      } catch (RuntimeException | Error e) { // whatever it is: the lock must not stay behind
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    Failures.throwIfAny(first);
  }

  /** For who holds no lease yet; refused once the store is closed. */
  private long leasedDiskBytes() {
    int lease = guard.enter();
    try {
      return diskBytes();
    } finally {
      guard.exit(lease);
    }
  }

  StoreStats stats() {
    CacheStats cache = reader.stats();
    StoreHead head = head();
    MemoryUse use = memory().use();
    List<StoreStats.Family> families = new ArrayList<>();
    for (Family family : Family.values()) {
      families.add(figures(storage, family, storage.files(family)));
    }
    PostingIndex.Stats index =
        index() == null ? new PostingIndex.Stats(0, 0, 0, 0, 0, 0) : index().stats();
    return new StoreStats(
        head.tasks(),
        head.sequence(),
        head.nextOrdinal(),
        new StoreStats.Cache(
            cache.hits(),
            cache.misses(),
            cache.hitRate(),
            cache.entries(),
            cache.weightBytes(),
            cache.maximumWeightBytes()),
        new StoreStats.Index(
            index.terms(), index.containers(), index.rows(), index.bytes(), index.watermark()),
        families,
        diskBytes(),
        use.blocks(),
        handles.count(OpenHandles.CURSOR),
        handles.count(OpenHandles.SNAPSHOT),
        oversizedTasks(),
        governor == null ? MemoryGovernor.ungoverned(use) : governor.stats(use));
  }

  /** A column family with these files. */
  static StoreStats.Family figures(Storage storage, Family family, List<SstFile> files) {
    return new StoreStats.Family(
        family.familyName(),
        storage.property(family, "rocksdb.estimate-num-keys"),
        files.stream().mapToLong(SstFile::bytes).sum(),
        storage.property(family, "rocksdb.size-all-mem-tables"),
        storage.property(family, "rocksdb.estimate-table-readers-mem"),
        files.size());
  }

  /**
   * Bytes of the store's own files, not of what backups and repairs keep beside them for a while;
   * the index's are sparse, so they count by what is in use.
   */
  private static long diskBytes(Path directory, long indexBytes) {
    Path data = directory.resolve(StoreFactory.DATA);
    long[] sum = {indexBytes};
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
              return dir.equals(directory) || dir.startsWith(data)
                  ? FileVisitResult.CONTINUE
                  : FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              sum[0] += attributes.size();
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE; // compacted away meanwhile
            }
          });
      return sum[0];
    } catch (IOException e) {
      throw new StorageException(
          "the store's files cannot be listed", Map.of("directory", directory), e);
    }
  }
}
