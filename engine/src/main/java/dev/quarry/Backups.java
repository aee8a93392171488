package dev.quarry;

import dev.quarry.internal.care.backup.BackupDirectory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The backups in one directory, made by {@link TaskStore#backup}. A file that several backups share
 * is there once. Thread-safe; holds nothing open. Changes are refused with {@link StorageException}
 * while another process changes the directory.
 */
public final class Backups {
  private final BackupDirectory directory;

  private Backups(BackupDirectory directory) {
    this.directory = directory;
  }

  /**
   * The backups in {@code backupDirectory}.
   *
   * @throws StorageException if it holds none
   */
  public static Backups open(Path backupDirectory) {
    return new Backups(BackupDirectory.open(backupDirectory));
  }

  /**
   * All backups, oldest first.
   *
   * @throws CorruptionException if the manifest of one is damaged; {@link #delete} it
   */
  public List<BackupInfo> list() {
    return directory.list();
  }

  /**
   * The newest backup, if there is one.
   *
   * @throws CorruptionException if its manifest is damaged
   */
  public Optional<BackupInfo> latest() {
    return directory.latest();
  }

  /**
   * Reads every byte of a backup and compares it with the hashes taken when it was made.
   *
   * @return what is wrong, a line for each file; empty for a whole backup
   * @throws StorageException if there is no backup of that number
   */
  public List<String> verify(long number) {
    return directory.verify(number);
  }

  /**
   * Writes a backup as a store into {@code target}, which must be absent or empty and no symbolic
   * link. Each file is compared with its hash on the way; of a damaged backup nothing is left in
   * the target. The off-heap index is built when the store is first opened. Until this returns the
   * target is locked, and no open takes it for a store, also where the process was killed; then the
   * target may be the same again, and what the copy has left in it is removed.
   *
   * @throws CorruptionException if the backup is damaged
   * @throws StorageException if there is no backup of that number, or the target is refused
   * @throws StoreLockedException if another copy into the target is under way
   */
  public BackupInfo restore(long number, Path target) {
    return directory.restore(number, target);
  }

  /**
   * As {@link #restore(long, Path)}, but as the store was at an earlier sequence, which the change
   * log in the backup must reach. What the store is then, see {@link TaskStore#checkpoint(Path,
   * long, ProgressListener)}.
   *
   * @param progress hears of the tasks that are taken back, in this thread
   * @return the backup, with sequence and tasks of the restored store
   * @throws SequenceNotRetainedException if the sequence lies outside, with the range; nothing is
   *     left in the target
   * @throws CorruptionException if the backup or the history in it is damaged
   */
  public BackupInfo restore(long number, Path target, long sequence, ProgressListener progress) {
    return directory.restore(number, target, sequence, progress);
  }

  /**
   * The same, as the store was at a time: at the last commit at or before it.
   *
   * @throws SequenceNotRetainedException if the backup was made before that time ({@link
   *     BackupInfo#createdAt}), so that commits may be missing in it, or if the log in it begins
   *     after that time; nothing is left in the target
   */
  public BackupInfo restore(long number, Path target, Instant time, ProgressListener progress) {
    return directory.restore(number, target, time, progress);
  }

  /** Removes a backup and the files that no other backup shares; false where there was none. */
  public boolean delete(long number) {
    return directory.delete(number);
  }

  /**
   * Removes all but the newest {@code keep} backups.
   *
   * @return the numbers of those removed
   */
  public List<Long> purge(int keep) {
    return directory.purge(keep);
  }
}
