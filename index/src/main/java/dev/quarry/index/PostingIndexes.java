package dev.quarry.index;

/** Creates indexes. */
public final class PostingIndexes {
  private PostingIndexes() {}

  /**
   * Opens the off-heap index in a folder, or creates it. What cannot be used, because it is
   * damaged, of another identity, or was left in the middle of a change, is deleted and the index
   * starts {@linkplain PostingIndex.OpenState#EMPTY empty}; where no files can be made, such as on
   * a full device, it also is {@linkplain PostingIndex#isFailed failed}. One process at a time may
   * hold a folder open; the caller ensures that.
   *
   * @throws IllegalStateException where the Java runtime keeps closed what the index needs; the
   *     message lists the flags to add
   */
  public static PostingIndex open(PostingIndexOptions options) {
    prepareJvm();
    return ChroniclePostingIndex.open(options, null);
  }

  /** Creates an index on the heap, without files. */
  public static PostingIndex heap(int[] columnWidths) {
    return new HeapPostingIndex(columnWidths);
  }

  /**
   * Readies the process for off-heap memory, as {@link #open} does by itself; to be called earlier
   * by whoever uses Agrona or loads native libraries before opening an index. Idempotent.
   *
   * @throws IllegalStateException as {@link #open}
   */
  public static void prepareJvm() {
    ChronicleRuntime.prepare();
  }
}
