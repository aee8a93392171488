package dev.quarry.internal.care.backup;

import dev.quarry.BackupInfo;
import dev.quarry.ProgressListener;
import dev.quarry.StorageException;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.storage.SafeDirectories;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageOptions;
import dev.quarry.internal.storage.StoreFormat;
import dev.quarry.internal.storage.TemporaryFolders;
import dev.quarry.internal.write.History;
import dev.quarry.internal.write.StoreHead;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Copies of an open store, as of one of its commits. Thread-safe; writes and reads go on. */
public final class StoreCopies {
  private static final String DATA = "data";
  private static final long CACHE_BYTES = 8L << 20;

  private final Storage storage;
  private final Path directory;
  private final Supplier<Instant> now;

  /**
   * Copies of the store in {@code directory}.
   *
   * @param now the time, when all commits of earlier times are written; waits for that, and is
   *     refused in a thread that is inside a write
   */
  public StoreCopies(Storage storage, Path directory, Supplier<Instant> now) {
    this.storage = storage;
    this.directory = directory;
    this.now = now;
  }

  /** As {@link dev.quarry.TaskStore#checkpoint}. */
  public void checkpoint(Path target) {
    checkPlaces(target);
    copyTo(target, data -> {});
  }

  /** As {@link dev.quarry.TaskStore#checkpoint(Path, long, ProgressListener)}. */
  public void checkpoint(Path target, long sequence, ProgressListener progress) {
    Objects.requireNonNull(progress, "progress");
    checkPlaces(target);
    // before anything is copied
    new History(storage, new RecordCodec())
        .checkRetained(sequence, StoreHead.read(storage).sequence());
    copyTo(target, data -> Rewind.run(data, (history, last) -> sequence, progress));
  }

  private void copyTo(Path target, Consumer<Path> change) {
    StoreCopy.make(target, this::copyData, change, this::copyFormat);
  }

  private void copyData(Path target) {
    storage.checkpoint(target.resolve(DATA));
  }

  private void copyFormat(Path target) throws IOException {
    Hashing.copy(directory.resolve(StoreFormat.FILE), target.resolve(StoreFormat.FILE));
  }

  private static StorageException failed(Path target, IOException e) {
    return new StorageException(
        "the copy of the store cannot be written", Map.of("directory", target), e);
  }

  private void checkPlaces(Path target) {
    storage.checkPlace();
    if (SafeDirectories.isInside(target, directory)) {
      throw new StorageException(
          "a copy cannot lie inside the store's own directory; choose another",
          Map.of("directory", directory, "target", target));
    }
  }

  /** As {@link dev.quarry.TaskStore#backup}. */
  public BackupInfo backup(Path target) {
    checkPlaces(target);
    // before the copy: what is committed at or before it is in the backup
    Instant createdAt = now.get().truncatedTo(ChronoUnit.MICROS);
    // an interrupt would close the files that are copied
    return Interrupts.apart("quarry-backup", () -> backUp(target, createdAt));
  }

  private BackupInfo backUp(Path target, Instant createdAt) {
    StoreFormat format = StoreFormat.read(directory);
    Path frozen = null;
    try {
      frozen = TemporaryFolders.ofBackup(directory);
      copyData(frozen);
      copyFormat(frozen);
      StoreHead head = head(frozen);
      BackupInfo info =
          new BackupInfo(0, createdAt, format.storeId(), head.sequence(), head.tasks(), 0, 0, 0, 0);
      return BackupDirectory.add(target, frozen, info);
    } catch (IOException e) {
      throw failed(target, e);
    } finally {
      if (frozen != null) {
        Storage.deleteTree(frozen);
      }
    }
  }

  private static StoreHead head(Path frozen) {
    Path data = frozen.resolve(DATA);
    StorageOptions options = new StorageOptions(CACHE_BYTES, CACHE_BYTES, false);
    try (Storage copy = Storage.openFrozen(data, data, options)) {
      return StoreHead.read(copy);
    }
  }
}
