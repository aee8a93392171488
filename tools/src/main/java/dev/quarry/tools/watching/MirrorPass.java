package dev.quarry.tools.watching;

/**
 * What one pass of a {@link FolderMirror} did.
 *
 * @param files files that were read, or went
 * @param created tasks that were not in the store
 * @param updated tasks that were changed
 * @param unchanged tasks that were in the store as the files have them
 * @param removed tasks that were deleted, or archived
 * @param errors files and records that could not be read
 */
public record MirrorPass(
    long files, long created, long updated, long unchanged, long removed, long errors) {
  /** That of nothing. */
  public static final MirrorPass NOTHING = new MirrorPass(0, 0, 0, 0, 0, 0);

  /** Both together. */
  public MirrorPass plus(MirrorPass other) {
    return new MirrorPass(
        files + other.files,
        created + other.created,
        updated + other.updated,
        unchanged + other.unchanged,
        removed + other.removed,
        errors + other.errors);
  }

  /** Whether the store was changed. */
  boolean isChange() {
    return created + updated + removed > 0;
  }

  /** Whether the store was changed, or something could not be read. */
  public boolean isWorthTelling() {
    return isChange() || errors > 0;
  }
}
