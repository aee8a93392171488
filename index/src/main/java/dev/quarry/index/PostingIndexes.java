package dev.quarry.index;

/** Opens indexes. */
public final class PostingIndexes {
  private PostingIndexes() {}

  /** Opens the packages that off-heap access needs. */
  public static void prepareJvm() {}

  /** Opens an index. */
  public static PostingIndex open(PostingIndexOptions options) {
    return new HeapPostingIndex(options.columnWidths().stream().mapToInt(i -> i).toArray());
  }
}
