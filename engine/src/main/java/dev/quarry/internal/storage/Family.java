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
  CHANGES("changes");

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
