package dev.quarry;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/** What a store is opened with. Immutable; thread-safe. */
public final class TaskStoreOptions {
  private final Path directory;
  private final OpenMode mode;
  private final Durability durability;
  private final long recordCacheBytes;
  private final long blockCacheBytes;
  private final long writeBufferBytes;
  private final long memoryLimitBytes;
  private final Duration memoryCheckInterval;
  private final Consumer<? super MemoryPressure> onMemoryPressure;
  private final long expectedTasks;
  private final long changeLogCommits;
  private final long reservedDiskBytes;
  private final long backgroundBytesPerSecond;
  private final InstantSource clock;
  private final ProgressListener progress;
  private final boolean leakDetection;
  private final boolean absentDependenciesBlock;
  private final String actor;
  private final Duration queryTimeout;
  private final Limits limits;
  private final List<IndexSpec> indexes;

  private TaskStoreOptions(Builder b) {
    directory = b.directory;
    mode = b.mode;
    durability = b.durability;
    recordCacheBytes = b.recordCacheBytes;
    blockCacheBytes = b.blockCacheBytes;
    writeBufferBytes = b.writeBufferBytes;
    memoryLimitBytes = b.memoryLimitBytes;
    memoryCheckInterval = b.memoryCheckInterval;
    onMemoryPressure = b.onMemoryPressure;
    expectedTasks = b.expectedTasks;
    changeLogCommits = b.changeLogCommits;
    reservedDiskBytes = b.reservedDiskBytes;
    backgroundBytesPerSecond = b.backgroundBytesPerSecond;
    clock = b.clock;
    progress = b.progress;
    leakDetection = b.leakDetection;
    absentDependenciesBlock = b.absentDependenciesBlock;
    actor = b.actor;
    queryTimeout = b.queryTimeout;
    limits = b.limits;
    indexes = List.copyOf(b.indexes);
  }

  /** A builder with the defaults for a store in {@code directory}. */
  public static Builder builder(Path directory) {
    return new Builder(Objects.requireNonNull(directory, "directory"));
  }

  /** The store's directory. */
  public Path directory() {
    return directory;
  }

  /** How to open; default {@link OpenMode#OPEN_OR_CREATE}. */
  public OpenMode mode() {
    return mode;
  }

  /** What a returned write has survived; default {@link Durability#BUFFERED}. */
  public Durability durability() {
    return durability;
  }

  /** Heap for decoded tasks, in bytes; 0 turns the cache off; default 32 MiB. */
  public long recordCacheBytes() {
    return recordCacheBytes;
  }

  /** Native memory for RocksDB's uncompressed blocks, in bytes; default 64 MiB. */
  public long blockCacheBytes() {
    return blockCacheBytes;
  }

  /** Native memory for RocksDB's memtables, all families together, in bytes; default 64 MiB. */
  public long writeBufferBytes() {
    return writeBufferBytes;
  }

  /**
   * Bytes that record cache, off-heap index, block cache, memtables and open files may take
   * together; 0 for no limit; default 512 MiB. What is over it is given back within two {@linkplain
   * #memoryCheckInterval intervals}: caches shrink, their hottest entries last, and memtables are
   * flushed. The index cannot shrink; a limit below it is said in the log. Memtables get a quarter
   * of it at most, whatever {@link #writeBufferBytes} says. A store opened read-only, which has
   * neither record cache nor index, has no limit.
   */
  public long memoryLimitBytes() {
    return memoryLimitBytes;
  }

  /** How often the memory is looked at; default 60 seconds. */
  public Duration memoryCheckInterval() {
    return memoryCheckInterval;
  }

  /**
   * Is told when memory was over its limit, in a thread of the store, which it should not keep for
   * long; it must not close the store. What it throws is logged. Default: nobody.
   */
  public Consumer<? super MemoryPressure> onMemoryPressure() {
    return onMemoryPressure;
  }

  /** Sizing hint for the index; it grows past it by itself; default 100,000. */
  public long expectedTasks() {
    return expectedTasks;
  }

  /** Commits whose changes the change log keeps; default 1,000,000. */
  public long changeLogCommits() {
    return changeLogCommits;
  }

  /**
   * Free space of the device, in bytes, below which writes are refused with a {@link
   * StorageException} that says so; they go on by themselves when there is more. 0 for none;
   * default 32 MiB.
   */
  public long reservedDiskBytes() {
    return reservedDiskBytes;
  }

  /**
   * What flushes and compactions may write to the device, together, in bytes a second, so that they
   * leave some of it to others. Where writes come faster for long, they are held back to this rate.
   * 0, the default, for no limit.
   */
  public long backgroundBytesPerSecond() {
    return backgroundBytesPerSecond;
  }

  /** Source of now; default the system clock. */
  public InstantSource clock() {
    return clock;
  }

  /** Is told about long work while opening; default silent. */
  public ProgressListener progress() {
    return progress;
  }

  /**
   * Whether cursors and snapshots remember who opened them; costs a stack trace; default off. They
   * do so in any case where {@link Limits#idleTimeout} is set.
   */
  public boolean leakDetection() {
    return leakDetection;
  }

  /**
   * Whether a dependency on an id without a task keeps a task from being ready until such a task
   * appears and is done; default true. A change of it recounts the whole store on opening.
   */
  public boolean absentDependenciesBlock() {
    return absentDependenciesBlock;
  }

  /** Who is named in the history as the maker of commits that name nobody else, or null. */
  public String actor() {
    return actor;
  }

  /**
   * The time that a query may take, each step of a scan or of a walk, and a verb of the graph or of
   * the past; default 30 seconds. Jobs look for their tasks without it. See {@link
   * TaskReader#within}.
   */
  public Duration queryTimeout() {
    return queryTimeout;
  }

  /** What the store may use; default {@link Limits#DEFAULT}. */
  public Limits limits() {
    return limits;
  }

  /** Indexes to create on opening where they are missing, beside the built-in ones. */
  public List<IndexSpec> indexes() {
    return indexes;
  }

  /** Collects options. Not thread-safe. */
  public static final class Builder {
    private final Path directory;
    private OpenMode mode = OpenMode.OPEN_OR_CREATE;
    private Durability durability = Durability.BUFFERED;
    private long recordCacheBytes = 32L << 20;
    private long blockCacheBytes = 64L << 20;
    private long writeBufferBytes = 64L << 20;
    private long memoryLimitBytes = 512L << 20;
    private Duration memoryCheckInterval = Duration.ofSeconds(60);
    private Consumer<? super MemoryPressure> onMemoryPressure = pressure -> {};
    private long expectedTasks = 100_000;
    private long changeLogCommits = 1_000_000;
    private long reservedDiskBytes = 32L << 20;
    private long backgroundBytesPerSecond;
    private InstantSource clock = InstantSource.system();
    private ProgressListener progress = ProgressListener.NONE;
    private boolean leakDetection;
    private boolean absentDependenciesBlock = true;
    private String actor;
    private Limits limits = Limits.DEFAULT;
    private Duration queryTimeout = Duration.ofSeconds(30);
    private final List<IndexSpec> indexes = new ArrayList<>();

    private Builder(Path directory) {
      this.directory = directory;
    }

    /** See {@link TaskStoreOptions#mode}. */
    public Builder mode(OpenMode value) {
      mode = Objects.requireNonNull(value, "mode");
      return this;
    }

    /** See {@link TaskStoreOptions#durability}. */
    public Builder durability(Durability value) {
      durability = Objects.requireNonNull(value, "durability");
      return this;
    }

    /** See {@link TaskStoreOptions#recordCacheBytes}. */
    public Builder recordCacheBytes(long value) {
      recordCacheBytes = atLeast("recordCacheBytes", 0, value);
      return this;
    }

    /** See {@link TaskStoreOptions#blockCacheBytes}. */
    public Builder blockCacheBytes(long value) {
      blockCacheBytes = atLeast("blockCacheBytes", 1 << 20, value);
      return this;
    }

    /** See {@link TaskStoreOptions#writeBufferBytes}. */
    public Builder writeBufferBytes(long value) {
      writeBufferBytes = atLeast("writeBufferBytes", 1 << 20, value);
      return this;
    }

    /** See {@link TaskStoreOptions#memoryLimitBytes}. */
    public Builder memoryLimitBytes(long value) {
      memoryLimitBytes = atLeast("memoryLimitBytes", 0, value);
      return this;
    }

    /** See {@link TaskStoreOptions#memoryCheckInterval}. */
    public Builder memoryCheckInterval(Duration value) {
      memoryCheckInterval = positive("memoryCheckInterval", value);
      return this;
    }

    /** See {@link TaskStoreOptions#onMemoryPressure}. */
    public Builder onMemoryPressure(Consumer<? super MemoryPressure> value) {
      onMemoryPressure = Objects.requireNonNull(value, "onMemoryPressure");
      return this;
    }

    /** See {@link TaskStoreOptions#expectedTasks}. */
    public Builder expectedTasks(long value) {
      expectedTasks = atLeast("expectedTasks", 1, value);
      return this;
    }

    /** See {@link TaskStoreOptions#changeLogCommits}. */
    public Builder changeLogCommits(long value) {
      changeLogCommits = atLeast("changeLogCommits", 1_000, value);
      return this;
    }

    /** See {@link TaskStoreOptions#reservedDiskBytes}. */
    public Builder reservedDiskBytes(long value) {
      reservedDiskBytes = atLeast("reservedDiskBytes", 0, value);
      return this;
    }

    /** See {@link TaskStoreOptions#backgroundBytesPerSecond}; 0, or a MiB or more. */
    public Builder backgroundBytesPerSecond(long value) {
      backgroundBytesPerSecond =
          value == 0 ? 0 : atLeast("backgroundBytesPerSecond", 1 << 20, value);
      return this;
    }

    /** See {@link TaskStoreOptions#clock}. */
    public Builder clock(InstantSource value) {
      clock = Objects.requireNonNull(value, "clock");
      return this;
    }

    /** See {@link TaskStoreOptions#progress}. */
    public Builder progress(ProgressListener value) {
      progress = Objects.requireNonNull(value, "progress");
      return this;
    }

    /** See {@link TaskStoreOptions#leakDetection}. */
    public Builder leakDetection(boolean value) {
      leakDetection = value;
      return this;
    }

    /** See {@link TaskStoreOptions#absentDependenciesBlock}. */
    public Builder absentDependenciesBlock(boolean value) {
      absentDependenciesBlock = value;
      return this;
    }

    /** See {@link TaskStoreOptions#actor}. */
    public Builder actor(String value) {
      actor = value;
      return this;
    }

    /** See {@link TaskStoreOptions#queryTimeout}. */
    public Builder queryTimeout(Duration value) {
      queryTimeout = positive("queryTimeout", value);
      return this;
    }

    /** See {@link TaskStoreOptions#limits}. */
    public Builder limits(Limits value) {
      limits = Objects.requireNonNull(value, "limits");
      return this;
    }

    /** Adds an index; see {@link TaskStoreOptions#indexes}. */
    public Builder index(IndexSpec value) {
      indexes.add(Objects.requireNonNull(value, "index"));
      return this;
    }

    /** The options. */
    public TaskStoreOptions build() {
      return new TaskStoreOptions(this);
    }

    private static Duration positive(String name, Duration value) {
      if (value.isZero() || value.isNegative()) {
        throw new IllegalArgumentException(name + " must be positive, but is " + value);
      }
      return value;
    }

    private static long atLeast(String name, long least, long value) {
      if (value < least) {
        throw new IllegalArgumentException(
            name + " must be at least " + least + ", but is " + value);
      }
      return value;
    }
  }
}
