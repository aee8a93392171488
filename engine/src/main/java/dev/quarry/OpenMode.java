package dev.quarry;

/** How a store is opened. */
public enum OpenMode {
  /** Open the store, create it where there is none. */
  OPEN_OR_CREATE,
  /** Create it; fail where there is one. */
  CREATE,
  /** Open it; fail where there is none. */
  OPEN,
  /** Read beside a live writer, possibly in another process; writes throw. */
  READ_ONLY
}
