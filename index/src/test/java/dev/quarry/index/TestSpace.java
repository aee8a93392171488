package dev.quarry.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** Room for entries, for tests of what lies in it; readies the JVM first. */
final class TestSpace {
  private TestSpace() {}

  /** Room for containers, in chunks of 64 bytes. */
  static EntrySpace ofContainers(Path directory, int chunks) {
    return of(directory, 64, 200, chunks);
  }

  /** Room for so many blocks of rows. */
  static EntrySpace ofRows(Path directory, int stride, int blocks) {
    PostingIndexes.prepareJvm(); // which the class of the blocks needs before it is there
    int chunks = RowBlocks.CHUNKS;
    return of(directory, RowBlocks.chunkBytes(stride), chunks, (long) blocks * chunks);
  }

  private static EntrySpace of(Path directory, int chunkBytes, int chunksPerEntry, long chunks) {
    PostingIndexes.prepareJvm();
    EntrySpace space =
        new EntrySpace(
            chunkBytes,
            chunksPerEntry,
            size -> {
              try {
                return new EntryFile(directory.resolve("entries"), size);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    space.grow(chunks);
    return space;
  }
}
