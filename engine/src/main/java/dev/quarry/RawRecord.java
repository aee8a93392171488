package dev.quarry;

/**
 * A record as stored, for dumps.
 *
 * @param ordinal its ordinal, which is its key
 * @param sequence sequence of the commit that wrote it
 * @param bytes length of the stored value
 * @param task the task, or null where it cannot be decoded
 * @param problem why it cannot be decoded, or null
 */
public record RawRecord(long ordinal, long sequence, int bytes, Task task, String problem) {}
