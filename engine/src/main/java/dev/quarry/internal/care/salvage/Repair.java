package dev.quarry.internal.care.salvage;

import dev.quarry.CorruptionException;
import dev.quarry.ProgressListener;
import dev.quarry.SalvageReport;
import dev.quarry.StorageException;
import dev.quarry.StoreFailedException;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreException;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.storage.CloseMark;
import dev.quarry.internal.storage.CopyTarget;
import dev.quarry.internal.storage.SafeDirectories;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StoreFormat;
import dev.quarry.internal.storage.StoreLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes a store open again: salvages it into a folder of its own directory, then moves the damaged
 * files aside and the saved ones into their place. No step deletes what cannot be had again, and
 * one that is cut short is taken up by the next repair or leaves the store as it was.
 */
public final class Repair {
  private static final String DATA = "data";
  private static final String INDEX = "index";
  private static final String ASIDE = "damaged-";
  private static final String SAVED = "repaired";

  private Repair() {}

  /** As {@link TaskStore#repair}. */
  public static SalvageReport run(Path directory, ProgressListener progress) {
    // an interrupt would close files under the reads, and look like damage
    return Interrupts.apart(
        "quarry-repair", () -> Salvage.tellingOfRoom(directory, () -> repair(directory, progress)));
  }

  @SuppressWarnings("try") // the lock is only held
  private static SalvageReport repair(Path directory, ProgressListener progress) {
    CopyTarget.refuseUnfinished(directory);
    SafeDirectories.refuseLinked(directory.resolve(DATA));
    finish(directory);
    Salvage.requireData(directory);
    SalvageReport whole = check(directory, progress);
    if (whole != null) {
      return whole;
    }
    SalvageReport report;
    try (StoreLock lock = StoreLock.acquire(directory)) {
      Path saved = directory.resolve(SAVED);
      Storage.deleteTree(saved); // of a repair that was cut short; the damaged files are all there
      SafeDirectories.create(saved);
      report = save(directory, saved, progress);
      Path aside = aside(directory);
      swap(directory, saved, aside);
      report =
          new SalvageReport(
              report.tasks(),
              report.sequence(),
              report.losses(),
              report.lossCount(),
              report.lostIds(),
              report.lostIdCount(),
              report.uncertainIds(),
              report.uncertainCount(),
              Optional.of(aside),
              false);
    } catch (IOException e) {
      throw new StorageException(
          "the repaired files cannot be put into place; the damaged ones are still there",
          Map.of("directory", directory),
          e);
    }
    Salvage.openOnce(directory);
    return report;
  }

  /** Of a salvage that fails nothing remains: it may have filled the device. */
  private static SalvageReport save(Path directory, Path saved, ProgressListener progress) {
    try {
      return Salvage.into(directory, saved, progress);
    } catch (RuntimeException | Error e) {
      try {
        Storage.deleteTree(saved);
      } catch (StorageException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
  }

  /** Puts into place what a repair had saved that was cut short between its two moves. */
  private static void finish(Path directory) {
    Path saved = directory.resolve(SAVED);
    if (Files.exists(directory.resolve(DATA)) || !StoreFormat.exists(saved)) {
      return;
    }
    try {
      putInPlace(directory, saved);
    } catch (IOException e) {
      throw new StorageException(
          "what an earlier repair saved cannot be put into place", Map.of("directory", saved), e);
    }
  }

  /** The report of a store that is whole, or is by its indexes built anew; null for damage. */
  private static SalvageReport check(Path directory, ProgressListener progress) {
    if (!StoreFormat.exists(directory)) {
      return null;
    }
    try (TaskStore store = TaskStore.open(directory)) {
      boolean rebuilt = !store.verify(true, progress).isOk();
      if (rebuilt) {
        store.rebuildIndexes(progress);
        if (!store.verify(true, progress).isOk()) {
          return null;
        }
      }
      return new SalvageReport(
          store.stats().tasks(),
          store.sequence(),
          List.of(),
          0,
          List.of(),
          0,
          List.of(),
          0,
          Optional.empty(),
          rebuilt);
    } catch (TaskStoreException e) {
      if (isDamage(e)) {
        return null; // what is wrong is found again, place by place
      }
      throw e;
    }
  }

  /** Whether the store's own files are to blame: all else is not mended by moving them aside. */
  private static boolean isDamage(Throwable e) {
    if (e instanceof StoreFailedException) {
      return isDamage(e.getCause());
    }
    if (e instanceof StorageException error) {
      Object code = error.context().get("code"); // RocksDB's; an I/O error names the file it met
      return !error.isRetryable()
          && code != null
          && (!code.toString().equals("IOError") || error.context().containsKey("file"));
    }
    return e instanceof CorruptionException;
  }

  private static Path aside(Path directory) throws IOException {
    String time = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString().replaceAll("[:-]", "");
    Path aside = directory.resolve(ASIDE + time);
    for (int i = 2; Files.exists(aside); i++) {
      aside = directory.resolve(ASIDE + time + "-" + i);
    }
    SafeDirectories.create(aside);
    return aside;
  }

  private static void swap(Path directory, Path saved, Path aside) throws IOException {
    for (String name : List.of(INDEX, CloseMark.FILE, StoreFormat.FILE, DATA)) {
      if (Files.exists(directory.resolve(name))) {
        move(directory.resolve(name), aside.resolve(name));
      }
    }
    putInPlace(directory, saved);
  }

  private static void putInPlace(Path directory, Path saved) throws IOException {
    move(saved.resolve(DATA), directory.resolve(DATA));
    move(saved.resolve(StoreFormat.FILE), directory.resolve(StoreFormat.FILE));
    SafeDirectories.sync(directory);
    Storage.deleteTree(saved);
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }
}
