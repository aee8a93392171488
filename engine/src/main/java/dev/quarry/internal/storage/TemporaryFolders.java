package dev.quarry.internal.storage;

import dev.quarry.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folders in a store's directory for the time of a reader or a backup, with the number of its
 * process in their names. Only Quarry gives such names: what has one may be deleted.
 */
public final class TemporaryFolders {
  /** How the names of backups' folders begin, before the process's number. */
  public static final String OF_BACKUPS = "quarry.tmp-backup-";

  private static final Logger LOG = LoggerFactory.getLogger(TemporaryFolders.class);
  private static final String OF_READERS = "quarry.tmp-reader-";
  private static final Pattern NAME =
      Pattern.compile("quarry\\.tmp-(reader|backup)-([0-9]{1,18})-[0-9]{1,20}");

  private TemporaryFolders() {}

  /** A folder for a copy of the store, beside its files, so that these can be linked. */
  public static Path ofBackup(Path directory) throws IOException {
    return Files.createTempDirectory(directory, prefix(OF_BACKUPS));
  }

  /**
   * A folder for the log of a reader: in the system's temporary folder where the store's directory
   * cannot be written or its device is full.
   */
  public static Path ofReader(Path directory) throws IOException {
    if (Files.isWritable(directory)) {
      try {
        return Files.createTempDirectory(directory, prefix(OF_READERS));
      } catch (IOException e) {
        return beside(e);
      }
    }
    return Files.createTempDirectory(prefix(OF_READERS));
  }

  private static Path beside(IOException cause) throws IOException {
    try {
      return Files.createTempDirectory(prefix(OF_READERS));
    } catch (IOException e) {
      e.addSuppressed(cause);
      throw e;
    }
  }

  private static String prefix(String use) {
    return use + ProcessHandle.current().pid() + "-";
  }

  /**
   * Removes what readers and backups left behind whose process was killed. For the writer, who
   * holds the lock. What cannot be deleted stays, with a warning.
   */
  public static void sweep(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        // only a writer makes backups, and the writer is this process: its number tells nothing, as
        // in a container it is the same after every start
        if (name.matches()
            && (name.group(1).equals("backup")
                || ProcessHandle.of(Long.parseLong(name.group(2))).isEmpty())) {
          remove(file);
        }
      }
    } catch (IOException e) {
      throw new StorageException(
          "the store's directory cannot be listed", Map.of("directory", directory), e);
    }
  }

  /** Others may have made what is in it unremovable, which is no reason to keep the store shut. */
  private static void remove(Path folder) {
    try {
      Storage.deleteTree(folder);
    } catch (StorageException e) {
      LOG.warn("what a killed process left in {} cannot be deleted; delete it by hand", folder, e);
    }
  }
}
