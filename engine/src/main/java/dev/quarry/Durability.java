package dev.quarry;

/** What a returned write has survived. */
public enum Durability {
  /** In the write-ahead log of the operating system: survives the death of the process. */
  BUFFERED,
  /** On the device ({@code fsync}): survives the death of the machine. */
  SYNC
}
