package dev.quarry.internal.write;

/** What is said where the off-heap index meets a limit: its own, or one of the JVM's memory. */
public final class IndexLimits {
  private static final String REMEDY =
      "Where it has reached a limit, drop indexes of attributes with many values; where memory is"
          + " short, give the JVM more (-Xmx, -XX:MaxDirectMemorySize); then ";

  /** Of an index that was to be built whole. */
  public static final String CANNOT_BUILD =
      "the off-heap index cannot be built and is out of use; queries go by the records. "
          + REMEDY
          + "rebuild the indexes, or open the store again";

  /** Of an index that was to be added to it. */
  static final String CANNOT_ADD =
      "the index cannot be built and is not kept; the off-heap index is out of use until it has"
          + " been rebuilt without it, which is done by itself, and queries go by the records. "
          + REMEDY
          + "create the index again";

  /** Of an index that was to be added, where the off-heap index is none the worse for it. */
  static final String NO_MEMORY_TO_ADD =
      "the index cannot be built, for want of memory, and is not kept; give the JVM more (-Xmx),"
          + " then create the index again";

  /** Of an index that was to be added to one that has failed for a limit. */
  static final String CANNOT_ADD_YET =
      "the index cannot be built while the off-heap index, which has met a limit, is out of use;"
          + " queries go by the records. "
          + REMEDY
          + "rebuild the indexes, where that is not done by itself, and create the index again";

  /** Of an index that was to follow a commit. */
  static final String CANNOT_FOLLOW =
      "the off-heap index cannot follow the commits and is out of use; queries go by the records. "
          + REMEDY
          + "rebuild the indexes, or open the store again";

  private IndexLimits() {}

  /** Whether what the index has thrown tells of a limit, which a device with room does not help. */
  static boolean isLimit(Throwable thrown) {
    return thrown instanceof IllegalStateException || thrown instanceof OutOfMemoryError;
  }
}
