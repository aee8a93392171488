package dev.quarry.tools.watching;

import java.nio.file.Path;

/** The folder that is followed is not there any more; nothing was removed for that. */
public final class FolderGoneException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FolderGoneException(Path folder, String what) {
    super("the folder " + folder + " " + what);
  }
}
