package dev.quarry.internal.care.backup;

import dev.quarry.StorageException;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.storage.CopyTarget;
import dev.quarry.internal.storage.SafeDirectories;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Makes a store by copying files into a directory. What reads and writes files does so in a thread
 * of its own, since an interrupt of the caller's would close them under the work.
 */
final class StoreCopy {
  private static final String DATA = "data";
  private static final String THREAD = "quarry-copy";

  private StoreCopy() {}

  /** Copies a part of a store. */
  @FunctionalInterface
  interface Part {
    /** Copies it into the store's new directory. */
    void copyInto(Path target) throws IOException;
  }

  /**
   * Makes the store; of one that fails nothing remains.
   *
   * @param data the folder of data
   * @param change has that folder before it is a store, in the caller's thread
   * @param format the format file, last: without it the directory is no store
   */
  static void make(Path target, Part data, Consumer<Path> change, Part format) {
    try (CopyTarget copy = Interrupts.apart(THREAD, () -> CopyTarget.claim(target))) {
      Path directory = copy.directory();
      apart(directory, data);
      Interrupts.deferred(() -> change.accept(directory.resolve(DATA)));
      apart(
          directory,
          made -> {
            SafeDirectories.sync(made.resolve(DATA));
            format.copyInto(made);
            copy.finish();
          });
    }
  }

  private static void apart(Path target, Part part) {
    Interrupts.apart(
        THREAD,
        () -> {
          try {
            part.copyInto(target);
          } catch (IOException e) {
            throw new StorageException(
                "the copy of the store cannot be written", Map.of("directory", target), e);
          }
          return null;
        });
  }
}
