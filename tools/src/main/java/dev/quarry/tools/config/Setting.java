package dev.quarry.tools.config;

import dev.quarry.Durability;
import dev.quarry.Limits;
import dev.quarry.TaskStoreOptions;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Something that can be set in a configuration file or by a variable of the environment. The order
 * is that of the documentation, and the order in which they are applied: what is more special comes
 * later.
 */
public enum Setting {
  /** {@link TaskStoreOptions#memoryLimitBytes}. */
  MEMORY_LIMIT(
      "memory.limit_mb", Kind.NUMBER, 0, "MB for all caches, indexes and buffers; 0: none") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      options.memoryLimitBytes(megabytes(value));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.memoryLimitBytes() / MB;
    }
  },
  /** {@link TaskStoreOptions#memoryCheckInterval}. */
  MEMORY_CHECK("memory.check_seconds", Kind.NUMBER, 1, "seconds between looks at the memory") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      options.memoryCheckInterval(Duration.ofSeconds(Long.parseLong(value)));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.memoryCheckInterval().toSeconds();
    }
  },
  /** Both caches; two thirds of it are for RocksDB's blocks, as by default. */
  CACHE(
      "cache.memory_limit_mb",
      Kind.NUMBER,
      2,
      "MB for both caches: a third for tasks, two for blocks") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      long all = megabytes(value);
      options.recordCacheBytes(all / 3).blockCacheBytes(all - all / 3);
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return (options.recordCacheBytes() + options.blockCacheBytes()) / MB;
    }
  },
  /** {@link TaskStoreOptions#recordCacheBytes}. */
  RECORD_CACHE("cache.records_mb", Kind.NUMBER, 0, "MB of heap for decoded tasks; 0: none") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      options.recordCacheBytes(megabytes(value));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.recordCacheBytes() / MB;
    }
  },
  /** {@link TaskStoreOptions#blockCacheBytes}. */
  BLOCK_CACHE("cache.blocks_mb", Kind.NUMBER, 1, "MB of native memory for uncompressed blocks") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      options.blockCacheBytes(megabytes(value));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.blockCacheBytes() / MB;
    }
  },
  /** Of other stores. */
  DISK_CACHE(
      "cache.disk_cache_enabled",
      Kind.SWITCH,
      0,
      "no effect: the store itself is on disk, behind its block cache"),
  /** Of other stores. */
  CACHE_TTL(
      "cache.cache_ttl_seconds",
      Kind.NUMBER,
      0,
      "no effect: what is cached is never older than the last write"),
  /** {@link TaskStoreOptions#writeBufferBytes}. */
  WRITE_BUFFER("write.buffer_mb", Kind.NUMBER, 1, "MB of native memory for what is written") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      options.writeBufferBytes(megabytes(value));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.writeBufferBytes() / MB;
    }
  },
  /** {@link TaskStoreOptions#durability}. */
  DURABILITY("write.durability", Kind.DURABILITY, 0, "buffered, or sync: survives a power cut") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      options.durability(Durability.valueOf(value.toUpperCase(Locale.ROOT)));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.durability().name().toLowerCase(Locale.ROOT);
    }
  },
  /** {@link TaskStoreOptions#reservedDiskBytes}. */
  RESERVED_DISK(
      "write.reserved_disk_mb", Kind.NUMBER, 0, "free MB below which writes are refused") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      options.reservedDiskBytes(megabytes(value));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.reservedDiskBytes() / MB;
    }
  },
  /** {@link TaskStoreOptions#changeLogCommits}. */
  CHANGE_LOG("write.change_log_commits", Kind.NUMBER, 1_000, "commits that the change log keeps") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      options.changeLogCommits(Long.parseLong(value));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.changeLogCommits();
    }
  },
  /** {@link TaskStoreOptions#actor}. */
  ACTOR("write.actor", Kind.TEXT, 0, "who is named in the history; default nobody") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      options.actor(value.isEmpty() ? null : value);
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.actor() == null ? "" : options.actor();
    }
  },
  /** {@link TaskStoreOptions#expectedTasks}. */
  EXPECTED_TASKS("index.expected_tasks", Kind.NUMBER, 1, "a hint for a new index; it grows") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      options.expectedTasks(Long.parseLong(value));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.expectedTasks();
    }
  },
  /** {@link TaskStoreOptions#queryTimeout}. */
  QUERY_TIMEOUT("query.timeout_seconds", Kind.NUMBER, 1, "seconds that a query may take") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      options.queryTimeout(Duration.ofSeconds(Long.parseLong(value)));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.queryTimeout().toSeconds();
    }
  },
  /** {@link Limits#acquireTimeout}. */
  ACQUIRE_TIMEOUT(
      "limits.acquire_timeout_seconds",
      Kind.NUMBER,
      1, // with none, a claim would be refused for the lease thread's own commit
      "seconds to wait where all cursors or snapshots are open, and of a claim for other writes") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      Limits limits = limits(options);
      Duration wait = Duration.ofSeconds(Long.parseLong(value));
      options.limits(limits.open(limits.openCursors(), limits.openSnapshots(), wait));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.limits().acquireTimeout().toSeconds();
    }
  },
  /** {@link Limits#idleTimeout}. */
  IDLE_TIMEOUT(
      "limits.idle_timeout_seconds",
      Kind.NUMBER,
      0,
      "seconds without use behind which a cursor or snapshot is closed; 0: never") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      options.limits(limits(options).idle(Duration.ofSeconds(Long.parseLong(value))));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.limits().idleTimeout().toSeconds();
    }
  },
  /** {@link Limits#openCursors}. */
  OPEN_CURSORS("limits.open_cursors", Kind.NUMBER, 1, "cursors and streams open at once") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      Limits limits = limits(options);
      options.limits(
          limits.open(Integer.parseInt(value), limits.openSnapshots(), limits.acquireTimeout()));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.limits().openCursors();
    }
  },
  /** {@link Limits#openSnapshots}. */
  OPEN_SNAPSHOTS("limits.open_snapshots", Kind.NUMBER, 1, "snapshots open at once") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      Limits limits = limits(options);
      options.limits(
          limits.open(limits.openCursors(), Integer.parseInt(value), limits.acquireTimeout()));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.limits().openSnapshots();
    }
  },
  /** {@link TaskStoreOptions#absentDependenciesBlock}. */
  ABSENT_BLOCK(
      "work.absent_dependencies_block",
      Kind.SWITCH,
      0,
      "whether a task waits for ids that have no task") {
    @Override
    void apply(TaskStoreOptions.Builder options, String value) {
      options.absentDependenciesBlock(Boolean.parseBoolean(value));
    }

    @Override
    Object effective(TaskStoreOptions options) {
      return options.absentDependenciesBlock();
    }
  },
  /** Tasks of a commit of {@code import} and {@code watch}. */
  BATCH_SIZE("io.batch_size", Kind.NUMBER, 1, "tasks of a commit in import and watch"),
  /** Of other stores. */
  CONCURRENT(
      "io.max_concurrent_operations",
      Kind.NUMBER,
      1,
      "no effect: a command is one operation; a program sets Limits"),
  /** Of other stores. */
  FILE_BUFFER("io.file_buffer_size", Kind.NUMBER, 1, "no effect: buffers have 64 KB"),
  /** Of other stores. */
  PARALLEL(
      "analytics.enable_parallel_processing",
      Kind.SWITCH,
      0,
      "no effect: counts come from the index; a program sets ScanOptions"),
  /** Of other stores. */
  WORKERS(
      "analytics.max_worker_threads",
      Kind.NUMBER,
      1,
      "no effect, as analytics.enable_parallel_processing"),
  /** Of other stores. */
  CHUNK(
      "analytics.chunk_size", Kind.NUMBER, 1, "no effect, as analytics.enable_parallel_processing");

  private static final long MB = 1 << 20;
  private static final long MOST = 1_000_000_000;

  /** What a value is. */
  private enum Kind {
    NUMBER,
    SWITCH,
    DURABILITY,
    TEXT
  }

  private final String key;
  private final Kind kind;
  private final long least;
  private final String meaning;

  Setting(String key, Kind kind, long least, String meaning) {
    this.key = key;
    this.kind = kind;
    this.least = least;
    this.meaning = meaning;
  }

  /** Its name in files: sections and name, with dots. */
  public String key() {
    return key;
  }

  /** The variable of the environment that sets it. */
  public String variable() {
    return "QUARRY_" + key.toUpperCase(Locale.ROOT).replace('.', '_');
  }

  /** What it is good for, in a few words. */
  public String meaning() {
    return meaning;
  }

  /** The settings by their keys, in the order of the keys. */
  public static Map<String, Setting> byKey() {
    Map<String, Setting> byKey = new TreeMap<>();
    for (Setting setting : values()) {
      byKey.put(setting.key, setting);
    }
    return byKey;
  }

  /** What is wrong with a value, to be put behind a name for it, or null. */
  public String complaint(String value) {
    boolean isGood =
        switch (kind) {
          case NUMBER -> value.matches("\\d{1,10}") && isInRange(Long.parseLong(value));
          case SWITCH -> value.equals("true") || value.equals("false");
          case DURABILITY -> value.equals("buffered") || value.equals("sync");
          case TEXT -> true;
        };
    if (isGood) {
      return null;
    }
    return switch (kind) {
      case NUMBER -> "must be a whole number from " + least + " to " + MOST;
      case SWITCH -> "must be true or false";
      default -> "must be buffered or sync";
    };
  }

  private boolean isInRange(long number) {
    return number >= least && number <= MOST;
  }

  /** Sets it, where it is one of the store. */
  void apply(TaskStoreOptions.Builder options, String value) {
    // most are
  }

  /** The value that a store has with these options, or null where it is none of the store's. */
  Object effective(TaskStoreOptions options) {
    return null;
  }

  /** The limits set so far, of which a setting changes one. */
  private static Limits limits(TaskStoreOptions.Builder options) {
    return options.build().limits();
  }

  private static long megabytes(String value) {
    return Long.parseLong(value) * MB;
  }
}
