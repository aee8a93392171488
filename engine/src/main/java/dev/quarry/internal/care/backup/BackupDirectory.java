package dev.quarry.internal.care.backup;

import dev.quarry.BackupInfo;
import dev.quarry.CorruptionException;
import dev.quarry.ProgressListener;
import dev.quarry.SequenceNotRetainedException;
import dev.quarry.StorageException;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.storage.LockFile;
import dev.quarry.internal.storage.SafeDirectories;
import dev.quarry.internal.storage.SstInspector;
import dev.quarry.internal.write.StoreHead;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A directory of backups: {@code files/} is a pool of files named by the SHA-256 of their content,
 * {@code backups/N.manifest} says which of them make up backup N. A backup exists once its manifest
 * does; what a backup that was cut short left in the pool is removed with the next change.
 */
public final class BackupDirectory {
  private static final String POOL = "files";
  private static final String MANIFESTS = "backups";
  private static final String LOCK = "backup.lock";
  private static final Pattern MANIFEST = Pattern.compile("([0-9]{1,18})\\.manifest");

  /** What a backup puts into the pool; nothing else in there is ever removed. */
  private static final Pattern POOLED = Pattern.compile("[0-9a-f]{64}|incoming\\.tmp");

  /** What a store needs; RocksDB's log of messages is not among it. */
  private static final Pattern STORED =
      Pattern.compile("QUARRY|CURRENT|(?:MANIFEST|OPTIONS)-[0-9]+|[0-9]+\\.(?:sst|log)");

  private static final String TEMPORARY = ".tmp";

  /** The end of an SST file holds its properties, among them a name that no other file has. */
  private static final int MARK_BYTES = 64 << 10;

  private final Path directory;

  private BackupDirectory(Path directory) {
    this.directory = directory;
  }

  /** The directory, which has to hold backups. */
  public static BackupDirectory open(Path directory) {
    if (!Files.isDirectory(directory.resolve(MANIFESTS))
        || !Files.isDirectory(directory.resolve(POOL))) {
      throw new StorageException(
          "there are no backups; check the path", Map.of("directory", directory));
    }
    return new BackupDirectory(directory);
  }

  private static BackupDirectory create(Path directory) {
    if (!Files.isDirectory(directory.resolve(MANIFESTS))) {
      if (!Files.isDirectory(directory.resolve(POOL))) {
        SafeDirectories.createEmpty(directory);
        SafeDirectories.create(directory.resolve(POOL));
      } else {
        SafeDirectories.createEmpty(directory.resolve(POOL)); // as a kill in between leaves it
      }
      SafeDirectories.create(directory.resolve(MANIFESTS));
    }
    return new BackupDirectory(directory);
  }

  /**
   * Adds a backup.
   *
   * @param directory where the backups are, or are to be
   * @param frozen a copy of the store's files that does not change
   * @param info what is known of the backup
   */
  public static BackupInfo add(Path directory, Path frozen, BackupInfo info) {
    BackupDirectory backups = create(directory);
    return backups.alone(() -> backups.add(frozen, info));
  }

  private <R> R alone(Supplier<R> change) {
    List<R> result = new ArrayList<>();
    Interrupts.deferred(() -> result.add(locked(change)));
    return result.get(0);
  }

  private <R> R locked(Supplier<R> change) {
    try (LockFile lock = LockFile.tryAcquire(directory.resolve(LOCK))) {
      if (lock == null) {
        throw busy();
      }
      return change.get();
    } catch (IOException e) {
      throw failed("the lock of the backups cannot be used", directory.resolve(LOCK), e);
    }
  }

  private StorageException busy() {
    return new StorageException(
        "the backups are being changed by another call or process; retry when that is done",
        Map.of("directory", directory),
        null,
        true);
  }

  private static StorageException failed(String summary, Path file, IOException cause) {
    return new StorageException(summary, Map.of("file", file), cause);
  }

  private BackupInfo add(Path frozen, BackupInfo info) {
    try {
      sweep();
      List<Long> numbers = numbers();
      long number = numbers.isEmpty() ? 1 : numbers.get(numbers.size() - 1) + 1;
      Map<String, Manifest.Entry> known = knownFiles(numbers);
      List<Manifest.Entry> entries = new ArrayList<>();
      int newFiles = 0;
      long newBytes = 0;
      for (String name : names(frozen)) {
        Path file = frozen.resolve(name);
        Manifest.Entry entry = shared(file, name, known);
        if (entry == null) {
          entry = copyIn(file, name);
          newFiles++;
          newBytes += entry.bytes();
        }
        entries.add(entry);
      }
      SafeDirectories.sync(directory.resolve(POOL));
      BackupInfo full =
          new BackupInfo(
              number,
              info.createdAt(),
              info.storeId(),
              info.sequence(),
              info.tasks(),
              entries.size(),
              entries.stream().mapToLong(Manifest.Entry::bytes).sum(),
              newFiles,
              newBytes);
      writeManifest(new Manifest(full, entries));
      return full;
    } catch (IOException e) {
      throw failed("the backup cannot be written", directory, e);
    }
  }

  private static List<String> names(Path frozen) throws IOException {
    try (Stream<Path> files = Files.walk(frozen)) {
      return files
          .filter(f -> STORED.matcher(f.getFileName().toString()).matches())
          .map(f -> frozen.relativize(f).toString().replace('\\', '/'))
          .sorted()
          .toList();
    }
  }

  /** The files of earlier backups by their marks. A damaged manifest shares nothing. */
  private Map<String, Manifest.Entry> knownFiles(List<Long> numbers) {
    Map<String, Manifest.Entry> known = new HashMap<>();
    for (long number : numbers) {
      readable(number).ifPresent(m -> m.files().forEach(entry -> known.put(entry.mark(), entry)));
    }
    return known;
  }

  /** A manifest; empty for a damaged one, of which verify and list tell. */
  private Optional<Manifest> readable(long number) {
    try {
      return Optional.of(manifest(number));
    } catch (CorruptionException e) {
      return Optional.empty();
    }
  }

  private Manifest.Entry shared(Path file, String name, Map<String, Manifest.Entry> known)
      throws IOException {
    if (!name.endsWith(".sst")) {
      return null;
    }
    Manifest.Entry entry = known.get(Hashing.ofTail(file, MARK_BYTES));
    boolean usable =
        entry != null && entry.bytes() == Files.size(file) && problem(entry, false).isEmpty();
    return usable ? new Manifest.Entry(name, entry.bytes(), entry.hash(), entry.mark()) : null;
  }

  private Manifest.Entry copyIn(Path file, String name) throws IOException {
    boolean table = name.endsWith(".sst");
    if (table) {
      SstInspector.verify(file); // damage must not spread into the backups
    }
    Path temporary = pool("incoming" + TEMPORARY);
    Files.deleteIfExists(temporary);
    String hash = Hashing.copy(file, temporary);
    Files.move(temporary, pool(hash), StandardCopyOption.ATOMIC_MOVE);
    String mark = table ? Hashing.ofTail(file, MARK_BYTES) : "-";
    return new Manifest.Entry(name, Files.size(pool(hash)), hash, mark);
  }

  private void writeManifest(Manifest manifest) throws IOException {
    Path file = manifestFile(manifest.info().number());
    Path temporary = file.resolveSibling(file.getFileName() + TEMPORARY);
    Files.write(
        temporary,
        manifest.encode(),
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE,
        StandardOpenOption.DSYNC);
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    SafeDirectories.sync(file.getParent());
  }

  private Path pool(String name) {
    return directory.resolve(POOL).resolve(name);
  }

  private Path manifestFile(long number) {
    return directory.resolve(MANIFESTS).resolve(number + ".manifest");
  }

  private List<Long> numbers() {
    try (Stream<Path> files = Files.list(directory.resolve(MANIFESTS))) {
      List<Long> numbers = new ArrayList<>();
      for (Path file : files.toList()) {
        Matcher name = MANIFEST.matcher(file.getFileName().toString());
        if (name.matches()) {
          numbers.add(Long.parseLong(name.group(1)));
        }
      }
      numbers.sort(null);
      return numbers;
    } catch (IOException e) {
      throw failed("the backups cannot be listed", directory, e);
    }
  }

  private Manifest manifest(long number) {
    Path file = manifestFile(number);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new StorageException(
          "there is no backup of that number; list the backups",
          Map.of("directory", directory, "number", number));
    }
    Manifest manifest = Manifest.read(file);
    if (manifest.info().number() != number) {
      throw new CorruptionException(
          "a backup's manifest has the number of another; use another backup",
          Map.of("file", file, "number", manifest.info().number()));
    }
    return manifest;
  }

  /** As {@link dev.quarry.Backups#list}. */
  public List<BackupInfo> list() {
    return numbers().stream().flatMap(number -> present(number).stream()).toList();
  }

  /** As {@link dev.quarry.Backups#latest}. */
  public Optional<BackupInfo> latest() {
    List<Long> numbers = numbers();
    Optional<BackupInfo> latest = Optional.empty();
    for (int i = numbers.size() - 1; i >= 0 && latest.isEmpty(); i--) {
      latest = present(numbers.get(i));
    }
    return latest;
  }

  /** What is known of a backup; empty where it was removed since its number was listed. */
  private Optional<BackupInfo> present(long number) {
    try {
      return Optional.of(manifest(number).info());
    } catch (StorageException | CorruptionException e) {
      if (Files.exists(manifestFile(number), LinkOption.NOFOLLOW_LINKS)) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /** As {@link dev.quarry.Backups#verify}. */
  public List<String> verify(long number) {
    List<String> problems = new ArrayList<>();
    try {
      for (Manifest.Entry entry : manifest(number).files()) {
        String problem = problem(entry, true);
        if (!problem.isEmpty()) {
          problems.add(problem);
        }
      }
    } catch (CorruptionException e) {
      problems.add(e.getMessage());
    }
    return problems;
  }

  /** What is wrong with a file in the pool; empty where nothing is. */
  private String problem(Manifest.Entry entry, boolean content) {
    Path file = pool(entry.hash());
    String found;
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        found = "is missing";
      } else if (Files.size(file) != entry.bytes()) {
        found = "has " + Files.size(file) + " bytes instead of " + entry.bytes();
      } else if (content && !Hashing.of(file).equals(entry.hash())) {
        found = "has other content than when the backup was made";
      } else {
        return "";
      }
    } catch (IOException e) {
      found = "cannot be read: " + e;
    }
    return entry.name() + " (" + file + ") " + found;
  }

  /** As {@link dev.quarry.Backups#restore(long, Path)}. */
  public BackupInfo restore(long number, Path target) {
    return restore(number, target, data -> {});
  }

  /** As {@link dev.quarry.Backups#restore(long, Path, long, ProgressListener)}. */
  public BackupInfo restore(long number, Path target, long sequence, ProgressListener progress) {
    long last = manifest(number).info().sequence();
    if (sequence > last) { // before anything is copied
      throw new SequenceNotRetainedException(
          "the backup is of an earlier commit; use a later backup",
          Map.of("asked", sequence, "last", last, "number", number));
    }
    return restore(number, target, (history, present) -> sequence, progress);
  }

  /** As {@link dev.quarry.Backups#restore(long, Path, Instant, ProgressListener)}. */
  public BackupInfo restore(long number, Path target, Instant time, ProgressListener progress) {
    Instant createdAt = manifest(number).info().createdAt();
    if (time.isAfter(createdAt)) { // what was committed since would be missing, unnoticed
      throw new SequenceNotRetainedException(
          "the backup was made before this time; use a later backup, or restore the whole of it",
          Map.of("time", time, "createdAt", createdAt, "number", number));
    }
    return restore(number, target, (history, last) -> history.sequenceAt(time, last), progress);
  }

  private BackupInfo restore(
      long number, Path target, Rewind.Point point, ProgressListener progress) {
    StoreHead[] head = new StoreHead[1];
    BackupInfo info = restore(number, target, data -> head[0] = Rewind.run(data, point, progress));
    return new BackupInfo(
        info.number(),
        info.createdAt(),
        info.storeId(),
        head[0].sequence(),
        head[0].tasks(),
        info.files(),
        info.bytes(),
        info.newFiles(),
        info.newBytes());
  }

  private BackupInfo restore(long number, Path target, Consumer<Path> change) {
    Manifest manifest = manifest(number);
    for (Manifest.Entry entry : manifest.files()) {
      refuse(problem(entry, false));
    }
    StoreCopy.make(
        target,
        directory -> {
          SafeDirectories.create(directory.resolve("data"));
          copyOut(manifest, directory, entry -> !isFormatFile(entry));
        },
        change,
        directory -> copyOut(manifest, directory, BackupDirectory::isFormatFile));
    return manifest.info();
  }

  private static void refuse(String problem) {
    if (!problem.isEmpty()) {
      throw new CorruptionException(
          "the backup is damaged; restore another one", Map.of("damage", problem));
    }
  }

  private void copyOut(Manifest manifest, Path target, Predicate<Manifest.Entry> which)
      throws IOException {
    for (Manifest.Entry entry : manifest.files()) {
      if (which.test(entry) && !copied(entry, target).equals(entry.hash())) {
        refuse(entry.name() + " has other content than when the backup was made");
      }
    }
  }

  private String copied(Manifest.Entry entry, Path target) throws IOException {
    try {
      return Hashing.copy(pool(entry.hash()), target.resolve(entry.name()));
    } catch (IOException e) {
      refuse(problem(entry, false)); // one that was purged meanwhile, rather than the target
      throw e;
    }
  }

  private static boolean isFormatFile(Manifest.Entry entry) {
    return !entry.name().startsWith("data/");
  }

  /** As {@link dev.quarry.Backups#delete}. */
  public boolean delete(long number) {
    return alone(
        () -> {
          boolean found = remove(number);
          sweep();
          return found;
        });
  }

  /** As {@link dev.quarry.Backups#purge}. */
  public List<Long> purge(int keep) {
    if (keep < 0) {
      throw new IllegalArgumentException("keep must be at least 0, but is " + keep);
    }
    return alone(
        () -> {
          List<Long> numbers = numbers();
          List<Long> old = numbers.subList(0, Math.max(0, numbers.size() - keep));
          old.forEach(this::remove);
          sweep();
          return List.copyOf(old);
        });
  }

  private boolean remove(long number) {
    try {
      return Files.deleteIfExists(manifestFile(number));
    } catch (IOException e) {
      throw failed("the backup cannot be removed", manifestFile(number), e);
    }
  }

  /** Removes what no manifest names; nothing while a manifest cannot be read. */
  private void sweep() {
    Set<String> used = new HashSet<>();
    try {
      for (long number : numbers()) {
        manifest(number).files().forEach(entry -> used.add(entry.hash()));
      }
    } catch (CorruptionException e) {
      return; // its files may still be wanted
    }
    try (Stream<Path> files = Files.list(directory.resolve(POOL))) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (POOLED.matcher(name).matches() && !used.contains(name)) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw failed("the pool of the backups cannot be tidied up", directory.resolve(POOL), e);
    }
  }
}
