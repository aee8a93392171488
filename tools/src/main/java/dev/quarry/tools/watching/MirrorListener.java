package dev.quarry.tools.watching;

import dev.quarry.tools.importing.ImportProblem;

/** Is told what a {@link FolderMirror} does. */
public interface MirrorListener {
  /** Files were read, or went, and the store is as they are. */
  void pass(MirrorPass pass);

  /** A file, or a part of it, cannot be read; the tasks that it held so far stay. */
  void error(ImportProblem problem);

  /** Something that was read but deserves a look. */
  void warning(ImportProblem problem);
}
