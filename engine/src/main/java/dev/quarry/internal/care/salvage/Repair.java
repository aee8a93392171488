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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

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
    Path earlier = finish(directory);
    Salvage.requireData(directory);
    SalvageReport whole = check(directory, progress);
    if (whole != null) {
      return earlier == null ? whole : cutShort(whole, earlier);
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

  /** Whether a repair was cut short while it put what it had saved into place. */
  public static boolean isCutShort(Path directory) {
    return !StoreFormat.exists(directory) && StoreFormat.exists(directory.resolve(SAVED));
  }

  /**
   * Puts into place what a repair had saved that was cut short amid its moves.
   *
   * @return where that one kept the damaged files; null where there was none
   */
  @SuppressWarnings("try") // the lock is only held
  private static Path finish(Path directory) {
    if (!isCutShort(directory)) {
      return null;
    }
    try (StoreLock lock = StoreLock.acquire(directory)) {
      Path saved = directory.resolve(SAVED);
      Path aside = newestAside(directory);
      boolean hasSaved = Files.exists(saved.resolve(DATA));
      if (!isCutShort(directory) || aside == null) {
        return null; // another call has done it; or nothing was moved yet, and it is saved anew
      }
      if (hasSaved && Files.exists(directory.resolve(DATA))) {
        if (!StoreFormat.exists(aside) || Files.exists(aside.resolve(DATA))) {
          return null; // not a swap that was begun: the format file was lost otherwise
        }
        moveAside(directory, aside);
      }
      putInPlace(directory, saved);
      return aside;
    } catch (IOException e) {
      throw new StorageException(
          "what an earlier repair saved cannot be put into place",
          Map.of("directory", directory.resolve(SAVED)),
          e);
    }
  }

  private static Path newestAside(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(f -> f.getFileName().toString().startsWith(ASIDE) && Files.isDirectory(f))
          .max(Comparator.comparingLong(Repair::since))
          .orElse(null);
    }
  }

  private static long since(Path file) {
    return file.toFile().lastModified();
  }

  /** What was lost is not known any more: whoever ran that repair was not told either. */
  private static SalvageReport cutShort(SalvageReport whole, Path aside) {
    String why = "an earlier repair was cut short as it ended; what it lost is not known any more";
    return new SalvageReport(
        whole.tasks(),
        whole.sequence(),
        List.of(new SalvageReport.Loss("", "", "", "", why)),
        1,
        List.of(),
        0,
        List.of(),
        0,
        Optional.of(aside),
        whole.indexesRebuilt());
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
    moveAside(directory, aside);
    putInPlace(directory, saved);
  }

  /** The format file first: without it the directory is no store until the repair has ended. */
  private static void moveAside(Path directory, Path aside) throws IOException {
    for (String name : List.of(StoreFormat.FILE, INDEX, CloseMark.FILE, DATA)) {
      if (Files.exists(directory.resolve(name))) {
        move(directory.resolve(name), aside.resolve(name));
      }
    }
  }

  private static void putInPlace(Path directory, Path saved) throws IOException {
    if (Files.exists(saved.resolve(DATA))) {
      move(saved.resolve(DATA), directory.resolve(DATA));
    }
    move(saved.resolve(StoreFormat.FILE), directory.resolve(StoreFormat.FILE));
    SafeDirectories.sync(directory);
    Storage.deleteTree(saved);
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }
}
