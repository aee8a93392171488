package dev.quarry.internal.care.salvage;

import dev.quarry.CorruptionException;
import dev.quarry.FormatVersionException;
import dev.quarry.LimitExceededException;
import dev.quarry.ProgressListener;
import dev.quarry.SalvageReport;
import dev.quarry.StorageException;
import dev.quarry.StoreLockedException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreException;
import dev.quarry.TaskStoreOptions;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.ReadyKeeper;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.storage.CopyTarget;
import dev.quarry.internal.storage.DamagedStore;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.SafeDirectories;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.storage.StorageOptions;
import dev.quarry.internal.storage.StoreFormat;
import dev.quarry.internal.storage.StoreLock;
import dev.quarry.internal.write.StoreHead;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what can be read of a damaged store into a new one. Of each record the version with the
 * highest sequence counts, which the record itself holds. What is derived from the records is
 * derived anew: ids here, indexes when the new store is first opened. The change log and the
 * history are left behind: they would have to be whole to be of use.
 */
public final class Salvage {
  private static final Logger LOG = LoggerFactory.getLogger(Salvage.class);
  private static final String DATA = "data";
  private static final long BYTES = 32L << 20;
  private static final int BATCH = 1_000;

  /** Sequences that lost commits may have used must not be used again. */
  private static final long SKIPPED_SEQUENCES = 1L << 20;

  /** Derived, or of the change log, without which the history can neither be read nor trimmed. */
  private static final Set<Family> NOT_COPIED =
      EnumSet.of(
          Family.IDS, Family.ORDERED, Family.LINKS, Family.CHANGES, Family.HISTORY, Family.PAST);

  private final Path source;
  private final ProgressListener progress;
  private final RecordCodec codec = new RecordCodec();
  private final EntryAge age = new EntryAge(codec);
  private final LossList losses = new LossList();
  private final Map<String, Long> loggedIds = new HashMap<>();
  private final Storage target;
  private final StorageBatch batch;
  private int batched;
  private long read;
  private long tasks;
  private long lastVersion;
  private long lastOrdinal = -1;

  private Salvage(Path source, Storage target, ProgressListener progress) {
    this.source = source;
    this.target = target;
    this.progress = progress;
    this.batch = target.newBatch();
  }

  /** As {@link TaskStore#salvage}. */
  public static SalvageReport run(Path damaged, Path target, ProgressListener progress) {
    // an interrupt would close files under the reads, and look like damage
    return Interrupts.apart(
        "quarry-salvage", () -> tellingOfRoom(target, () -> copy(damaged, target, progress)));
  }

  /** Says of a device that got full where it is, and that the call may be repeated. */
  static SalvageReport tellingOfRoom(Path directory, Supplier<SalvageReport> work) {
    try {
      return work.get();
    } catch (StorageException e) {
      if (!Storage.isOfFullDevice(e)) {
        throw e;
      }
      throw new StorageException(
          "the device has no room for the store that is saved; free space, then repeat the call",
          Map.of("directory", directory),
          e,
          true);
    }
  }

  @SuppressWarnings("try") // the lock is only held
  private static SalvageReport copy(Path damaged, Path target, ProgressListener progress) {
    requireData(damaged);
    if (SafeDirectories.isInside(target, damaged)) {
      throw new StorageException(
          "the new store cannot lie inside the damaged one; choose another target",
          Map.of("directory", damaged, "target", target));
    }
    SalvageReport report;
    try (StoreLock lock = isReadOnly(damaged) ? null : StoreLock.acquire(damaged);
        CopyTarget copy = CopyTarget.claim(target)) {
      report = into(damaged, copy.directory(), progress);
      copy.finish();
    }
    openOnce(target);
    return report;
  }

  /**
   * Builds the indexes, and shows that it opens. What is saved was not held to a reserve either.
   */
  static void openOnce(Path directory) {
    openOnce(
        directory,
        () ->
            TaskStore.open(TaskStoreOptions.builder(directory).reservedDiskBytes(0).build())
                .close());
  }

  /** What is saved stands: where there is no room, or another was faster, it opens later. */
  static void openOnce(Path directory, Runnable open) {
    try {
      open.run();
    } catch (LimitExceededException e) {
      LOG.warn("the store in {} is saved; the next open builds its indexes", directory, e);
    } catch (StoreLockedException e) {
      LOG.warn("the store in {} is open already, which builds its indexes", directory, e);
    } catch (StorageException e) {
      if (!e.isRetryable() && !Storage.isOfFullDevice(e)) {
        throw e;
      }
      LOG.warn("the store in {} is saved; the next open builds its indexes", directory, e);
    }
  }

  /** Whether it lies on a device where nobody can write, which is how one keeps what is damaged. */
  private static boolean isReadOnly(Path directory) {
    try {
      return Files.getFileStore(directory).isReadOnly();
    } catch (IOException e) {
      return false; // then the lock says what is wrong
    }
  }

  static void requireData(Path damaged) {
    if (!Files.isDirectory(damaged.resolve(DATA))) {
      throw new StorageException("there is no store; check the path", Map.of("directory", damaged));
    }
  }

  /** Writes a new store into an empty directory; the caller holds the damaged one's lock. */
  static SalvageReport into(Path damaged, Path target, ProgressListener progress) {
    StoreFormat format = format(damaged);
    Path data = target.resolve(DATA);
    SafeDirectories.create(data);
    SalvageReport report;
    try (Storage storage = Storage.open(data, new StorageOptions(BYTES, BYTES, true))) {
      report = new Salvage(damaged.resolve(DATA), storage, progress).run(target);
      storage.flush();
    }
    format.write(target);
    return report;
  }

  private static StoreFormat format(Path damaged) {
    try {
      return StoreFormat.read(damaged);
    } catch (FormatVersionException e) {
      throw e;
    } catch (CorruptionException e) {
      // its content is only a name; that the records can be read tells more than the file
      Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
      return new StoreFormat(StoreFormat.CURRENT, UUID.randomUUID().toString(), now);
    }
  }

  private SalvageReport run(Path work) {
    Path empty = DamagedStore.emptyFolder(work);
    try (DamagedStore damaged = new DamagedStore(source, empty, losses::add)) {
      for (Family family : Family.values()) {
        if (!NOT_COPIED.contains(family)) {
          damaged.read(
              family,
              (key, value) -> put(family, key, value),
              (key, value) -> putOther(family, key, value));
          flush();
        }
      }
      damaged.readLogs(new LogWrites());
      flush();
      checkRecords();
      flush();
      checkArchive();
      flush();
      dropWaitsOfNobody();
      flush();
      findLostIds(damaged);
      StoreHead head = writeHead();
      return losses.report(head.tasks(), head.sequence(), Optional.empty());
    } finally {
      batch.close();
      Storage.deleteTree(empty);
    }
  }

  private void put(Family family, byte[] key, byte[] value) {
    batch.put(family, key, value);
    if (++batched >= BATCH) {
      flush();
    }
    if (++read % 8_192 == 0) {
      progress.progress("salvage", read, -1);
    }
  }

  private void flush() {
    if (batched > 0) {
      target.write(batch, false);
      batch.clear();
      batched = 0;
    }
  }

  /** A value beside the damage, or one of several: the newest that can be read is taken. */
  private void putOther(Family family, byte[] key, byte[] value) {
    flush();
    byte[] present = target.get(family, key);
    if (family == Family.RECORDS) {
      if (version(value) <= version(present)) {
        return;
      }
      losses.addUncertain(Keys.number(key));
    } else if (age.isOlder(family, key, value, present)) {
      return;
    }
    put(family, key, value);
  }

  /** The sequence in a record; -1 where there is none that can be read. */
  private long version(byte[] record) {
    try {
      return record == null ? -1 : codec.decode(record).version();
    } catch (TaskStoreException e) {
      return -1; // a record that is damaged itself is older than any other
    }
  }

  /** The logs come after the tables, and each write in them after those before it. */
  private final class LogWrites implements DamagedStore.Logged {
    @Override
    public void put(Family family, byte[] key, byte[] value) {
      if (family == Family.IDS) {
        loggedIds.put(new String(key, StandardCharsets.UTF_8), ordinal(value));
      } else if (!NOT_COPIED.contains(family)) {
        flush();
        if (!age.isOlder(family, key, value, target.get(family, key))) {
          Salvage.this.put(family, key, value);
        }
      }
    }

    @Override
    public void delete(Family family, byte[] key) {
      if (family == Family.IDS) {
        loggedIds.put(new String(key, StandardCharsets.UTF_8), -1L);
      } else if (!NOT_COPIED.contains(family)) {
        batch.delete(family, key);
        batched++;
        flush();
      }
    }
  }

  private static long ordinal(byte[] value) {
    return value.length == Long.BYTES ? Keys.number(value) : -1;
  }

  /** Drops records that are damaged themselves, and enters the ids of the others. */
  private void checkRecords() {
    try (StorageIterator it = target.iterate(Family.RECORDS, null, null, null, true)) {
      for (it.first(); it.isValid(); it.next()) {
        byte[] key = it.key();
        String id = id(key, it.value());
        if (id == null) {
          batch.delete(Family.RECORDS, key);
          batched++;
          continue;
        }
        flush();
        byte[] other = target.get(Family.IDS, Keys.id(id));
        if (other != null) {
          resolve(id, other, key);
        } else {
          put(Family.IDS, Keys.id(id), key);
          tasks++;
        }
        lastOrdinal = Math.max(lastOrdinal, Keys.number(key));
        lastVersion = Math.max(lastVersion, version(it.value()));
      }
    }
  }

  /** Drops archived tasks that are damaged themselves; of one that is also live, the older. */
  private void checkArchive() {
    try (StorageIterator it = target.iterate(Family.ARCHIVE, null, null, null, true)) {
      for (it.first(); it.isValid(); it.next()) {
        byte[] key = it.key();
        long archived = archivedVersion(key, it.value());
        byte[] ordinal = target.get(Family.IDS, key);
        // a task keeps its version when it is archived, and gets another when it is restored
        if (archived < 0 || (ordinal != null && liveVersion(ordinal) > archived)) {
          batch.delete(Family.ARCHIVE, key);
          batched++;
        } else if (ordinal != null) {
          batch.delete(Family.RECORDS, ordinal);
          batch.delete(Family.IDS, key);
          batched += 2;
          tasks--;
        }
        lastVersion = Math.max(lastVersion, archived);
      }
    }
  }

  /** What tasks wait for goes with those that are lost. */
  private void dropWaitsOfNobody() {
    try (StorageIterator it = target.iterate(Family.WAITS, null, null, null, true)) {
      for (it.first(); it.isValid(); it.next()) {
        if (target.get(Family.RECORDS, it.key()) == null) {
          batch.delete(Family.WAITS, it.key());
          batched++;
        }
      }
    }
  }

  private long liveVersion(byte[] ordinal) {
    return version(target.get(Family.RECORDS, ordinal));
  }

  private long archivedVersion(byte[] key, byte[] record) {
    String id = new String(key, StandardCharsets.UTF_8);
    try {
      Task task = codec.decode(record);
      if (task.id().equals(id)) {
        return task.version();
      }
      losses.add("", "archive", "", "", "archived task " + id + ": the record is of another task");
    } catch (TaskStoreException e) {
      losses.add("", "archive", "", "", "archived task " + id + ": " + e.getMessage());
    }
    return -1;
  }

  private String id(byte[] key, byte[] record) {
    try {
      return codec.decode(record).id();
    } catch (TaskStoreException e) {
      String ordinal = Long.toString(Keys.number(key));
      losses.add("", "records", "", "", "record " + ordinal + ": " + e.getMessage());
      return null;
    }
  }

  /** Of two tasks of one id the one that was written last lives; the other had been deleted. */
  private void resolve(String id, byte[] first, byte[] second) {
    boolean later = liveVersion(second) > liveVersion(first);
    batch.delete(Family.RECORDS, later ? first : second);
    batch.put(Family.IDS, Keys.id(id), later ? second : first);
    batched += 2;
  }

  private void findLostIds(DamagedStore damaged) {
    DamagedStore.Entries check =
        (key, value) -> {
          String id = new String(key, StandardCharsets.UTF_8);
          if (!loggedIds.containsKey(id)) {
            findLost(id, ordinal(value));
          }
        };
    // beside damaged ids lie those of deleted tasks; that is no loss where all records are there
    boolean doubtful = losses.touches(Family.RECORDS.familyName());
    damaged.read(Family.IDS, check, doubtful ? check : (key, value) -> {});
    loggedIds.forEach(this::findLost);
  }

  private void findLost(String id, long ordinal) {
    if (ordinal >= 0) {
      lastOrdinal = Math.max(lastOrdinal, ordinal);
      if (target.get(Family.IDS, Keys.id(id)) == null) {
        losses.addLostId(id);
      }
    }
  }

  private StoreHead writeHead() {
    StoreHead before = head();
    boolean lossy = !losses.isEmpty();
    long sequence = Math.max(before.sequence(), lastVersion) + (lossy ? SKIPPED_SEQUENCES : 0);
    StoreHead head =
        new StoreHead(sequence, Math.max(before.nextOrdinal(), lastOrdinal + 1), tasks);
    batch.put(Family.META, StoreHead.KEY, head.encode());
    batch.put(Family.META, StoreHead.CATALOG_KEY, catalog().encode());
    batch.delete(Family.META, ReadyKeeper.MARK); // links and ready tasks are built at open too
    target.write(batch, true);
    batch.clear();
    losses.nameUncertain(this::idOf);
    return head;
  }

  private String idOf(long ordinal) {
    byte[] record = target.get(Family.RECORDS, Keys.number(ordinal));
    return record == null ? null : codec.decode(record).id();
  }

  private StoreHead head() {
    try {
      return StoreHead.read(target);
    } catch (CorruptionException e) {
      losses.add("", Family.META.familyName(), "", "", e.getMessage());
      return new StoreHead(0, 0, 0);
    }
  }

  /** The indexes, to be built when the store is opened. */
  private IndexCatalog catalog() {
    IndexCatalog catalog = IndexCatalog.builtIn();
    byte[] bytes = target.get(Family.META, StoreHead.CATALOG_KEY);
    try {
      catalog = bytes == null ? catalog : IndexCatalog.decode(bytes);
    } catch (CorruptionException e) {
      losses.add("", Family.META.familyName(), "", "", e.getMessage());
    }
    return catalog.toBuildAnew();
  }
}
