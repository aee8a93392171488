package dev.quarry.internal.write;

import dev.quarry.Task;

/**
 * How much more goes into a commit of a chunk, besides the number of its tasks. One task always
 * goes in, however large it is: also one that no commit can hold.
 */
public final class ChunkRoom {
  /** Of what one commit may write: well below it, and small beside a heap. */
  private static final int PART = 8;

  /**
   * More than a commit writes beside one task: its claim and what it waits for, with their keys.
   */
  private static final long SIDES_BYTES = 8 << 10;

  /** Roughly what a task's other fields and its keys take. */
  static final long FIELDS_BYTES = 256;

  private static final int MOST_BYTES_A_CHAR = 3;

  private final long commitBytes;
  private long bytes;

  /** Room in a store one commit of which may write so much. */
  ChunkRoom(long commitBytes) {
    this.commitBytes = commitBytes;
  }

  /** Whether any commit can hold a task that is claimed or given back, texts and links staying. */
  public boolean canTake(Task task) {
    return bytesOf(task) + SIDES_BYTES <= commitBytes;
  }

  /** Whether a task that is changed goes in, as it was and as it is; it is counted then. */
  public boolean takes(Task task) {
    return takes(bytesOf(task));
  }

  private static long bytesOf(Task task) {
    return 2 * (FIELDS_BYTES + TaskTexts.chars(task));
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
    if (bytes > 0 && bytes + more > commitBytes / PART) {
      return false;
    }
    bytes += more;
    return true;
  }
}
