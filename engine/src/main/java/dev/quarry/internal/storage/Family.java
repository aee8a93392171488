package dev.quarry.internal.storage;

import java.nio.charset.StandardCharsets;

/** The column families, by role. The names are part of the format. */
public enum Family {
  /** RocksDB's own, always there; the store's few own facts by name. */
  META("default"),
  /** Ordinal, 8 bytes big-endian, to the encoded record. */
  RECORDS("records"),
  /** Id in UTF-8 to ordinal, 8 bytes big-endian. */
  IDS("ids"),
  /** Index number, 4 bytes, then sortable key, then ordinal, to nothing. */
  ORDERED("ordered"),
  /** Sequence, 8 bytes big-endian, to the changes of that commit. */
  CHANGES("changes"),
  /** Ordinal, then sequence, to the record as it was before that commit. */
  HISTORY("history"),
  /** Id, a zero byte, ordinal of a task that was removed, to the sequence of the removal. */
  PAST("past"),
  /** Target's id, type, ordinal of the task that holds the link, to nothing. */
  LINKS("links"),
  /** Ordinal to what keeps a TODO task from being ready; absent where nothing does. */
  WAITS("waits"),
  /** Id in UTF-8 to the claims of that task, and what goes with them. */
  CLAIMS("claims"),
  /** Id in UTF-8 to the record of an archived task. */
  ARCHIVE("archive"),
  /** Name in UTF-8 to the position of a named subscription. */
  SUBSCRIPTIONS("subscriptions");

  private final String familyName;

  Family(String familyName) {
    this.familyName = familyName;
  }

  /** The name in RocksDB. */
  public String familyName() {
    return familyName;
  }

  byte[] nameBytes() {
    return familyName.getBytes(StandardCharsets.UTF_8);
  }
}
