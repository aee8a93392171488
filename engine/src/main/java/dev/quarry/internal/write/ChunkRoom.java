package dev.quarry.internal.write;

import dev.quarry.Task;

/**
 * How much more goes into a commit of a chunk, besides the number of its tasks. One task always
 * goes in, however large it is.
 */
public final class ChunkRoom {
  /** Well below what one commit may write, and small beside a heap. */
  private static final long MOST_BYTES = 64L << 20;

  /** Roughly what a task's other fields and its keys take. */
  static final long FIELDS_BYTES = 256;

  private static final int MOST_BYTES_A_CHAR = 3;

  private long bytes;

  /** Whether a task that is changed goes in, as it was and as it is; it is counted then. */
  public boolean takes(Task task) {
    return takes(2 * (FIELDS_BYTES + TaskTexts.chars(task)));
  }

  /** Whether a task that is archived goes in, as it was and as a record; it is counted then. */
  boolean takesToArchive(Task task) {
    return takes((1 + MOST_BYTES_A_CHAR) * (FIELDS_BYTES + TaskTexts.chars(task)));
  }

  /** Whether an archived record goes in, as it was and as a task; it is counted then. */
  boolean takes(byte[] record) {
    return takes(2 * (FIELDS_BYTES + record.length));
  }

  private boolean takes(long more) {
    if (bytes > 0 && bytes + more > MOST_BYTES) {
      return false;
    }
    bytes += more;
    return true;
  }
}
